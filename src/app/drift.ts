import { isDeepStrictEqual } from "node:util";
import {
  differences,
  formatPath,
  isIgnored,
  parsePath,
  valueAt,
  type Path,
} from "../adapters/pulumi/properties";
import type { Inputs, Refreshed, Seen } from "../adapters/pulumi/refresh";
import { HELM_RELEASE, SECRET, type PlannedResource } from "../adapters/pulumi/resource";
import { releaseRemedy } from "../core/release-remedy";
import { planStack, type Repository } from "../core/repository";
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
  /** The value that a refresh finds. For a Helm release it is what Helm has. */
  readonly refresh: unknown;
  /** What to do about it where `pulumi refresh` and `pulumi up` alone don't help; null where they do. */
  readonly remedy: string | null;
}

type Declared = Pick<PlannedResource, "type" | "name" | "urn" | "inputs" | "options">;

/**
 * Returns every property of a stack on which the list, Pulumi's state and the live resource disagree. It
 * changes none of them. Objects of Helm releases aren't looked at: no provider does.
 * @throws ReleasesError of kind `findings` when the stack can't be declared, of kind `outside` without a
 *   Pulumi CLI, and when a provider fails or doesn't answer
 */
export async function drift(world: World, stack: string, report: Reporter): Promise<Drift[]> {
  const planned = await planStacks(world, openRepository(world), [stack], report);
  const { resources = [] } = planned.get(stack) ?? {};
  const refreshed = await world.engine.previewRefresh(stack, contextIn(resources));
  return driftOf(resources, refreshed);
}

/** Whether Helm deploys a service of a stack. */
export function hasReleases(repository: Repository, stack: string): boolean {
  const values = repository.stacks.get(stack);
  const { plan } = values === undefined ? {} : planStack(repository, values);
  const copies = plan?.copies.map(({ deployment }) => deployment) ?? [];
  return [...(plan?.deployments ?? []), ...copies].some(({ chart }) => chart !== undefined);
}

/** Returns every property on which the three disagree, sorted by URN and property. */
export function driftOf(planned: readonly Declared[], refreshed: readonly Refreshed[]): Drift[] {
  const list = new Map(planned.filter(isCustom).map((resource) => [resource.urn, resource]));
  const state = new Map(refreshed.map((resource) => [resource.urn, resource]));
  const context = contextIn(planned) ?? "CONTEXT";
  const urns = [...new Set([...list.keys(), ...state.keys()])].sort();
  return urns.flatMap((urn) => driftOfResource(urn, list.get(urn), state.get(urn), context));
}

/** Returns the context of a stack's cluster; undefined where it has none. */
function contextIn(planned: readonly Pick<Declared, "type" | "inputs">[]): string | undefined {
  const cluster = planned.find(({ type }) => type === "pulumi:providers:kubernetes");
  const { context } = cluster?.inputs ?? {};
  return typeof context === "string" ? context : undefined;
}

