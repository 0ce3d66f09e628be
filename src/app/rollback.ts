import { usageError } from "../core/error";
import { pastOf } from "../core/history/replay";
import { proposeRollback, type StackText } from "../core/promotion/proposal";
import { stepBetween } from "../core/promotion/step";
import type { StackPlan } from "../core/stack/plan";
import { formatPin, Version, type Pin } from "../core/version";
import { editStacks, type EditResult } from "./edit-stacks";
import { EnvironmentReader } from "./environments";
import { holdOf, type HoldRequest } from "./hold";
import { tellLandingOf } from "./landing";
import { pinNamed, scopeFor, serviceIn } from "./named";
import type { Reporter } from "./reporter";
import { tellDifferingOf } from "./stacks-differ";
import type { World } from "./world";

/** A service of a stack or of an environment, the version to go back to, and the hold that keeps it there. */
export interface RollbackRequest extends Omit<HoldRequest, "services"> {
  readonly service: string;
  /** The version to go back to; undefined for the last one that ran before. */
  readonly to: string | undefined;
}

/**
 * Goes back to the last version that ran, or to a given one, and holds it there: of an environment each stack to
 * the last one that it ran itself. It passes freezes.
 * @throws ReleasesError of kind `usage` where nothing earlier ran, and for a given version that comes after
 *   the one that runs
 */
export async function rollback(
  world: World,
  request: RollbackRequest,
  report: Reporter,
): Promise<EditResult> {
  const { service: name, dryRun, to } = request;
  const wanted = to === undefined ? undefined : pinNamed(to);
  const scope = scopeFor(world, request, name);
  const propose = (text: StackText) => {
    const service = serviceIn(text.plan, name);
    if (wanted !== undefined) refuseForward(text.plan, name, wanted);
    const pin = earlierPin(world, text, request, wanted, report);
    const now = world.now();
    return proposeRollback(text, service, pin, holdOf(request, now), now);
  };
  const title = { verb: "rollback", place: scope.name, reason: request.reason };
  const result = await editStacks(world, { ...scope, title, dryRun, propose }, report);
  if (!result.isRefused) tellDifferingOf(world, scope.stacks, result.proposal.moves, report);
  tellLandingOf(world, scope.stacks, result, report);
  return result;
}

/** A later version has gates of its own, which a rollback would pass: order, soaking and freezes. */
function refuseForward({ config, deployments }: StackPlan, name: string, { version }: Pin): void {
  const current = deployments.find(({ service }) => service.name === name);
  if (current === undefined || stepBetween(version, current.version) !== "downgrade") return;
  throw usageError(
    `${version.text} comes after ${current.version.text}, which runs in ${config.stack}; a rollback goes back, so promote it`,
  );
}

/**
 * Returns what to go back to: with the digest that ran, where only a version is given. A run that was ended has
 * left the hold of this one beside a pin that git doesn't have: that stack went back already.
 */
function earlierPin(
  world: World,
  { plan }: StackText,
  { service: name, reason }: RollbackRequest,
  wanted: Pin | undefined,
  report: Reporter,
): Pin {
  if (wanted?.digest !== undefined) return wanted;
  const reader = new EnvironmentReader(world, report, (file) => file === "environments.yaml");
  const { config } = plan;
  const environment = reader.named(config.environment);
  const changes = pastOf(reader.changesOf(environment, name), config.stack);
  const ran = changes.flatMap(({ to }) => to ?? []);
  if (wanted !== undefined) {
    return ran.find(({ version }) => version.text === wanted.version.text) ?? wanted;
  }
  const current = plan.deployments.find(({ service }) => service.name === name);
  const last = changes[0]?.to;
  const isDone =
    last !== undefined && current !== undefined && config.holds.get(name)?.reason === reason;
  if (isDone && comesBefore(current, last)) return current;
  const before = ran.find((pin) => current === undefined || comesBefore(pin, current));
  if (before !== undefined) return before;
  const now = current === undefined ? "" : ` before ${formatPin(current)}`;
  throw usageError(
    `git has no version of ${name} that ran in ${config.stack}${now}; give one with --to`,
  );
}

/** A rollback never goes forward: right after one, the last version that ran is the one rolled back from. */
function comesBefore({ version }: Pin, { version: current }: Pin): boolean {
  if (version.text === current.text) return false;
  if (!(version instanceof Version && current instanceof Version)) return true;
  return !version.isOrderedWith(current) || version.compare(current) < 0;
}
