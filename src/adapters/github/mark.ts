import { asking, statusOf } from "./ask";
import type { GithubConnection } from "./connection";

const BEGINNING = "<!-- releases: ";

/**
 * Returns an HTML comment, which nobody sees on a page of GitHub, that tells texts of one kind from others:
 * `plan production` -> `<!-- releases: plan production -->`.
 */
export function markOf(kind: string): string {
  return `${BEGINNING}${kind.replaceAll(/[<>\s]+/g, " ")} -->`;
}

/** Returns the kind of a text of GitHub; undefined where it has no mark. */
export function kindOf({ body }: MarkedText): string | undefined {
  return /^<!-- releases: ([^<>\r\n]+) -->/.exec(body ?? "")?.[1];
}

/** A comment or an issue, as GitHub returns it. */
interface MarkedText {
  readonly user?:
    { readonly id?: number | undefined; readonly type?: string | undefined } | null | undefined;
  readonly body?: string | null | undefined;
}

/**
 * Returns the texts with a mark that an app left, or who asks here. Anybody may write a text with a mark in it.
 * @throws ReleasesError of kind `outside` when GitHub can't be asked who asks
 */
export async function markedTexts<Text extends MarkedText>(
  { octokit }: GithubConnection,
  texts: readonly Text[],
): Promise<Text[]> {
  const marked = texts.filter(({ body }) => body?.startsWith(BEGINNING) === true);
  if (marked.every(isOfApp)) return marked;
  const own = await ownId(octokit);
  return marked.filter((text) => isOfApp(text) || (own !== undefined && text.user?.id === own));
}

function isOfApp({ user }: MarkedText): boolean {
  return user?.type === "Bot";
}

/** Returns the number of the user whose token it is; undefined for a token that is no user's. */
function ownId(octokit: GithubConnection["octokit"]): Promise<number | undefined> {
  return asking("whose token it is", async () => {
    try {
      return (await octokit.request("GET /user", {})).data.id;
    } catch (cause) {
      if ([401, 403, 404].includes(statusOf(cause) ?? 0)) return undefined;
      throw cause;
    }
  });
}
