import { Version } from "../release/version";
import { ask } from "./git";

/** Where an environment's truth stands: a commit, and the branch or tag that says so. */
export interface Truth {
  /** Full name, such as `refs/heads/main` or `refs/tags/v1.2.0`. */
  readonly ref: string;
  readonly commit: string;
}

/**
 * Returns the commit that a `ref` of environments.yaml stands for: a branch, here or else at origin; or
 * with a `*` in it the highest version among the tags that match. Undefined when there is none, as in
 * a fresh clone, or outside of git.
 */
export function truthOf(folder: string, ref: string): Truth | undefined {
  const names = ref.includes("*")
    ? highestFirst(ask(folder, ["tag", "--list", ref]) ?? []).map((tag) => `refs/tags/${tag}`)
    : [`refs/heads/${ref}`, `refs/remotes/origin/${ref}`];
  for (const name of names) {
    const commit = ask(folder, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`])?.[0];
    if (commit !== undefined) return { ref: name, commit };
  }
  return undefined;
}

/** Tags that are no versions have no order, and none of them is the highest. */
function highestFirst(tags: readonly string[]): string[] {
  return tags
    .flatMap((tag) => {
      const version = Version.parse(tag);
      return version === undefined ? [] : [{ tag, version }];
    })
    .sort((a, b) => b.version.compare(a.version))
    .map(({ tag }) => tag);
}
