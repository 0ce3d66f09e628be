import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Issue } from "../../src/core/input/issue";
import { readSources } from "../../src/core/read";
import { checkRepository, parseRepository, type Repository } from "../../src/core/repository";

/** Where this program stands; its own chart is the default one. */
export const PROGRAM_ROOT = path.resolve(__dirname, "../..");

/** A symbolic link, with its target as it is written into the link. */
export interface Link {
  readonly link: string;
}

/** An empty folder, for places where a file is expected. */
export interface Folder {
  readonly folder: true;
}

/** What stands at one path of a repository. */
export type Entry = string | Uint8Array | Link | Folder;

/** Files by their path, relative to the repository; `../x` stands beside it. */
export type Files = Readonly<Record<string, Entry>>;

export const folder: Folder = { folder: true };

export function link(target: string): Link {
  return { link: target };
}

/** Writes files into a fresh temporary folder, hands its path to `use`, and removes it afterwards. */
export function withRepository<Result>(files: Files, use: (root: string) => Result): Result {
  // The real path, because the system's temporary folder may be behind a link itself.
  const outside = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "releases-test-")));
  try {
    const root = path.join(outside, "repository");
    fs.mkdirSync(root);
    for (const [file, entry] of Object.entries(files)) write(path.join(root, file), entry);
    return use(root);
  } finally {
    fs.rmSync(outside, { recursive: true, force: true });
  }
}

/** Returns a repository of these files, parsed; the real reader has read it from the disk. */
export function repositoryOf(files: Files): Repository {
  return withRepository(files, (root) => parseRepository(readSources(root, PROGRAM_ROOT)));
}

/** Returns every issue of a repository of these files, as `releases lint` finds them. */
export function issuesOf(files: Files): Issue[] {
  return checkRepository(repositoryOf(files));
}

function write(full: string, entry: Entry): void {
  fs.mkdirSync(path.dirname(full), { recursive: true });
  if (typeof entry === "string" || entry instanceof Uint8Array) fs.writeFileSync(full, entry);
  else if ("link" in entry) fs.symlinkSync(entry.link, full);
  else fs.mkdirSync(full);
}
