import { formatPin, type Pin } from "../version";
import type { Change } from "./replay";

/** A change of one environment. */
interface EnvironmentChange extends Change {
  readonly environment: string;
}

/**
 * Returns changes without what a new name of a stack, or another shard, looks like: in one commit a service ends in
 * one stack of an environment and begins in another. It goes on from what it was, and is no change where the pin stays.
 */
export function withoutRenames<One extends EnvironmentChange>(changes: readonly One[]): One[] {
  const ends = new Map<string, One>();
  for (const change of changes) {
    if (change.to === undefined) ends.set(keyOf(change), change);
  }
  const met = new Set<One>();
  const joined = changes.map((change) => {
    const end = change.from === undefined ? ends.get(keyOf(change)) : undefined;
    if (end === undefined || met.has(end)) return change;
    met.add(end);
    return { ...change, from: end.from };
  });
  return joined.filter((change, index) => {
    const before = changes[index];
    return before !== undefined && !met.has(before) && textOf(change.from) !== textOf(change.to);
  });
}

function keyOf({ commit, environment, service }: EnvironmentChange): string {
  return JSON.stringify([commit, environment, service]);
}

function textOf(pin: Pin | undefined): string {
  return pin === undefined ? "" : formatPin(pin);
}
