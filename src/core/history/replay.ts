import { compareText } from "../compare-text";
import { PROJECT_FILE } from "../files";
import { belongsTo, isOfHelm } from "../list/service";
import type { PastDefinition, PastFile, PastStack } from "./past-parser";
import { pinFor } from "../stack/pin-for";
import { stackOf } from "../stack/config";
import { chartText, imageText, NONE } from "../part-texts";
import { formatPin, parsePin, type Pin } from "../version";

/** One commit of an environment's history, and the files that it changed. */
export interface Snapshot {
  readonly commit: string;
  readonly at: Date;
  /** By path. Undefined: the file was removed. */
  readonly changes: readonly { readonly path: string; readonly file: PastFile | undefined }[];
}

/** One change of a service in a stack of an environment. */
export interface Change {
  readonly at: Date;
  readonly stack: string;
  readonly service: string;
  readonly from: Pin | undefined;
  readonly to: Pin | undefined;
  readonly commit: string;
  /** The file that was changed; of several the one that says what runs. */
  readonly path: string;
  /** The reason of a hold that the same change set. */
  readonly held: string | undefined;
}

/** A pin that ran in a stack, and what brought and ended it. */
export interface PastRun {
  readonly stack: string;
  readonly pin: Pin;
  readonly commit: string;
  /** The commit that replaced it; undefined where none did. */
  readonly next: string | undefined;
}

/**
 * Returns what ran of a service before the pin that runs now.
 * @param changes of that service, newest first
 */
export function runsBefore(changes: readonly Change[], current: Pin): PastRun[] {
  const running = changes.findIndex(({ to }) => to && formatPin(to) === formatPin(current));
  return changes.flatMap(({ stack, to: pin, commit }, index) => {
    const isBefore = pin !== undefined && index > running;
    return isBefore ? { stack, pin, commit, next: changes[index - 1]?.commit } : [];
  });
}

/**
 * Returns the changes of a service in one stack, newest first, and before them those of the stack that it was
 * taken over from: a stack that gets another name, or a service of another shard, keeps its past.
 * @param changes of that service in all stacks of an environment, newest first
 */
export function pastOf<One extends Change>(changes: readonly One[], stack: string): One[] {
  const own = changes.filter((change) => change.stack === stack);
  const begin = own.at(-1);
  if (begin?.from !== undefined || begin === undefined) return own;
  const before = changes.find(({ stack: other, commit, from, to }) => {
    return other !== stack && commit === begin.commit && from !== undefined && to === undefined;
  });
  if (before === undefined) return own;
  const earlier = changes.slice(changes.indexOf(before) + 1);
  return [...own, ...pastOf(earlier, before.stack)];
}

/** A part of what runs of a service besides its pin. */
export type Part = "chart" | "image";

/** One change of a service's chart or image repository in a stack, as texts. */
export interface PartChange extends Pick<Change, "at" | "stack" | "service" | "commit" | "path"> {
  readonly part: Part;
  readonly from: string;
  readonly to: string;
}

/** What the stacks of an environment ran, oldest first. */
export interface Replayed {
  readonly changes: Change[];
  /** None is of a service that begins or ends. */
  readonly parts: PartChange[];
}

/**
 * Returns the changes of every environment, oldest first, each of one stack. A service runs at its pin, or at
 * its definition's release.
 * @param snapshots oldest first; read once, so that they need not all be in memory
 */
export function replay(
  environments: readonly string[],
  snapshots: Iterable<Snapshot>,
): Map<string, Replayed> {
  const trees = environments.map((name) => ({ name, tree: new PastTree(name) }));
  for (const snapshot of snapshots) for (const { tree } of trees) tree.apply(snapshot);
  return new Map(trees.map(({ name, tree }) => [name, tree]));
}

/** What runs of a service, as texts. */
type Run = Readonly<Record<Part | "pin", string>>;

