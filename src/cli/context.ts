import type { Command } from "commander";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import { EXIT, type ExitCode, type Io } from "./io";
import { TerminalReporter } from "./terminal-reporter";

/** Options of every command that works on a repository. */
export interface RepositoryOptions {
  readonly path?: string;
}

/** What a command gets: where it writes, and the world that it works on. */
export class Context {
  readonly io: Io;
  readonly report: Reporter;
  /** The exit code of the command that ran. */
  code: ExitCode = EXIT.fine;

  constructor(io: Io) {
    this.io = io;
    this.report = new TerminalReporter(io);
  }

  /** Returns the world of `--path`, or of the repository that the current folder is in. */
  world({ path }: RepositoryOptions): World {
    // Loaded here, so that help and version don't pay for it.
    const { worldAt } = require("../app/real-world") as typeof import("../app/real-world");
    return worldAt(this.io.cwd ?? process.cwd(), path);
  }

  /** Prints a value as indented JSON. */
  printJson(value: unknown): void {
    this.io.out(JSON.stringify(value, null, 2));
  }
}

/** Adds the option that names the repository to work on. */
export function onRepository(command: Command): Command {
  return command.option("--path <dir>", "the repository (default: the one of the current folder)");
}

/** Adds an example to a command's help. */
export function withExample(command: Command, ...lines: readonly string[]): Command {
  const title = lines.length === 1 ? "Example" : "Examples";
  return command.addHelpText(
    "after",
    `\n${title}:\n${lines.map((line) => `  $ ${line}`).join("\n")}`,
  );
}
