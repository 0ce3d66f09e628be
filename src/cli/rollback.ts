import type { Command } from "commander";
import { rollback } from "../app/rollback";
import { withExample, type Context } from "./context";
import { placeOf, onStack, printEdit, reasonOf, withHold, type HoldOptions } from "./edit";

/** `rollback`: exits with 1 when a gate refuses. */
export function addRollback(program: Command, context: Context): void {
  const command = program.command("rollback");
  command
    .description("go back to the last version that ran, and hold it there")
    .argument("<service>")
    .option("--to <version>", "the version to go back to (default: the last one that ran before)");
  onStack(withHold(command));
  withExample(command, 'releases rollback orders --stack production --reason "loses reservations"');
  command.action(async (service: string, options: HoldOptions & { to?: string }) => {
    const request = { service, ...placeOf(options), ...reasonOf(options), to: options.to };
    const result = await rollback(context.world(options), request, context.report);
    printEdit(context, result, options);
  });
}
