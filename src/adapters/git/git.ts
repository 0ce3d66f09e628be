import { spawnSync } from "node:child_process";

/** Git refused, or isn't there. Its message is git's own. */
export class GitError extends Error {
  override readonly name = "GitError";
  /** What git exited with; undefined when it couldn't be run. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** More than a list's whole history prints. */
const MAX_OUTPUT_BYTES = 1 << 30;

/**
 * Runs git in a folder and returns what it printed.
 * @throws GitError when it exits with anything but 0
 */
export function git(folder: string, args: readonly string[], input = ""): Buffer {
  const { status, stdout, stderr, error } = spawnSync("git", ["--no-pager", ...args], {
    cwd: folder,
    input,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (error !== undefined) throw new GitError(`git can't be run: ${error.message}`);
  if (status !== 0) {
    throw new GitError(`git ${args[0] ?? ""}: ${stderr.toString().trim()}`, status ?? undefined);
  }
  return stdout;
}

/**
 * Asks git something that has a no: returns the lines of its answer, undefined for a no, and outside of
 * a git repository.
 * @throws GitError when it is neither, such as for a repository that belongs to somebody else
 */
export function ask(folder: string, args: readonly string[]): string[] | undefined {
  try {
    return git(folder, args)
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch (cause) {
    if (!(cause instanceof GitError)) throw cause;
    if (cause.status === 1 || /not a git repository/i.test(cause.message)) return undefined;
    throw cause;
  }
}

/** Whether a folder belongs to a git repository. */
export function isInGit(folder: string): boolean {
  return ask(folder, ["rev-parse", "--git-dir"]) !== undefined;
}
