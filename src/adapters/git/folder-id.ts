import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { compareText } from "../../core/compare-text";
import { git } from "./git";
import { contentsOf } from "./tree";

/**
 * Returns an id of the content of a folder: the same for the same files, whether they are those of a commit
 * or of the working tree. Undefined where the folder isn't there.
 * @param repository the folder that `folder` is relative to
 * @param commit by default the working tree
 */
export function folderId(repository: string, folder: string, commit?: string): string | undefined {
  const files =
    commit === undefined ? filesOnDisk(repository, folder) : filesAt(repository, folder, commit);
  if (files.size === 0) return undefined;
  return sha256(JSON.stringify([...files].sort(([a], [b]) => compareText(a, b))));
}

/** Returns the ids of contents by path. A link's content is where it leads to, as git has it. */
function filesAt(repository: string, folder: string, commit: string): Map<string, string> {
  const args = ["ls-tree", "-r", "-z", "--end-of-options", commit, folder];
  const files = new Map<string, string>();
  for (const line of git(repository, args).toString("utf8").split("\0")) {
    const [, blob, file] = /^\d+ blob ([0-9a-f]+)\t([^]+)$/.exec(line) ?? [];
    if (blob !== undefined && file !== undefined) files.set(file, blob);
  }
  const contents = contentsOf(repository, [...files.values()]);
  return new Map([...files.keys()].map((file, index) => [file, sha256(contents[index] ?? "")]));
}

function filesOnDisk(repository: string, folder: string): Map<string, string> {
  const root = path.join(repository, folder);
  if (!fs.existsSync(root)) return new Map();
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  return new Map(
    entries.flatMap((entry): [string, string][] => {
      const file = path.join(entry.parentPath, entry.name);
      const name = path.relative(repository, file).split(path.sep).join("/");
      if (entry.isSymbolicLink()) return [[name, sha256(fs.readlinkSync(file))]];
      return entry.isFile() ? [[name, sha256(fs.readFileSync(file))]] : [];
    }),
  );
}

function sha256(bytes: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
