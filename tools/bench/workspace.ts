import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { transform } from "sucrase";
import { PROGRAM } from "../../src/app/open";
import { writeList, writeStack } from "./list";
import type { Measure } from "./measure";

/** The command line of this program. */
export const CLI = path.join(PROGRAM, "src/cli/releases.js");

/** How often a whole process is measured, where it takes seconds. */
export const RUNS = 5;

/** The folder of everything that a benchmark makes; it is removed at the end. */
export const FOLDER = fs.mkdtempSync(path.join(os.tmpdir(), "releases-bench-"));

/** Returns how many times as long as a baseline something took. */
export function ratio(measured: Measure, baseline: Measure): string {
  return (measured.seconds / baseline.seconds).toFixed(2);
}

/** Returns a folder with a list of some definitions; up to 1,000 of them have a stack as well. */
export function listOf(definitions: number, files: number): string {
  const at = path.join(FOLDER, String(definitions));
  if (fs.existsSync(at)) return at;
  writeList(at, definitions, files);
  if (definitions <= 1000) writeStack(at);
  return at;
}

/** Returns the folder of the flat baseline, translated ahead of time, as a program is shipped. */
export function precompile(): string {
  const out = path.join(FOLDER, "flat");
  if (fs.existsSync(out)) return out;
  fs.mkdirSync(out);
  for (const name of ["flat", "flat-mocks"]) {
    const source = fs.readFileSync(path.join(__dirname, `${name}.ts`), "utf8");
    const { code } = transform(source, { transforms: ["typescript", "imports"] });
    fs.writeFileSync(path.join(out, `${name}.js`), code);
  }
  fs.symlinkSync(path.join(PROGRAM, "node_modules"), path.join(out, "node_modules"));
  return out;
}
