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

/** `hold` and `unhold`. */
export function addHold(program: Command, context: Context): void {
  const holding = program.command("hold");
  holding.description("keep a service of a stack as it is").argument("<service>");
  onStack(withHold(holding));
  withExample(holding, 'releases hold orders --stack production --reason "until the audit"');
  holding.action(async (service: string, options: HoldOptions) => {
    const request = holdRequestOf(service, options);
    printEdit(context, await hold(context.world(options), request), options);
  });

  const lifting = program.command("unhold");
  lifting.description("lift a hold; the pin stays").argument("<service>");
  onStack(lifting);
  withExample(lifting, "releases unhold orders --stack production");
  lifting.action(async (service: string, options: EditOptions) => {
    const request = requestOf(service, options);
    printEdit(context, await unhold(context.world(options), request), options);
  });
}
