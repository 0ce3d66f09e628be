import {
  differences,
  formatPath,
  isIgnored,
  valueAt,
  type Path,
} from "../adapters/pulumi/properties";
import type { Inputs, Refreshed } from "../adapters/pulumi/refresh";
import { SECRET, type PlannedResource } from "../adapters/pulumi/resource";
import { openRepository } from "./open";
import { planStacks } from "./plan-stacks";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** One property on which the list, the state and the live resource disagree. */
export interface Drift {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Its path, as Pulumi writes it; empty for the resource itself. */
  readonly property: string;
  /** The value in the list; undefined where it has none. */
  readonly list: unknown;
  readonly state: unknown;
  /** The value that a refresh finds. */
  readonly refresh: unknown;
}

/**
 * Returns every property of a stack on which the list, Pulumi's state and the live resource disagree. It
 * changes none of them.
 * @throws ReleasesError of kind `findings` when the stack can't be declared, of kind `outside` without a
 *   Pulumi CLI
 */
export async function drift(world: World, stack: string, report: Reporter): Promise<Drift[]> {
  const planned = await planStacks(world, openRepository(world), [stack], report);
  const refreshed = await world.engine.previewRefresh(stack);
  return driftOf(planned.get(stack)?.resources ?? [], refreshed);
}

/** Returns every property on which the three disagree, sorted by URN and property. */
export function driftOf(
  planned: readonly Pick<PlannedResource, "type" | "name" | "urn" | "inputs" | "options">[],
  refreshed: readonly Refreshed[],
): Drift[] {
  const list = new Map(planned.filter(isCustom).map((resource) => [resource.urn, resource]));
  const state = new Map(refreshed.map((resource) => [resource.urn, resource]));
  const urns = [...new Set([...list.keys(), ...state.keys()])].sort();
  return urns.flatMap((urn) => driftOfResource(urn, list.get(urn), state.get(urn)));
}

function driftOfResource(
  urn: string,
  declared: Pick<PlannedResource, "type" | "inputs" | "options"> | undefined,
  refreshed: Refreshed | undefined,
): Drift[] {
  const type = declared?.type ?? refreshed?.type ?? "";
  const name = urn.split("::").at(-1) ?? "";
  const found = refreshed?.found;
  if (declared === undefined || refreshed === undefined || found === undefined) {
    const presence = (value: unknown): string => (value === undefined ? "missing" : "present");
    const [list, state, refresh] = [declared, refreshed, found].map(presence);
    return [{ type, name, urn, property: "", list, state, refresh }];
  }
  const { ignoreChanges } = declared.options;
  return driftingPaths(declared.inputs, refreshed.state, found)
    .filter((path) => !isIgnored(path, ignoreChanges))
    .map((path) => {
      const [list, state, refresh] = [declared.inputs, refreshed.state, found].map((inputs) =>
        valueAt(inputs, path),
      );
      return { type, name, urn, property: formatPath(path), list, state, refresh };
    });
}

function isCustom({ type }: Pick<PlannedResource, "type">): boolean {
  return !/^(?:pulumi|releases):/.test(type);
}

/**
 * Returns the paths that differ: between list and state those that the list has, because providers add
 * defaults; between state and live resource all.
 */
function driftingPaths(list: Inputs, state: Inputs, found: Inputs): Path[] {
  const listed = differences(state, list)
    .filter(({ to }) => to !== undefined)
    .filter(({ from, to }) => !isSecret(from) && !isSecret(to));
  const changed = differences(state, found).filter(({ path: [first] }) => !first?.startsWith("__"));
  const byText = new Map([...listed, ...changed].map(({ path }) => [formatPath(path), path]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

/** Secrets are compared by the engine alone. */
function isSecret(value: unknown): boolean {
  return JSON.stringify(value ?? null).includes(SECRET);
}
