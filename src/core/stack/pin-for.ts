import { belongsTo, type Deploy } from "../list/service";

/** The part of a stack config that decides what the stack runs. */
export interface Selection<Pin> {
  readonly environment: string;
  readonly select: Select;
  readonly versions: ReadonlyMap<string, Pin>;
}

/** The part of the list that a stack owns. Files of the past may hold any value here. */
interface Select {
  readonly team?: unknown;
  readonly names?: unknown;
}

/** The part of a definition that decides where it runs. Files of the past may hold any value here. */
interface Selectable {
  readonly name: string;
  readonly team?: unknown;
  readonly environments?: readonly unknown[];
  readonly deploy?: Pick<Deploy, "strategy">;
}

/** Returns a function that tells whether a stack's `select` takes a service, whatever its environments. */
export function selector({
  team,
  names,
}: Select): (service: Omit<Selectable, "environments" | "deploy">) => boolean {
  const wanted = Array.isArray(names) ? new Set<unknown>(names) : undefined;
  return (service) =>
    (team === undefined || service.team === team) &&
    (wanted === undefined || wanted.has(service.name));
}

/**
 * Returns a function that gives what a stack runs of a service: the pin of the stack config, else the
 * release of the definition; undefined where the stack runs none of it. Today's list and the replay of the
 * past both ask it.
 */
export function pinFor<Pin>({
  environment,
  select,
  versions,
}: Selection<Pin>): (service: Selectable, release: Pin | undefined) => Pin | undefined {
  const owns = selector(select);
  return (service, release) =>
    owns(service) && belongsTo(service, environment)
      ? (versions.get(service.name) ?? release)
      : undefined;
}
