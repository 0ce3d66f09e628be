import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { outsideError } from "../../core/error";

/** The output of `git log --raw` over a long history fits into this many bytes. */
const MAX_OUTPUT_BYTES = 1 << 30;

/**
 * Settings under which git answers alike for everybody. The others stay as the user has them: git reads
 * `safe.directory`, for example, from the user's own files alone.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  "advice.graftFileDeprecated": "false",
  "color.ui": "false",
  "core.attributesFile": "/dev/null",
  // A program of the repository's own choice, which git starts to ask what has changed.
  "core.fsmonitor": "false",
  "core.hooksPath": "/dev/null",
  "core.quotePath": "false",
  "diff.orderFile": "/dev/null",
  "diff.relative": "false",
  "i18n.logOutputEncoding": "UTF-8",
  "log.diffMerges": "separate",
  "log.follow": "false",
  "log.mailmap": "false",
  "log.showRoot": "true",
  "log.showSignature": "false",
};

/**
 * Git's variables that a call may have from the process: where git and the user's files are, and where it
 * looks for a repository. All others are left out: a hook has some that lead to another repository, others
 * change what is read or have a program run.
 */
const KEPT_VARIABLES: ReadonlySet<string> = new Set([
  "GIT_CEILING_DIRECTORIES",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CONFIG_SYSTEM",
  "GIT_DISCOVERY_ACROSS_FILESYSTEM",
  "GIT_EXEC_PATH",
  // With it, git takes every repository for one of another user.
  "GIT_TEST_ASSUME_DIFFERENT_OWNER",
]);

/**
 * Variables that every call has: commits as they were written, without grafts and replacements; no attributes
 * of the system; nothing fetched from anywhere; no lock for a look; messages in English.
 */
const OWN_VARIABLES: NodeJS.ProcessEnv = {
  GIT_ALLOW_PROTOCOL: "",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_GRAFT_FILE: "/dev/null",
  GIT_NO_LAZY_FETCH: "1",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
};

/** The transports of a call that asks another machine: those that start no program of the address's own choice. */
const TRANSPORTS = "https:ssh:file";

/** Git's variables of such a call that lead to credentials and certificates, as the user has them. */
const LOGIN_VARIABLE = /^GIT_(?:ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|PROXY_SSL_\w+)$/;

/** Variables of a call that reads no setting of anybody, and no repository but the one that it names. */
const ALONE: NodeJS.ProcessEnv = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_DIR: "/dev/null",
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
 * @throws ReleasesError of kind `outside` where git isn't installed, was killed, or went on after an error
 */
function run(
  folder: string,
  args: readonly string[],
  input: string,
  variables: NodeJS.ProcessEnv = {},
): Answer {
  const { status, signal, stdout, stderr, error } = spawnSync("git", [...OPTIONS, ...args], {
    cwd: folder,
    env: { ...environment(), ...variables },
    input,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (error !== undefined) throw outsideError(`git can't be run: ${error.message}`);
  if (status === null) throw failure(args, `ended by ${signal ?? "a signal"}`);
  const said = stderr.toString().trim();
  // A merge takes a tree that it can't read for an empty one, says so, and ends as if all were well.
  if (status === 0 && /^(?:error|fatal): /m.test(said)) throw failure(args, said);
  return { status, stdout, stderr: said };
}

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => {
    return !name.startsWith("GIT_") || KEPT_VARIABLES.has(name);
  });
  return { ...Object.fromEntries(kept), ...OWN_VARIABLES };
}

function failure(args: readonly string[], reason: string): Error {
  const hint = reason.includes("promisor remote")
    ? "; bring what a partial clone lacks with git fetch --refetch --no-filter"
    : "";
  return outsideError(`git ${args[0] ?? ""}: ${reason}${hint}`);
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
 * Returns the output of a call of git that belongs to no repository, and reads no setting of anybody.
 * @param args as for {@link git}
 */
export function gitAlone(args: readonly string[], input: string): string {
  const { status, stdout, stderr } = run(os.tmpdir(), args, input, ALONE);
  if (status !== 0) throw failure(args, stderr);
  return stdout.toString("utf8");
}

/**
 * Runs git where it asks another machine, with the user's own credentials, and nobody is asked for others.
 * @param args as for {@link git}
 * @param advice what to do where it fails
 * @param further variables of this call
 * @throws ReleasesError of kind `outside` with git's own message, when it exits with anything but 0
 */
export function gitElsewhere(
  folder: string,
  args: readonly string[],
  advice: string,
  further: NodeJS.ProcessEnv = {},
): void {
  const login = Object.entries(process.env).filter(([name]) => LOGIN_VARIABLE.test(name));
  const variables = { ...Object.fromEntries(login), ...further, GIT_ALLOW_PROTOCOL: TRANSPORTS };
  const { status, stderr } = run(folder, args, "", variables);
  if (status !== 0) throw failure(args, `${stderr}; ${advice}`);
}

/**
 * Returns the lines of git's answer about a repository's objects alone, apart from its refs, settings,
 * attributes and drivers: undefined for the no (git exits with 1).
 * @param args as for {@link git}; commits by their ids
 * @throws ReleasesError of kind `outside` for every other failure
 */
export function askObjects(folder: string, args: readonly string[]): string[] | undefined {
  const places = ["--git-path", "objects", "--git-path", "shallow", "--show-object-format"];
  const [objects = "", shallow = "", format = ""] = ask(folder, ["rev-parse", ...places]) ?? [];
  const bare = fs.mkdtempSync(path.join(os.tmpdir(), "releases-git-"));
  try {
    for (const name of ["objects", "refs"]) fs.mkdirSync(path.join(bare, name));
    fs.writeFileSync(path.join(bare, "HEAD"), "ref: refs/heads/none\n");
    const config = `[core]\nrepositoryFormatVersion = 1\nbare = true\n[extensions]\nobjectFormat = ${format}\n`;
    fs.writeFileSync(path.join(bare, "config"), config);
    const { status, stdout, stderr } = run(bare, args, "", {
      ...ALONE,
      GIT_DIR: bare,
      GIT_OBJECT_DIRECTORY: path.resolve(folder, objects),
      GIT_SHALLOW_FILE: path.resolve(folder, shallow),
    });
    if (status === 1) return undefined;
    if (status !== 0) throw failure(args, stderr);
    return linesOf(stdout);
  } finally {
    fs.rmSync(bare, { recursive: true });
  }
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
  return linesOf(stdout);
}

function linesOf(output: Buffer): string[] {
  const lines = output.toString("utf8").split("\n");
  return lines.filter((line) => line !== "");
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

/**
 * Git's words since 1.5; its exit status, 128, is that of every fatal error. A .git that leads to no repository
 * is named instead of what is in brackets.
 */
const NOT_A_REPOSITORY = /not a git repository \(or any /i;

/** Whether a folder belongs to a git repository. */
export function isInGit(folder: string): boolean {
  return ask(folder, ["rev-parse", "--git-dir"]) !== undefined;
}

/** Whether a folder's git repository is a shallow clone, whose history begins somewhere in the middle. */
export function isShallow(folder: string): boolean {
  return ask(folder, ["rev-parse", "--is-shallow-repository"])?.[0] === "true";
}

/** Whether a folder has nothing that HEAD doesn't have. Files that git ignores don't count. */
export function isClean(folder: string): boolean {
  const args = ["status", "--porcelain", "--untracked-files=normal", "--", "."];
  return ask(folder, args)?.every((line) => line === "") === true;
}
