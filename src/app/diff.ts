import { differences as propertyDifferences, formatPath } from "../adapters/pulumi/properties";
import { differences, moveOfDifference, type Move } from "../core/promotion/moves";
import type { Deployment } from "../core/stack/plan";
import { EnvironmentReader, type EnvironmentState } from "./environments";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** One Helm value of a service that two environments don't have alike. */
export interface ValueDifference {
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
  /** What a promotion would move, each after what it requires. */
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
  const [source, destination] = [reader.named(from), reader.named(to)];
  const [upstream, target] = [reader.known(source), reader.known(destination)];
  for (const state of [upstream, target]) reader.tellDifferences(state);
  const moves = differences(upstream.running, target.running, target.environment).map(
    (difference) => moveOfDifference(difference, difference.pin),
  );
  const values = valueDifferences(upstream.running, target.running);
  return { from: upstream, to: target, moves, values };
}

/** Returns the Helm values that differ between two environments, of services that run in both, by name. */
function valueDifferences(
  from: ReadonlyMap<string, Deployment>,
  to: ReadonlyMap<string, Deployment>,
): ValueDifference[] {
  return [...from.keys()].sort().flatMap((name) => {
    const [upstream, target] = [from.get(name), to.get(name)];
    if (upstream?.chart === undefined || target?.chart === undefined) return [];
    return propertyDifferences(upstream.values, target.values).map(({ path, ...sides }) => ({
      name,
      path: formatPath(path),
      ...sides,
    }));
  });
}
