/** Commands that people wait for every day, each next to the figure of version 0.1.0. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { findPulumi, findTool } from "../../src/adapters/find-tool";
import { makeMonorepo } from "./commits";
import { measurePreview } from "./engine";
import { writeList, writePath } from "./list";
import { inTurn, measure, measureCommand, measureProcessors, show, type Measure } from "./measure";
import { CLI, FOLDER, listOf, precompile, ratio, RUNS } from "./workspace";

/** Headings of the rows below: a baseline is another program for the same work. */
export const HEAD = ["", "NOW", "0.1.0", "BASELINE", "RATIO"];

/** Commands that evaluate no program, against Node.js alone. */
export function start(): string[][] {
  const tiny = listOf(10, 1);
  const found = inTurn(2 * RUNS, {
    version: () => measure([CLI, "--version"]),
    lint: () => measure([CLI, "lint", "--path", tiny]),
    node: () => measure(["--eval", "0"]),
  });
  return [
    row("releases --version", found.version, "0.17 s", found.node),
    row("lint 10 definitions", found.lint, "", found.node),
  ];
}

/** Kayron's linter reads the same files where it is installed; else the YAML parser alone does. */
export function lint(): string[][] {
  const kayron = findTool("kayron", [path.join(os.homedir(), "go/bin")]);
  return [
    { definitions: 1000, files: 10, before: "" },
    { definitions: 10_001, files: 101, before: "1.42 s" },
  ].map(({ definitions, files, before }) => {
    const list = listOf(definitions, files);
    const found = inTurn(RUNS, {
      ours: () => measure([CLI, "lint", "--path", list]),
      baseline: () =>
        kayron === undefined
          ? measure(["--require", "./register.js", "tools/bench/parse-only.ts", list])
          : measureCommand(kayron, ["lint", "--path", "service"], list),
    });
    const other = kayron === undefined ? "the parser" : "kayron";
    return row(
      `lint ${definitions.toLocaleString("en")} definitions (${other})`,
      found.ours,
      before,
      found.baseline,
    );
  });
}

/** The same resources registered flat under Pulumi's mocks, with Node's default settings. */
export function plan(): string[][] {
  const flat = path.join(precompile(), "flat-mocks.js");
  return [10, 100, 1000].map((services) => {
    const list = listOf(services, services / 10);
    const found = inTurn(RUNS, {
      ours: () => measure([CLI, "plan", "--path", list]),
      flat: () => measure([flat, String(services)]),
    });
    return row(`plan ${services} services`, found.ours, "", found.flat);
  });
}

/** Headings of how a plan grows with the list. What ten services cost is left out of both: it is the process. */
export const GROWTH_HEAD = ["", "10 SERVICES", "500", "1,000", "GROWTH", "LINEAR"];

/** How the processors' time for a plan of three stacks grows from 500 to 1,000 services, and how it would in a line. */
export function growth(): string[][] {
  const planOf = (services: number): (() => Measure) => {
    const at = path.join(FOLDER, `path-${services}`);
    writeList(at, services, services / 10);
    writePath(at, services);
    return () => measureProcessors([CLI, "plan", "--path", at]);
  };
  const found = inTurn(3, { ten: planOf(10), half: planOf(500), whole: planOf(1000) });
  const { ten, half, whole } = found;
  const grown = (whole.seconds - ten.seconds) / (half.seconds - ten.seconds);
  const linear = (1000 - 10) / (500 - 10);
  const figures = [...[ten, half, whole].map(show), grown.toFixed(2), linear.toFixed(2)];
  return [["plan of 3 stacks", ...figures]];
}

/** Previews of a new stack in Pulumi's engine; nothing where there is no Pulumi CLI. */
export async function preview(): Promise<string[][]> {
  const cli = findPulumi();
  if (cli === undefined) return [["preview: there is no Pulumi CLI", "", "", "", ""]];
  const sizes = [
    { services: 10, runs: RUNS, before: "1.85 s (Node.js 22)" },
    { services: 1000, runs: 1, before: "" },
  ];
  const rows: string[][] = [];
  for (const { services, runs, before } of sizes) {
    const found = await measurePreview(cli, FOLDER, services, runs);
    rows.push([`preview ${services} services`, show(found), before, "", ""]);
  }
  return rows;
}

/** Git's own log with the lines that changed. */
export function history(): string[][] {
  const repository = path.join(FOLDER, "twenty-thousand");
  fs.mkdirSync(repository);
  makeMonorepo(repository, { commits: 20_000, touching: 100 });
  const found = inTurn(3, {
    status: () => measure([CLI, "status", "--path", repository]),
    history: () => measure([CLI, "history", "--path", repository]),
    log: () => measureCommand("git", ["log", "--patch", "--unified=0"], repository),
  });
  return [
    row("status, 20,000 commits", found.status, "", found.log),
    row("history, 20,000 commits", found.history, "12 s  200 MB", found.log),
  ];
}

function row(name: string, now: Measure, before: string, baseline: Measure): string[] {
  return [name, show(now), before, show(baseline), ratio(now, baseline)];
}
