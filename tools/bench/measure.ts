import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";

/** The time and peak memory of a whole process. */
export interface Measure {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Runs node once and returns its wall time and peak memory. Fails when the process does. */
export function measure(args: readonly string[]): Measure {
  const { seconds, megabytes } = run(args);
  return { seconds, megabytes };
}

/** Does the same with the time of processors, which another process on the machine doesn't lengthen. */
export function measureProcessors(args: readonly string[]): Measure {
  const { processors, megabytes } = run(args);
  return { seconds: processors, megabytes };
}

function run(args: readonly string[]): Measure & { readonly processors: number } {
  const rss = path.join(__dirname, "rss.js");
  const start = process.hrtime.bigint();
  const { status, stderr, output } = spawnSync(process.execPath, ["--require", rss, ...args], {
    cwd: PROGRAM,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (status !== 0) throw new Error(`node ${args.join(" ")} gave ${status}:\n${stderr}`);
  const [kilobytes = "", microseconds = ""] = (output[3] ?? "").split(" ");
  return { seconds, processors: Number(microseconds) / 1e6, megabytes: Number(kilobytes) / 1024 };
}

/** Runs another program once and returns its wall time. */
export function measureCommand(command: string, args: readonly string[], cwd: string): Measure {
  const start = process.hrtime.bigint();
  const { status } = spawnSync(command, args, { cwd, maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} gave ${status}`);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, megabytes: 0 };
}

/**
 * Measures things in turn, several times, and returns each one's median by time. In turn, so that
 * whatever else the machine does falls on all of them alike.
 */
export function inTurn<Name extends string>(
  runs: number,
  things: Readonly<Record<Name, () => Measure>>,
): Record<Name, Measure> {
  const names = Object.keys(things) as Name[];
  const found = Object.fromEntries(names.map((name) => [name, [] as Measure[]])) as Record<
    Name,
    Measure[]
  >;
  for (let run = 0; run < runs; run++) {
    for (const name of names) found[name].push(things[name]());
  }
  return Object.fromEntries(
    names.map((name) => {
      const sorted = found[name].sort((a, b) => a.seconds - b.seconds);
      return [name, sorted[Math.floor(sorted.length / 2)]];
    }),
  ) as Record<Name, Measure>;
}

/** Returns a figure of the table: seconds and megabytes. */
export function show({ seconds, megabytes }: Measure): string {
  const memory = Number.isNaN(megabytes) || megabytes === 0 ? "" : `  ${megabytes.toFixed(0)} MB`;
  return `${seconds.toFixed(2)} s${memory}`;
}
