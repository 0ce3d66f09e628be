import { git } from "./git";

/** One commit, and its place among the others. */
export interface Commit {
  readonly id: string;
  /** Ids of its parents. At the beginning of a shallow clone's history there are none. */
  readonly parents: readonly string[];
  /**
   * When it was committed, in seconds since 1970. A rebase or a squash on GitHub makes that the time of the
   * merge.
   */
  readonly seconds: number;
  /** How many commits come before it in git's order by topology, newest first. */
  readonly order: number;
}

/** All commits that lead to one. They are many, so each is kept as git's line until somebody asks for it. */
export class CommitGraph {
  /** Newest first: `<seconds> <id> <parents>`. */
  readonly #lines: readonly string[];
  readonly #orders = new Map<string, number>();

  /** The newest commit. */
  readonly tip: string;

  private constructor(tip: string, lines: readonly string[]) {
    this.tip = tip;
    this.#lines = lines;
    for (const [order, line] of lines.entries())
      this.#orders.set(line.split(" ", 2)[1] ?? "", order);
  }

  /** Reads the graph of a commit, whatever its commits changed. */
  static read(folder: string, commit: string): CommitGraph {
    const options = ["--topo-order", "--parents", "--timestamp", "--end-of-options"];
    const output = git(folder, ["rev-list", ...options, commit, "--"]);
    return new CommitGraph(commit, output.toString("latin1").trimEnd().split("\n"));
  }

  /** Returns the line of first parents from the newest commit, oldest first. */
  firstParents(): Commit[] {
    const line: Commit[] = [];
    for (let next = this.#at(0); next !== undefined; next = this.#find(next.parents[0])) {
      line.push(next);
    }
    return line.reverse();
  }

  /**
   * Returns for each commit the latest time on its line of first parents, in seconds since 1970; 0 where all are of the
   * future. Commits that a merge brought don't count: who wrote them chose their times, and not when it was merged.
   * @param now in seconds since 1970
   */
  latestTimes(commits: readonly string[], now: number): number[] {
    const known = new Map<string, number>();
    return commits.map((id) => {
      const line: Commit[] = [];
      let next = this.#find(id);
      while (next !== undefined && !known.has(next.id)) {
        line.push(next);
        next = this.#find(next.parents[0]);
      }
      let latest = next === undefined ? 0 : (known.get(next.id) ?? 0);
      for (const { id, seconds } of line.reverse()) {
        if (seconds <= now) latest = Math.max(latest, seconds);
        known.set(id, latest);
      }
      return latest;
    });
  }

  /**
   * Returns, for some commits of a line, the commits that came with each, by the commit's index in the line:
   * those that lead to it and to no older one of the line, newest first. The commit itself is among them.
   * @param line oldest first
   */
  broughtBy(line: readonly string[], wanted: ReadonlySet<number>): Map<number, Commit[]> {
    const seen = new Uint8Array(this.#lines.length);
    const brought = new Map<number, Commit[]>();
    for (const [index, id] of line.entries()) {
      const found = this.#newAncestors(id, seen);
      if (wanted.has(index))
        brought.set(
          index,
          found.sort((a, b) => a.order - b.order),
        );
    }
    return brought;
  }

  /** Returns the commits that lead to one and weren't seen yet, and notes them as seen. */
  #newAncestors(id: string, seen: Uint8Array): Commit[] {
    const found: Commit[] = [];
    const waiting = [id];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const order = this.#orders.get(next);
      const commit = order === undefined || seen[order] === 1 ? undefined : this.#at(order);
      if (commit === undefined) continue;
      seen[commit.order] = 1;
      found.push(commit);
      waiting.push(...commit.parents);
    }
    return found;
  }

  #find(id: string | undefined): Commit | undefined {
    const order = id === undefined ? undefined : this.#orders.get(id);
    return order === undefined ? undefined : this.#at(order);
  }

  #at(order: number): Commit | undefined {
    const [seconds, id, ...parents] = this.#lines[order]?.split(" ") ?? [];
    return id === undefined ? undefined : { id, parents, seconds: Number(seconds), order };
  }
}
