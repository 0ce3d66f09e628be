/**
 * Returns an HTML comment, which nobody sees on a page of GitHub, that tells texts of one kind from others:
 * `plan production` -> `<!-- releases: plan production -->`.
 */
export function markOf(kind: string): string {
  return `<!-- releases: ${kind.replaceAll("--", "- -")} -->`;
}

/** Whether a text of GitHub has a mark and is an app's. Anybody may write a text with the mark in it. */
export function isMarked(
  text: { user?: { type?: string } | null; body?: string | null },
  mark: string,
): boolean {
  return text.user?.type === "Bot" && text.body?.startsWith(mark) === true;
}
