import { CommanderError } from "commander";
import { diskError, isError, type ErrorKind, type ReleasesError } from "../core/error";
import { formatIssue } from "../core/input/issue";
import { printable } from "../core/printable";
import { Context } from "./context";
import { EXIT, guarded, type ExitCode, type Io } from "./io";
import { programOf } from "./program";

/** Runs the program with its arguments and returns its exit code. A bug throws. */
export async function main(argv: readonly string[], output: Io): Promise<ExitCode> {
  const io = guarded(output);
  const context = new Context(io);
  const program = programOf(context, argv[0] ?? "");
  try {
    if (argv.length === 0) {
      io.err(program.helpInformation());
      return EXIT.usage;
    }
    await program.parseAsync(argv, { from: "user" });
    return context.code;
  } catch (cause) {
    if (cause instanceof CommanderError) return usage(cause, io);
    const known = isError(cause) ? cause : diskError(cause);
    if (known !== undefined) return told(known, io);
    throw cause;
  }
}

const CODES: Readonly<Record<ErrorKind, ExitCode>> = {
  usage: EXIT.usage,
  findings: EXIT.findings,
  outside: EXIT.outside,
};

function told({ kind, message, issues }: ReleasesError, io: Io): ExitCode {
  // Without a file that it is in, a finding is the message alone.
  if (issues.length > 0) for (const issue of issues) io.err(formatIssue(issue));
  else io.err(printable(`releases: ${message}`));
  if (kind === "usage") io.err("Try releases --help");
  return CODES[kind];
}

function usage({ exitCode, message }: CommanderError, io: Io): ExitCode {
  // Help and version are thrown as well, once they are printed.
  if (exitCode === 0) return EXIT.fine;
  io.err(`releases: ${message.replace(/^error: /, "")}\nTry releases --help`);
  return EXIT.usage;
}
