import { git } from "./git";

/** One commit, and what it changed against its first parent. */
export interface LoggedCommit {
  readonly id: string;
  readonly parents: readonly string[];
  /** When it was committed. A rebase or a squash on GitHub makes that the time of the merge. */
  readonly at: Date;
  readonly changes: readonly FileChange[];
}

/** One file of a commit that differs from before. Paths are relative to the top of the git repository. */
export interface FileChange {
  readonly path: string;
  /** Its path before, where it was renamed. */
  readonly from: string | undefined;
  /** Its content's id; undefined when it is deleted, or no regular file. */
  readonly blob: string | undefined;
}

/** Returns all commits that lead to one, newest first, merges against their first parent. */
export function commitsTo(folder: string, commit: string): LoggedCommit[] {
  const options = ["--topo-order", "--no-show-signature", "--diff-merges=first-parent", ...RAW];
  const fields = git(folder, ["log", ...options, "--format=%H %ct %P", commit, "--"])
    .toString("utf8")
    .split("\0");
  const commits: (LoggedCommit & { changes: FileChange[] })[] = [];
  for (let at = 0; at < fields.length - 1;) {
    const field = (fields[at++] ?? "").replace(/^\n/, "");
    if (!field.startsWith(":")) {
      const [id = "", seconds, ...parents] = field.split(" ").filter((part) => part !== "");
      commits.push({ id, parents, at: new Date(Number(seconds) * 1000), changes: [] });
      continue;
    }
    at = takeChange(field, fields, at, commits.at(-1)?.changes ?? []);
  }
  return commits;
}

/** Returns what differs from one commit's tree to another's; from nothing without the first. */
export function changesBetween(folder: string, from: string | undefined, to: string): FileChange[] {
  const before = from ?? git(folder, ["hash-object", "-t", "tree", "--stdin"]).toString().trim();
  const fields = git(folder, ["diff-tree", "-r", ...RAW, before, to])
    .toString("utf8")
    .split("\0");
  const changes: FileChange[] = [];
  for (let at = 0; at < fields.length - 1;) {
    const field = fields[at++] ?? "";
    at = takeChange(field, fields, at, changes);
  }
  return changes;
}

/** Renames count from half of the content on, which is git's own default. */
const RAW = ["--raw", "--no-abbrev", "-M", "-z"];

/** Reads one raw line, `:100644 100644 <id> <id> M`, whose one or two paths are fields of their own. */
function takeChange(
  line: string,
  fields: readonly string[],
  at: number,
  changes: FileChange[],
): number {
  const [, mode = "", , id = "", status = ""] = line.split(" ");
  const blob = mode.startsWith("100") && status !== "D" ? id : undefined;
  if (!/^[RC]/.test(status)) {
    changes.push({ path: fields[at] ?? "", from: undefined, blob });
    return at + 1;
  }
  changes.push({ path: fields[at + 1] ?? "", from: fields[at], blob });
  return at + 2;
}

/** Who made a commit, and what they said. */
export interface CommitMessage {
  readonly author: string;
  /** Subject, body and trailers. */
  readonly text: string;
}

/** Returns the messages of commits, by commit, in one call of git. */
export function messagesOf(
  folder: string,
  commits: Iterable<string>,
): ReadonlyMap<string, CommitMessage> {
  const asked = [...new Set(commits)];
  if (asked.length === 0) return new Map();
  const options = [
    "--no-walk=unsorted",
    "--no-show-signature",
    "--stdin",
    "--no-patch",
    "--format=%H%x00%an%x00%B%x00",
  ];
  const fields = git(folder, ["log", ...options], asked.join("\n"))
    .toString("utf8")
    .split("\0");
  const messages = new Map<string, CommitMessage>();
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [id = "", author = "", text = ""] = fields.slice(at, at + 3);
    messages.set(id.trim(), { author, text });
  }
  return messages;
}
