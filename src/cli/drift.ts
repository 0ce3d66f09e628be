import type { Command } from "commander";
import { drift, hasReleases, type Drift } from "../app/drift";
import { openRepository } from "../app/open";
import { stacksOfEnvironment } from "../app/plan-stacks";
import { usageError } from "../core/error";
import type { Repository } from "../core/repository";
import { environmentOf } from "../core/stack/config";
import { suggestion } from "../core/suggestion";
import { formatDrift } from "../format/drift";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

interface DriftOptions extends RepositoryOptions {
  readonly stack?: string;
  readonly environment?: string;
  readonly json?: true;
}

/** `drift`: exits with 1 when something drifts. */
export function addDrift(program: Command, context: Context): void {
  const command = program.command("drift");
  command
    .description("show where the list, Pulumi's state and Helm, AWS and GitHub disagree")
    .option("--stack <stack>", "the stack; needed where there are several")
    .option("--environment <environment>", "each stack of an environment")
    .option("--json", "print the result as JSON");
  onRepository(command);
  withExample(command, "releases drift --stack production");
  command.action(async (options: DriftOptions) => {
    const world = context.world(options);
    const repository = openRepository(world);
    const found: { stack: string; drift: Drift[] }[] = [];
    for (const stack of stacksOf(repository, options)) {
      found.push({ stack, drift: await drift(world, stack, context.report) });
    }
    if (options.json) context.printJson(options.environment === undefined ? found[0] : found);
    else {
      const texts = found.map(({ stack, drift }) =>
        formatDrift(stack, drift, hasReleases(repository, stack)),
      );
      context.io.out(texts.join("\n\n"));
    }
    context.code = found.some(({ drift }) => drift.length > 0) ? EXIT.findings : EXIT.fine;
  });
}

function stacksOf(repository: Repository, { stack, environment }: DriftOptions): string[] {
  if (environment === undefined) return [stack ?? onlyStack([...repository.stacks.keys()])];
  if (stack !== undefined) throw usageError("give --stack or --environment");
  const stacks = stacksOfEnvironment(repository, environment);
  if (stacks.length > 0) return stacks;
  const known = [...new Set([...repository.stacks.values()].map(environmentOf))];
  throw usageError(`unknown environment "${environment}"; ${suggestion(environment, known)}`);
}

function onlyStack([only, ...more]: readonly string[]): string {
  if (only !== undefined && more.length === 0) return only;
  throw usageError("--stack or --environment is required");
}