/** Returns the pin that a stack ran of a service, as it is written. */
type PinOf = ReturnType<typeof pinFor<string>>;

/** A repository's files at one commit of its history. */
class PastTree implements Replayed {
  readonly changes: Change[] = [];
  readonly parts: PartChange[] = [];
  readonly #environment: string;
  /** By the path of their files, as all that follows. */
  readonly #stacks = new Map<string, PastStack & { readonly pinOf: PinOf }>();
  readonly #lists = new Map<string, ReadonlyMap<string, PastDefinition>>();
  readonly #runs = new Map<string, Map<string, Run>>();
  #clusterOfAll = false;

  constructor(environment: string) {
    this.#environment = environment;
  }

  apply({ commit, at, changes }: Snapshot): void {
    const touched = new Touched();
    const held = new Map<string, ReadonlyMap<string, string>>();
    // What a file became under another name is said of that name.
    const removed = changes.filter(({ file }) => file === undefined);
    const writing = changes.filter(({ file }) => file !== undefined);
    for (const { path, file } of [...removed, ...writing]) {
      held.set(path, this.#newHolds(path, file));
      this.#replace(path, file, touched);
    }
    const written = new Set(writing.map(({ path }) => path));
    for (const { service, stack: file, path: last } of touched.sorted()) {
      // Where a stack pins a service, its config says what runs.
      const isPinned = written.has(file) && this.#stacks.get(file)?.versions.has(service) === true;
      const path = isPinned ? file : last;
      const runs = this.#runs.get(file) ?? new Map<string, Run>();
      this.#runs.set(file, runs);
      const before = runs.get(service);
      const after = this.#runOf(file, service);
      if (after === undefined) runs.delete(service);
      else runs.set(service, after);
      const stack = stackOf(file) ?? "";
      if (before?.pin !== after?.pin) {
        const [from, to] = [toPin(before?.pin), toPin(after?.pin)];
        const reason = held.get(file)?.get(service);
        this.changes.push({ at, stack, service, from, to, commit, path, held: reason });
      }
      if (before === undefined || after === undefined) continue;
      for (const part of ["chart", "image"] as const) {
        const [from, to] = [before[part], after[part]];
        if (from !== to) this.parts.push({ at, stack, service, commit, path, part, from, to });
      }
    }
  }

  #newHolds(path: string, file: PastFile | undefined): ReadonlyMap<string, string> {
    if (file === undefined || !("holds" in file)) return new Map();
    if (file.environment !== this.#environment) return new Map();
    const before = this.#stacks.get(path)?.holds;
    return new Map([...file.holds].filter(([name, reason]) => before?.get(name) !== reason));
  }

  /** Replaces a file, and notes the services of stacks that may have changed with it. */
  #replace(path: string, file: PastFile | undefined, touched: Touched): void {
    const stack = this.#stacks.get(path);
    const list = this.#lists.get(path);
    this.#stacks.delete(path);
    this.#lists.delete(path);
    if (file !== undefined && "definitions" in file) {
      this.#lists.set(path, file.definitions);
      const names = differing(list ?? new Map(), file.definitions, sameDefinition);
      for (const one of this.#stacks.keys()) touched.add(one, names, path);
      return;
    }
    if (path === PROJECT_FILE) {
      this.#replaceProject(file, touched);
      return;
    }
    if (file !== undefined && "holds" in file && file.environment === this.#environment) {
      this.#stacks.set(path, { ...file, pinOf: pinFor(file) });
    }
    if (list !== undefined) {
      for (const one of this.#stacks.keys()) touched.add(one, list.keys(), path);
      return;
    }
    touched.add(path, this.#changedIn(path, stack), path);
  }

  /** Returns the services that may have changed with the file of a stack. */
  #changedIn(path: string, stack: PastStack | undefined): Iterable<string> {
    const now = this.#stacks.get(path);
    if (stack === undefined && now === undefined) return [];
    const same =
      stack !== undefined &&
      now !== undefined &&
      stack.host === now.host &&
      stack.hasCluster === now.hasCluster &&
      JSON.stringify(stack.select) === JSON.stringify(now.select);
    if (same) {
      const isSame = (a: string, b: string): boolean => a === b;
      const charts = differing(stack.charts, now.charts, isSame);
      return new Set([...differing(stack.versions, now.versions, isSame), ...charts]);
    }
    // The stack may own other services now.
    const runs = this.#runs.get(path)?.keys() ?? [];
    if (now === undefined) return runs;
    return new Set([...runs, ...this.#defined(), ...now.versions.keys()]);
  }

  #replaceProject(file: PastFile | undefined, touched: Touched): void {
    const clusterOfAll = file !== undefined && "clusterOfAll" in file && file.clusterOfAll;
    if (clusterOfAll === this.#clusterOfAll) return;
    this.#clusterOfAll = clusterOfAll;
    for (const [stack, runs] of this.#runs) touched.add(stack, runs.keys(), PROJECT_FILE);
  }

  #defined(): string[] {
    return [...this.#lists.values()].flatMap((definitions) => [...definitions.keys()]);
  }

  /** Returns what a stack runs of a service: the pin as it is written, or the release of the definition. */
  #runOf(file: string, name: string): Run | undefined {
    const stack = this.#stacks.get(file);
    if (stack === undefined) return undefined;
    const definition = [...this.#lists.values()]
      .flatMap((definitions) => definitions.get(name) ?? [])
      .flatMap((first) => [first, ...(first.others ?? [])])
      .find((one) => belongsTo(one, this.#environment));
    if (definition === undefined) return undefined;
    const pin = stack.pinOf({ name, ...definition }, definition.release);
    if (pin === undefined || toPin(pin) === undefined) return undefined;
    const ofHelm = isOfHelm(definition) && (stack.hasCluster || this.#clusterOfAll);
    const chart = ofHelm ? pinnedChartText(definition.chart, stack.charts.get(name)) : NONE;
    return { pin, image: imageText(definition, stack.host), chart };
  }
}

/** The services of stacks that a commit may have changed, each with the file that was changed last. */
class Touched {
  readonly #paths = new Map<string, Map<string, string>>();

  add(stack: string, services: Iterable<string>, path: string): void {
    const paths = this.#paths.get(stack) ?? new Map<string, string>();
    this.#paths.set(stack, paths);
    for (const service of services) paths.set(service, path);
  }

  /** Returns them by service, then by stack. */
  sorted(): { service: string; stack: string; path: string }[] {
    return [...this.#paths]
      .flatMap(([stack, paths]) => [...paths].map(([service, path]) => ({ service, stack, path })))
      .sort((a, b) => compareText(a.service, b.service) || compareText(a.stack, b.stack));
  }
}

/** A pin of a chart stands for the definition's version and digest. */
function pinnedChartText(chart: PastDefinition["chart"], pin: string | undefined): string {
  if (pin === undefined) return chartText(chart);
  if (chart === undefined) return chartText({ version: pin, isPinned: true });
  const { version: _version, digest: _digest, ...named } = chart;
  return chartText({ ...named, version: pin });
}

function sameDefinition(a: PastDefinition, b: PastDefinition): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Returns the keys that only one of two maps has, or whose values differ. */
function differing<Value>(
  before: ReadonlyMap<string, Value>,
  after: ReadonlyMap<string, Value>,
  same: (a: Value, b: Value) => boolean,
): Set<string> {
  const found = new Set<string>();
  for (const [key, value] of before) {
    const other = after.get(key);
    if (other === undefined || !same(value, other)) found.add(key);
  }
  for (const key of after.keys()) if (!before.has(key)) found.add(key);
  return found;
}

function toPin(text: string | undefined): Pin | undefined {
  const pin = text === undefined ? undefined : parsePin(text);
  return typeof pin === "string" ? undefined : pin;
}
