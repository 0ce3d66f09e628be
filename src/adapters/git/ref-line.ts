import { Ref } from "../../core/ref";
import { CommitGraph, type Commit } from "./commit-graph";
import { changesOf, commitsTouching, type CommitPair, type FileChange } from "./file-changes";
import type { FollowedFiles } from "./followed-files";
import { ask } from "./git";
import { resolveRef, versionTags } from "./refs";

/** One move of a ref that changed files. */
export interface RefStep {
  readonly commit: string;
  readonly at: Date;
  /** How many commits of the line came before. */
  readonly order: number;
  readonly changes: readonly FileChange[];
  /** What paths of its changes, and of those before, are called today, where that differs. */
  readonly names: ReadonlyMap<string, string>;
  /** The commits that came with it, newest first; its own is among them. */
  readonly brought: readonly Commit[];
}

/** The commits at which a ref was one after the other: a branch's first parents, or a pattern's tags. */
export class RefLine {
  /** Ids, oldest first. */
  readonly commits: readonly string[];
  readonly #folder: string;
  readonly #graph: CommitGraph | undefined;
  /** In seconds since 1970, by index. No time is before the one in front of it. */
  readonly #times: readonly number[];
  readonly #isBranch: boolean;

  private constructor(
    folder: string,
    graph: CommitGraph | undefined,
    tags: readonly { id: string; seconds: number }[],
  ) {
    this.#folder = folder;
    this.#graph = graph;
    this.#isBranch = tags.length === 0;
    const points = this.#isBranch ? (graph?.firstParents() ?? []) : tags;
    let latest = 0;
    this.commits = points.map(({ id }) => id);
    this.#times = points.map(({ seconds }) => (latest = Math.max(latest, seconds)));
  }

  /**
   * Reads the line of a ref of environments.yaml; where the ref is undefined or isn't there, that of `head`,
   * by default the current branch. Before the first commit it is empty.
   */
  static read(folder: string, ref: string | undefined, head?: string): RefLine {
    const isPattern = ref !== undefined && Ref.ofEnvironment(ref).isPattern;
    const tags = isPattern ? versionTags(folder, ref) : [];
    const resolved = tags.at(-1) ?? (ref === undefined ? undefined : resolveRef(folder, ref));
    const last = resolved?.commit ?? head ?? headOf(folder);
    const graph = last === undefined ? undefined : CommitGraph.read(folder, last);
    const points = tags.map(({ commit, at }) => ({ id: commit, seconds: at.getTime() / 1000 }));
    return new RefLine(folder, graph, points);
  }

  /** The ref's commit, to which all others lead; undefined before the first commit. */
  get tip(): string | undefined {
    return this.#graph?.tip;
  }

  /**
   * Returns the steps that concern files which are read today, oldest first. Files are followed across
   * renames, out of the folders that are read as well.
   * @param files follows nothing yet
   * @param touching commits that lead to the tip and change a file that is read
   */
  steps(files: FollowedFiles, touching: ReadonlySet<string>): RefStep[] {
    const touched = new Set(touching);
    const changes = new Map<number, readonly FileChange[]>();
    for (let count = this.commits.length; count > 0;) {
      const orders = this.#ordersOf(touched, count);
      const pairs = orders.map((order) => this.#pairOf(order));
      const found = changesOf(this.#folder, pairs, (file) => files.isNear(file));
      for (const [index, order] of orders.entries()) changes.set(order, found[index] ?? []);
      count = 0;
      // A file had its other name until it was renamed: only older commits are looked at again.
      const patterns: string[] = [];
      for (const order of orders.reverse()) {
        const added = files.follow(changes.get(order) ?? []);
        if (added.length > 0) count = Math.max(count, order + 1);
        patterns.push(...added);
      }
      if (count === 0) break;
      const from = this.#isBranch ? this.commits[count - 1] : this.tip;
      const more = commitsTouching(this.#folder, from === undefined ? [] : [from], patterns);
      for (const commit of more) touched.add(commit);
    }
    return this.#stepsOf(changes, touched);
  }

  /** Returns which of the oldest commits change something, oldest first; of tags all that may. */
  #ordersOf(touched: ReadonlySet<string>, count: number): number[] {
    const orders: number[] = [];
    for (let order = 0; order < count; order++) {
      if (!this.#isBranch || touched.has(this.commits[order] ?? "")) orders.push(order);
    }
    return orders;
  }

  #pairOf(order: number): CommitPair {
    return { before: this.commits[order - 1], after: this.commits[order] ?? "" };
  }

  #stepsOf(
    changes: ReadonlyMap<number, readonly FileChange[]>,
    touched: ReadonlySet<string>,
  ): RefStep[] {
    const changed = [...changes].filter(([, files]) => files.length > 0);
    changed.sort(([a], [b]) => b - a);
    const orders = new Set(changed.map(([order]) => order));
    const brought = this.#graph?.broughtBy(this.commits, orders);
    let names: ReadonlyMap<string, string> = new Map();
    const steps = changed.map(([order, files]): RefStep => {
      names = olderNames(names, files);
      const commit = this.commits[order] ?? "";
      const commits = (brought?.get(order) ?? []).filter(({ id }) => touched.has(id));
      const at = new Date((this.#times[order] ?? 0) * 1000);
      return { commit, at, order, changes: files, names, brought: commits };
    });
    return steps.reverse();
  }
}

/** Returns the names of today before some renames, by the names that files had then. */
function olderNames(
  names: ReadonlyMap<string, string>,
  changes: readonly FileChange[],
): ReadonlyMap<string, string> {
  const renames = changes.filter(({ from }) => from !== undefined);
  if (renames.length === 0) return names;
  const older = new Map(names);
  for (const { path, from = path } of renames) older.set(from, names.get(path) ?? path);
  return older;
}

/** Undefined where there is no commit yet. */
function headOf(folder: string): string | undefined {
  return ask(folder, ["rev-parse", "--verify", "--quiet", "HEAD"])?.[0];
}
