import { outsideError } from "../../core/error";
import type { GithubConnection } from "./connection";

/**
 * Asks GitHub. Returns its answer.
 * @param request what is asked for, for the error: `for ...`, `to ...`
 * @throws ReleasesError of kind `outside`, with what to do about it, when GitHub can't be reached or refuses
 */
export async function asking<Answer>(request: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    throw githubError(request, cause);
  }
}

/**
 * Asks GitHub about something that may not exist. Returns whether it exists.
 * @throws ReleasesError of kind `outside` when GitHub refuses for another reason
 */
export async function unlessMissing(
  request: string,
  ask: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (cause) {
    if (statusOf(cause) === 404) return false;
    throw githubError(request, cause);
  }
}

/** Whether the token may see a repository at all, so that nothing found there means that there is nothing. */
export function isVisible({ octokit, at }: GithubConnection): Promise<boolean> {
  return unlessMissing(`for the repository ${at.owner}/${at.repo}`, () =>
    octokit.request("GET /repos/{owner}/{repo}", at),
  );
}

type AskPage<Item> = (page: {
  page: number;
  per_page: number;
}) => Promise<{ data: Item[]; headers: { readonly link?: string } }>;

/** As many as GitHub gives at once. */
const PER_PAGE = 100;
/** GitHub's own longest lists, those of releases, have 10,000 items; one without an end is none of GitHub's. */
const MAX_PAGES = 200;

/** Returns all items of a list, which GitHub gives in pages. */
export async function allPages<Item>(ask: AskPage<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages(ask)) items.push(...page);
  return items;
}

/**
 * Returns the pages of a list one after the other; a page is asked for when it is needed. A page may have fewer items
 * than it could though another one follows: GitHub leaves out what the token may not see.
 */
export async function* pages<Item>(ask: AskPage<Item>): AsyncGenerator<Item[]> {
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { data, headers } = await asking(`for page ${page}`, () =>
      ask({ page, per_page: PER_PAGE }),
    );
    yield data;
    const { link } = headers;
    const isLast = link === undefined ? data.length < PER_PAGE : !/rel="next"/.test(link);
    if (isLast) return;
  }
  throw outsideError(`GitHub gives a list no end after ${MAX_PAGES} pages; check GITHUB_API_URL`);
}

/** What Node.js 22 throws when it can't connect, before there is an answer. */
const NOT_CONNECTED = /fetch failed/;

/** Returns the error to throw for a failed request. An error that is a bug of this program stays as it is. */
function githubError(request: string, cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const status = statusOf(cause);
  const isOutside = status !== undefined || "code" in cause || NOT_CONNECTED.test(cause.message);
  if (!isOutside) return cause;
  return outsideError(`GitHub, asked ${request}: ${cause.message}; ${adviceFor(status)}`);
}

/** Returns the status of GitHub's answer; undefined where there was none. */
export function statusOf(cause: unknown): number | undefined {
  if (!(cause instanceof Error) || !("status" in cause)) return undefined;
  return typeof cause.status === "number" ? cause.status : undefined;
}

function adviceFor(status: number | undefined): string {
  if (status === 401 || status === 403) return "check what the token may do, and its rate limit";
  if (status === 404) return "check that it is there, and that the token may see it";
  if (status === 422) return "GitHub doesn't take it as it is";
  return "check the network and GITHUB_TOKEN, and try again";
}
