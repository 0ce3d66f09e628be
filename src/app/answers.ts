/** What was answered about subjects, such as repositories. Each question is asked once, until the subject is forgotten. */
export class Answers {
  readonly #known = new Map<string, Map<string, Promise<unknown>>>();

  /**
   * Returns the answer to a question about a subject, which is asked where it wasn't before. One that fails, fails for
   * everybody who asks.
   */
  once<Answer>(subject: string, question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const about = this.#known.get(subject) ?? new Map<string, Promise<unknown>>();
    this.#known.set(subject, about);
    const answer = (about.get(question) as Promise<Answer> | undefined) ?? ask();
    about.set(question, answer);
    return answer;
  }

  /** Asks anew whatever is asked about a subject. */
  forget(subject: string): void {
    this.#known.delete(subject);
  }
}
