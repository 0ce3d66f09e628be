import { differences, moveOfDifference, newestOf, type Move } from "../core/promotion/moves";
import { EnvironmentReader, stacksAt, type EnvironmentState } from "./environments";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** Two environments as declared, and how they differ. */
export interface DiffResult {
  readonly from: EnvironmentState;
  readonly to: EnvironmentState;
  /** What a promotion would move in each stack, each service after what it requires. */
  readonly moves: readonly Move[];
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
  return { from: upstream, to: target, moves };
}
