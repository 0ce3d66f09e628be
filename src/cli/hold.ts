import type { Command } from "commander";
import { hold, unhold } from "../app/hold";
import { withExample, type Context } from "./context";
import {
  holdRequestOf,
  onStack,
  printEdit,
  requestOf,
  withHold,
  type EditOptions,
  type HoldOptions,
} from "./edit";

/** `hold`: needs a reason. */
export function addHold(program: Command, context: Context): void {
  const command = program.command("hold");
  command
    .description("keep a service of a stack, or of an environment, as it is")
    .argument("<service>");
  onStack(withHold(command));
  withExample(command, 'releases hold orders --stack production --reason "until the audit"');
  command.action(async (service: string, options: HoldOptions) => {
    const request = holdRequestOf(service, options);
    printEdit(context, await hold(context.world(options), request, context.report), options);
  });
}

/** `unhold`: a usage error where the service isn't held. */
export function addUnhold(program: Command, context: Context): void {
  const command = program.command("unhold");
  command.description("lift a hold; the pin stays").argument("<service>");
  onStack(command);
  withExample(command, "releases unhold orders --stack production");
  command.action(async (service: string, options: EditOptions) => {
    const request = requestOf(service, options);
    printEdit(context, await unhold(context.world(options), request, context.report), options);
  });
}
