import type { Update } from "../../../src/adapters/pulumi/stack-history";
import { Ref } from "../../../src/core/ref";
import { GitObjects } from "../../support/git-objects";
import type { Dice } from "../../support/random-history";
import { edit, firstTree } from "./edits";
import { judgeChange, judgeDeployment, type Place, type Said } from "./judges";
import { Ledger } from "./ledger";
import { whatWaits, type Judged, type Wait } from "./oracle";
import { MESSAGES, Past } from "./past";
import { environmentOf, environmentRuns, isSound, stacksOf, type Tree } from "./tree";

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const HOUR = 3_600_000;
const START = Date.parse("2026-01-05T08:00:00Z");

/** Which refs the three environments have. */
const REFS: readonly (readonly (string | undefined)[])[] = [
  [undefined, undefined, undefined],
  ["main", "main", "main"],
  ["testing", "main", "v*"],
];

/** A change that was judged by both. */
export interface Outcome {
  readonly what: string;
  /** The commits before and after, by stack. */
  readonly commits: Readonly<Record<string, readonly [string, string]>>;
  /** What waits by the oracle and passes the program. */
  readonly falsePasses: readonly string[];
  /** What the program refuses although the oracle is certain that it is honest. */
  readonly falseRefusals: readonly string[];
  readonly waited: boolean;
  readonly sure: boolean;
  readonly passed: boolean;
}

/** A company's repository, in which a committer works and others merge and deploy. */
export class Simulation {
  readonly #dice: Dice;
  readonly #objects: GitObjects;
  readonly #past: Past;
  readonly #refs: readonly (string | undefined)[];
  readonly #tips = new Map<string, string>();
  readonly #movedAt = new Map<string, number>();
  /** What is committed where environments are, and what was deployed to them. */
  readonly #declared = new Ledger();
  readonly #deployed = new Ledger();
  readonly #updates = new Map<string, Update[]>();
  readonly #known = new Map<string, unknown>();
  #now = START;
  #tags = 0;
  /** Whether dates of commits, names and files tell all that happened: else nothing is surely honest. */
  #isPlain = true;

