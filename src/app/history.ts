import type { HistoryEntry } from "../adapters/git/history";
import { usageError } from "../core/error";
import { suggestion } from "../core/suggestion";
import { EnvironmentReader, newestFirst } from "./environments";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** What of the history to return. */
export interface HistoryRequest {
  /** All services without one. */
  readonly service: string | undefined;
  /** A stack or an environment; all of them without one. */
  readonly stack: string | undefined;
}

/**
 * Returns what ran where, when and by whom, newest first: from git, unlimited.
 * @throws ReleasesError of kind `usage` for a service that neither is nor was in the list
 */
export function history(
  world: World,
  { service, stack }: HistoryRequest,
  report: Reporter,
): HistoryEntry[] {
  const reader = new EnvironmentReader(world, report, (file) => file === "environments.yaml");
  const environments =
    stack === undefined ? reader.environments.values() : [reader.named(stack)].values();
  const all = newestFirst(reader.history(environments));
  if (service === undefined) return all;
  const entries = all.filter((entry) => entry.service === service);
  const known = new Set([
    ...reader.current.list.map(({ name }) => name),
    ...all.map((entry) => entry.service),
  ]);
  if (known.has(service)) return entries;
  throw usageError(`unknown service "${service}"; ${suggestion(service, [...known])}`);
}
