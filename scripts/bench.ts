/** `npm run bench`: what the program costs, as ratios against baselines of the same run. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { transpileModule, ModuleKind, ScriptTarget } from "typescript";
import { PROGRAM } from "../cli/repository";
import { table } from "../cli/table";
import { Project } from "../sandbox/project";
import { findPulumi } from "../engine/tools";
import { makeHistory } from "./bench/commits";
import { writeList, writeStack } from "./bench/list";
import { inTurn, measure, measureCommand, show, type Measure } from "./bench/measure";

const CLI = path.join(PROGRAM, "cli/releases.js");
const RUNS = 5;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "releases-bench-"));
const rows: string[][] = [];

function ratio(measured: Measure, baseline: Measure): string {
  return (measured.seconds / baseline.seconds).toFixed(2);
}

function list(definitions: number, files: number): string {
  const at = path.join(folder, String(definitions));
  writeList(at, definitions, files);
  if (definitions <= 1000) writeStack(at);
  return at;
}

/** Translates the flat baseline ahead of time, as a hand-written program would be shipped. */
function precompile(): string {
  const out = path.join(folder, "flat");
  fs.mkdirSync(out);
  for (const name of ["flat", "flat-mocks"]) {
    const source = fs.readFileSync(path.join(__dirname, "bench", `${name}.ts`), "utf8");
    const { outputText } = transpileModule(source, {
      compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 },
    });
    fs.writeFileSync(path.join(out, `${name}.js`), outputText);
  }
  fs.symlinkSync(path.join(PROGRAM, "node_modules"), path.join(out, "node_modules"));
  return out;
}

function lint(): void {
  const [thousand, tenThousand] = [list(1000, 10), list(10_000, 100)];
  const found = inTurn(RUNS, {
    small: () => measure([CLI, "lint", "--path", thousand]),
    large: () => measure([CLI, "lint", "--path", tenThousand]),
    floor: () =>
      measure(["--require", "./typescript.js", "scripts/bench/parse-only.ts", tenThousand]),
    start: () => measure([CLI, "--help"]),
  });
  const slope =
    (found.large.seconds - found.start.seconds) / (found.small.seconds - found.start.seconds);
  rows.push(
    ["start, no command", show(found.start), "", ""],
    ["lint 1,000 definitions", show(found.small), "", ""],
    [
      "lint 10,000 definitions",
      show(found.large),
      show(found.floor),
      ratio(found.large, found.floor),
    ],
    ["  time from 1,000 to 10,000, start left out", `x ${slope.toFixed(1)}`, "", ""],
  );
}

function plan(flat: string): void {
  const thousand = path.join(folder, "1000");
  const found = inTurn(RUNS, {
    ours: () => measure([CLI, "plan", "--path", thousand]),
    bare: () => measure([path.join(flat, "flat-mocks.js"), "1000"]),
  });
  rows.push([
    "plan 1,000 services",
    show(found.ours),
    show(found.bare),
    ratio(found.ours, found.bare),
  ]);
}

/** A promotion of everything, and the whole history, against what they can't be faster than. */
function promotion(): void {
  const [thousand, commits] = [path.join(folder, "promote"), path.join(folder, "history")];
  fs.mkdirSync(thousand);
  makeHistory(thousand, 1000, 100);
  fs.mkdirSync(commits);
  makeHistory(commits, 100, 5000);
  const where = ["--from", "testing", "--to", "staging", "--offline", "--dry-run"];
  const log = ["log", "--patch", "--unified=0"];
  const found = inTurn(RUNS, {
    promote: () => measure([CLI, "promote", "--all", ...where, "--path", thousand]),
    lint: () => measure([CLI, "lint", "--path", thousand]),
    history: () => measure([CLI, "history", "--path", commits]),
    log: () => measureCommand("git", log, commits),
  });
  rows.push(
    [
      "promote --all, 1,000 services",
      show(found.promote),
      show(found.lint),
      ratio(found.promote, found.lint),
    ],
    [
      "history, 5,000 commits",
      show(found.history),
      show(found.log),
      ratio(found.history, found.log),
    ],
  );
}

async function preview(cli: string, flat: string, services: number, runs: number): Promise<void> {
  const ours = await Project.open(path.join(folder, `ours-${services}`), cli);
  const theirs = await Project.open(path.join(folder, `theirs-${services}`), cli);
  try {
    ours.replaceData(list(services, services / 10));
    theirs.replaceProgram(
      path.join(flat, "flat.js"),
      `require("./flat.js").declareFlat(${services});\n`,
    );
    for (const project of [ours, theirs]) project.expect("stack", "init", "testing");
    const timed = (project: Project) => (): Measure => {
      const start = process.hrtime.bigint();
      project.expect("preview", "--stack", "testing");
      return { seconds: Number(process.hrtime.bigint() - start) / 1e9, megabytes: 0 };
    };
    const found = inTurn(runs, { ours: timed(ours), flat: timed(theirs) });
    rows.push([
      `pulumi preview, ${services} services`,
      show(found.ours),
      show(found.flat),
      ratio(found.ours, found.flat),
    ]);
  } finally {
    ours.dispose();
    theirs.dispose();
  }
}

async function main(): Promise<void> {
  const flat = precompile();
  lint();
  plan(flat);
  promotion();
  const cli = findPulumi();
  if (cli === undefined) {
    console.log("No Pulumi CLI in PATH or ~/.pulumi: pulumi preview isn't measured.\n");
  } else {
    await preview(cli, flat, 10, RUNS);
    await preview(cli, flat, 1000, 3);
  }
  console.log(table(["", "OURS", "BASELINE", "RATIO"], rows));
  console.log(`
Medians of whole processes, ours and baseline in turn. Baselines: lint, the YAML parser alone;
plan, the same resources registered flat under Pulumi's mocks with Node's default settings;
promote, lint of the same repository; history, git log with the lines that changed;
preview, a flat hand-written precompiled program with deep imports for the same resources.`);
}

void main().finally(() => fs.rmSync(folder, { recursive: true, force: true }));
