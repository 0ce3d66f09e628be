import * as fs from "node:fs";
import * as path from "node:path";
import type { GithubRepositoryApi } from "../adapters/github/repository";
import type { Drift } from "../app/drift";
import { MAX_COMMENT } from "../format/change-report";
import { formatDrift } from "../format/drift";
import { block, escaped } from "../format/markdown";
import { readLeftText } from "./left-text";

/** Characters of an issue on GitHub around the text. */
const AROUND = 512;

/** Writes the drift of a stack into a folder, for `reportDrift`: `<stack>.txt`, empty where there is none. */
export function writeDrift(folder: string, stack: string, drift: readonly Drift[]): void {
  fs.mkdirSync(folder, { recursive: true });
  const text = drift.length === 0 ? "" : `${formatDrift(stack, drift).slice(0, MAX_COMMENT)}\n`;
  fs.writeFileSync(path.join(folder, `${stack}.txt`), text);
}

/**
 * Keeps one issue about drift: opens it, updates it, and closes it when no stack drifts. Returns what was
 * done, in a line.
 * @param folder `<stack>.txt` for each stack that was checked
 * @param stacks those that should have been checked
 */
export async function reportDrift(
  folder: string,
  stacks: readonly string[],
  github: GithubRepositoryApi,
): Promise<string> {
  const parts = stacks.flatMap((stack) => sectionOf(path.join(folder, `${stack}.txt`), stack));
  const text = parts.length === 0 ? undefined : parts.join("\n").slice(0, MAX_COMMENT - AROUND);
  const number = await github.issue("drift", "Drift", text);
  const what = text === undefined ? "no stack drifts" : "some stacks drift";
  return number === undefined ? what : `#${number}: ${what}`;
}

function sectionOf(file: string, stack: string): string[] {
  const head = [`### ${escaped(stack)}`, ""];
  const text = readLeftText(file);
  if (text === undefined) return [...head, "It couldn't be checked.", ""];
  return text === "" ? [] : [...head, ...block("text", text), ""];
}
