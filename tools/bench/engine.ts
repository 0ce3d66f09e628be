import * as fs from "node:fs";
import * as path from "node:path";
import { Project } from "../sandbox/project";
import { writeList, writeShards, writeStack } from "./list";
import { inTurn, type Measure } from "./measure";

/** The engine's time for one program, with a stack that doesn't exist yet and with one that does. */
export interface EngineCosts {
  readonly preview: Measure;
  readonly firstUp: Measure;
  readonly unchangedPreview: Measure;
  readonly unchangedUp: Measure;
}

/** The program, and what it is held against. */
const PROGRAMS = ["ours", "flat", "flat, tuned", "empty"] as const;
type Program = (typeof PROGRAMS)[number];

const WITHOUT_CHECKPOINTS = { PULUMI_EXPERIMENTAL: "1", PULUMI_SKIP_CHECKPOINTS: "1" };
const STACK = ["--stack", "testing"];
const UP = ["up", "--yes", "--skip-preview"];

/** How large a list is measured, and how. */
export interface Size {
  readonly services: number;
  /** How often what can be repeated is repeated. A first `up` can't. */
  readonly runs: number;
  /** Whether a first `up` writes the state after every step, as it does by default. */
  readonly checkpoints: boolean;
}

/**
 * Measures what a number of services costs in the engine, each program in turn.
 * @param flat the folder of the translated baselines
 */
export async function measureEngine(
  cli: string,
  folder: string,
  flat: string,
  { services, runs, checkpoints }: Size,
): Promise<Record<Program, EngineCosts>> {
  const projects = {} as Record<Program, Project>;
  try {
    for (const program of PROGRAMS) {
      const at = path.join(folder, `${services}-${program.replaceAll(/\W+/g, "-")}`);
      projects[program] = await Project.open(at, cli, {
        environment: checkpoints ? {} : WITHOUT_CHECKPOINTS,
      });
      prepare(projects[program], program, flat, services);
      projects[program].expect("stack", "init", "testing");
    }
    const each = (args: readonly string[], times: number): Record<Program, Measure> =>
      inTurn(
        times,
        mapPrograms((program) => () => timed(projects[program], args)),
      );
    const preview = each(["preview"], runs);
    const firstUp = each(UP, 1);
    const unchangedPreview = each(["preview", "--expect-no-changes"], runs);
    const unchangedUp = each([...UP, "--expect-no-changes"], runs);
    return mapPrograms((program) => ({
      preview: preview[program],
      firstUp: firstUp[program],
      unchangedPreview: unchangedPreview[program],
      unchangedUp: unchangedUp[program],
    }));
  } finally {
    for (const project of Object.values(projects)) project.dispose();
  }
}

/** Returns the median of some previews of this program, for a stack that doesn't exist yet. */
export async function measurePreview(
  cli: string,
  folder: string,
  services: number,
  runs: number,
): Promise<Measure> {
  const project = await Project.open(path.join(folder, `preview-${services}`), cli);
  try {
    prepare(project, "ours", "", services);
    project.expect("stack", "init", "testing");
    return inTurn(runs, { preview: () => timed(project, ["preview"]) }).preview;
  } finally {
    project.dispose();
  }
}

/** Measures the first `up` of a list as one stack, and as shards of it, which run at the same time. */
export async function measureShards(
  cli: string,
  folder: string,
  services: number,
  shards: number,
): Promise<{ whole: Measure; shards: Measure }> {
  const [whole, parts] = [
    await Project.open(path.join(folder, "whole"), cli),
    await Project.open(path.join(folder, "shards"), cli),
  ];
  try {
    for (const project of [whole, parts]) {
      const data = fs.mkdtempSync(path.join(folder, "data-"));
      writeList(data, services, services / 10);
      if (project === whole) writeStack(data);
      else writeShards(data, services, shards);
      project.replaceData(data);
    }
    whole.expect("stack", "init", "testing");
    const names = Array.from({ length: shards }, (_, index) => `testing-${index}`);
    for (const name of names) parts.expect("stack", "init", name);
    const start = process.hrtime.bigint();
    await Promise.all(names.map((name) => finished(parts, [...UP, "--stack", name])));
    const together = { seconds: Number(process.hrtime.bigint() - start) / 1e9, megabytes: 0 };
    return { whole: timed(whole, UP), shards: together };
  } finally {
    whole.dispose();
    parts.dispose();
  }
}

function prepare(project: Project, program: Program, flat: string, services: number): void {
  if (program === "ours") {
    const data = `${project.folder}-data`;
    writeList(data, services, services / 10);
    writeStack(data);
    project.replaceData(data);
    return;
  }
  const declare = `require("./flat").declareFlat(${services});\n`;
  const files = {
    flat: { ...PRECOMPILED, "index.js": declare, "flat.js": read(path.join(flat, "flat.js")) },
    "flat, tuned": {
      "index.ts": `Error.stackTraceLimit = 0;\n${declare}`,
      "flat.ts": read(path.join(__dirname, "flat.ts")),
    },
    empty: { ...PRECOMPILED, "index.js": "" },
  };
  project.replaceProgram(files[program]);
}

/** How a program of plain JavaScript is run; ours keeps its own Pulumi.yaml, and so does the tuned baseline. */
const PRECOMPILED = {
  "Pulumi.yaml":
    "name: releases\nmain: index.js\nruntime: { name: nodejs, options: { typescript: false } }\n",
};

function read(file: string): string {
  return fs.readFileSync(file, "utf8");
}

function timed(project: Project, args: readonly string[]): Measure {
  const start = process.hrtime.bigint();
  project.expect(...args, ...STACK);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, megabytes: 0 };
}

async function finished(project: Project, args: readonly string[]): Promise<void> {
  const running = project.start(args, "ignore");
  const code = await new Promise((resolve) => running.once("close", resolve));
  if (code !== 0) throw new Error(`pulumi ${args.join(" ")} gave ${String(code)}`);
}

function mapPrograms<Value>(value: (program: Program) => Value): Record<Program, Value> {
  const entries = PROGRAMS.map((program) => [program, value(program)]);
  return Object.fromEntries(entries) as Record<Program, Value>;
}
