import * as fs from "node:fs";
import * as path from "node:path";
import { block } from "../format/markdown";
import { MAX_COMMENT } from "../format/change-report";
import type { GithubRepository } from "../adapters/github/repository";
import type { Io } from "../cli/command";

/** What an issue on GitHub holds beside the text, and some room. */
const AROUND = 512;

/**
 * Keeps one issue about what drifts: opens it, brings it up to date, and closes it when nothing does.
 * @param folder `<stack>.txt` for each stack that was looked at, empty where nothing drifts
 * @param stacks those that should have been looked at
 */
export async function reportDrift(
  folder: string,
  stacks: readonly string[],
  github: GithubRepository,
  io: Io,
): Promise<void> {
  const parts = stacks.flatMap((stack) => driftOf(path.join(folder, `${stack}.txt`), stack));
  const text = parts.length === 0 ? undefined : parts.join("\n").slice(0, MAX_COMMENT - AROUND);
  const number = await github.issue("drift", "Drift", text);
  const what = text === undefined ? "nothing drifts" : "some stacks drift";
  io.out(number === undefined ? what : `#${number}: ${what}`);
}

function driftOf(file: string, stack: string): string[] {
  if (!fs.existsSync(file)) return [`### ${stack}`, "", "It couldn't be looked at.", ""];
  const text = fs.readFileSync(file, "utf8").trimEnd();
  return text === "" ? [] : [`### ${stack}`, "", ...block("text", text), ""];
}
