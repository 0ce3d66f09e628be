import { isMutableTag, isTagPattern } from "../../core/environments";
import { Version } from "../../core/version";
import { ask } from "./git";

/** Where an environment's truth stands: a commit, and the branch or tag that says so. */
export interface ResolvedRef {
  /** Full name, such as `refs/heads/main` or `refs/tags/v1.2.0`. */
  readonly ref: string;
  readonly commit: string;
}

/**
 * Returns the commit that a `ref` of environments.yaml stands for: a branch, here or else at origin; or
 * with a `*` in it the highest version among the tags that match. Undefined when there is none, as in
 * a fresh clone, or outside of git.
 */
export function resolveRef(folder: string, ref: string): ResolvedRef | undefined {
  if (isTagPattern(ref)) {
    const highest = versionTags(folder, ref).at(-1);
    return highest && { ref: highest.ref, commit: highest.commit };
  }
  for (const name of [`refs/heads/${ref}`, `refs/remotes/origin/${ref}`]) {
    const commit = ask(folder, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`])?.[0];
    if (commit !== undefined) return { ref: name, commit };
  }
  return undefined;
}

/** The tree without any file, which git knows by itself: what a change starts from where nothing was. */
export const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/**
 * Returns the commit that a name of git's stands for: a branch, a tag, `HEAD~2`; the empty tree stands for
 * itself. Undefined when there is none.
 */
export function commitOf(folder: string, name: string): string | undefined {
  if (name === EMPTY_TREE) return name;
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  return ask(folder, args)?.[0];
}

/**
 * Returns the values of a trailer, such as `Break-glass`, in the commits that HEAD has and another commit
 * hasn't, newest first. There are none since the empty tree, as these are about a change of something.
 */
export function trailersSince(folder: string, commit: string, key: string): string[] {
  if (commit === EMPTY_TREE) return [];
  const format = `--format=%(trailers:key=${key},valueonly,unfold)`;
  return ask(folder, ["log", format, `${commit}..HEAD`]) ?? [];
}

/** Returns a ref as people name it: `main` for `refs/heads/main`. */
export function shortName(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags|remotes)\//, "");
}

/** A tag that was the highest of its pattern when it was made, and so an environment's truth. */
export interface VersionTag extends ResolvedRef {
  readonly version: Version;
  readonly at: Date;
}

/**
 * Returns the tags that were a pattern's highest version one after the other, oldest first. Tags that
 * are no versions have no order, and none of them is the highest; nor is one that may move.
 */
export function versionTags(folder: string, pattern: string): VersionTag[] {
  const format = "%(refname) %(creatordate:unix) %(objectname) %(*objectname)";
  const lines = ask(folder, ["for-each-ref", `--format=${format}`, `refs/tags/${pattern}`]) ?? [];
  const tags = lines.flatMap((line) => {
    const [ref = "", seconds, object = "", peeled = ""] = line.split(" ");
    const tag = ref.replace("refs/tags/", "");
    if (isMutableTag(tag) && !isMutableTag(pattern)) return [];
    const version = Version.parse(tag);
    const at = new Date(Number(seconds) * 1000);
    const commit = peeled === "" ? object : peeled;
    return version === undefined ? [] : [{ ref, commit, version, at }];
  });
  tags.sort((a, b) => a.at.getTime() - b.at.getTime() || a.version.compare(b.version));
  const highest: VersionTag[] = [];
  for (const tag of tags) {
    if (tag.version.compare(highest.at(-1)?.version ?? tag.version) >= 0) highest.push(tag);
  }
  return highest;
}
