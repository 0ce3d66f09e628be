import type { GateResult } from "./gate";
import { reasonOf } from "./gates";
import { compareText } from "../compare-text";
import { chartText } from "../part-texts";
import type { Step } from "./step";
import type { Deployment } from "../stack/plan";
import { formatPin, mayBeSame, type Pin } from "../version";

/** The input of one environment's status. */
export interface EnvironmentStatus {
  readonly name: string;
  readonly stacks: readonly StackStatus[];
  /** Services of which it isn't known whether they run: some of its stack configs can't be read. */
  readonly unknown: readonly string[];
  /** Who owns a service, where its definition says so. */
  readonly teams: ReadonlyMap<string, string>;
}

/** The input of one stack's status. */
export interface StackStatus {
  readonly stack: string;
  /** The deployments at the ref of its environment. */
  readonly running: ReadonlyMap<string, Deployment>;
  /** The deployments of the working tree. */
  readonly tree: ReadonlyMap<string, Deployment>;
  /** Whether what it runs is verified by record; without services whose signatures nobody demands. */
  readonly verified: ReadonlyMap<string, boolean>;
  /** The moves of a promotion into it, with the verdicts of the gates that need no network. */
  readonly next: ReadonlyMap<string, Next>;
  /** Since when each service runs at its pin, where git knows. */
  readonly since: (name: string, pin: Pin) => Date | undefined;
}

/** The next promotion of a service. */
export interface Next {
  readonly step: Step;
  readonly pin: Pin;
  readonly gates: readonly GateResult[];
  /** Address of what lies between on GitHub, where that is known. */
  readonly comparison: string | undefined;
}

/** Services by environments. */
export interface Status {
  readonly environments: readonly string[];
  /** Sorted by name. */
  readonly services: readonly ServiceStatus[];
}

/** One service in every environment. */
export interface ServiceStatus {
  readonly name: string;
  /** Who owns it, where its definition says so. */
  readonly team: string | null;
  /** By environment; absent where the service doesn't run. */
  readonly cells: Readonly<Record<string, Cell>>;
}

/** One service in one environment, all stacks of it together. */
export interface Cell {
  /** Null where the service doesn't run yet, where that isn't known, and where stacks differ. */
  readonly version: string | null;
  /** Null where stacks differ, too, as all that follows. */
  readonly digest: string | null;
  readonly chart: string | null;
  readonly chartVersion: string | null;
  /** Whether stacks run different versions, bytes or charts. */
  readonly differs: boolean;
  /** Each stack that runs the service, or would. */
  readonly stacks: Readonly<Record<string, StackCell>>;
  /** Whether it isn't known what runs here: a stack config can't be read. */
  readonly unknown: boolean;
  /** ISO 8601, UTC: since when the last of the stacks runs it. */
  readonly since: string | null;
  /** The step from here to upstream, the largest of the stacks. */
  readonly behind: Step | null;
  /** The version that a promotion would bring. */
  readonly next: string | null;
  /** Address of what such a promotion brings, on GitHub; null where stacks differ. */
  readonly comparison: string | null;
  /** Whether every stack's is verified by record, where signatures are demanded; missing elsewhere. */
  readonly verified?: boolean;
  /** Whether a stack holds it. */
  readonly held: boolean;
  /** Why a promotion would be refused. */
  readonly blocked: readonly string[];
  /** The pin that the working tree has instead, or why it has none. */
  readonly tree: string | null;
}

/** One service in one stack. */
export interface StackCell {
  /** Null where the service doesn't run yet. */
  readonly version: string | null;
  readonly digest: string | null;
  readonly chart: string | null;
  readonly chartVersion: string | null;
  readonly held: boolean;
  /** The pin that the working tree has instead, or why it has none. */
  readonly tree: string | null;
}

/** Returns every service in every environment, how far it is behind, and what blocks its next promotion. */
export function statusOf(environments: readonly EnvironmentStatus[]): Status {
  const names = environments.flatMap(({ stacks, unknown }) => {
    const ofStacks = stacks.flatMap(({ running, next }) => [...running.keys(), ...next.keys()]);
    return [...ofStacks, ...unknown];
  });
  const services = [...new Set(names)].sort(compareText).map((name) => {
    const cells = environments.flatMap((environment) => {
      const cell = cellOf(environment, name);
      return cell === undefined ? [] : [[environment.name, cell] as const];
    });
    const [team = null] = environments.flatMap(({ teams }) => teams.get(name) ?? []);
    return { name, team, cells: Object.fromEntries(cells) };
  });
  return { environments: environments.map(({ name }) => name), services };
}

/** One stack that runs a service, or would. */
interface Part {
  readonly stack: string;
  readonly running: Deployment | undefined;
  readonly next: Next | undefined;
  readonly since: Date | undefined;
  readonly verified: boolean | undefined;
  readonly cell: StackCell;
}

