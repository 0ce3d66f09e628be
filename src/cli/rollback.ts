import { proposeRollback, type StackText } from "../core/promotion/proposal";
import { Commit, formatPin, parsePin, type Pin } from "../core/version";
import { UsageError, type ExitCode, type Io, type Options } from "./command";
import { editStack, serviceOf } from "../app/edit-stack";
import { EnvironmentReader } from "../app/environments";
import { holdOf, oneService } from "./hold";

/** Goes back to the last version that ran, or to a named one, and holds it there. Passes freezes. */
export async function rollback(args: string[], options: Options, io: Io): Promise<ExitCode> {
  const name = oneService("rollback", args);
  const hold = holdOf(options);
  return editStack(options, io, (stack) => {
    const service = serviceOf(stack.plan, name);
    const pin = backTo(stack, name, options, io);
    return proposeRollback(stack, service, pin, hold, new Date());
  });
}

/** Returns what to go back to: with the digest that ran, where only a version is named. */
function backTo({ plan }: StackText, name: string, { path, to }: Options, io: Io): Pin {
  const wanted = to === undefined ? undefined : parsePin(to);
  if (typeof wanted === "string") {
    throw new UsageError(`"${to ?? ""}" is no pin; give v1.2.3 or v1.2.3@sha256:<64 hex digits>`);
  }
  if (wanted?.digest !== undefined) return wanted;
  const reader = new EnvironmentReader(path, io, (file) => file === "environments.yaml");
  const environment = reader.named(plan.config.environment);
  const ran = reader.ranIn(environment, name);
  if (wanted !== undefined) {
    return ran.find(({ version }) => version.text === wanted.version.text) ?? wanted;
  }
  const current = plan.deployments.find(({ service }) => service.name === name);
  const before = ran.find((pin) => current === undefined || comesBefore(pin, current));
  if (before !== undefined) return before;
  const now = current === undefined ? "" : ` before ${formatPin(current)}`;
  throw new UsageError(
    `git knows no version of ${name} that ran in ${environment.name}${now}; name one with --to`,
  );
}

/** A rollback never goes forward: after one, what was rolled back from ran last. */
function comesBefore({ version }: Pin, { version: current }: Pin): boolean {
  if (version.text === current.text) return false;
  if (version instanceof Commit || current instanceof Commit) return true;
  return !version.isOrderedWith(current) || version.compare(current) < 0;
}
