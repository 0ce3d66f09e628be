import * as fs from "node:fs";
import { usageError } from "../core/error";
import { readKayronFiles, readSources } from "../core/read";
import type { Source } from "../core/input/source";
import { ask, isInGit } from "./git/git";
import { resolveRef, versionTags } from "./git/refs";
import { sourcesAt } from "./git/tree";

/** A clone of a repository in Kayron's way, as far as it decides what is deployed. */
export interface KayronClone {
  readonly list: readonly Source[];
  readonly defaultBranch: string;
  readonly branches: readonly string[];
  readonly tags: readonly string[];
  readonly others: ReadonlyMap<string, readonly Source[]>;
}

/**
 * Reads a clone of a repository in Kayron's way: the files of its folder, and of the branch testing and the highest
 * tag those in `service/` and `infrastructure/`.
 * @param program the folder of this program
 * @throws ReleasesError of kind `usage` without the folder
 */
export function readKayronClone(folder: string, program: string): KayronClone {
  if (!fs.existsSync(folder)) {
    throw usageError(`${folder} isn't a folder; clone the repository, and give the folder`);
  }
  const list = [...readSources(folder, program).list, ...readKayronFiles(folder).list];
  if (!isInGit(folder)) {
    return { list, defaultBranch: "main", branches: [], tags: [], others: new Map() };
  }
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
  if (testing !== undefined) others.set("testing", sourcesAt(folder, testing.commit).list);
  if (production !== undefined) others.set("production", sourcesAt(folder, production.commit).list);
  branches.delete("HEAD");
  return { list, defaultBranch: head ?? current ?? "main", branches: [...branches], tags, others };
}
