import { Command, CommanderError } from "commander";
import { version } from "../../package.json";
import { isError, type ErrorKind, type ReleasesError } from "../core/error";
import { formatIssue } from "../core/input/issue";
import { addBump } from "./bump";
import { addCi } from "./ci";
import { addCompletion } from "./completion";
import { Context } from "./context";
import { addDiff } from "./diff";
import { addDrift } from "./drift";
import { addHistory } from "./history";
import { addHold } from "./hold";
import { EXIT, guarded, type ExitCode, type Io } from "./io";
import { addLint } from "./lint";
import { addPlan } from "./plan";
import { addPromote } from "./promote";
import { addRollback } from "./rollback";
import { addStatus } from "./status";

/** In the order of the help: what one looks at, then what one changes, then the rest. */
const COMMANDS = [
  addLint,
  addPlan,
  addStatus,
  addDiff,
  addHistory,
  addDrift,
  addBump,
  addPromote,
  addRollback,
  addHold,
  addCi,
];

const EXIT_CODES = `
The result goes to stdout, everything else to stderr.
Exit codes: 0 fine, 1 findings, a difference or a refusal, 2 wrong usage,
3 git, a registry, AWS, GitHub, Helm or Pulumi failed.`;

/** Runs the program with its arguments and returns its exit code. A bug throws. */
export async function main(argv: readonly string[], output: Io): Promise<ExitCode> {
  const io = guarded(output);
  const context = new Context(io);
  const program = programOf(context);
  addCompletion(program, context, () => programOf(context));
  try {
    if (argv.length === 0) {
      io.err(program.helpInformation());
      return EXIT.usage;
    }
    await program.parseAsync(argv, { from: "user" });
    return context.code;
  } catch (cause) {
    if (cause instanceof CommanderError) return usage(cause, io);
    if (isError(cause)) return told(cause, io);
    throw cause;
  }
}

function programOf(context: Context): Command {
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
  for (const add of COMMANDS) add(program, context);
  program
    .command("version")
    .description("print the program's version")
    .action(() => context.io.out(version));
  return program;
}

const CODES: Readonly<Record<ErrorKind, ExitCode>> = {
  usage: EXIT.usage,
  findings: EXIT.findings,
  outside: EXIT.outside,
};

function told({ kind, message, issues }: ReleasesError, io: Io): ExitCode {
  if (kind === "findings") for (const issue of issues) io.err(formatIssue(issue));
  else io.err(`releases: ${message}`);
  if (kind === "usage") io.err("Try releases --help");
  return CODES[kind];
}

function usage({ exitCode, message }: CommanderError, io: Io): ExitCode {
  // Help and version are thrown as well, once they are printed.
  if (exitCode === 0) return EXIT.fine;
  io.err(`releases: ${message.replace(/^error: /, "")}\nTry releases --help`);
  return EXIT.usage;
}
