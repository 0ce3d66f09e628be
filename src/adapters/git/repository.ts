import type { Sources } from "../../core/repository";
import { isInGit } from "./git";
import { historyOf, type History } from "./history";
import {
  commitOf,
  resolveRef,
  trailersSince,
  versionTags,
  type ResolvedRef,
  type VersionTag,
} from "./refs";
import { mergedTree, sourcesAt } from "./tree";

/** The git repository that a folder belongs to. */
export class GitRepository {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  isRepository = (): boolean => isInGit(this.#folder);
  resolveRef = (ref: string): ResolvedRef | undefined => resolveRef(this.#folder, ref);
  commitOf = (name: string): string | undefined => commitOf(this.#folder, name);
  versionTags = (pattern: string): VersionTag[] => versionTags(this.#folder, pattern);
  sourcesAt = (commit: string): Omit<Sources, "chart"> => sourcesAt(this.#folder, commit);
  mergedTree = (into: string, from: string): string | undefined =>
    mergedTree(this.#folder, into, from);
  historyOf = (refs: ReadonlyMap<string, string | undefined>): Map<string, History> =>
    historyOf(this.#folder, refs);
  trailersSince = (commit: string, key: string): string[] =>
    trailersSince(this.#folder, commit, key);
}
