import { Command } from "commander";
import { version } from "../../package.json";
import type { Context } from "./context";

type Add = (program: Command, context: Context) => void;

/**
 * Every command by its name, in the order of the help: what one looks at, what one changes, the rest. A
 * command is loaded when it runs, so that none pays for another's libraries.
 */
const COMMANDS: Readonly<Record<string, () => Add>> = {
  init: () => (require("./init") as typeof import("./init")).addInit,
  lint: () => (require("./lint") as typeof import("./lint")).addLint,
  plan: () => (require("./plan") as typeof import("./plan")).addPlan,
  status: () => (require("./status") as typeof import("./status")).addStatus,
  diff: () => (require("./diff") as typeof import("./diff")).addDiff,
  history: () => (require("./history") as typeof import("./history")).addHistory,
  where: () => (require("./where") as typeof import("./where")).addWhere,
  outdated: () => (require("./outdated") as typeof import("./outdated")).addOutdated,
  drift: () => (require("./drift") as typeof import("./drift")).addDrift,
  verify: () => (require("./verify") as typeof import("./verify")).addVerify,
  policy: () => (require("./policy") as typeof import("./policy")).addPolicy,
  bump: () => (require("./bump") as typeof import("./bump")).addBump,
  resolve: () => (require("./resolve") as typeof import("./resolve")).addResolve,
  promote: () => (require("./promote") as typeof import("./promote")).addPromote,
  approve: () => (require("./approve") as typeof import("./approve")).addApprove,
  rollback: () => (require("./rollback") as typeof import("./rollback")).addRollback,
  hold: () => (require("./hold") as typeof import("./hold")).addHold,
  unhold: () => (require("./hold") as typeof import("./hold")).addUnhold,
  compose: () => (require("./compose") as typeof import("./compose")).addCompose,
  prune: () => (require("./prune") as typeof import("./prune")).addPrune,
  receive: () => (require("./receive") as typeof import("./receive")).addReceive,
  ci: () => (require("./ci") as typeof import("./ci")).addCi,
  completion: () => (require("./completion") as typeof import("./completion")).addCompletion,
  complete: () => addComplete,
  version: () => addVersion,
  "--version": () => () => undefined,
};

const EXIT_CODES = `
The result goes to stdout, everything else to stderr.
Exit codes: 0 fine, 1 findings, a difference or a refusal, 2 wrong usage,
3 git, a registry, AWS, GitHub, Helm or Pulumi failed.`;

/**
 * Returns the program with the command of a name, or with all of them where there is none of that name: to
 * show the help, or what was meant.
 */
export function programOf(context: Context, name: string): Command {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return programWith(context, load === undefined ? Object.values(COMMANDS) : [load]);
}

function programWith(context: Context, loads: readonly (() => Add)[]): Command {
  const program = new Command("releases");
  program
    .description("Which version of which service runs in testing, staging and production.")
    .version(version, "--version", "print the program's version")
    .helpOption("-h, --help", "print the help of a command")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.io.out(text.trimEnd()),
      // Errors are thrown, and told in one place.
      writeErr: () => undefined,
      getOutHelpWidth: () => context.io.columns ?? 100,
      getErrHelpWidth: () => context.io.columns ?? 100,
    });
  for (const load of loads) load()(program, context);
  return program;
}

/** The completion describes every command but itself, whose two commands its library adds. */
function addComplete(program: Command, context: Context): void {
  const { addComplete } = require("./completion") as typeof import("./completion");
  const { completion: _completion, complete: _complete, ...described } = COMMANDS;
  addComplete(program, context, () => programWith(context, Object.values(described)));
}

function addVersion(program: Command, { io }: Context): void {
  program
    .command("version")
    .description("print the program's version")
    .action(() => io.out(version));
}
