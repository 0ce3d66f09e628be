import type { EditValue } from "../core/stack/config-editor";
import { proposeHold, proposeUnhold } from "../core/promotion/proposal";
import { UsageError, type ExitCode, type Io, type Options } from "./command";
import { editStack } from "../app/edit-stack";

/** Holds a service of a stack: from here on only its pin moves it, and bump and promote refuse to. */
export async function hold(args: string[], options: Options, io: Io): Promise<ExitCode> {
  const name = oneService("hold", args);
  const hold = holdOf(options);
  return editStack(options, io, (stack) => {
    const running = stack.plan.deployments.find(({ service }) => service.name === name);
    if (running === undefined)
      throw new UsageError(`"${name}" doesn't run in ${options.stack ?? ""}`);
    return proposeHold(stack, running, hold);
  });
}

/** Lifts a hold. The pin stays where it is. */
export async function unhold(args: string[], options: Options, io: Io): Promise<ExitCode> {
  const name = oneService("unhold", args);
  return editStack(options, io, (stack) => {
    if (!stack.plan.config.holds.has(name)) {
      throw new UsageError(`"${name}" isn't held in ${options.stack ?? ""}`);
    }
    return proposeUnhold(stack, name);
  });
}

/** Returns the hold that the command line asks for. */
export function holdOf({ reason, until }: Options): Exclude<EditValue, string> {
  if (reason === undefined || reason.trim() === "") {
    throw new UsageError("why? Say it with --reason, for whoever wants to lift the hold");
  }
  return { reason, ...(until !== undefined && { until }) };
}

/** Returns the one service that a command takes. */
export function oneService(command: string, args: readonly string[]): string {
  const [name, ...rest] = args;
  if (name === undefined || rest.length > 0) throw new UsageError(`${command} takes one service`);
  return name;
}
