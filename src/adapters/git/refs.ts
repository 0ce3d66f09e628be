import { outsideError } from "../../core/error";
import { mutablePattern } from "../../core/stack/mutable-tags";
import { Ref } from "../../core/ref";
import type { Version } from "../../core/version";
import { versionOfTag } from "../../core/version-of-tag";
import { ask, git, isShallow, isTrue } from "./git";
import { messagesSince, trailersIn } from "./messages";

/** A ref of an environment, and the commit that it names. */
export interface ResolvedRef {
  /** Never a pattern. */
  readonly ref: Ref;
  readonly commit: string;
}

/** What describes an environment: its `ref`, and what its tags have to be a part of. */
export interface TruthRef {
  readonly ref: string;
  /** Commits that a tag's commit has to lead to, or be: anybody who may push can tag any commit. */
  readonly within: readonly string[];
  /** Patterns of tags that may move. Default: those of a registry that names none. */
  readonly mutable?: readonly string[] | undefined;
}

/**
 * Returns the commit that a `ref` of environments.yaml names: that of a branch, here or else at origin; with
 * a `*` in it that of the highest version among the tags that match. Undefined where there is none, as in a
 * fresh clone, and outside of git.
 */
export function resolveRef(folder: string, of: string | TruthRef): ResolvedRef | undefined {
  const ref = typeof of === "string" ? of : of.ref;
  const wanted = Ref.ofEnvironment(ref);
  if (wanted.isPattern) {
    const highest = versionTags(folder, of).at(-1);
    return highest && { ref: highest.ref, commit: highest.commit };
  }
  for (const one of [wanted, Ref.remote("origin", ref)]) {
    const commit = commitOf(folder, one.fullName);
    if (commit !== undefined) return { ref: one, commit };
  }
  return undefined;
}

/** Returns the branch that is checked out; undefined where none is, and outside of git. */
export function branchOf(folder: string): string | undefined {
  return ask(folder, ["symbolic-ref", "--quiet", "--short", "HEAD"])?.[0];
}

/** Git's well-known empty tree: a stack that was never deployed is compared with it. */
export const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/**
 * Returns the commit that a name means to git: a branch, a tag, `HEAD~2`. The empty tree is returned as it
 * is. Undefined where there is none, and outside of git.
 * @throws ReleasesError of kind `outside` where the name is there, and git lacks what it names
 */
export function commitOf(folder: string, name: string): string | undefined {
  if (name === EMPTY_TREE) return name;
  const verify = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
  const commit = ask(folder, [...verify, `${name}^{commit}`])?.[0];
  if (commit !== undefined) return commit;
  const named = ask(folder, [...verify, name])?.[0];
  // A whole id names itself, whether there is such an object or not.
  if (named === undefined || named === name) return undefined;
  git(folder, ["cat-file", "-t", `${named}^{}`]);
  return undefined;
}

/**
 * Returns whether a commit leads to another one, or is that one.
 * @throws ReleasesError of kind `outside` for a commit that git doesn't know, and for a no in a shallow
 *   clone, which lacks the commits that would tell
 */
export function isAncestor(folder: string, ancestor: string, of: string): boolean {
  const args = ["merge-base", "--is-ancestor", "--end-of-options", ancestor, of];
  if (isTrue(folder, args)) return true;
  if (!isShallow(folder)) return false;
  throw outsideError(`${folder} is a shallow clone; fetch its history with git fetch --unshallow`);
}

/** A trailer of a commit's message. */
export interface Trailer {
  readonly commit: string;
  /** Ids of the commit's parents. */
  readonly parents: readonly string[];
  readonly value: string;
}

/**
 * Returns the trailers of a key, such as `Break-glass`, of the commits that HEAD has and another commit
 * hasn't, newest first; none since the empty tree, as a first deployment has no commits of its own.
 */
export function trailersSince(folder: string, commit: string, key: string): Trailer[] {
  if (commit === EMPTY_TREE) return [];
  return messagesSince(folder, commit, key).flatMap(({ commit, parents, text }) => {
    return trailersIn(text, key).map((value) => ({ commit, parents, value }));
  });
}

const NEVER = new Date(0);

/** A tag that was the highest version of its pattern when it was made. */
export interface VersionTag extends ResolvedRef {
  readonly version: Version;
  readonly at: Date;
}

/**
 * Returns the tags that were a pattern's highest version one after the other, oldest first. Left out are tags
 * that aren't versions of commits, mutable ones, and where the pattern ends in `*` those without a digit at their
 * end, which GitHub's policy of an environment can't tell from mutable ones.
 * @param now with it no tag is older than its commit, unless that one is from the future. Default: a tag is as old as
 *   it says
 */
export function versionTags(folder: string, of: string | TruthRef, now = NEVER): VersionTag[] {
  const tags = matchingTags(folder, of, now).flatMap((tag) => tag.version ?? []);
  tags.sort((a, b) => a.at.getTime() - b.at.getTime() || a.version.compare(b.version));
  const highest: VersionTag[] = [];
  for (const tag of tags) {
    if (tag.version.compare(highest.at(-1)?.version ?? tag.version) >= 0) highest.push(tag);
  }
  return highest;
}

/**
 * Returns the names of the tags that match a pattern and describe no environment, as they are no version, or
 * not of a commit. Mutable tags, which are left out on purpose, are none of them.
 */
export function passedTags(folder: string, of: string | TruthRef): string[] {
  const { mutable } = truthOf(of);
  return matchingTags(folder, of).flatMap(({ name, version }) => {
    const moves = mutablePattern(name, mutable) !== undefined;
    return version === undefined && !moves ? [name] : [];
  });
}

function matchingTags(
  folder: string,
  of: string | TruthRef,
  now = NEVER,
): { readonly name: string; readonly version: VersionTag | undefined }[] {
  const { ref: pattern, within, mutable } = truthOf(of);
  const names = ["refname", "creatordate:unix", "objecttype", "objectname"];
  const peeledNames = ["*objecttype", "*objectname", "*committerdate:unix"];
  const format = [...names, ...peeledNames].map((name) => `%(${name})`).join(" ");
  const merged = within.map((commit) => `--merged=${commit}`);
  const tag = Ref.tag(pattern).fullName;
  const args = ["for-each-ref", `--format=${format}`, ...merged, "--end-of-options", tag];
  return (ask(folder, args) ?? []).flatMap((line) => {
    const [fullName = "", tagged, type, object = "", peeledType, peeled, committed] =
      line.split(" ");
    const ref = Ref.parse(fullName);
    if (ref === undefined) return [];
    const { name } = ref;
    const number = describes(name, pattern, mutable) ? versionOfTag(name, pattern) : undefined;
    // A tag of a tag is peeled once by an older git.
    const target = peeledType === "tag" ? commitOf(folder, fullName) : peeled || object;
    const isCommit = peeledType === "tag" || (peeledType || type) === "commit";
    const isPast = Number(committed) * 1000 <= now.getTime();
    const at = new Date(Math.max(Number(tagged), isPast ? Number(committed) : 0) * 1000);
    const isVersion = number !== undefined && target !== undefined && isCommit;
    return { name, version: isVersion ? { ref, commit: target, version: number, at } : undefined };
  });
}

function truthOf(of: string | TruthRef): TruthRef {
  return typeof of === "string" ? { ref: of, within: [] } : of;
}

function describes(tag: string, pattern: string, mutable: TruthRef["mutable"]): boolean {
  if (pattern.endsWith("*")) return /[0-9]$/.test(tag);
  return (
    mutablePattern(tag, mutable) === undefined || mutablePattern(pattern, mutable) !== undefined
  );
}
