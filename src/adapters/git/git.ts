import { spawnSync } from "node:child_process";
import { outsideError } from "../../core/error";

/** The output of `git log --raw` over a long history fits into this many bytes. */
const MAX_OUTPUT_BYTES = 1 << 30;

/**
 * Settings under which git answers alike for everybody. The others stay as the user has them: git reads
 * `safe.directory`, for example, from the user's own files alone.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  "color.ui": "false",
  // A program of the repository's own choice, which git starts to ask what has changed.
  "core.fsmonitor": "false",
  "core.quotePath": "false",
  "diff.orderFile": "/dev/null",
  "diff.relative": "false",
  // Git's own default since 2.33.
  "diff.renameLimit": "1000",
  "i18n.logOutputEncoding": "UTF-8",
  "log.diffMerges": "separate",
  "log.follow": "false",
  "log.showRoot": "true",
  "log.showSignature": "false",
  "merge.directoryRenames": "conflict",
  "merge.renameLimit": "7000",
  "merge.renames": "true",
  "trailer.separators": ":",
};

/**
 * Variables that lead git to another repository, or have it read arguments in another way. A hook has most
 * of them, as `git rev-parse --local-env-vars` lists them; the folder alone names the repository here.
 */
const DROPPED_VARIABLES: ReadonlySet<string> = new Set([
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_DEFAULT_HASH",
  "GIT_DIFF_OPTS",
  "GIT_DIR",
  "GIT_EXTERNAL_DIFF",
  "GIT_GLOB_PATHSPECS",
  "GIT_GRAFT_FILE",
  "GIT_ICASE_PATHSPECS",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_LITERAL_PATHSPECS",
  "GIT_NAMESPACE",
  "GIT_NOGLOB_PATHSPECS",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PAGER",
  "GIT_PREFIX",
  "GIT_REPLACE_REF_BASE",
  "GIT_SHALLOW_FILE",
  "GIT_WORK_TREE",
]);

/** Variables that every call has: objects as they were written, no lock for a look, messages in English. */
const OWN_VARIABLES: NodeJS.ProcessEnv = {
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_OPTIONAL_LOCKS: "0",
  LC_ALL: "C",
};

/** The options in front of git's command: settings, and no pager. */
const OPTIONS: readonly string[] = [
  "--no-pager",
  ...Object.entries(SETTINGS).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
];

/** A call of git that ended. */
interface Answer {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Runs git in a folder, apart from the user's settings and variables that change its answer. Every call of
 * git in this project comes through here.
 * @throws ReleasesError of kind `outside` where git isn't installed or was killed
 */
function run(folder: string, args: readonly string[], input: string): Answer {
  const { status, signal, stdout, stderr, error } = spawnSync("git", [...OPTIONS, ...args], {
    cwd: folder,
    env: environment(),
    input,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (error !== undefined) throw outsideError(`git can't be run: ${error.message}`);
  if (status === null) throw failure(args, `ended by ${signal ?? "a signal"}`);
  return { status, stdout, stderr: stderr.toString().trim() };
}

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !DROPPED_VARIABLES.has(name));
  return { ...Object.fromEntries(kept), ...OWN_VARIABLES };
}

function failure(args: readonly string[], reason: string): Error {
  return outsideError(`git ${args[0] ?? ""}: ${reason}`);
}

/**
 * Returns the output of a call of git in a folder.
 * @param args the command and its arguments; values that come from outside follow `--end-of-options` or `--`
 * @param input its standard input, by default empty
 * @throws ReleasesError of kind `outside` with git's own message, when it exits with anything but 0
 */
export function git(folder: string, args: readonly string[], input = ""): Buffer {
  const { status, stdout, stderr } = run(folder, args, input);
  if (status !== 0) throw failure(args, stderr);
  return stdout;
}

/**
 * Returns the lines of git's answer to a question that has a no: undefined for the no (git exits with 1),
 * and outside of a git repository.
 * @param args as for {@link git}
 * @throws ReleasesError of kind `outside` for every other failure, such as a repository of another user
 */
export function ask(folder: string, args: readonly string[]): string[] | undefined {
  const { status, stdout, stderr } = run(folder, args, "");
  if (status === 1 || (status !== 0 && NOT_A_REPOSITORY.test(stderr))) return undefined;
  if (status !== 0) throw failure(args, stderr);
  return stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/**
 * Returns git's answer to a question that it answers by its exit status alone: 0 is true, and 1 is false.
 * @param args as for {@link git}
 * @throws ReleasesError of kind `outside` for every other status, outside of a git repository as well
 */
export function isTrue(folder: string, args: readonly string[]): boolean {
  const { status, stderr } = run(folder, args, "");
  if (status > 1) throw failure(args, stderr);
  return status === 0;
}

/** Git's words since 1.5; its exit status, 128, is that of every fatal error. */
const NOT_A_REPOSITORY = /not a git repository/i;

/** Whether a folder belongs to a git repository. */
export function isInGit(folder: string): boolean {
  return ask(folder, ["rev-parse", "--git-dir"]) !== undefined;
}

/** Whether a folder's git repository is a shallow clone, whose history begins somewhere in the middle. */
export function isShallow(folder: string): boolean {
  return ask(folder, ["rev-parse", "--is-shallow-repository"])?.[0] === "true";
}
