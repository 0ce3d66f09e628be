import type { Argument as Offered, Option as OfferedOption } from "@bomb.sh/tab" with {
  "resolution-mode": "import",
};
import { Argument, type Command } from "commander";
import { openRepository } from "../app/open";
import { EnvironmentReader } from "../app/environments";
import { SILENT } from "../app/reporter";
import { isError } from "../core/error";
import { withExample, type Context } from "./context";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** `completion SHELL`: the script asks `complete` for what may come next. */
export function addCompletion(program: Command): void {
  const command = program.command("completion");
  command
    .description("print the completion script of a shell")
    .addArgument(new Argument("<shell>").choices(SHELLS));
  withExample(command, 'eval "$(releases completion bash)"');
  command.action(async (shell: string) => {
    const { script } = await import("@bomb.sh/tab");
    script(shell, program.name(), program.name());
  });
}

/**
 * `complete WORD...`, hidden: prints what may come after the words of a line.
 * @param described returns a program whose commands are described, without the two of this file
 */
export function addComplete(program: Command, context: Context, described: () => Command): void {
  program
    .command("complete", { hidden: true })
    .argument("[word...]", "the words of the line so far")
    .action(async (words: string[]) => {
      const { default: completion } = await import("@bomb.sh/tab/commander");
      const root = completion(described(), { completionCommandName: "completion" });
      const names = namesIn(context);
      for (const command of [root, ...root.commands.values()]) {
        for (const argument of command.arguments.values()) {
          offer(argument, names[ARGUMENTS[argument.name] ?? "none"]);
        }
        for (const option of command.options.values()) {
          const own = `${command.value} ${option.value}`;
          offer(option, names[OPTIONS[own] ?? OPTIONS[option.value] ?? "none"]);
        }
      }
      root.parse(words);
    });
}

interface Names {
  readonly service: readonly string[];
  readonly stack: readonly string[];
  readonly environment: readonly string[];
  readonly team: readonly string[];
  readonly none: readonly string[];
}

/** What the arguments and options of commands name. */
const ARGUMENTS: Readonly<Record<string, keyof Names>> = {
  service: "service",
  stack: "stack",
  from: "environment",
  to: "environment",
  environment: "environment",
};
const OPTIONS: Readonly<Record<string, keyof Names>> = {
  "where service": "service",
  stack: "stack",
  from: "environment",
  to: "environment",
  environment: "environment",
  team: "team",
};

function offer(to: Offered | OfferedOption, values: readonly string[]): void {
  if (values.length === 0) return;
  to.handler = (complete) => {
    for (const value of values) complete(value, "");
  };
}

/** Returns the names of the repository of the current folder; none of one that can't be read. */
function namesIn(context: Context): Names {
  const none = { service: [], stack: [], environment: [], team: [], none: [] };
  try {
    const world = context.world({});
    const { list, stacks } = openRepository(world);
    const { environments } = new EnvironmentReader(world, SILENT, () => false);
    return {
      service: [...new Set(list.map(({ name }) => name))],
      stack: [...stacks.keys()],
      environment: [...environments.keys()],
      team: [...new Set(list.flatMap(({ team }) => team ?? []))].sort(),
      none: [],
    };
  } catch (cause) {
    if (!isError(cause)) throw cause;
    return none;
  }
}
