import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { dependencies, peerDependencies } from "../../package.json";
import { folderOf } from "./folder";
import { GIT_ENVIRONMENT } from "./git";

/** What `npm pack` made; undefined where no test is to look at it. */
export const PACKAGE = process.env["PACKAGE"];

/** Where an installed package is. */
export const INSTALLED = "node_modules/pulumi-releases";

/** Puts the package, and what it declares, where `npm install` would. What isn't declared isn't there. */
export function install(folder: string, tarball: string): void {
  const own = path.join(folder, INSTALLED);
  fs.mkdirSync(own, { recursive: true });
  runIn(folder, "tar", ["-xzf", path.resolve(tarball), "-C", own, "--strip-components", "1"]);
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    const link = path.join(folder, "node_modules", name);
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.symlinkSync(path.join(PROGRAM, "node_modules", name), link);
  }
}

/** Runs a command to its end, with an empty home. Returns its standard output; a failure fails the test. */
export function runIn(
  folder: string,
  command: string,
  args: readonly string[],
  { code = 0, ...environment }: NodeJS.ProcessEnv & { readonly code?: number } = {},
): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...GIT_ENVIRONMENT, HOME: folderOf({}), ...environment },
  });
  assert.equal(status, code, `${command} ${args.join(" ")}:\n${stdout}${stderr}`);
  return stdout;
}