function cellOf(environment: EnvironmentStatus, name: string): Cell | undefined {
  const parts = environment.stacks.flatMap((stack) => partOf(stack, name) ?? []);
  const unknown = environment.unknown.includes(name) && parts.every((part) => !part.running);
  if (parts.length === 0 && !unknown) return undefined;
  const cells = unknown ? [] : parts;
  const verified = cells.flatMap((part) => part.verified ?? []);
  return {
    version: common(cells, ({ version }) => version),
    digest: common(cells, ({ digest }) => digest),
    chart: common(cells, ({ chart }) => chart),
    chartVersion: common(cells, ({ chartVersion }) => chartVersion),
    differs: cells.some((one) => cells.some((other) => differ(one.running, other.running))),
    stacks: Object.fromEntries(cells.map(({ stack, cell }) => [stack, cell])),
    unknown,
    since: sinceOf(cells)?.toISOString() ?? null,
    behind: farthest(cells.flatMap(({ next }) => next?.step ?? [])),
    next: cells.find(({ next }) => next !== undefined)?.next?.pin.version.text ?? null,
    comparison: comparisonOf(cells),
    ...(verified.length > 0 && { verified: !verified.includes(false) }),
    held: cells.some(({ cell }) => cell.held),
    blocked: blockedIn(cells),
    tree: common(cells, ({ tree }) => tree) ?? treesOf(cells),
  };
}

function partOf(stack: StackStatus, name: string): Part | undefined {
  const [running, next] = [stack.running.get(name), stack.next.get(name)];
  if (running === undefined && next === undefined) return undefined;
  return {
    stack: stack.stack,
    running,
    next,
    since: running && stack.since(name, running),
    verified: stack.verified.get(name),
    cell: {
      version: running?.version.text ?? null,
      digest: running?.digest ?? null,
      chart: running?.chart?.name ?? null,
      chartVersion: running?.chart?.version ?? null,
      held: running?.held ?? false,
      tree: inTree(running, stack.tree.get(name)),
    },
  };
}

/** Returns what all stacks have; null where they differ, or there is none. */
function common(
  parts: readonly Part[],
  valueOf: (cell: StackCell) => string | null,
): string | null {
  const [value = null, ...more] = new Set(parts.map(({ cell }) => valueOf(cell)));
  return more.length === 0 ? value : null;
}

/** Whether two stacks run different things. A digest that only one of them has is not a difference. */
function differ(a: Deployment | undefined, b: Deployment | undefined): boolean {
  if (a === undefined || b === undefined) return a !== b;
  return !mayBeSame(a, b) || chartText(a.chart) !== chartText(b.chart);
}

/** Returns since when all stacks run what they have in common. */
function sinceOf(parts: readonly Part[]): Date | undefined {
  const times = parts.map(({ since }) => since);
  const known = times.filter((time) => time !== undefined);
  if (known.length < times.length || common(parts, ({ version }) => version) === null) {
    return undefined;
  }
  return known.reduce((latest, time) => (time > latest ? time : latest));
}

const STEPS: readonly Step[] = [
  "none",
  "unordered",
  "downgrade",
  "prerelease",
  "patch",
  "minor",
  "major",
];

function farthest(steps: readonly Step[]): Step | null {
  return STEPS.findLast((step) => steps.includes(step)) ?? null;
}

/** Returns the refusals of all stacks, each with the stacks that it is about, unless that is every one. */
function blockedIn(parts: readonly Part[]): string[] {
  const stacks = new Map<string, string[]>();
  for (const { stack, next } of parts) {
    for (const result of (next?.gates ?? []).filter(({ pass }) => !pass)) {
      const text = `${result.gate}: ${reasonOf(result)}`;
      stacks.set(text, [...(stacks.get(text) ?? []), stack]);
    }
  }
  return [...stacks].map(([text, own]) => {
    return own.length === parts.length ? text : `${text} (${own.join(", ")})`;
  });
}

/** Returns what lies between here and upstream, where that is the same for all stacks. */
function comparisonOf(parts: readonly Part[]): string | null {
  const all = new Set(parts.flatMap(({ next }) => (next === undefined ? [] : [next.comparison])));
  const [only = null, ...more] = all;
  return more.length === 0 ? only : null;
}

function treesOf(parts: readonly Part[]): string | null {
  const trees = parts.flatMap(({ stack, cell: { tree } }) => {
    return tree === null ? [] : `${tree} (${stack})`;
  });
  return trees.length === 0 ? null : trees.join(", ");
}

function inTree(running: Pin | undefined, tree: Pin | undefined): string | null {
  if (tree === undefined) return running === undefined ? null : "removed";
  const [now, then] = [running && formatPin(running), formatPin(tree)];
  return now === then ? null : then;
}
