import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PROGRAM } from "../../src/app/open";
import { ACME } from "./acme";
import "./without-pauses";
import { folderOf } from "./folder";
import { withNpx } from "./npx";

/** Where the workflows are. */
export const WORKFLOWS = path.join(PROGRAM, ".github/workflows");

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly "working-directory"?: string;
}

interface Concurrency {
  readonly group: string;
  readonly "cancel-in-progress"?: boolean;
}

interface Job {
  readonly if?: string;
  readonly permissions?: unknown;
  readonly "timeout-minutes"?: number;
  readonly environment?: string;
  readonly needs?: string | readonly string[];
  readonly concurrency?: Concurrency;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly concurrency?: Concurrency;
  readonly defaults?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Returns a workflow by its file. */
export function readWorkflow(file: string): Workflow {
  return parse(fs.readFileSync(path.join(WORKFLOWS, file), "utf8")) as Workflow;
}

/** Returns what a step would be given, with the values of GitHub's expressions put in. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => {
    const value = values[expression];
    assert.ok(value !== undefined, `nothing stands for ${expression}`);
    return value;
  });
}

/** How a step went. */
export interface Run {
  readonly code: number | null;
  readonly out: string;
  /** What it told the next steps. */
  readonly outputs: string;
  /** What it shows on the run's page. */
  readonly summary: string;
}

/** Runs a step's own commands as a runner does. */
export async function runStep(
  file: string,
  name: string,
  workspace: string,
  values: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const step = Object.values(readWorkflow(file).jobs)
    .flatMap(({ steps }) => steps)
    .find((one) => one.name === name);
  assert.ok(step?.run, `${file} has no step ${name}`);
  const told = folderOf({ output: "", summary: "" });
  const [output, summary] = [path.join(told, "output"), path.join(told, "summary")];
  const env = Object.entries(step.env ?? {}).map(([key, value]) => [key, filled(value, values)]);
  const variables = {
    ...environment,
    ...(Object.fromEntries(env) as NodeJS.ProcessEnv),
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
  };
  const folder = path.join(workspace, step["working-directory"] ?? ".");
  const { code, out } = await runScript(filled(step.run, values), folder, variables);
  const read = (file: string): string => fs.readFileSync(file, "utf8");
  return { code, out, outputs: read(output), summary: read(summary) };
}

async function runScript(
  script: string,
  folder: string,
  variables: NodeJS.ProcessEnv,
): Promise<Pick<Run, "code" | "out">> {
  const running = spawn("bash", ["-e", "-o", "pipefail", "-c", script], {
    cwd: folder,
    env: { ...process.env, ...(await withNpx(variables)) },
  });
  const chunks: Buffer[] = [];
  for (const stream of [running.stdout, running.stderr]) {
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  }
  const code = await new Promise<number | null>((resolve) => running.once("close", resolve));
  return { code, out: Buffer.concat(chunks).toString() };
}

/** What a runner's clone doesn't have of ours: where git is, and what says what runs where. */
const LEFT_OUT = /^(?:\.git|service|infrastructure|environments\.yaml|Pulumi\..+\.yaml)$/;

/**
 * Makes what a runner has after a clone of a repository with our program and another list.
 * @param data the folder with the list, the promotion path and the stack configs
 */
export function linkProgram(folder: string, data = ACME): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const entry of fs.readdirSync(PROGRAM, { withFileTypes: true })) {
    const [from, to] = [path.join(PROGRAM, entry.name), path.join(folder, entry.name)];
    if (LEFT_OUT.test(entry.name)) continue;
    if (entry.isFile()) fs.copyFileSync(from, to);
    else fs.symlinkSync(from, to);
  }
  // A list that leads out of its repository isn't read, so it is copied.
  fs.cpSync(data, folder, { recursive: true });
}
