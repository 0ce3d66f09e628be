import assert from "node:assert/strict";
import type { Update } from "../../../src/adapters/pulumi/stack-history";
import { Ref } from "../../../src/core/ref";
import { temporaryFolder } from "../../support/folder";
import { GitObjects } from "../../support/git-objects";
import { judgeChange, judgeDeployment, runsAt, type Place, type Said } from "./judges";

const HOUR = 3_600_000;

type Texts = Readonly<Record<string, string>>;

/** New texts of files, or how they change; null for a file that goes. */
export type Edits = Readonly<Record<string, string | null | ((text: string) => string)>>;

/** A company's month: each step is judged as a pull request and as a deployment, and all have to pass. */
export class Month {
  readonly #objects = new GitObjects(temporaryFolder());
  readonly #known = new Map<string, unknown>();
  readonly #texts = new Map<string, Texts>();
  readonly #tips = new Map<string, string>();
  readonly #updates = new Map<string, Update[]>();
  /** The environments of each branch; those of tags are at `v*`. */
  readonly #environments: Readonly<Record<string, readonly string[]>>;
  #now = Date.parse("2026-03-02T09:00:00Z");

  /** @param environments those that stand at each branch, or at `v*`; stacks have their names */
  constructor(environments: Readonly<Record<string, readonly string[]>>) {
    this.#environments = environments;
    for (const stack of Object.values(environments).flat()) this.#updates.set(stack, []);
  }

  /** The first commit, at every branch, deployed everywhere. */
  async begin(texts: Texts): Promise<void> {
    const first = this.#commit(texts, []);
    for (const branch of Object.keys(this.#environments)) {
      if (branch !== "v*") this.#move(branch, first);
    }
    for (const branch of this.#tips.keys()) await this.#deploy(Ref.branch(branch), first);
  }

  /** Lets hours go by. */
  wait(hours: number): void {
    this.#now += hours * HOUR;
  }

  /** A pull request that edits files, is merged and deployed. */
  async change(title: string, edits: Edits, branch = "main"): Promise<void> {
    const base = this.#tip(branch);
    const texts = { ...this.#textsOf(base) };
    for (const [file, edit] of Object.entries(edits)) {
      const text = typeof edit === "function" ? edit(texts[file] ?? "") : edit;
      assert.notEqual(text, texts[file], `${title} changes nothing of ${file}`);
      if (text === null) delete texts[file];
      else texts[file] = text;
    }
    await this.#merge(title, branch, this.#commit(texts, [base]));
  }

  /** A pull request that merges a branch into another one, as it is. */
  async merge(from: string, into: string): Promise<void> {
    const tip = this.#commit(this.#textsOf(this.#tip(from)), [this.#tip(into), this.#tip(from)]);
    await this.#merge(`${from} into ${into}`, into, tip);
  }

  /** A release: a tag of a branch's tip, which is deployed. */
  async tag(name: string, branch = "main"): Promise<void> {
    const commit = this.#tip(branch);
    this.#objects.tag(name, commit, this.#now);
    await this.#deploy(Ref.tag(name), commit);
  }

  /** What was deployed last to a stack. */
  runs(stack: string): Record<string, string> {
    const commit = this.#updates.get(stack)?.[0]?.commit;
    return commit === undefined ? {} : runsAt(this.#place(), commit, stack);
  }

  async #merge(title: string, branch: string, tip: string): Promise<void> {
    const base = this.#tip(branch);
    this.#objects.checkOut(tip, this.#textsOf(tip));
    const names = this.#environments[branch];
    const said = await judgeChange(this.#place(), base, names);
    this.#passes(said, `${title}: the pull request into ${branch}`);
    this.#now += HOUR / 4;
    const merged = this.#commit(this.#textsOf(tip), [base, tip]);
    this.#move(branch, merged);
    await this.#deploy(Ref.branch(branch), merged, title);
  }

  async #deploy(ref: Ref, commit: string, title = ref.name): Promise<void> {
    this.#objects.checkOut(commit, this.#textsOf(commit));
    const said = await judgeDeployment(this.#place(), ref, this.#updates);
    this.#passes(said, `${title}: the deployment of ${ref.name}`);
    const environments = this.#environments[ref.kind === "tag" ? "v*" : ref.name];
    assert.deepEqual(said.stacks, environments, title);
    this.#now += HOUR / 4;
    for (const stack of said.stacks ?? []) {
      const update = { commit, at: new Date(this.#now) };
      this.#updates.set(stack, [update, ...(this.#updates.get(stack) ?? [])]);
    }
  }

  #passes({ whole, refused }: Said, what: string): void {
    assert.deepEqual([whole, refused], [undefined, []], what);
  }

  #commit(texts: Texts, parents: readonly string[]): string {
    const commit = this.#objects.commit({
      files: texts,
      parents,
      message: "step\n",
      at: this.#now,
    });
    this.#texts.set(commit, texts);
    return commit;
  }

  #textsOf(commit: string): Texts {
    return this.#texts.get(commit) ?? {};
  }

  #tip(branch: string): string {
    return this.#tips.get(branch) ?? "";
  }

  #move(branch: string, commit: string): void {
    this.#tips.set(branch, commit);
    this.#objects.branch(branch, commit);
  }

  #place(): Place {
    return { folder: this.#objects.path, now: this.#now, known: this.#known };
  }
}
