import { differences as propertyDifferences, formatPath } from "../adapters/pulumi/properties";
import { differences, moveOfDifference, newestOf, type Move } from "../core/promotion/moves";
import type { Deployment, StackPlan } from "../core/stack/plan";
import { stacksAt, type EnvironmentState } from "./environment-state";
import { EnvironmentReader } from "./environments";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** One Helm value of a service that a stack and the environment before it don't have alike. */
export interface ValueDifference {
  readonly stack: string;
  readonly name: string;
  /** Such as `replicaCount`, or `env.LOG_LEVEL`. */
  readonly path: string;
  /** Undefined where it isn't set. */
  readonly from: unknown;
  /** Undefined where it isn't set. */
  readonly to: unknown;
}

/** Two environments as declared, and how they differ. */
export interface DiffResult {
  readonly from: EnvironmentState;
  readonly to: EnvironmentState;
  /** What a promotion would move in each stack, each service after what it requires. */
  readonly moves: readonly Move[];
  /** Helm values that differ. No promotion moves them. */
  readonly values: readonly ValueDifference[];
}

/**
 * Returns what a promotion would move from one environment to another. Throws where what one of them runs
 * isn't known.
 * @param from environment or stack
 * @param to environment or stack
 */
export function diff(world: World, from: string, to: string, report: Reporter): DiffResult {
  const reader = new EnvironmentReader(world, report);
  const [source, destination] = [reader.place(from), reader.place(to)];
  const upstream = reader.known(source.environment);
  const target = reader.known(destination.environment);
  for (const state of [upstream, target]) reader.tellDifferences(state);
  const newest = newestOf(stacksAt(upstream, source));
  const moves = stacksAt(target, destination).flatMap((plan) =>
    differences(newest, plan, target.environment).map((difference) =>
      moveOfDifference(difference, difference.pin),
    ),
  );
  const values = stacksAt(target, destination).flatMap((plan) => valueDifferences(newest, plan));
  return { from: upstream, to: target, moves, values };
}

/** Returns the Helm values that differ in a stack, of services that run in both, by name. */
function valueDifferences(
  from: ReadonlyMap<string, Deployment>,
  { config: { stack }, deployments }: StackPlan,
): ValueDifference[] {
  return [...from.keys()].sort().flatMap((name) => {
    const upstream = from.get(name);
    const target = deployments.find(({ service }) => service.name === name);
    if (upstream?.chart === undefined || target?.chart === undefined) return [];
    return propertyDifferences(upstream.values, target.values).map(({ path, ...sides }) => ({
      stack,
      name,
      path: formatPath(path),
      ...sides,
    }));
  });
}
