/**
 * What was answered about repositories, whose names are the same whatever the case of their letters. Each question is
 * asked once, until its repository is forgotten.
 */
export class Answers {
  readonly #known = new Map<string, Map<string, Promise<unknown>>>();

  /**
   * Returns the answer to a question about a repository, which is asked where it wasn't before. One that fails, fails
   * for everybody who asks.
   */
  once<Answer>(repository: string, question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const name = repository.toLowerCase();
    const about = this.#known.get(name) ?? new Map<string, Promise<unknown>>();
    this.#known.set(name, about);
    const answer = (about.get(question) as Promise<Answer> | undefined) ?? ask();
    about.set(question, answer);
    return answer;
  }

  /** Asks anew whatever is asked about a repository. */
  forget(repository: string): void {
    this.#known.delete(repository.toLowerCase());
  }
}
