import type { Command } from "commander";
import { drift, hasReleases } from "../app/drift";
import { openRepository } from "../app/open";
import { usageError } from "../core/error";
import { formatDrift } from "../format/drift";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

interface DriftOptions extends RepositoryOptions {
  readonly stack?: string;
  readonly json?: true;
}

/** `drift`: exits with 1 when something drifts. */
export function addDrift(program: Command, context: Context): void {
  const command = program.command("drift");
  command
    .description("show where the list, Pulumi's state and Helm, AWS and GitHub disagree")
    .option("--stack <stack>", "the stack; needed where there are several")
    .option("--json", "print the result as JSON");
  onRepository(command);
  withExample(command, "releases drift --stack production");
  command.action(async (options: DriftOptions) => {
    const world = context.world(options);
    const stack = options.stack ?? onlyStack([...openRepository(world).stacks.keys()]);
    const found = await drift(world, stack, context.report);
    if (options.json) context.printJson({ stack, drift: found });
    else context.io.out(formatDrift(stack, found, hasReleases(openRepository(world), stack)));
    context.code = found.length > 0 ? EXIT.findings : EXIT.fine;
  });
}

function onlyStack([only, ...more]: readonly string[]): string {
  if (only !== undefined && more.length === 0) return only;
  throw usageError("--stack is required");
}
