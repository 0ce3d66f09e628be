import type { GateResult } from "./gate";
import { reasonOf } from "./gates";
import { compareText } from "../compare-text";
import type { Step } from "./step";
import type { Deployment } from "../stack/plan";
import { formatPin, type Pin } from "../version";

/** The input of one environment's status. */
export interface EnvironmentStatus {
  readonly name: string;
  /** The deployments at its ref. */
  readonly running: ReadonlyMap<string, Deployment>;
  /** The deployments of the working tree. */
  readonly tree: ReadonlyMap<string, Deployment>;
  /** The moves of a promotion into it, with the verdicts of the gates that need no network. */
  readonly next: ReadonlyMap<string, Next>;
  /** Services of which it isn't known whether they run: some of its stack configs can't be read. */
  readonly unknown: readonly string[];
  /** Who owns a service, where its definition says so. */
  readonly teams: ReadonlyMap<string, string>;
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

/** One service in one environment. */
export interface Cell {
  /** Null where the service doesn't run yet, and where that isn't known. */
  readonly version: string | null;
  readonly digest: string | null;
  readonly chart: string | null;
  readonly chartVersion: string | null;
  /** Whether it isn't known what runs here: a stack config can't be read. */
  readonly unknown: boolean;
  /** ISO 8601, UTC. */
  readonly since: string | null;
  /** The step from here to upstream. */
  readonly behind: Step | null;
  /** The version that a promotion would bring. */
  readonly next: string | null;
  /** Address of what such a promotion brings, on GitHub. */
  readonly comparison: string | null;
  readonly held: boolean;
  /** Why a promotion would be refused. */
  readonly blocked: readonly string[];
  /** The pin that the working tree has instead, or why it has none. */
  readonly tree: string | null;
}

/** Returns every service in every environment, how far it is behind, and what blocks its next promotion. */
export function statusOf(environments: readonly EnvironmentStatus[]): Status {
  const names = environments.flatMap(({ running, next, unknown }) => {
    return [...running.keys(), ...next.keys(), ...unknown];
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

function cellOf(environment: EnvironmentStatus, name: string): Cell | undefined {
  const running = environment.running.get(name);
  const unknown = running === undefined && environment.unknown.includes(name);
  const next = unknown ? undefined : environment.next.get(name);
  if (running === undefined && next === undefined && !unknown) return undefined;
  const refused = (next?.gates ?? []).filter(({ pass }) => !pass);
  return {
    version: running?.version.text ?? null,
    digest: running?.digest ?? null,
    chart: running?.chart?.name ?? null,
    chartVersion: running?.chart?.version ?? null,
    unknown,
    since: (running && environment.since(name, running)?.toISOString()) ?? null,
    behind: next?.step ?? null,
    next: next?.pin.version.text ?? null,
    comparison: next?.comparison ?? null,
    held: running?.held ?? false,
    blocked: refused.map((result) => `${result.gate}: ${reasonOf(result)}`),
    tree: unknown ? null : inTree(running, environment.tree.get(name)),
  };
}

function inTree(running: Pin | undefined, tree: Pin | undefined): string | null {
  if (tree === undefined) return running === undefined ? null : "removed";
  const [now, then] = [running && formatPin(running), formatPin(tree)];
  return now === then ? null : then;
}
