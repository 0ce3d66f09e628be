import type { Command } from "commander";
import type { EditResult } from "../app/edit-stacks";
import { usageError } from "../core/error";
import { formatEdit, formatRefusals } from "../format/proposal";
import { onRepository, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

/** Options of every command that edits stack configs. */
export interface EditOptions extends RepositoryOptions {
  readonly stack?: string;
  readonly environment?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Options of the commands that hold a service. */
export interface HoldOptions extends EditOptions {
  readonly reason?: string;
  readonly until?: string;
}

/** Adds the options of every command that edits stack configs. */
export function onStack(command: Command): Command {
  return onRepository(command)
    .option("--stack <stack>", "a stack, or an environment with one stack")
    .option("--environment <environment>", "each stack of an environment")
    .option("--dry-run", "print the edit and write nothing")
    .option("--json", "print the result as JSON");
}

/** Adds the options of the commands that hold a service. */
export function withHold(command: Command): Command {
  return command
    .option("--reason <reason>", "why; it is shown to whoever lifts the hold")
    .option("--until <date>", "when the hold ends by itself: a date, or a time with its zone");
}

/** Returns where an edit is made, and whether it is written. */
export function placeOf({ stack, environment, dryRun }: EditOptions) {
  return { stack, environment, dryRun: dryRun === true };
}

/** Returns the reason of a hold, and when it ends. Throws `usage` without a reason. */
export function reasonOf({ reason, until }: HoldOptions) {
  if (reason === undefined || reason.trim() === "") {
    throw usageError("--reason is required; it is shown to whoever lifts the hold");
  }
  return { reason, until };
}

/** Prints an edit. Exits with 1 when a gate refuses it. */
export function printEdit(context: Context, result: EditResult, options: EditOptions): void {
  const { proposal, isRefused } = result;
  if (options.json) context.printJson(proposal);
  else if (isRefused) for (const line of formatRefusals(proposal)) context.io.err(line);
  else context.io.out(formatEdit(proposal, options.dryRun === true));
  context.code = isRefused ? EXIT.findings : EXIT.fine;
}
