/**
 * `npm run bench`: the time and memory of the program. By default these are the commands that people
 * wait for every day, which takes a few minutes; arguments name parts. The others take half an hour.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { findPulumi } from "../../src/adapters/find-tool";
import { table } from "../../src/format/table";
import { commitAll, makeHistory } from "./commits";
import * as daily from "./daily";
import { measureEngine, measureShards, type EngineCosts, type Size } from "./engine";
import { writeList, writeStack } from "./list";
import { inTurn, measure, measureCommand, show } from "./measure";
import { prune } from "./prune";
import { receive } from "./receive";
import { verify } from "./verify";
import { CLI, FOLDER, precompile, ratio, RUNS } from "./workspace";

/** The report on a change of one service, against a plan of the same repository. */
function since(): string[][] {
  return [100, 1000].map((services) => {
    const at = path.join(FOLDER, `since-${services}`);
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
  const [thousand, commits] = [path.join(FOLDER, "promote"), path.join(FOLDER, "history")];
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

/** The time of Pulumi's engine, against an empty program and the same resources written by hand. */
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
    const found = await measureEngine(requireCli(), FOLDER, flat, size);
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
  const found = await measureShards(requireCli(), FOLDER, 1000, 4);
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

/** Parts of a run without arguments. */
const DAILY: Readonly<Record<string, Part>> = {
  start: { head: daily.HEAD, rows: daily.start, baselines: "Node.js alone" },
  lint: {
    head: daily.HEAD,
    rows: daily.lint,
    baselines: "Kayron's linter, or the YAML parser alone",
  },
  plan: {
    head: daily.HEAD,
    rows: daily.plan,
    baselines: "the same resources flat under Pulumi's mocks, with Node's default settings",
  },
  growth: {
    head: daily.GROWTH_HEAD,
    rows: daily.growth,
    baselines: "the same stacks with half of the services; time of processors",
  },
  preview: { head: daily.HEAD, rows: daily.preview, baselines: "nothing" },
  history: {
    head: daily.HEAD,
    rows: daily.history,
    baselines: "git log with the lines that changed",
  },
};

const PARTS: Readonly<Record<string, Part>> = {
  ...DAILY,
  since: { head: HEAD, rows: since, baselines: "a plan of the same repository" },
  promotion: {
    head: HEAD,
    rows: promotion,
    baselines: "lint of the same repository; git log with the lines that changed",
  },
  prune: { head: ["", "OURS"], rows: prune, baselines: "nothing" },
  verify: { head: HEAD, rows: verify, baselines: "lint of the same repository" },
  receive: {
    head: HEAD,
    rows: receive,
    baselines: "a server that reads the body and answers; memory against nothing",
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
    baselines: "the same list as one stack; the shards go up at the same time",
  },
};

async function main(names: readonly string[]): Promise<void> {
  console.log(
    `${os.cpus().length} cores, Node.js ${process.version}; medians of whole processes\n`,
  );
  for (const name of names.length === 0 ? Object.keys(DAILY) : names) {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`parts are ${Object.keys(PARTS).join(", ")}`);
    console.log(`${name}, against ${part.baselines}`);
    console.log(`${table(part.head, await part.rows())}\n`);
  }
}

void main(process.argv.slice(2)).finally(() => {
  fs.rmSync(FOLDER, { recursive: true, force: true });
});
