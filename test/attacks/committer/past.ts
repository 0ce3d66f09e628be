import type { Committed } from "../../support/git-objects";
import type { GitObjects } from "../../support/git-objects";
import { filesOf, isDeclarable, runsOf, type Run, type Tree } from "./tree";

/** How a commit's message gives a reason for breaking the glass. */
export type Glass = "given" | "doubtful" | "none";

/** Messages, and whether they break the glass. */
export const MESSAGES: readonly (readonly [string, Glass])[] = [
  ["edit\n\nBreak-glass: the shop is down\n", "given"],
  [
    "edit\n\nSome words.\n\nBreak-glass: the shop is down\n\nCo-authored-by: Eve <eve@acme.example>\n",
    "given",
  ],
  ["edit\n\nSigned-off-by: Ada <ada@acme.example>\nBreak-glass: the shop is down\n", "given"],
  ["edit\n\nBreak-glass:the shop is down\n", "doubtful"],
  ["edit\n\nbreak-glass: the shop is down\n", "doubtful"],
  ["Break-glass: the shop is down\n", "none"],
  ["edit\n\nBreak-glass:\n", "none"],
  ["edit\n\nBreak glass: the shop is down\n", "none"],
  ["edit\n\nWe say Break-glass: the shop is down\n", "none"],
  ["edit\n\n> Break-glass: the shop is down\n", "none"],
];

export interface NewChange {
  readonly tree: Tree;
  readonly parents: readonly string[];
  readonly at: number;
  readonly message?: string;
  readonly glass?: Glass;
}

interface Known extends NewChange {
  readonly files: Committed;
}

/** All commits of a sequence, and what is true about them. */
export class Past {
  readonly #objects: GitObjects;
  readonly #commits = new Map<string, Known>();

  constructor(objects: GitObjects) {
    this.#objects = objects;
  }

  commit(change: NewChange): string {
    const { tree, parents, at, message = "edit\n" } = change;
    const files = filesOf(tree);
    const id = this.#objects.commit({ files, parents, message, at });
    this.#commits.set(id, { ...change, tree: structuredClone(tree), files });
    return id;
  }

  treeOf(commit: string): Tree {
    return this.#of(commit).tree;
  }

  timeOf(commit: string): number {
    return this.#of(commit).at;
  }

  filesOf(commit: string): Committed {
    return this.#of(commit).files;
  }

  leadsTo(commit: string, other: string): boolean {
    return this.#leadingTo(other).has(commit);
  }

  /** Returns the line of first parents from one commit, which isn't in it, to another one; oldest first. */
  line(since: string, tip: string): string[] {
    const line: string[] = [];
    for (let id: string | undefined = tip; id !== undefined && id !== since;) {
      line.unshift(id);
      [id] = this.#of(id).parents;
    }
    return line;
  }

  /** Returns the messages of the commits that one has and another one hasn't, joined as a squash does. */
  joined(since: string, tip: string): { message: string; glass: Glass } {
    const commits = this.#between(since, tip).map((id) => this.#of(id));
    const glasses = commits.map(({ glass = "none" }) => glass);
    const glass =
      (["given", "doubtful", "none"] as const).find((one) => glasses.includes(one)) ?? "none";
    const message = commits.map((one) => `* ${one.message ?? "edit\n"}`).join("\n");
    return { message: `squash\n\n${message}`, glass };
  }

  /**
   * Returns the services of a stack that a commit with a reason changed, of those that one has and another one
   * hasn't. Of a file that nobody can read, nobody knows what a commit changed.
   */
  glass(since: string | undefined, tip: string, stack: string, certain: boolean): Set<string> {
    if (since === undefined) return new Set();
    const names = this.#between(since, tip).flatMap((id) => {
      const { tree, parents, glass = "none" } = this.#of(id);
      const before = parents[0] === undefined ? undefined : this.treeOf(parents[0]);
      if (before === undefined || !(glass === "given" || (glass === "doubtful" && !certain)))
        return [];
      if ([before, tree].some((one) => (one.stacks[stack]?.form ?? "file") !== "file")) return [];
      // A commit that ends what nobody could deploy brings all that is there.
      const isRepair = !certain && !isDeclarable(before, stack);
      return differing(isRepair ? new Map() : runsOf(before, stack), runsOf(tree, stack));
    });
    return new Set(names);
  }

  #between(since: string, tip: string): string[] {
    const old = this.#leadingTo(since);
    return [...this.#leadingTo(tip)].filter((id) => !old.has(id));
  }

  #leadingTo(commit: string): Set<string> {
    const found = new Set<string>();
    const waiting = [commit];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (found.has(id)) continue;
      found.add(id);
      waiting.push(...this.#of(id).parents);
    }
    return found;
  }

  #of(commit: string): Known {
    const known = this.#commits.get(commit);
    if (known === undefined) throw new Error(`no commit ${commit}`);
    return known;
  }
}

function differing(a: ReadonlyMap<string, Run>, b: ReadonlyMap<string, Run>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter(
    (name) => JSON.stringify(a.get(name)) !== JSON.stringify(b.get(name)),
  );
}
