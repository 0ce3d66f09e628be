/**
 * Returns an HTML comment, which nobody sees on a page of GitHub, that tells texts of one kind from others:
 * `plan production` -> `<!-- releases: plan production -->`.
 */
export function markOf(kind: string): string {
  return `<!-- releases: ${kind.replaceAll(/[<>\s]+/g, " ")} -->`;
}

/** Returns the kind of a text of GitHub; undefined where it has no mark or isn't an app's. */
export function kindOf(text: MarkedText): string | undefined {
  const [, kind] = /^<!-- releases: ([^<>\r\n]+) -->/.exec(text.body ?? "") ?? [];
  return text.user?.type === "Bot" ? kind : undefined;
}

/** A comment or an issue, as GitHub returns it. */
interface MarkedText {
  readonly user?: { readonly type?: string | undefined } | null | undefined;
  readonly body?: string | null | undefined;
}

/** Whether a text of GitHub has a mark and is an app's. Anybody may write a text with the mark in it. */
export function isMarked(text: MarkedText, mark: string): boolean {
  return text.user?.type === "Bot" && text.body?.startsWith(mark) === true;
}