function driftOfResource(
  urn: string,
  declared: Declared | undefined,
  refreshed: Refreshed | undefined,
  context: string,
): Drift[] {
  const type = declared?.type ?? refreshed?.type ?? "";
  const name = urn.split("::").at(-1) ?? "";
  const found = refreshed?.found;
  const isRelease = type === HELM_RELEASE;
  const remedyOf = (property: string): string | null =>
    isRelease && found !== undefined ? releaseRemedy(property, found.outputs, context) : null;
  if (declared === undefined || refreshed === undefined || found === undefined) {
    const presence = (value: unknown): string => (value === undefined ? "missing" : "present");
    const [list, state, refresh] = [declared, refreshed, found].map(presence);
    return [{ type, name, urn, property: "", list, state, refresh, remedy: remedyOf("") }];
  }
  const { paths, ...sides } = isRelease
    ? releaseSides(declared, refreshed, found)
    : resourceSides(declared, refreshed, found);
  const byText = new Map(paths.map((path) => [formatPath(path), path]));
  return [...byText]
    .filter(([, path]) => !paths.some((other) => isInside(other, path)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([property, path]) => {
      const [list, state, refresh] = [sides.list, sides.state, sides.found].map((side) =>
        valueAt(side, path),
      );
      return { type, name, urn, property, list, state, refresh, remedy: remedyOf(property) };
    });
}

/** What is compared of a resource, and the paths that differ. */
interface Sides {
  readonly list: Inputs;
  readonly state: Inputs;
  readonly found: Inputs;
  readonly paths: readonly Path[];
}

/**
 * Between the list and the state those properties count that the list has, as providers add defaults; between
 * the state and the live resource those that the engine finds changed. Only the engine compares secrets.
 */
function resourceSides(declared: Declared, { state, changed }: Refreshed, found: Seen): Sides {
  const list = withIgnored(declared, state.inputs);
  const listed = differences(state.inputs, list)
    .filter(({ to }) => to !== undefined)
    .filter(({ from, to }) => !isSecret(from) && !isSecret(to))
    .map(({ path }) => path);
  const paths = [...listed, ...changed.map(parsePath)];
  return { list, state: state.inputs, found: found.inputs, paths };
}

/**
 * A Helm release's inputs are always those of the state, and Helm's own are in the outputs. After an upgrade
 * that failed, the state's outputs are those of the upgrade, and its inputs are those of before.
 */
function releaseSides(declared: Declared, { state, changed }: Refreshed, found: Seen): Sides {
  const [before, after] = [state, found].map(({ inputs, outputs }) => ({ ...inputs, ...outputs }));
  const { compat: _, ...inputs } = withIgnored(declared, before ?? {});
  // The list's values are all that Helm is given. Of the rest the provider adds what isn't given.
  const isListed = ([first]: Path, value: unknown): boolean =>
    first === "values" || value !== undefined;
  const paths = [before, after].flatMap((side) =>
    differences(side, inputs)
      .filter(({ from, to }) => (from ?? null) !== (to ?? null))
      .filter(({ path, to }) => isListed(path, to))
      .map(({ path }) => path),
  );
  const list = { ...inputs, status: { status: "deployed" } };
  const sides = { list, state: before ?? {}, found: after ?? {} };
  const all = [...paths, ...changed.map(parsePath), ...statusPaths(sides, paths.length > 0)];
  return { ...sides, paths: all };
}

/** Returns the status where Helm or the state has another than `deployed`, or else a revision of others. */
function statusPaths({ state, found }: Omit<Sides, "paths">, differs: boolean): Path[] {
  const [status, revision] = [
    ["status", "status"],
    ["status", "revision"],
  ] as const;
  const statuses = [state, found].map((side) => valueAt(side, status) ?? "deployed");
  if (statuses.some((text) => text !== "deployed")) return [status];
  const isSame = isDeepStrictEqual(valueAt(state, revision), valueAt(found, revision));
  return differs || isSame ? [] : [revision];
}

/** Returns the list's inputs with those that keep the values of the state, as the engine has them. */
function withIgnored({ inputs, options }: Declared, state: Inputs): Inputs {
  const { ignoreChanges } = options;
  return differences(inputs, state)
    .filter(({ path }) => isIgnored(path, ignoreChanges))
    .reduce((list: Inputs, { path, to }) => withValue(list, path, to), inputs);
}

function withValue<Value>(value: Value, [key, ...rest]: Path, to: unknown): Value {
  if (key === undefined) return to as Value;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<
    string,
    unknown
  >;
  copy[key] = withValue(copy[key], rest, to);
  return copy as Value;
}

/** Whether a path leads further than another one. */
function isInside(path: Path, outer: Path): boolean {
  return path.length > outer.length && outer.every((key, depth) => key === path[depth]);
}

function isCustom({ type }: Pick<PlannedResource, "type">): boolean {
  return !/^(?:pulumi|releases):/.test(type);
}

/** Secrets are compared by the engine alone. */
function isSecret(value: unknown): boolean {
  return JSON.stringify(value ?? null).includes(SECRET);
}
