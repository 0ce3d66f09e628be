/**
 * `npm run bench`: what the program costs, as ratios against baselines of the same run. Arguments name
 * parts of it; by default it is all of them, which takes half an hour.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { transpileModule, ModuleKind, ScriptTarget } from "typescript";
import { PROGRAM } from "../../src/app/open";
import { table } from "../../src/format/table";
import { findPulumi } from "../../src/adapters/find-tool";
import { commitAll, makeHistory } from "./commits";
import { measureEngine, measureShards, type EngineCosts, type Size } from "./engine";
import { writeList, writeStack } from "./list";
import { inTurn, measure, measureCommand, show, type Measure } from "./measure";

const CLI = path.join(PROGRAM, "src/cli/releases.js");
const RUNS = 5;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "releases-bench-"));
function ratio(measured: Measure, baseline: Measure): string {
  return (measured.seconds / baseline.seconds).toFixed(2);
}

function list(definitions: number, files: number): string {
  const at = path.join(folder, String(definitions));
  if (fs.existsSync(at)) return at;
  writeList(at, definitions, files);
  if (definitions <= 1000) writeStack(at);
  return at;
}

/** Translates the flat baseline ahead of time, as a hand-written program would be shipped. */
function precompile(): string {
  const out = path.join(folder, "flat");
  if (fs.existsSync(out)) return out;
  fs.mkdirSync(out);
  for (const name of ["flat", "flat-mocks"]) {
    const source = fs.readFileSync(path.join(__dirname, `${name}.ts`), "utf8");
    const { outputText } = transpileModule(source, {
      compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 },
    });
    fs.writeFileSync(path.join(out, `${name}.js`), outputText);
  }
  fs.symlinkSync(path.join(PROGRAM, "node_modules"), path.join(out, "node_modules"));
  return out;
}

function lint(): string[][] {
  const [thousand, tenThousand] = [list(1000, 10), list(10_000, 100)];
  const found = inTurn(RUNS, {
    small: () => measure([CLI, "lint", "--path", thousand]),
    large: () => measure([CLI, "lint", "--path", tenThousand]),
    floor: () => measure(["--require", "./register.js", "tools/bench/parse-only.ts", tenThousand]),
    start: () => measure([CLI, "--help"]),
  });
  const slope =
    (found.large.seconds - found.start.seconds) / (found.small.seconds - found.start.seconds);
  return [
    ["start, no command", show(found.start), "", ""],
    ["lint 1,000 definitions", show(found.small), "", ""],
    [
      "lint 10,000 definitions",
      show(found.large),
      show(found.floor),
      ratio(found.large, found.floor),
    ],
    ["  time from 1,000 to 10,000, start left out", `x ${slope.toFixed(1)}`, "", ""],
  ];
}

function plan(): string[][] {
  const flat = precompile();
  return [10, 100, 1000].map((services) => {
    const stacks = list(services, services / 10);
    const found = inTurn(RUNS, {
      ours: () => measure([CLI, "plan", "--path", stacks]),
      bare: () => measure([path.join(flat, "flat-mocks.js"), String(services)]),
    });
    const { ours, bare } = found;
    return [`plan ${services} services`, show(ours), show(bare), ratio(ours, bare)];
  });
}

/** What a change of one service does, against a plan of the same repository. */
function since(): string[][] {
  return [100, 1000].map((services) => {
    const at = path.join(folder, `since-${services}`);
    writeList(at, services, services / 10);
    writeStack(at);
    commitAll(at);
    const file = path.join(at, "service/list-0.yaml");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("v1.2.0", "v1.2.1"));
    const found = inTurn(RUNS, {
      since: () => measure([CLI, "plan", "--since", "HEAD", "--path", at]),
      plan: () => measure([CLI, "plan", "--path", at]),
    });
    const name = `plan --since, ${services} services, one bump`;
    return [name, show(found.since), show(found.plan), ratio(found.since, found.plan)];
  });
}

/** A promotion of everything, and the whole history, against what they can't be faster than. */
function promotion(): string[][] {
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
  return [
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
  ];
}

/** What Pulumi's engine takes, against an empty program and the same resources written by hand. */
async function engine(): Promise<string[][]> {
  const flat = precompile();
  const rows: string[][] = [];
  const sizes: Size[] = [
    { services: 10, runs: RUNS, checkpoints: true },
    { services: 100, runs: 3, checkpoints: true },
    // With checkpoints it is minutes for each program; the part "shards" has ours.
    { services: 1000, runs: 3, checkpoints: false },
  ];
  for (const size of sizes) {
    const { services, checkpoints } = size;
    const found = await measureEngine(requireCli(), folder, flat, size);
    for (const [cost, name] of Object.entries(costNames(checkpoints)) as [
      keyof EngineCosts,
      string,
    ][]) {
      const ours = found.ours[cost];
      const baselines = (["flat", "flat, tuned", "empty"] as const).flatMap((baseline) => [
        show(found[baseline][cost]),
        ratio(ours, found[baseline][cost]),
      ]);
      rows.push([`${name}, ${services} services`, show(ours), ...baselines]);
    }
  }
  return rows;
}

function costNames(checkpoints: boolean): Record<keyof EngineCosts, string> {
  return {
    preview: "preview, new",
    firstUp: checkpoints ? "up, new" : "up, new, no checkpoints",
    unchangedPreview: "preview, unchanged",
    unchangedUp: "up, unchanged",
  };
}

async function shards(): Promise<string[][]> {
  const found = await measureShards(requireCli(), folder, 1000, 4);
  const { whole, shards } = found;
  return [["up, new, 1,000 services", show(shards), show(whole), ratio(shards, whole)]];
}

function requireCli(): string {
  const cli = findPulumi();
  if (cli === undefined) throw new Error("there is no Pulumi CLI in PATH or ~/.pulumi");
  return cli;
}

interface Part {
  readonly head: readonly string[];
  readonly rows: () => string[][] | Promise<string[][]>;
  readonly baselines: string;
}

const HEAD = ["", "OURS", "BASELINE", "RATIO"];

const PARTS: Readonly<Record<string, Part>> = {
  lint: { head: HEAD, rows: lint, baselines: "the YAML parser alone" },
  plan: {
    head: HEAD,
    rows: plan,
    baselines: "the same resources flat under Pulumi's mocks, with Node's default settings",
  },
  since: { head: HEAD, rows: since, baselines: "a plan of the same repository" },
  promotion: {
    head: HEAD,
    rows: promotion,
    baselines: "lint of the same repository; git log with the lines that changed",
  },
  engine: {
    head: ["", "OURS", "FLAT", "RATIO", "FLAT, TUNED", "RATIO", "EMPTY", "RATIO"],
    rows: engine,
    baselines:
      "a flat hand-written program for the same resources, precompiled, with deep imports; the same without stack traces, as ours; a program of nothing",
  },
  shards: {
    head: ["", "4 SHARDS OF 250", "1 STACK OF 1,000", "RATIO"],
    rows: shards,
    baselines: "the same list as one stack; the shards go up beside each other",
  },
};

async function main(names: readonly string[]): Promise<void> {
  console.log(
    `${os.cpus().length} cores, Node.js ${process.version}; medians of whole processes\n`,
  );
  for (const name of names.length === 0 ? Object.keys(PARTS) : names) {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`parts are ${Object.keys(PARTS).join(", ")}`);
    console.log(`${name}, against ${part.baselines}`);
    console.log(`${table(part.head, await part.rows())}\n`);
  }
}

void main(process.argv.slice(2)).finally(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});
