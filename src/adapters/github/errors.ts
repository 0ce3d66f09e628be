/** GitHub can't be reached, or refuses. */
export class GithubError extends Error {
  override readonly name = "GithubError";
  /** What GitHub answered with; undefined where it didn't. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/**
 * Asks GitHub, and says what was asked when it refuses.
 * @throws GithubError with what to do about it
 */
export async function asking<Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const status = "status" in cause && typeof cause.status === "number" ? cause.status : undefined;
    // A bug of ours isn't GitHub's answer.
    if (status === undefined && !("code" in cause) && !/fetch failed/.test(cause.message))
      throw cause;
    throw new GithubError(`GitHub, asked ${what}: ${cause.message}; ${adviceFor(status)}`, status);
  }
}

/**
 * Asks GitHub about something that may not be there. Returns whether it is.
 * @throws GithubError when it refuses for another reason
 */
export async function unlessMissing(what: string, ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await asking(what, ask);
    return true;
  } catch (cause) {
    if (cause instanceof GithubError && cause.status === 404) return false;
    throw cause;
  }
}

function adviceFor(status: number | undefined): string {
  if (status === 401 || status === 403) return "check what the token may do, and its rate limit";
  if (status === 404) return "check that it is there, and that the token may see it";
  if (status === 422) return "GitHub doesn't take it as it is";
  return "check the network and GITHUB_TOKEN, and try again";
}
