import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";

/** The executable that npm puts into PATH as `releases`. */
export const CLI = path.join(PROGRAM, "src/cli/releases.js");

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the CLI in a folder to its end. */
export function releases(folder: string, ...args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

/** Runs the CLI beside this process, which may serve what it asks for. */
export async function releasesBeside(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const run = spawn(process.execPath, [CLI, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err]: string[] = ["", ""];
  const texts = { out: out ?? "", err: err ?? "" };
  run.stdout.on("data", (chunk: Buffer) => (texts.out += chunk.toString()));
  run.stderr.on("data", (chunk: Buffer) => (texts.err += chunk.toString()));
  const [code] = (await once(run, "close")) as [number | null];
  return { code, stdout: texts.out, stderr: texts.err };
}

/** Runs the CLI, and kills it just before the nth time that it changes the disk or runs a program. */
export async function releasesKilledAt(
  nth: number,
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const preload = path.join(PROGRAM, "test/support/kill-at.js");
  const kill = { KILL_AT: String(nth), NODE_OPTIONS: `--require ${preload}` };
  return releasesBeside(folder, args, { ...env, ...kill });
}
