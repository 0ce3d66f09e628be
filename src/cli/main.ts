import { parseArgs } from "node:util";
import { isError } from "../core/error";
import { formatIssue } from "../core/input/issue";
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
  lint                          check the list, environments.yaml and every stack config
  plan [STACK...]               show what each stack would be made of, without account,
                                cluster or token; what a change does to it (--since REF,
                                --format text or markdown)
  status                        show what runs where, what is behind, and what blocks it
                                (--format text, markdown or html)
  drift                         show where the list, the state and what is there don't agree
                                (--stack S)
  diff FROM TO                  show what a promotion would move
  history [SERVICE]             show what ran where, when and by whom (--stack S)
  bump SERVICE VERSION          pin a service (--stack S)
  promote [SERVICE...]          move services to the next environment (--from S --to S)
                                all that differ (--all), those of a team (--team T),
                                without registries and GitHub (--offline), in spite of
                                freezes and soaking (--break-glass REASON)
  rollback SERVICE              go back to what ran before, or to a version (--to VERSION),
                                and stay there (--stack S --reason R, --until DATE)
  hold SERVICE                  keep a service as it is (--stack S --reason R, --until DATE)
  unhold SERVICE                lift a hold (--stack S)

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
  readonly options: readonly (keyof typeof OWN_OPTIONS)[];
  /** Commands are loaded when they run, so that only `plan` pays for loading Pulumi. */
  readonly load: () => Run;
}

/** Options that only some commands have. */
const OWN_OPTIONS = {
  stack: { type: "string" },
  reason: { type: "string" },
  until: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  all: { type: "boolean" },
  team: { type: "string" },
  offline: { type: "boolean" },
  "break-glass": { type: "string" },
  "dry-run": { type: "boolean" },
  format: { type: "string" },
  since: { type: "string" },
} as const;

const COMMANDS = new Map<string, Command>([
  ["lint", { options: [], load: () => (require("./lint") as typeof import("./lint")).lint }],
  [
    "plan",
    {
      options: ["since", "format"],
      load: () => (require("./plan") as typeof import("./plan")).plan,
    },
  ],
  [
    "drift",
    {
      options: ["stack"],
      load: () => (require("./drift") as typeof import("./drift")).drift,
    },
  ],
  [
    "status",
    {
      options: ["format"],
      load: () => (require("./status") as typeof import("./status")).status,
    },
  ],
  ["diff", { options: [], load: () => (require("./diff") as typeof import("./diff")).diff }],
  [
    "history",
    {
      options: ["stack"],
      load: () => (require("./history") as typeof import("./history")).history,
    },
  ],
  [
    "bump",
    {
      options: ["stack", "dry-run"],
      load: () => (require("./bump") as typeof import("./bump")).bump,
    },
  ],
  [
    "promote",
    {
      options: ["from", "to", "all", "team", "offline", "break-glass", "dry-run"],
      load: () => (require("./promote") as typeof import("./promote")).promote,
    },
  ],
  [
    "rollback",
    {
      options: ["stack", "reason", "until", "to", "dry-run"],
      load: () => (require("./rollback") as typeof import("./rollback")).rollback,
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
    if (cause instanceof OutsideError || isError(cause, "outside")) {
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
  const { path = ".", json = false, help, version, ...own } = values;
  const { "dry-run": dryRun = false, "break-glass": breakGlass, ...rest } = own;
  const options = { path, json, dryRun, breakGlass, ...rest };
  const [name, ...args] = positionals;
  if (help === true || version === true) {
    io.out(help === true ? HELP : programVersion());
    return { command: undefined, args, options };
  }
  if (name === undefined) throw new UsageError(`which command? One of ${known()}`);
  const command = COMMANDS.get(name);
  if (command === undefined) throw new UsageError(`no command "${name}"; there are ${known()}`);
  for (const option of Object.keys(own) as (keyof typeof own)[]) {
    if (!command.options.includes(option)) throw new UsageError(`${name} has no --${option}`);
  }
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
        ...OWN_OPTIONS,
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
  return (require("../../package.json") as { version: string }).version;
}
