import * as path from "node:path";
import type { Command } from "commander";
import { compose, writeComposed } from "../app/compose";
import { usageError } from "../core/error";
import { COMPOSE_MARK, formatComposition, formatEnvTemplate } from "../format/compose";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";

interface ComposeOptions extends RepositoryOptions {
  readonly stack?: string;
  readonly output?: string;
  readonly force?: true;
}

/** `compose`: what a stack runs, for a laptop. */
export function addCompose(program: Command, context: Context): void {
  const command = program.command("compose");
  command
    .description("print a Docker Compose file of services, and of those that they require")
    .argument("[service...]", "services; all of the stack without a name")
    .option("--stack <stack>", "a stack or an environment (default: the first environment)")
    .option("--output <file>", "write it, and next to it a template of .env")
    .option("--force", "replace files that something else wrote");
  onRepository(command);
  withExample(
    command,
    "releases compose orders | docker compose -f - --profile '*' up",
    "releases compose --output compose.yaml",
  );
  command.action(async (services: string[], options: ComposeOptions) => {
    const { io, report } = context;
    const { stack, output, force } = options;
    if (force && output === undefined) throw usageError("--force needs --output");
    const world = context.world(options);
    const composition = compose(world, { services, stack }, report);
    const text = formatComposition(composition);
    if (output === undefined) {
      io.out(text.trimEnd());
      const names = composition.variables.map(({ name }) => name);
      if (names.length > 0) io.err(`Compose takes from the environment: ${names.join(", ")}`);
      return;
    }
    const full = path.resolve(io.cwd ?? process.cwd(), output);
    const file = path.relative(world.folder, full);
    const template = formatEnvTemplate(composition);
    const texts = [
      { file, text },
      ...(template === undefined ? [] : [{ file: templateOf(file), text: template }]),
    ];
    const changed = await writeComposed(world, texts, {
      mark: COMPOSE_MARK,
      force: force === true,
    });
    for (const one of changed) io.out(`wrote ${one}`);
    if (changed.length === 0) io.out("Already up to date");
  });
}

/** Returns the template of `.env` for a Compose file: `dev/compose.yaml` -> `dev/compose.env.example`. */
function templateOf(file: string): string {
  const { dir, name } = path.parse(file);
  return path.join(dir, `${name}.env.example`);
}
