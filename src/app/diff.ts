import { differences, moveOfDifference, type Move } from "../core/promotion/moves";
import { EnvironmentReader, type EnvironmentState } from "./environments";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** Two environments as declared, and how they differ. */
export interface DiffResult {
  readonly from: EnvironmentState;
  readonly to: EnvironmentState;
  /** What a promotion would move, each after what it requires. */
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
  const [source, destination] = [reader.named(from), reader.named(to)];
  const [upstream, target] = [reader.known(source), reader.known(destination)];
  for (const state of [upstream, target]) reader.tellDifferences(state);
  const moves = differences(upstream.running, target.running, target.environment).map(
    (difference) => moveOfDifference(difference, difference.pin),
  );
  return { from: upstream, to: target, moves };
}
