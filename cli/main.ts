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
  lint                                     check the list, environments.yaml and every stack config
  plan [STACK...]                          show what each stack would be made of, without account,
                                           cluster or token
  diff FROM TO                             show what a promotion would move
  bump SERVICE VERSION --stack S           pin a service
  hold SERVICE --stack S --reason R        keep a service as it is (--until DATE)
  unhold SERVICE --stack S                 lift a hold

Options:
  --path DIR        the repository to work on (default: the current folder)
  --json            print the result for machines
  --dry-run         print what would be written, and write nothing
  --help            print this text
  --version         print the program's version

The result goes to stdout, findings go to stderr.
Exit codes: 0 fine, 1 findings or a difference, 2 wrong usage, 3 the outside world failed.`;

type Run = (args: string[], options: Options, io: Io) => ExitCode | Promise<ExitCode>;

interface Command {
  /** Its own options, beside those that every command has. */
  readonly options: readonly ("stack" | "reason" | "until" | "dry-run")[];
  /** Commands are loaded when they run, so that only `plan` pays for loading Pulumi. */
  readonly load: () => Run;
}

const COMMANDS = new Map<string, Command>([
  ["lint", { options: [], load: () => (require("./lint") as typeof import("./lint")).lint }],
  ["plan", { options: [], load: () => (require("./plan") as typeof import("./plan")).plan }],
  ["diff", { options: [], load: () => (require("./diff") as typeof import("./diff")).diff }],
  [
    "bump",
    {
      options: ["stack", "dry-run"],
      load: () => (require("./bump") as typeof import("./bump")).bump,
    },
  ],
  [
    "hold",
    {
      options: ["stack", "reason", "until", "dry-run"],
      load: () => (require("./hold") as typeof import("./hold")).hold,
    },
  ],
  [
    "unhold",
    {
      options: ["stack", "dry-run"],
      load: () => (require("./hold") as typeof import("./hold")).unhold,
    },
  ],
]);

/** Runs the program with its arguments and returns its exit code. A bug throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    const { command, args, options } = parse(argv, io);
    if (command === undefined) return EXIT.fine;
    return await command.load()(args, options, io);
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
): { command: Command | undefined; args: string[]; options: Options } {
  const { values, positionals } = parsed(argv);
  const { path = ".", json = false, help, version, "dry-run": dryRun = false, ...own } = values;
  const options = { path, json, dryRun, ...own };
  const [name, ...args] = positionals;
  if (help === true || version === true) {
    io.out(help === true ? HELP : programVersion());
    return { command: undefined, args, options };
  }
  if (name === undefined) throw new UsageError(`which command? One of ${known()}`);
  const command = COMMANDS.get(name);
  if (command === undefined) throw new UsageError(`no command "${name}"; there are ${known()}`);
  for (const option of OWN_OPTIONS) {
    if (values[option] === undefined || command.options.includes(option)) continue;
    throw new UsageError(`${name} has no --${option}`);
  }
  return { command, args, options };
}

const OWN_OPTIONS = ["stack", "reason", "until", "dry-run"] as const;

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
        stack: { type: "string" },
        reason: { type: "string" },
        until: { type: "string" },
        "dry-run": { type: "boolean" },
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

function programVersion(): string {
  return (require("../package.json") as { version: string }).version;
}
