import * as fs from "node:fs";
import * as path from "node:path";
import { RepositoryFiles } from "../../src/adapters/disk/repository-files";
import { lint } from "../../src/app/lint";
import type { Issue } from "../../src/core/input/issue";
import { PACKAGE_FOLDER } from "../../src/core/files";
import { readSources } from "../../src/core/read";
import { parseRepository, type Repository } from "../../src/core/repository";
import { temporaryFolder, writeFiles, type Files } from "./folder";

export { folder, link, type Files } from "./folder";

/** Where this program is; its own chart is the default one. */
export const PROGRAM_ROOT = path.resolve(__dirname, "../..");

/**
 * Writes files into a temporary folder, passes its path to `use`, and removes it afterwards. A file `../x` is
 * next to the repository.
 */
export function withRepository<Result>(files: Files, use: (root: string) => Result): Result {
  const outside = temporaryFolder();
  try {
    const root = path.join(outside, "repository");
    fs.mkdirSync(root);
    writeFiles(root, files);
    return use(root);
  } finally {
    fs.rmSync(outside, { recursive: true, force: true });
  }
}

/** Returns a repository of these files, parsed; the real reader has read it from the disk. */
export function repositoryOf(files: Files): Repository {
  return withRepository(files, (root) => {
    return parseRepository(readSources(root, PROGRAM_ROOT, projectOf(files, root)));
  });
}

/** A repository with the program as a package is a project of its own. */
function projectOf(files: Files, root: string): string {
  return PACKAGE_FOLDER in files ? root : PROGRAM_ROOT;
}

/** Whatever day it is, what is old in these files is as old. */
const TODAY = new Date("2026-11-01T00:00:00Z");

/** Returns every issue of a repository of these files, as `releases lint` finds them. */
export function issuesOf(files: Files): Issue[] {
  return withRepository(files, (root) => {
    const disk = new RepositoryFiles(root, PROGRAM_ROOT, projectOf(files, root));
    const world = { files: disk, git: { branch: () => undefined }, now: () => TODAY };
    return [...lint(world).issues];
  });
}
