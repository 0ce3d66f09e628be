import type { Command } from "commander";
import { bump } from "../app/bump";
import { withExample, type Context } from "./context";
import { onStack, printEdit, placeOf, type EditOptions } from "./edit";

interface BumpOptions extends EditOptions {
  readonly chart?: true;
}

/** `bump`: exits with 1 when a gate refuses. */
export function addBump(program: Command, context: Context): void {
  const command = program.command("bump");
  command
    .description("pin a service of a stack, or of an environment, to a version")
    .argument("<service>")
    .argument("<version>", "v1.2.3, or with its digest v1.2.3@sha256:...")
    .option("--chart", "the version is that of the service's chart: 1.4.0, or with its digest");
  onStack(command);
  withExample(
    command,
    "releases bump inventory v1.2.4 --stack testing",
    "releases bump inventory v1.2.4 --environment production",
    "releases bump inventory 1.4.0 --chart --stack testing",
  );
  command.action(async (service: string, version: string, options: BumpOptions) => {
    const request = { service, ...placeOf(options), version, chart: options.chart === true };
    printEdit(context, await bump(context.world(options), request, context.report), options);
  });
}
