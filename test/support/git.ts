import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { folderOf, type Files } from "./folder";
import { findTool } from "../../src/adapters/find-tool";

/** Whether git is there for the tests that need it. */
export const hasGit = findTool("git") !== undefined;

/** An environment in which git knows who it is, apart from the user's own settings. */
export const GIT_ENVIRONMENT: NodeJS.ProcessEnv = {
  ...process.env,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@acme.example",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@acme.example",
};

/** A git repository in a temporary folder, apart from the user's own settings. */
export class GitFolder {
  readonly path: string;

  constructor(files: Files = {}) {
    this.path = folderOf(files);
    this.git("init", "--quiet", "--initial-branch=main");
  }

  git(...args: string[]): string {
    return this.#git(args, {});
  }

  #git(args: string[], env: NodeJS.ProcessEnv): string {
    return execFileSync("git", args, {
      cwd: this.path,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...GIT_ENVIRONMENT, ...env },
    }).trim();
  }

  write(file: string, content: string | Uint8Array): void {
    fs.mkdirSync(path.dirname(path.join(this.path, file)), { recursive: true });
    fs.writeFileSync(path.join(this.path, file), content);
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.path, file), "utf8");
  }

  remove(file: string): void {
    fs.rmSync(path.join(this.path, file));
  }

  /** Commits everything and returns the commit. */
  commit(message: string, by: By = {}): string {
    this.git("add", "--all");
    this.#git(["commit", "--quiet", "--allow-empty", "--message", message], environmentOf(by));
    return this.git("rev-parse", "HEAD");
  }

  /** Merges a branch with a merge commit, which it returns. */
  merge(branch: string, message: string, by: By = {}): string {
    this.#git(["merge", "--quiet", "--no-ff", "--message", message, branch], environmentOf(by));
    return this.git("rev-parse", "HEAD");
  }

  /** Runs lines of a shell. */
  shell(script: string): void {
    execFileSync("sh", ["-ec", script], { cwd: this.path, env: GIT_ENVIRONMENT, stdio: "pipe" });
  }

  /** Makes it an ordinary folder. */
  removeGit(): void {
    fs.rmSync(path.join(this.path, ".git"), { recursive: true });
  }

  /** Makes an annotated tag. */
  tag(name: string, by: By = {}): void {
    this.#git(["tag", "--annotate", "--message", name, name], environmentOf(by));
  }
}

/** Who does something and when; by default Ada, now. */
export interface By {
  readonly author?: string;
  readonly at?: string;
}

function environmentOf({ author, at }: By): NodeJS.ProcessEnv {
  return {
    ...(author !== undefined && { GIT_AUTHOR_NAME: author, GIT_COMMITTER_NAME: author }),
    ...(at !== undefined && { GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at }),
  };
}
