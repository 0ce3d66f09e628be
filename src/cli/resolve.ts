import type { Command } from "commander";
import { resolve, type ResolveResult } from "../app/resolve/resolve";
import { formatEdit, formatRefusals } from "../format/proposal";
import { formatFinding } from "../format/resolve";
import { withExample, type Context } from "./context";
import { onStack, placeOf, type EditOptions } from "./edit";
import { EXIT } from "./io";

/** `resolve`: exits with 1 when a service has a finding, or a gate refuses. */
export function addResolve(program: Command, context: Context): void {
  const command = program.command("resolve");
  command
    .description(
      "pin services to the highest version of their range, or to the head of their branch",
    )
    .argument("[service...]", "(default: all that follow a range or a branch there)");
  onStack(command);
  withExample(
    command,
    "releases resolve --stack testing --dry-run",
    "releases resolve orders --stack testing",
  );
  command.action(async (services: string[], options: EditOptions) => {
    const request = {
      ...placeOf(options),
      services: services.length === 0 ? ("all" as const) : services,
    };
    print(context, await resolve(context.world(options), request, context.report), options);
  });
}

function print(context: Context, result: ResolveResult, options: EditOptions): void {
  const { proposal, isRefused, findings } = result;
  const { io } = context;
  if (options.json) context.printJson({ ...proposal, findings });
  else {
    for (const finding of findings) io.err(formatFinding(finding));
    if (isRefused) for (const line of formatRefusals(proposal)) io.err(line);
    else io.out(formatEdit(proposal, options.dryRun === true));
  }
  context.code = isSettled(result) ? EXIT.fine : EXIT.findings;
}

/** Whether nobody has to act: no gate refuses, and what waits passes by itself. */
export function isSettled({ isRefused, findings }: ResolveResult): boolean {
  return !isRefused && findings.every(({ isPending }) => isPending);
}
