import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A symbolic link, with its target as it is written into the link. */
export interface Link {
  readonly link: string;
}

/** An empty folder, for paths where a file is expected. */
export interface Folder {
  readonly folder: true;
}

/** What is at one path: the content of a file, a link, or a folder. */
export type Entry = string | Uint8Array | Link | Folder;

/** Entries by their path, relative to a folder; further folders are made as needed. */
export type Files = Readonly<Record<string, Entry>>;

export const folder: Folder = { folder: true };

export function link(target: string): Link {
  return { link: target };
}

const made: string[] = [];

/** Returns a new temporary folder with these files. It is removed when the tests of a file have ended. */
export function folderOf(files: Files): string {
  const root = temporaryFolder();
  writeFiles(root, files);
  return root;
}

/** Returns a new temporary folder, by its real path: the system's own may be a link. It is removed as the others. */
export function temporaryFolder(): string {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "releases-test-")));
  made.push(root);
  return root;
}

export function writeFiles(root: string, files: Files): void {
  for (const [file, entry] of Object.entries(files)) write(path.join(root, file), entry);
}

function write(full: string, entry: Entry): void {
  fs.mkdirSync(path.dirname(full), { recursive: true });
  if (typeof entry === "string" || entry instanceof Uint8Array) fs.writeFileSync(full, entry);
  else if ("link" in entry) fs.symlinkSync(entry.link, full);
  else fs.mkdirSync(full);
}

/** Removes the folders that tests have made. */
export function removeFolders(): void {
  for (const root of made.splice(0)) fs.rmSync(root, { recursive: true, force: true });
}

process.on("exit", removeFolders);
