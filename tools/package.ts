/** `npm pack` runs this first: compiles what other repositories use into dist/, from a clean folder. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { readTemplates, TEMPLATES } from "../src/adapters/disk/templates";
import { PROGRAM } from "../src/app/open";

/** What the compiler doesn't write: read as it is at run time. */
const AS_THEY_ARE = [
  "charts/service",
  "schemas",
  "policy/index.js",
  "policy/package.json",
  "policy/PulumiPolicy.yaml",
];

/** Compiles and copies all of the package into a folder, which is emptied first. */
export function buildPackage(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
  const compiler = path.join(PROGRAM, "node_modules/typescript-7/bin/tsc");
  const args = [compiler, "--project", "tsconfig.build.json", "--outDir", folder];
  const { status } = spawnSync(process.execPath, args, { cwd: PROGRAM, stdio: "inherit" });
  if (status !== 0) throw new Error("the package can't be compiled");
  for (const file of AS_THEY_ARE) {
    fs.cpSync(path.join(PROGRAM, file), path.join(folder, file), { recursive: true });
  }
  for (const [name, text] of readTemplates(PROGRAM)) {
    const file = path.join(folder, TEMPLATES, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}

if (require.main === module) buildPackage(path.join(PROGRAM, "dist"));
