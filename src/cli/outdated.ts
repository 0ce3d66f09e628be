import type { Command } from "commander";
import { outdated } from "../app/resolve/outdated";
import { outdatedText } from "../format/outdated";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

/** `outdated`: exits with 1 when a service is outdated, as `npm outdated` does. */
export function addOutdated(program: Command, context: Context): void {
  const command = program.command("outdated");
  command
    .description("show newer versions than those that run, and ranges to widen")
    .option("--stack <stack>", "a stack, or an environment (default: all)")
    .option("--json", "print the result as JSON");
  onRepository(command);
  withExample(command, "releases outdated --stack testing");
  command.action(async (options: RepositoryOptions & { stack?: string; json?: true }) => {
    const found = await outdated(context.world(options), { stack: options.stack }, context.report);
    if (options.json) context.printJson(found);
    else context.io.out(outdatedText(found));
    context.code = found.length === 0 ? EXIT.fine : EXIT.findings;
  });
}
