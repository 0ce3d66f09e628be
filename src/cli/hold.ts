import type { Command } from "commander";
import { hold, unhold } from "../app/hold";
import type { Chosen } from "../app/named";
import { usageError } from "../core/error";
import { withExample, type Context } from "./context";
import { onStack, placeOf, printEdit, reasonOf, withHold, type HoldOptions } from "./edit";

interface SeveralOptions extends HoldOptions {
  readonly team?: string;
  readonly all?: true;
}

/** `hold`: needs a reason. */
export function addHold(program: Command, context: Context): void {
  const command = program.command("hold");
  command
    .description("keep a service of a stack, or of an environment, as it is")
    .argument("[service]");
  onStack(withHold(severally(command)));
  withExample(
    command,
    'releases hold orders --stack production --reason "until the audit"',
    'releases hold --team shop --environment production --reason "sale"',
  );
  command.action(async (service: string | undefined, options: SeveralOptions) => {
    const services = chosenOf(service, options);
    const request = { services, ...placeOf(options), ...reasonOf(options) };
    printEdit(context, await hold(context.world(options), request, context.report), options);
  });
}

/** `unhold`: a usage error where nothing is held. */
export function addUnhold(program: Command, context: Context): void {
  const command = program.command("unhold");
  command.description("lift a hold; the pin stays").argument("[service]");
  onStack(severally(command)).option(
    "--reason <reason>",
    "of several holds: those for this reason",
  );
  withExample(
    command,
    "releases unhold orders --stack production",
    'releases unhold --team shop --environment production --reason "sale"',
  );
  command.action(async (service: string | undefined, options: SeveralOptions) => {
    const services = chosenOf(service, options);
    const { reason } = options;
    // Who lifts several holds must not lift one that somebody else set for another reason.
    if (service === undefined && reason === undefined) {
      throw usageError("--reason is required with --all and --team: holds for another reason stay");
    }
    const request = { services, ...placeOf(options), ...(reason !== undefined && { reason }) };
    printEdit(context, await unhold(context.world(options), request, context.report), options);
  });
}

function severally(command: Command): Command {
  return command.option("--all", "all services").option("--team <team>", "the services of a team");
}

function chosenOf(service: string | undefined, { team, all }: SeveralOptions): Chosen {
  const chosen: Chosen[] = [
    ...(service === undefined ? [] : [{ name: service }]),
    ...(team === undefined ? [] : [{ team }]),
    ...(all === true ? (["all"] as const) : []),
  ];
  const [first, ...more] = chosen;
  if (first === undefined || more.length > 0) throw usageError("give a service, --all or --team");
  return first;
}
