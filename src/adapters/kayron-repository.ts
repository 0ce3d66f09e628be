import * as fs from "node:fs";
import { outsideError, usageError } from "../core/error";
import { readKayronFiles, readSources } from "../core/read";
import type { Source } from "../core/input/source";
import { withClone } from "./git/clone";
import { ask, isInGit } from "./git/git";
import { commitOf, resolveRef, versionTags } from "./git/refs";
import { kayronSourcesAt } from "./git/tree";

/** A clone of a repository in Kayron's way, as far as it decides what is deployed. */
export interface KayronClone {
  readonly list: readonly Source[];
  readonly defaultBranch: string;
  readonly branches: readonly string[];
  readonly tags: readonly string[];
  readonly others: ReadonlyMap<string, readonly Source[]>;
}

/**
 * Reads a clone of a repository in Kayron's way: the files of its folder, and those of the branch testing and of the
 * highest tag.
 * @param program the folder of this program
 * @throws ReleasesError of kind `usage` without the folder
 */
export function readKayronClone(folder: string, program: string): KayronClone {
  if (!fs.existsSync(folder)) {
    throw usageError(`${folder} isn't a folder; give a clone, or the address of the repository`);
  }
  const list = [...readSources(folder, program).list, ...readKayronFiles(folder).list];
  return { list, ...(isInGit(folder) ? readRefs(folder) : NO_REFS) };
}

/**
 * Clones a repository in Kayron's way, and reads the same of it: its files are those of the default branch.
 * @param address as `cloneAddress` returns it
 * @throws ReleasesError of kind `outside` where git can't clone it, or it has no commit
 */
export function readKayronAddress(address: string): KayronClone {
  return withClone(address, (folder) => {
    const head = commitOf(folder, "HEAD");
    if (head === undefined) throw outsideError(`${address} has no commit on its default branch`);
    return { list: kayronSourcesAt(folder, head), ...readRefs(folder) };
  });
}

/** What is outside of git. */
const NO_REFS: Omit<KayronClone, "list"> = {
  defaultBranch: "main",
  branches: [],
  tags: [],
  others: new Map(),
};

function readRefs(folder: string): Omit<KayronClone, "list"> {
  const lines = (...args: readonly string[]): string[] => ask(folder, args) ?? [];
  const refs = lines("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes/origin");
  const branches = new Set(
    refs.map((ref) => ref.replace(/^refs\/(?:heads|remotes\/origin)\//, "")),
  );
  const [head] = lines("for-each-ref", "--format=%(symref:lstrip=3)", "refs/remotes/origin/HEAD");
  const [current] = lines("branch", "--show-current");
  const tags = versionTags(folder, "v*").map(({ ref }) => ref.name);
  const others = new Map<string, readonly Source[]>();
  const testing = resolveRef(folder, "testing");
  const production = resolveRef(folder, "v*");
  if (testing !== undefined) others.set("testing", kayronSourcesAt(folder, testing.commit));
  if (production !== undefined) {
    others.set("production", kayronSourcesAt(folder, production.commit));
  }
  branches.delete("HEAD");
  return { defaultBranch: head ?? current ?? "main", branches: [...branches], tags, others };
}
