import { outsideError } from "../../core/error";
import { isRead } from "../../core/files";
import type { Sources } from "../../core/repository";
import { stackOf } from "../../core/stack/config";
import type { Source } from "../../core/input/source";
import { askObjects, git } from "./git";
import { commitOf } from "./refs";

/** A regular file of a commit: its path relative to the folder that is read, and its content's id. */
interface TreeFile {
  readonly file: string;
  readonly blob: string;
}

/** The files of a repository that a commit has. */
export interface CommittedSources extends Pick<Sources, "list" | "stacks" | "issues"> {
  readonly environments?: Source;
}

/**
 * Returns a repository's files as a commit has them. Links are left out: the working tree decides where
 * they lead.
 * @param folder the repository; it may be a folder inside of a git repository
 */
export function sourcesAt(folder: string, commit: string): CommittedSources {
  const wanted = filesAt(folder, commit).filter(({ file }) => isRead(file));
  const contents = contentsOf(
    folder,
    wanted.map(({ blob }) => blob),
  );
  const sources = wanted.map(({ file }, index) => ({ file, bytes: contents[index] ?? EMPTY }));
  const environments = sources.find(({ file }) => file === "environments.yaml");
  return {
    list: sources.filter(({ file }) => file.includes("/")),
    stacks: sources.filter(({ file }) => stackOf(file) !== undefined),
    issues: [],
    ...(environments !== undefined && { environments }),
  };
}

const EMPTY = new Uint8Array();

function filesAt(folder: string, commit: string): TreeFile[] {
  return git(folder, ["ls-tree", "-r", "-z", "--end-of-options", commit, "."])
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const [, blob, file] = /^100\d{3} blob ([0-9a-f]+)\t([^]+)$/.exec(line) ?? [];
      return blob === undefined || file === undefined ? [] : [{ file, blob }];
    });
}

/**
 * Returns contents by their ids, in one call of git.
 * @throws ReleasesError of kind `outside` where git lacks one, as a partial clone without a network may
 */
export function contentsOf(folder: string, blobs: readonly string[]): Buffer[] {
  const asked = blobs.map((blob) => `${blob}\n`).join("");
  const answer = asked === "" ? Buffer.alloc(0) : git(folder, ["cat-file", "--batch"], asked);
  const contents: Buffer[] = [];
  for (let at = 0; at < answer.length;) {
    // A content follows a line "<id> blob <bytes>", and ends with a line end of its own.
    const line = answer.indexOf("\n", at);
    const [id = "", , size] = answer.toString("latin1", at, line).split(" ");
    if (size === undefined) throw outsideError(`git cat-file: ${id} is missing`);
    const bytes = Number(size);
    contents.push(answer.subarray(line + 1, line + 1 + bytes));
    at = line + 1 + bytes + 1;
  }
  return contents;
}

/**
 * Returns the tree of a merge of one commit into another; undefined where they conflict. Nobody's settings and
 * no driver decide it.
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
