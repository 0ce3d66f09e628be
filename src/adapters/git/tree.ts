import { outsideError } from "../../core/error";
import {
  isKayrons,
  isRead,
  misnamed,
  misplaced,
  unreadableName,
  type EntryKind,
} from "../../core/files";
import type { Source } from "../../core/input/source";
import type { Sources } from "../../core/repository";
import { sourcesOf } from "../../core/sources";
import { MAX_FILE_BYTES } from "../../core/limits";
import { askObjects, git } from "./git";
import { commitOf } from "./refs";

/** The files of a repository that a commit has. */
export type CommittedSources = Omit<Sources, "defaultCharts">;

/**
 * Returns a repository's files as a commit has them, and findings about links and submodules among them: what
 * the reader of the working tree returns of the same files.
 * @param folder the repository; it may be a folder inside of a git repository
 */
export function sourcesAt(folder: string, commit: string): CommittedSources {
  const entries = entriesAt(folder, commit);
  const wanted = entries.filter(({ file, kind }) => kind === "file" && isRead(file));
  const unnamed = wanted.filter(({ file }) => file.includes(REPLACED));
  return {
    ...sourcesOf(contentOf(folder, wanted)),
    issues: [
      ...entries.flatMap(({ file, kind }) => {
        return misplaced(file, kind) ?? misnamed(file, kind, () => insideOf(file, entries)) ?? [];
      }),
      ...unnamed.map(({ file }) => unreadableName(file)),
    ],
  };
}

/** Returns the files that Kayron reads of a commit, as `readSources` and `readKayronFiles` do of a folder. */
export function kayronSourcesAt(folder: string, commit: string): Source[] {
  const others = entriesAt(folder, commit).filter(
    ({ file, kind }) => kind === "file" && isKayrons(file) && !isRead(file),
  );
  return [...sourcesAt(folder, commit).list, ...contentOf(folder, others)];
}

/** Returns files with their contents; those whose names nobody can read are left out. */
function contentOf(folder: string, entries: readonly TreeEntry[]): Source[] {
  const named = entries.filter(({ file }) => !file.includes(REPLACED));
  const contents = contentsOf(
    folder,
    named.map(({ id }) => id),
  );
  return named.map(({ file }, index) => ({ file, bytes: contents[index] ?? EMPTY }));
}

/** Returns the names of what stands in a folder at the top. */
function insideOf(folder: string, entries: readonly TreeEntry[]): string[] {
  return entries.flatMap(({ file }) => {
    const [top, name, ...below] = file.split("/");
    return top === folder && name !== undefined && below.length === 0 ? name : [];
  });
}

const EMPTY = new Uint8Array();

/** What a decoder writes for bytes that aren't UTF-8. */
const REPLACED = "\uFFFD";

/** A path of a commit, relative to the folder that is read, and the id of what stands there. */
interface TreeEntry {
  readonly file: string;
  readonly kind: EntryKind;
  readonly id: string;
}

/** What the first digits of a mode say, of those that git has. */
const KINDS: Readonly<Record<string, EntryKind>> = {
  "040": "folder",
  "100": "file",
  "120": "link",
  "160": "submodule",
};

/** Returns the text of one file of a commit; undefined where it has none of that path: a link isn't one. */
export function textAt(folder: string, commit: string, file: string): string | undefined {
  const found = entriesAt(folder, commit, file).find((entry) => entry.file === file);
  if (found?.kind !== "file") return undefined;
  return new TextDecoder().decode(contentsOf(folder, [found.id])[0]);
}

/** @param path what is listed, by default all of the folder */
function entriesAt(folder: string, commit: string, path = "."): TreeEntry[] {
  return git(folder, ["ls-tree", "-r", "-t", "-z", "--end-of-options", commit, path])
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const [, mode = "", id, file] = /^(\d{3})\d{3} \w+ ([0-9a-f]+)\t([^]+)$/.exec(line) ?? [];
      const kind = KINDS[mode];
      return kind === undefined || id === undefined || file === undefined ? [] : { file, kind, id };
    });
}

/**
 * Returns contents by their ids, in two calls of git. One that is larger than any file that is read is as
 * empty as the reader of the working tree has it, and as large.
 * @throws ReleasesError of kind `outside` where git lacks one, as a partial clone may
 */
export function contentsOf(folder: string, blobs: readonly string[]): Uint8Array[] {
  if (blobs.length === 0) return [];
  const sizes = git(folder, ["cat-file", "--batch-check"], linesOf(blobs)).toString("latin1");
  const isLarge = sizes
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [id = "", , size] = line.split(" ");
      if (size === undefined) throw outsideError(`git cat-file: ${id} is missing`);
      return Number(size) > MAX_FILE_BYTES;
    });
  const asked = blobs.filter((_, index) => isLarge[index] !== true);
  const answer = git(folder, ["cat-file", "--batch"], linesOf(asked));
  const contents: Uint8Array[] = [];
  for (let at = 0; contents.length < blobs.length;) {
    if (isLarge[contents.length] === true) {
      contents.push(TOO_LARGE);
      continue;
    }
    // A content follows a line "<id> blob <bytes>", and ends with a line end of its own.
    const line = answer.indexOf("\n", at);
    const bytes = Number(answer.toString("latin1", at, line).split(" ")[2]);
    contents.push(answer.subarray(line + 1, line + 1 + bytes));
    at = line + 1 + bytes + 1;
  }
  return contents;
}

/** One byte more than allowed is enough for the parser to refuse it. */
const TOO_LARGE = new Uint8Array(MAX_FILE_BYTES + 1);

function linesOf(ids: readonly string[]): string {
  return ids.map((id) => `${id}\n`).join("");
}

/**
 * Returns the tree of a merge of one commit into another; undefined where they conflict. Nobody's settings
 * and no driver decide it.
 * @throws ReleasesError of kind `outside` where git doesn't know one of the two
 */
export function mergedTree(folder: string, into: string, from: string): string | undefined {
  const commits = [into, from].map((name) => {
    const commit = commitOf(folder, name);
    if (commit === undefined) throw outsideError(`git knows no commit "${name}"`);
    return commit;
  });
  return askObjects(folder, ["merge-tree", "--write-tree", ...commits])?.[0];
}
