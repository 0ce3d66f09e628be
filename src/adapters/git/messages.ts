import { git, gitAlone } from "./git";

/** Who made a commit, and its message. */
export interface CommitMessage {
  readonly commit: string;
  /** Ids of its parents. */
  readonly parents: readonly string[];
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
  const messages = logged(folder, ["--no-walk=unsorted", "--stdin"], asked.join("\n"));
  return new Map(messages.map((message) => [message.commit, message]));
}

/**
 * Returns the messages with a text in them, in any case, of the commits that HEAD has and another commit
 * hasn't, newest first.
 */
export function messagesSince(folder: string, commit: string, text: string): CommitMessage[] {
  const search = ["--regexp-ignore-case", "--fixed-strings", `--grep=${text}`, "--topo-order"];
  return logged(folder, [...search, "--end-of-options", `${commit}..HEAD`, "--"]);
}

function logged(folder: string, args: readonly string[], input = ""): CommitMessage[] {
  const format = "--format=%H%x00%P%x00%an%x00%B%x00";
  const fields = git(folder, ["log", "--no-patch", format, ...args], input)
    .toString("utf8")
    .split("\0");
  const messages: CommitMessage[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [id = "", parents = "", author = "", text = ""] = fields.slice(at, at + 4);
    const commit = id.trim();
    messages.push({ commit, parents: parents.split(" ").filter(Boolean), author, text });
  }
  return messages;
}

/**
 * Returns the values of a trailer in a message, such as `Break-glass`, in its order. Git decides which lines
 * of a paragraph are trailers. It looks at the last paragraph alone; here all but the subject are looked at,
 * because a squash joins messages, and others put paragraphs behind.
 * @param key letters and dashes
 */
export function trailersIn(message: string, key: string): string[] {
  const [, ...paragraphs] = message.trim().split(/\n(?:[ \t\v\f\r]*\n)+/);
  const mentioned = new RegExp(`^${key}[ \\t]*:`, "im");
  return paragraphs
    .filter((paragraph) => mentioned.test(paragraph))
    .flatMap((paragraph) => {
      const args = ["interpret-trailers", "--parse", "--no-divider"];
      return gitAlone(args, `subject\n\n${paragraph}\n`).split("\n");
    })
    .flatMap((line) => (mentioned.test(line) ? line.slice(line.indexOf(":") + 1).trim() : []))
    .filter((value) => value !== "");
}
