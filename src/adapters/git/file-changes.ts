import { git } from "./git";

/** One file of a commit that differs from before. Paths are relative to the top of the git repository. */
export interface FileChange {
  readonly path: string;
  /** Its path before, where it was renamed. */
  readonly from: string | undefined;
  /** Its content's id; undefined where it is deleted, or not a regular file. */
  readonly blob: string | undefined;
}

/** Two commits that are compared; undefined compares with nothing, as for a first commit. */
export interface CommitPair {
  readonly before: string | undefined;
  readonly after: string;
}

/**
 * Returns what each pair changes, in git's order, in one call of git for all pairs that have two commits.
 * Renames count from half of the content on, which is git's own default.
 * @param isKept leaves out the changes of files whose paths, before and after, it doesn't take
 */
export function changesOf(
  folder: string,
  pairs: readonly CommitPair[],
  isKept: (path: string) => boolean,
): FileChange[][] {
  const options = ["-r", "--raw", "-z", "--no-abbrev", "--no-ext-diff", "--find-renames"];
  const lines = pairs.flatMap(({ before, after }) => {
    return before === undefined ? [] : `${after} ${before}\n`;
  });
  const args = ["diff-tree", ...options, "--stdin", "--always"];
  const answers = lines.length === 0 ? [] : parse(git(folder, args, lines.join("")), isKept);
  let next = 0;
  return pairs.map(({ before, after }) => {
    if (before !== undefined) return answers[next++] ?? [];
    const nothing = git(folder, ["hash-object", "-t", "tree", "--stdin"]).toString().trim();
    const args = ["diff-tree", ...options, "--end-of-options", nothing, after, "--"];
    return parse(git(folder, args), isKept)[0] ?? [];
  });
}

/** Returns the changes below each commit's id; where there are no ids, those of the one pair. */
function parse(output: Buffer, isKept: (path: string) => boolean): FileChange[][] {
  const fields = output.toString("utf8").split("\0");
  const found: FileChange[][] = [];
  for (let at = 0; at < fields.length - 1;) {
    const field = fields[at++] ?? "";
    if (!field.startsWith(":")) {
      found.push([]);
      continue;
    }
    if (found.length === 0) found.push([]);
    // :100644 100644 <id> <id> M, whose one or two paths are fields of their own.
    const [, mode = "", , id = "", status = ""] = field.split(" ");
    const blob = mode.startsWith("100") && status !== "D" ? id : undefined;
    const from = /^[RC]/.test(status) ? fields[at++] : undefined;
    const path = fields[at++] ?? "";
    if (isKept(path) || (from !== undefined && isKept(from))) {
      found.at(-1)?.push({ path, from, blob });
    }
  }
  return found;
}

/** With more, git is slower than without any; a command line has its limit, too. */
const MAX_PATTERNS = 500;

/**
 * Returns the ids of the commits that lead to some others, or are these, and change a file that a pattern of
 * git matches. There may be merges among them that differ from another parent than the first one alone.
 */
export function commitsTouching(
  folder: string,
  commits: readonly string[],
  patterns: readonly string[],
): Set<string> {
  if (commits.length === 0) return new Set();
  const paths = patterns.length > MAX_PATTERNS ? [] : patterns;
  const args = ["rev-list", "--full-history", "--end-of-options", ...commits, "--", ...paths];
  return new Set(git(folder, args).toString("latin1").trimEnd().split("\n"));
}
