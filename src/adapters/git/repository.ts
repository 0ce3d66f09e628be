import { folderId, withFolders } from "./folder-id";
import { isClean, isInGit, isShallow } from "./git";
import { historyOf, type History } from "./history";
import {
  branchOf,
  commitOf,
  isAncestor,
  passedTags,
  resolveRef,
  trailersSince,
  versionTags,
  type ResolvedRef,
  type Trailer,
  type TruthRef,
  type VersionTag,
} from "./refs";
import { githubPage } from "./origin";
import { mergedTree, sourcesAt, textAt, type CommittedSources } from "./tree";

/**
 * The questions that use cases ask of git, about one folder. Each of them throws a ReleasesError of kind
 * `outside` where git isn't installed or refuses to answer, such as about a repository of another user.
 */
export interface Git {
  /** Whether the folder belongs to a git repository. */
  isRepository(): boolean;

  /** Whether the git repository lacks the beginning of its history. */
  isShallow(): boolean;

  /**
   * Returns the commit that a `ref` of environments.yaml names: that of a branch, here or else at origin;
   * with a `*` in it that of the highest version among the tags that match. Undefined where there is none,
   * as in a fresh clone, and outside of git.
   */
  resolveRef(ref: string | TruthRef): ResolvedRef | undefined;

  /**
   * Returns the commit that a name means to git: a branch, a tag, `HEAD~2`. The empty tree is returned as it
   * is. Undefined where there is none, and outside of git.
   */
  commitOf(name: string): string | undefined;

  /**
   * Returns whether a commit leads to another one, or is that one. Unknown commits throw, and so does a no in
   * a shallow clone, which lacks the commits that would tell.
   */
  isAncestor(ancestor: string, of: string): boolean;

  /**
   * Returns the tags that were a pattern's highest version one after the other, oldest first. Tags that
   * aren't versions are left out, and so are mutable tags, unless the pattern has their ending.
   */
  versionTags(pattern: string | TruthRef): VersionTag[];

  /** Returns the names of the tags that match a pattern and are no version, or not of a commit. */
  passedTags(pattern: string | TruthRef): string[];

  /** Returns the branch that is checked out; undefined where none is, and outside of git. */
  branch(): string | undefined;

  /** Returns the address of the repository's page on GitHub; undefined where its origin is elsewhere. */
  githubPage(): string | undefined;

  /** Returns the folder's files as a commit, or a tree, has them. Links among them are findings. */
  sourcesAt(commit: string): CommittedSources;

  /** Returns the text of one file of a commit; undefined where it has none of that path: a link isn't one. */
  textAt(commit: string, file: string): string | undefined;

  /**
   * Returns an id of the content of a folder: the same for the same files, and another one each time with a
   * link in it. Undefined where it isn't there.
   * @param commit by default the working tree
   */
  folderId(folder: string, commit?: string): string | undefined;

  /**
   * Writes folders of a commit into a folder of their own, for as long as `act` runs. Links are left out. Returns
   * what `act` returns.
   */
  withFolders<Result>(
    commit: string,
    folders: readonly string[],
    act: (root: string) => Result,
  ): Result;

  /**
   * Returns the tree of a merge of one commit into another; undefined where they conflict. Unknown commits
   * throw.
   */
  mergedTree(into: string, from: string): string | undefined;

  /**
   * Returns what environments ran, by environment: who changed which pin or release when, and in which
   * commit and pull request. No change is from the future, whatever clocks said.
   * @param refs for each environment its `ref`; undefined for the commits that lead to `head`
   * @param head a commit; by default that of the current branch
   * @throws ReleasesError of kind `outside` where the folder isn't in a git repository
   */
  historyOf(
    refs: ReadonlyMap<string, string | TruthRef | undefined>,
    head?: string,
  ): Map<string, History>;

  /** Whether the folder has nothing that HEAD doesn't have: no change, and no file but those that git ignores. */
  isClean(): boolean;

  /**
   * Returns the trailers of a key, such as `Break-glass`, of the commits that HEAD has and another commit
   * hasn't, newest first; none since the empty tree.
   */
  trailersSince(commit: string, key: string): Trailer[];
}

/** Git itself, asked about one folder: the top of a git repository, or a folder inside of one. */
export class GitRepository implements Git {
  readonly folder: string;
  readonly #now: () => Date;

  /** @param now the clock that tells what the future is */
  constructor(folder: string, now: () => Date = () => new Date()) {
    this.folder = folder;
    this.#now = now;
  }

  isRepository(): boolean {
    return isInGit(this.folder);
  }

  isClean(): boolean {
    return isClean(this.folder);
  }

  isShallow(): boolean {
    return isShallow(this.folder);
  }

  resolveRef(ref: string | TruthRef): ResolvedRef | undefined {
    return resolveRef(this.folder, ref);
  }

  commitOf(name: string): string | undefined {
    return commitOf(this.folder, name);
  }

  isAncestor(ancestor: string, of: string): boolean {
    return isAncestor(this.folder, ancestor, of);
  }

  versionTags(pattern: string | TruthRef): VersionTag[] {
    return versionTags(this.folder, pattern);
  }

  passedTags(pattern: string | TruthRef): string[] {
    return passedTags(this.folder, pattern);
  }

  branch(): string | undefined {
    return branchOf(this.folder);
  }

  githubPage(): string | undefined {
    return githubPage(this.folder);
  }

  sourcesAt(commit: string): CommittedSources {
    return sourcesAt(this.folder, commit);
  }

  textAt(commit: string, file: string): string | undefined {
    return textAt(this.folder, commit, file);
  }

  folderId(folder: string, commit?: string): string | undefined {
    return folderId(this.folder, folder, commit);
  }

  withFolders<Result>(
    commit: string,
    folders: readonly string[],
    act: (root: string) => Result,
  ): Result {
    return withFolders(this.folder, commit, folders, act);
  }

  mergedTree(into: string, from: string): string | undefined {
    return mergedTree(this.folder, into, from);
  }

  historyOf(
    refs: ReadonlyMap<string, string | TruthRef | undefined>,
    head?: string,
  ): Map<string, History> {
    return historyOf(this.folder, refs, this.#now(), head);
  }

  trailersSince(commit: string, key: string): Trailer[] {
    return trailersSince(this.folder, commit, key);
  }
}
