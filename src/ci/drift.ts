import type { GithubRepositoryApi } from "../adapters/github/repository";
import type { Drift } from "../app/drift";
import { formatDrift } from "../format/drift";
import { keepIssueOf, leaveText, sectionOf } from "./stack-texts";

/** Writes the drift of a stack into a folder, for `reportDrift`. */
export function writeDrift(folder: string, stack: string, drift: readonly Drift[]): void {
  leaveText(folder, stack, drift.length === 0 ? "" : formatDrift(stack, drift));
}

/**
 * Keeps one issue about drift: opens it, updates it, and closes it when no stack drifts. Returns what was
 * done, in a line.
 * @param folder what `writeDrift` wrote of each stack that was checked
 * @param stacks those that should have been checked
 */
export function reportDrift(
  folder: string,
  stacks: readonly string[],
  github: GithubRepositoryApi,
): Promise<string> {
  const sections = stacks.flatMap((stack) => sectionOf(folder, stack));
  return keepIssueOf(DRIFT, sections, github);
}

const DRIFT = {
  kind: "drift",
  title: "Drift",
  says: ["some stacks drift", "no stack drifts"],
} as const;
