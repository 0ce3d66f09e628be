import { ENVIRONMENTS_FILE, isRead, LIST_FOLDERS, PROJECT_FILE } from "../../core/files";
import { git } from "./git";

/**
 * One file of the list, one stack config, or Pulumi.yaml, of a commit that differs from before. A rename is two of them:
 * what had another name was read for what it said then, or not at all.
 */
export interface FileChange {
  /** Relative to the folder that is read. */
  readonly path: string;
  /** Its content's id; undefined where it is deleted. */
  readonly blob: string | undefined;
}

/** Two commits that are compared; undefined compares with nothing, as for a first commit. */
export interface CommitPair {
  readonly before: string | undefined;
  readonly after: string;
}

/** Where the list, stack configs and the settings of all stacks are, as patterns that git matches in the folder that is read. */
const PATTERNS: readonly string[] = [
  ...LIST_FOLDERS.map((folder) => `:(literal)${folder}`),
  ":(glob)Pulumi.*.yaml",
  `:(literal)${PROJECT_FILE}`,
];

/** Returns what each pair changes, in git's order, in one call of git for all pairs that have two commits. */
export function changesOf(folder: string, pairs: readonly CommitPair[]): FileChange[][] {
  const what = ["-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules=none"];
  const options = [...what, "--no-ext-diff", "--relative"];
  const lines = pairs.flatMap(({ before, after }) => {
    return before === undefined ? [] : `${after} ${before}\n`;
  });
  const args = ["diff-tree", ...options, "--stdin", "--always", "--", ...PATTERNS];
  const answers = lines.length === 0 ? [] : parse(git(folder, args, lines.join("")));
  let next = 0;
  return pairs.map(({ before, after }) => {
    if (before !== undefined) return answers[next++] ?? [];
    const nothing = git(folder, ["hash-object", "-t", "tree", "--stdin"]).toString().trim();
    const args = ["diff-tree", ...options, "--end-of-options", nothing, after, "--", ...PATTERNS];
    return parse(git(folder, args))[0] ?? [];
  });
}

/** Returns the changes below each commit's id; where there are no ids, those of the one pair. */
function parse(output: Buffer): FileChange[][] {
  const fields = output.toString("utf8").split("\0");
  const found: FileChange[][] = [];
  for (let at = 0; at < fields.length - 1;) {
    const field = fields[at++] ?? "";
    if (!field.startsWith(":")) {
      found.push([]);
      continue;
    }
    if (found.length === 0) found.push([]);
    // :100644 100644 <id> <id> M, whose path is a field of its own.
    const [, mode = "", , id = "", status = ""] = field.split(" ");
    const path = fields[at++] ?? "";
    const blob = status === "D" ? undefined : id;
    const isOther = path === ENVIRONMENTS_FILE;
    // A link or a submodule can't be read, and so can't be deployed: what ran goes on.
    const isFile = blob === undefined || mode.startsWith("100");
    if (isRead(path) && !isOther && isFile) found.at(-1)?.push({ path, blob });
  }
  return found;
}

/**
 * Returns the ids of the commits that lead to some others, or are these, and change the list or a stack
 * config. There may be merges among them that differ from another parent than the first one alone.
 */
export function commitsTouching(folder: string, commits: readonly string[]): Set<string> {
  if (commits.length === 0) return new Set();
  const args = ["rev-list", "--full-history", "--end-of-options", ...commits, "--", ...PATTERNS];
  return new Set(git(folder, args).toString("latin1").trimEnd().split("\n"));
}
