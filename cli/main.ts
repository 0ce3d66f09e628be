import { parseArgs } from "node:util";
import { formatIssue } from "../release/issue";
import {
  EXIT,
  FindingsError,
  OutsideError,
  UsageError,
  type ExitCode,
  type Io,
  type Options,
} from "./command";

const HELP = `Usage: releases COMMAND [--path DIR] [--json]

Which version of which service runs in testing, staging and production.

Commands:
  lint              check the list, environments.yaml and every stack config
  plan [STACK...]   show what each stack would be made of, without account, cluster or token

Options:
  --path DIR        the repository to work on (default: the current folder)
  --json            print the result for machines
  --help            print this text
  --version         print the program's version

The result goes to stdout, findings go to stderr.
Exit codes: 0 fine, 1 findings or a difference, 2 wrong usage, 3 the outside world failed.`;

type Command = (args: string[], options: Options, io: Io) => ExitCode | Promise<ExitCode>;

/** Commands by name. Each is loaded when it runs, so that only `plan` pays for loading Pulumi. */
const COMMANDS = new Map<string, () => Command>([
  ["lint", () => (require("./lint") as typeof import("./lint")).lint],
  ["plan", () => (require("./plan") as typeof import("./plan")).plan],
]);

/** Runs the program with its arguments and returns its exit code. A bug throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    const { command, args, options } = parse(argv, io);
    if (command === undefined) return EXIT.fine;
    return await command()(args, options, io);
  } catch (cause) {
    if (cause instanceof UsageError) {
      io.err(`releases: ${cause.message}\nTry releases --help`);
      return EXIT.usage;
    }
    if (cause instanceof OutsideError) {
      io.err(`releases: ${cause.message}`);
      return EXIT.outside;
    }
    if (cause instanceof FindingsError) {
      for (const issue of cause.issues) io.err(formatIssue(issue));
      return EXIT.findings;
    }
    throw cause;
  }
}

function parse(
  argv: readonly string[],
  io: Io,
): {
  command: (() => Command) | undefined;
  args: string[];
  options: Options;
} {
  const { values, positionals } = parsed(argv);
  const options = { path: values.path ?? ".", json: values.json ?? false };
  const [name, ...args] = positionals;
  if (values.help === true || values.version === true) {
    io.out(values.help === true ? HELP : version());
    return { command: undefined, args, options };
  }
  if (name === undefined) throw new UsageError(`which command? One of ${known()}`);
  const command = COMMANDS.get(name);
  if (command === undefined) throw new UsageError(`no command "${name}"; there are ${known()}`);
  return { command, args, options };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        path: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean" },
      },
    });
  } catch (cause) {
    // Node's parser throws TypeErrors with a code for what users do wrong.
    if (cause instanceof TypeError && "code" in cause) throw new UsageError(cause.message);
    throw cause;
  }
}

function known(): string {
  return [...COMMANDS.keys()].join(", ");
}

function version(): string {
  return (require("../package.json") as { version: string }).version;
}
