import { git } from "./git";

/** Who made a commit, and its message. */
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
  const format = "--format=%H%x00%an%x00%B%x00";
  const options = ["--no-walk=unsorted", "--stdin", "--no-patch", format];
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
