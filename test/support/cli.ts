import { spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { main } from "../../src/cli/main";
import { setEnvironment } from "./environment";

/** The executable that npm puts into PATH as `releases`. */
export const CLI = path.join(PROGRAM, "src/cli/releases.js");

/** What a run left behind. */
export interface Run {
  /** Its exit code; null where it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the CLI in a folder to its end, inside of this process. */
export function releases(folder: string, ...args: readonly string[]): Promise<Run> {
  return releasesWith({}, folder, ...args);
}

/** Does the same with these environment variables, laid over those of this process. */
export async function releasesWith(
  environment: NodeJS.ProcessEnv,
  folder: string,
  ...args: readonly string[]
): Promise<Run> {
  const [out, err]: [string[], string[]] = [[], []];
  const io = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };
  const restore = enter(folder, environment);
  try {
    const code = await main(args, io);
    return { code, stdout: linesOf(out), stderr: linesOf(err) };
  } finally {
    restore();
  }
}

/**
 * Runs the CLI in a folder to its end, in a process of its own: for what is about the process, such as
 * its streams, its signals, or another run at the same time.
 */
export async function releasesProcess(
  folder: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const run = spawn(process.execPath, [CLI, ...args], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err]: [string[], string[]] = [[], []];
  run.stdout.setEncoding("utf8").on("data", (chunk: string) => out.push(chunk));
  run.stderr.setEncoding("utf8").on("data", (chunk: string) => err.push(chunk));
  const [code] = (await once(run, "close")) as [number | null];
  return { code, stdout: out.join(""), stderr: err.join("") };
}

/** Runs the CLI, and kills it just before the nth time that it changes the disk or runs a program. */
export function releasesKilledAt(
  nth: number,
  folder: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const preload = path.join(PROGRAM, "test/support/kill-at.js");
  const kill = { KILL_AT: String(nth), NODE_OPTIONS: `--require ${preload}` };
  return releasesProcess(folder, args, { ...environment, ...kill });
}

/** Whether a run is inside of this process: its folder and environment are the process's own. */
let entered = false;

/** Goes into a folder and an environment, and returns the way back. */
function enter(folder: string, environment: NodeJS.ProcessEnv): () => void {
  if (entered) throw new Error("one run inside of this process at a time; use releasesProcess");
  entered = true;
  const back = process.cwd();
  process.chdir(folder);
  const restore = setEnvironment(environment);
  return () => {
    process.chdir(back);
    restore();
    entered = false;
  };
}

/** Returns texts as the CLI's own streams have them, a line break after each. */
function linesOf(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
