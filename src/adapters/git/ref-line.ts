import { Ref } from "../../core/ref";
import { CommitGraph, type Commit } from "./commit-graph";
import { changesOf, type FileChange } from "./file-changes";
import { ask } from "./git";
import { resolveRef, versionTags, type TruthRef } from "./refs";

/** One move of a ref that changed files. */
export interface RefStep {
  readonly commit: string;
  readonly at: Date;
  /** How many commits of the line came before. */
  readonly order: number;
  readonly changes: readonly FileChange[];
  /** The commits that came with it, newest first; its own is among them. */
  readonly brought: readonly Commit[];
}

/** The commits at which a ref was one after the other: a branch's first parents, or a pattern's tags. */
export class RefLine {
  /** Ids, oldest first. */
  readonly commits: readonly string[];
  readonly #folder: string;
  readonly #graph: CommitGraph | undefined;
  /**
   * In seconds since 1970, by index. No time is before the one in front of it, that of a tag before one of a commit that
   * it has, and none is in the future.
   */
  readonly #times: readonly number[];
  readonly #isBranch: boolean;

  private constructor(
    folder: string,
    graph: CommitGraph | undefined,
    tags: readonly { id: string; seconds: number }[],
    now: Date,
  ) {
    this.#folder = folder;
    this.#graph = graph;
    this.#isBranch = tags.length === 0;
    const points = this.#isBranch ? (graph?.firstParents() ?? []) : tags;
    this.commits = points.map(({ id }) => id);
    const seconds = now.getTime() / 1000;
    const latest = this.#isBranch ? [] : (graph?.latestTimes(this.commits, seconds) ?? []);
    this.#times = timesOf(
      points.map((point, index) => Math.max(point.seconds, latest[index] ?? 0)),
      seconds,
    );
  }

  /**
   * Reads the line of a ref of environments.yaml; where the ref is undefined or isn't there, that of `head`,
   * by default the current branch. Before the first commit it is empty.
   * @param now the latest time that a commit can be of
   */
  static read(
    folder: string,
    ref: string | TruthRef | undefined,
    now: Date,
    head?: string,
  ): RefLine {
    const name = typeof ref === "object" ? ref.ref : ref;
    const isPattern = name !== undefined && Ref.ofEnvironment(name).isPattern;
    const tags = isPattern && ref !== undefined ? versionTags(folder, ref, now) : [];
    const resolved = tags.at(-1) ?? (ref === undefined ? undefined : resolveRef(folder, ref));
    const last = resolved?.commit ?? head ?? headOf(folder);
    const graph = last === undefined ? undefined : CommitGraph.read(folder, last);
    const points = tags.map(({ commit, at }) => ({ id: commit, seconds: at.getTime() / 1000 }));
    return new RefLine(folder, graph, points, now);
  }

  /** The ref's commit, to which all others lead; undefined before the first commit. */
  get tip(): string | undefined {
    return this.#graph?.tip;
  }

  /**
   * Returns the steps that change the list or a stack config, oldest first.
   * @param touching commits that lead to the tip and change one of these files
   */
  steps(touching: ReadonlySet<string>): RefStep[] {
    const orders = [...this.commits.keys()].filter((order) => {
      // Between two tags any commit may have changed something.
      return !this.#isBranch || touching.has(this.commits[order] ?? "");
    });
    const pairs = orders.map((order) => {
      return { before: this.commits[order - 1], after: this.commits[order] ?? "" };
    });
    const changes = changesOf(this.#folder, pairs);
    const changed = orders.flatMap((order, index) => {
      const files = changes[index] ?? [];
      return files.length === 0 ? [] : { order, changes: files };
    });
    const brought = this.#graph?.broughtBy(
      this.commits,
      new Set(changed.map(({ order }) => order)),
    );
    return changed.map(({ order, changes }): RefStep => {
      const commits = (brought?.get(order) ?? []).filter(({ id }) => touching.has(id));
      const at = new Date((this.#times[order] ?? 0) * 1000);
      return { commit: this.commits[order] ?? "", at, order, changes, brought: commits };
    });
  }
}

/**
 * Returns the times of a line from what its clocks said. One in the future is wrong: all that is known is
 * that it was before the next one that isn't, or before now. No time goes back.
 */
function timesOf(clocks: readonly number[], now: number): number[] {
  let next = now;
  const past = [...clocks].reverse().map((seconds) => (seconds > now ? next : (next = seconds)));
  let latest = 0;
  return past.reverse().map((seconds) => (latest = Math.max(latest, seconds)));
}

/** Undefined where there is no commit yet. */
function headOf(folder: string): string | undefined {
  return ask(folder, ["rev-parse", "--verify", "--quiet", "HEAD"])?.[0];
}
