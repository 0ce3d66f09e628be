import { differences, formatPath } from "../adapters/pulumi/properties";
import type { Deployment } from "../core/stack/plan";

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

/** Returns the Helm values that differ between two environments, of services that run in both, by name. */
export function valueDifferences(
  from: ReadonlyMap<string, Deployment>,
  to: ReadonlyMap<string, Deployment>,
): ValueDifference[] {
  return [...from.keys()].sort().flatMap((name) => {
    const [upstream, target] = [from.get(name), to.get(name)];
    if (upstream?.chart === undefined || target?.chart === undefined) return [];
    return differences(upstream.values, target.values).map(({ path, ...sides }) => ({
      name,
      path: formatPath(path),
      ...sides,
    }));
  });
}