  constructor(folder: string, dice: Dice) {
    this.#dice = dice;
    this.#objects = new GitObjects(folder);
    this.#past = new Past(this.#objects);
    this.#refs = dice.one(REFS);
    const tree = firstTree(dice, this.#refs);
    const first = this.#past.commit({ tree, parents: [], at: this.#now });
    for (const branch of ["main", "testing"]) this.#move(branch, first);
    if (this.#refs[2] === "v*") this.#tag(first, this.#now);
    const isDeployed = !dice.once(5);
    for (const environment of Object.keys(tree.path?.environments ?? {})) {
      this.#declared.record(environment, this.#now, environmentRuns(tree, environment));
    }
    for (const stack of Object.keys(tree.stacks)) {
      this.#updates.set(stack, []);
      if (isDeployed) this.#wasDeployed(stack, first);
    }
  }

  /** Lets the committer do something, and returns what both say about it. */
  async step(): Promise<Outcome[]> {
    const dice = this.#dice;
    this.#now += (1 + dice.below(60)) * HOUR;
    if (this.#refs[0] === undefined) return [await this.#pullRequest("main")];
    if (this.#refs[2] !== "v*") {
      const outcome = await this.#pullRequest("main");
      return dice.once(5) ? [outcome] : [outcome, await this.#deploy(Ref.branch("main"))];
    }
    switch (dice.below(6)) {
      case 0:
      case 1:
        return [await this.#pullRequest("testing"), await this.#deploy(Ref.branch("testing"))];
      case 2: {
        const outcome = await this.#pullRequest("main", this.#tips.get("testing"));
        return [outcome, await this.#deploy(Ref.branch("main"))];
      }
      case 3:
        return [await this.#pullRequest("main"), await this.#deploy(Ref.branch("main"))];
      default:
        return [await this.#tagged()];
    }
  }

  /** A change of a branch: judged, then perhaps merged. */
  async #pullRequest(branch: string, other?: string): Promise<Outcome> {
    const dice = this.#dice;
    const base = this.#tips.get(branch) ?? "";
    const tip = other === undefined ? this.#work(base) : this.#merged(base, other);
    this.#objects.checkOut(tip, this.#past.filesOf(tip));
    const said = await judgeChange(this.#place(), base);
    const [before, after] = [this.#past.treeOf(base), this.#past.treeOf(tip)];
    const stacks = new Set([...Object.keys(before.stacks), ...Object.keys(after.stacks)]);
    const isFirst = (environment: string): boolean =>
      !Object.entries(before.stacks).some(
        ([name, one]) => environmentOf(name, one) === environment,
      );
    const outcome = this.#compare(
      "change",
      said,
      [...stacks].map((stack) => {
        const judged = { before, after, stack, now: this.#now, ledger: this.#declared, isFirst };
        // What another branch deploys is judged by what this one says of it, which may be old.
        const config = after.stacks[stack] ?? before.stacks[stack];
        const environment = config && environmentOf(stack, config);
        const own = this.#environmentRefs().find(([name]) => name === environment)?.[1];
        const isElsewhere = own !== undefined && own !== "v*" && own !== branch;
        return { stack, judged, since: base, tip, isElsewhere };
      }),
    );
    const isDropped = outcome.passed ? dice.once(8) : this.#refs[0] === undefined || !dice.once(4);
    if (!isDropped) this.#merge(branch, base, tip);
    return outcome;
  }

  /** Some commits on top of one, by the committer. */
  #work(base: string): string {
    const dice = this.#dice;
    let tip = base;
    const tree = structuredClone(this.#past.treeOf(base));
    const others = [...this.#tips.values()].map((commit) => this.#past.treeOf(commit));
    for (let count = dice.one([1, 1, 1, 2, 3]); count > 0; count--) {
      for (let edits = dice.one([1, 1, 2, 3]); edits > 0; edits--) {
        edit({ tree, dice, now: this.#now, others });
      }
      const [message, glass] = dice.once(5) ? dice.one(MESSAGES) : (["edit\n", "none"] as const);
      const days = dice.once(4) ? dice.one([-40, -4, 300]) : 0;
      const at = Math.max(START, this.#now + days * 24 * HOUR);
      tip = this.#past.commit({ tree, parents: [tip], at, message, glass });
    }
    return tip;
  }

  #merged(base: string, other: string): string {
    const tree = this.#past.treeOf(other);
    return this.#past.commit({ tree, parents: [base, other], at: this.#now });
  }

  #merge(branch: string, base: string, tip: string): void {
    const dice = this.#dice;
    this.#now += HOUR / 2;
    const tree = this.#past.treeOf(tip);
    const at = this.#now;
    const way = dice.one(["merge", "squash", "fast-forward"]);
    let merged = tip;
    if (way === "squash") {
      merged = this.#past.commit({ tree, parents: [base], at, ...this.#past.joined(base, tip) });
    } else if (way === "merge" || this.#refs[0] === undefined) {
      merged = this.#past.commit({ tree, parents: [base, tip], at });
    } else {
      this.#isPlain = false;
      // Who pushes commits as they are chooses their times, but none before the one in front.
      let time = this.#movedAt.get(branch) ?? START;
      for (const commit of this.#past.line(base, tip)) {
        time = Math.min(at, Math.max(time, this.#past.timeOf(commit)));
        this.#declare(branch, commit, time);
      }
    }
    this.#move(branch, merged);
    this.#movedAt.set(branch, at);
    this.#isPlain &&= isSound(tree) && isUsual(tree);
    this.#declare(branch, merged, at);
  }

  /** Records what a commit of a branch declares for the environments that are there. */
  #declare(branch: string, commit: string, at: number): void {
    const tree = this.#past.treeOf(commit);
    for (const [environment, ref] of this.#environmentRefs()) {
      if (ref !== undefined && ref !== branch) continue;
      this.#declared.record(environment, at, environmentRuns(tree, environment));
    }
  }

  /** A tag: of main's commit, of one that nobody merged, or a mutable one. */
  async #tagged(): Promise<Outcome> {
    const dice = this.#dice;
    const main = this.#tips.get("main") ?? "";
    const commit = dice.once(4) ? this.#work(main) : main;
    const name = this.#tag(commit, this.#now - (dice.once(6) ? 90 * 24 * HOUR : 0), dice.once(8));
    const tree = this.#past.treeOf(commit);
    if (!name.endsWith("-test")) {
      for (const name of ["production", "live"]) {
        this.#declared.record(name, this.#now, environmentRuns(tree, name));
      }
    }
    this.#isPlain &&= isSound(tree) && isUsual(tree) && commit === main;
    return this.#deploy(Ref.tag(name), commit);
  }

  /** A deployment of what stands at a ref: judged, then perhaps done. */
  async #deploy(ref: Ref, commit = this.#tips.get(ref.name) ?? ""): Promise<Outcome> {
    const tree = this.#past.treeOf(commit);
    this.#objects.checkOut(commit, this.#past.filesOf(commit));
    const said = await judgeDeployment(this.#place(), ref, this.#updates);
    const stacks = Object.keys(tree.stacks).filter((stack) => this.#isAt(tree, stack, ref));
    const outcome = this.#compare(
      "deployment",
      said,
      stacks.map((stack) => {
        const since = this.#updates.get(stack)?.[0]?.commit;
        const before = since === undefined ? undefined : this.#past.treeOf(since);
        const isFirst = (environment: string): boolean => this.#isFirst(environment, before, tree);
        const judged = {
          before,
          after: tree,
          stack,
          now: this.#now,
          ledger: this.#deployed,
          isFirst,
        };
        return { stack, judged, since, tip: commit };
      }),
      // Of a first deployment no path but its own is known.
      ref.kind === "tag" &&
        stacks.some((stack) => this.#updates.get(stack)?.length !== 0) &&
        !this.#past.leadsTo(commit, this.#tips.get("main") ?? ""),
    );
    if (!outcome.passed || this.#dice.once(6)) return outcome;
    this.#now += HOUR / 2;
    for (const stack of said.stacks ?? []) this.#wasDeployed(stack, commit);
    return outcome;
  }

  #isFirst(environment: string, before: Tree | undefined, after: Tree): boolean {
    const stacks = [before, after].flatMap((tree) => Object.entries(tree?.stacks ?? {}));
    const own = stacks.filter(([name, stack]) => environmentOf(name, stack) === environment);
    return own.every(([name]) => (this.#updates.get(name) ?? []).length === 0);
  }

  /** Whether a stack is deployed at a ref. */
  #isAt({ stacks, path }: Tree, name: string, ref: Ref): boolean {
    const stack = stacks[name];
    const own = stack && path?.environments[environmentOf(name, stack)]?.ref;
    return own === ref.name || (own === "v*" && ref.kind === "tag" && !ref.name.endsWith("-test"));
  }

  #compare(
    what: string,
    said: Said,
    changes: readonly {
      stack: string;
      judged: Omit<Judged, "glass">;
      since: string | undefined;
      tip: string;
      isElsewhere?: boolean;
    }[],
    isStray = false,
  ): Outcome {
    const commits: Record<string, readonly [string, string]> = {};
    const passes: string[] = [];
    const refusals: string[] = [];
    let waited = isStray;
    let sure = false;
    if (
      isStray &&
      said.refused.length === 0 &&
      said.whole === undefined &&
      said.stacks?.length !== 0
    ) {
      passes.push("a stray tag");
    }
    for (const { stack, judged, since, tip, isElsewhere = false } of changes) {
      commits[stack] = [since ?? EMPTY_TREE, tip];
      const glass = (certain: boolean): Set<string> => this.#past.glass(since, tip, stack, certain);
      const waits = whatWaits({ ...judged, glass: glass(false) });
      waited ||= waits.length > 0;
      const isDone = said.whole === undefined && said.stacks?.includes(stack) !== false;
      const refused = said.refused.filter(([one]) => one === stack);
      const own = waits.filter(
        (one) => isDone && !refused.some(([, gate, service]) => isFor(one, gate, service)),
      );
      passes.push(...own.map(({ rule, service }) => `${stack}: ${rule} of ${service}`));
      const strict = [this.#declared, judged.ledger].flatMap((ledger) =>
        whatWaits({ ...judged, ledger, glass: glass(true) }, true),
      );
      const isSure = this.#isPlain && strict.length === 0 && !isStray && !isElsewhere;
      const sound =
        isSound(judged.after) && (judged.before === undefined || isSound(judged.before));
      if (!isSure || !sound || !isUsual(judged.after)) continue;
      sure = true;
      refusals.push(...refused.map((one) => one.join(" ")));
      if (said.whole !== undefined) refusals.push(said.whole);
    }
    const passed =
      said.whole === undefined && said.refused.length === 0 && said.stacks?.length !== 0;
    return { what, commits, falsePasses: passes, falseRefusals: refusals, waited, sure, passed };
  }

  #wasDeployed(stack: string, commit: string): void {
    const at = this.#now + HOUR / 6;
    const tree = this.#past.treeOf(commit);
    const [config, known] = [tree.stacks[stack], this.#updates.get(stack) ?? []];
    if (config === undefined) return;
    this.#updates.set(stack, [{ commit, at: new Date(at) }, ...known]);
    const environment = environmentOf(stack, config);
    this.#deployed.record(environment, at, environmentRuns(tree, environment));
  }

  #place(): Place {
    return { folder: this.#objects.path, now: this.#now, known: this.#known };
  }

  #environmentRefs(): [string, string | undefined][] {
    const [testing, staging, production] = this.#refs;
    return [
      ["testing", testing],
      ["staging", staging],
      ["production", production],
      // What production may be renamed to.
      ["live", production],
    ];
  }

  #move(branch: string, commit: string): void {
    this.#tips.set(branch, commit);
    this.#objects.branch(branch, commit);
  }

  #tag(commit: string, at: number, isMutable = false): string {
    const name = isMutable ? `v9.${this.#tags++}.0-test` : `v0.${this.#tags++}.0`;
    this.#objects.tag(name, commit, at);
    return name;
  }
}

/** Whether environments are those of the beginning, and stacks those, and replicas of them. */
function isUsual(tree: Tree): boolean {
  const { path, stacks } = tree;
  const names = ["testing", "staging", "production"];
  return (
    names.every(
      (name) => path?.environments[name] !== undefined && stacksOf(tree, name).includes(name),
    ) &&
    Object.entries(stacks).every(([name, stack]) => {
      const environment = environmentOf(name, stack);
      return name === environment || name.startsWith(`${environment}-`);
    })
  );
}

/** The gates that may refuse for a rule. */
const GATES: Readonly<Record<Wait["rule"], readonly string[]>> = {
  path: ["path"],
  order: ["order"],
  soak: ["soak", "order"],
  freeze: ["freeze"],
  hold: ["hold"],
  downgrade: ["downgrade"],
  bytes: ["same-digest", "order"],
  rejected: ["rejected"],
  accepts: ["accepted", "prerelease", "digest"],
};

function isFor({ rule, service }: Wait, gate: string, of: string): boolean {
  return service === of && GATES[rule].includes(gate);
}
