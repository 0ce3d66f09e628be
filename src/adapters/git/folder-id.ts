import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { compareText } from "../../core/compare-text";
import { git } from "./git";
import { contentsOf } from "./tree";

/**
 * Returns an id of the content of a folder, or of a file: the same for the same files, whether they are those of a commit
 * or of the working tree. With a link in it, it is another one each time: what stands behind a link can't be
 * told. Undefined where the folder isn't there.
 * @param repository the folder that `folder` is relative to
 * @param commit by default the working tree
 */
export function folderId(repository: string, folder: string, commit?: string): string | undefined {
  const files =
    commit === undefined ? filesOnDisk(repository, folder) : filesAt(repository, folder, commit);
  if (files.size === 0) return undefined;
  const [link] = [...files].find(([, content]) => content === LINK) ?? [];
  if (link !== undefined) return `unknown ${commit ?? "in the working tree"}: ${link} is a link`;
  return sha256(JSON.stringify([...files].sort(([a], [b]) => compareText(a, b))));
}

/** Stands for the content of a link. */
const LINK = "link";

/** Returns the ids of contents by path. */
function filesAt(repository: string, folder: string, commit: string): Map<string, string> {
  const args = ["ls-tree", "-r", "-z", "--end-of-options", commit, folder];
  const files = new Map<string, string>();
  for (const line of git(repository, args).toString("utf8").split("\0")) {
    const [, mode, blob, file] = /^(\d+) blob ([0-9a-f]+)\t([^]+)$/.exec(line) ?? [];
    if (blob === undefined || file === undefined) continue;
    if (mode === "120000") return new Map([[file, LINK]]);
    files.set(file, blob);
  }
  const contents = contentsOf(repository, [...files.values()]);
  return new Map([...files.keys()].map((file, index) => [file, sha256(contents[index] ?? "")]));
}

function filesOnDisk(repository: string, folder: string): Map<string, string> {
  const root = path.join(repository, folder);
  const stat = fs.lstatSync(root, { throwIfNoEntry: false });
  if (stat === undefined) return new Map();
  if (stat.isSymbolicLink()) return new Map([[folder, LINK]]);
  if (stat.isFile()) return new Map([[folder, sha256(fs.readFileSync(root))]]);
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  return new Map(
    entries.flatMap((entry): [string, string][] => {
      const file = path.join(entry.parentPath, entry.name);
      const name = path.relative(repository, file).split(path.sep).join("/");
      if (entry.isSymbolicLink()) return [[name, LINK]];
      return entry.isFile() ? [[name, sha256(fs.readFileSync(file))]] : [];
    }),
  );
}

function sha256(bytes: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
