import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
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

/**
 * Writes folders of a commit into a new folder, and removes it after `act`, whose result it returns. Links are
 * left out.
 * @param repository the folder that `folders` are relative to
 */
export function withFolders<Result>(
  repository: string,
  commit: string,
  folders: readonly string[],
  act: (root: string) => Result,
): Result {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "releases-charts-"));
  try {
    const files = folders.flatMap((folder) => entriesAt(repository, folder, commit));
    const regular = files.filter(({ mode }) => mode !== LINK_MODE);
    const contents = contentsOf(
      repository,
      regular.map(({ blob }) => blob),
    );
    for (const [index, { file }] of regular.entries()) {
      fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      fs.writeFileSync(path.join(root, file), contents[index] ?? "");
    }
    return act(root);
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

const LINK_MODE = "120000";

/** A file of a commit. */
interface Entry {
  readonly mode: string;
  readonly blob: string;
  readonly file: string;
}

function entriesAt(repository: string, folder: string, commit: string): Entry[] {
  const args = ["ls-tree", "-r", "-z", "--end-of-options", commit, folder];
  const lines = git(repository, args).toString("utf8").split("\0");
  return lines.flatMap((line) => {
    const [, mode = "", blob, file] = /^(\d+) blob ([0-9a-f]+)\t([^]+)$/.exec(line) ?? [];
    return blob === undefined || file === undefined ? [] : [{ mode, blob, file }];
  });
}

/** Returns the ids of contents by path. */
function filesAt(repository: string, folder: string, commit: string): Map<string, string> {
  const entries = entriesAt(repository, folder, commit);
  const link = entries.find(({ mode }) => mode === LINK_MODE);
  if (link !== undefined) return new Map([[link.file, LINK]]);
  const contents = contentsOf(
    repository,
    entries.map(({ blob }) => blob),
  );
  return new Map(entries.map(({ file }, index) => [file, sha256(contents[index] ?? "")]));
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
