import type { HistoryEntry } from "../adapters/git/history";
import { usageError } from "../core/error";
import type { Issue } from "../core/input/issue";
import { suggestion } from "../core/suggestion";
import { EnvironmentReader, newestFirst } from "./environments";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** What of the history to return. */
export interface HistoryRequest {
  /** All services without one. */
  readonly service: string | undefined;
  /** An environment, or else a stack; all of them without one. */
  readonly stack: string | undefined;
}

/** What ran where, and why that may not be all. */
export interface HistoryResult {
  /** Newest first. */
  readonly entries: readonly HistoryEntry[];
  /** Why files can't be read, so that it isn't known what runs now. */
  readonly unreadable: readonly Issue[];
}

/**
 * Returns what ran where, when and by whom, newest first: from git, unlimited.
 * @throws ReleasesError of kind `usage` for a service that neither is nor was in the list
 */
export function history(
  world: World,
  { service, stack }: HistoryRequest,
  report: Reporter,
): HistoryResult {
  const reader = new EnvironmentReader(world, report, (file) => file === "environments.yaml");
  const place = stack === undefined ? undefined : reader.place(stack);
  const environments =
    place === undefined ? [...reader.environments.values()] : [place.environment];
  const all = newestFirst(reader.history(environments)).filter((entry) => {
    return place?.stack === undefined || entry.stack === place.stack;
  });
  const unreadable = [
    ...reader.current.unreadableFiles,
    ...environments.flatMap((one) => reader.declared(one).unreadable),
  ];
  if (service === undefined) return { entries: all, unreadable };
  const entries = all.filter((entry) => entry.service === service);
  const known = new Set([
    ...reader.current.list.map(({ name }) => name),
    ...all.map((entry) => entry.service),
  ]);
  if (known.has(service)) return { entries, unreadable };
  throw usageError(`unknown service "${service}"; ${suggestion(service, [...known])}`);
}
