import { usageError } from "../core/error";
import { proposeHold, proposeUnhold, type StackText } from "../core/promotion/proposal";
import { editStacks, type EditResult } from "./edit-stacks";
import { tellLandingOf } from "./landing";
import { scopeFor, type EditPlace } from "./named";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** A service of a stack or of an environment, and why it is held there. */
export interface HoldRequest extends EditPlace {
  readonly service: string;
  readonly reason: string;
  /** A date, or a time with its zone, at which the hold ends by itself. */
  readonly until: string | undefined;
  readonly dryRun: boolean;
}

/** Holds a service of a stack, or of each stack of an environment: from then on bump and promote refuse to move it. */
export async function hold(
  world: World,
  request: HoldRequest,
  report: Reporter,
): Promise<EditResult> {
  const { service: name, dryRun, reason } = request;
  const scope = scopeFor(world, request, name);
  const propose = (text: StackText) => {
    const { deployments, config } = text.plan;
    const running = deployments.find(({ service }) => service.name === name);
    if (running === undefined) throw usageError(`"${name}" doesn't run in ${config.stack}`);
    return proposeHold(text, running, holdOf(request, world.now()));
  };
  const title = { verb: "hold", place: scope.name, reason };
  const result = await editStacks(world, { ...scope, title, dryRun, propose }, report);
  tellLandingOf(world, scope.stacks, result, report);
  return result;
}

/** Lifts a hold, in an environment that of each stack. The pin stays where it is. */
export async function unhold(
  world: World,
  request: Omit<HoldRequest, "reason" | "until">,
  report: Reporter,
): Promise<EditResult> {
  const { service: name, dryRun } = request;
  const scope = scopeFor(world, request, name);
  const propose = (text: StackText) => proposeUnhold(text, name);
  const title = { verb: "unhold", place: scope.name };
  const result = await editStacks(world, { ...scope, title, dryRun, propose }, report);
  tellLandingOf(world, scope.stacks, result, report);
  if (result.proposal.edits.length > 0) return result;
  throw usageError(`"${name}" isn't held in ${scope.name}`);
}

/**
 * Returns the hold that a request asks for, as a stack config has it.
 * @throws ReleasesError of kind `usage` where it would have ended by now. What isn't a time at all is lint's finding
 */
export function holdOf({ reason, until }: Pick<HoldRequest, "reason" | "until">, now: Date) {
  if (until !== undefined && Date.parse(until) <= now.getTime()) {
    throw usageError(`--until is ${until}, which is past; give a later time, or none`);
  }
  return { reason, ...(until !== undefined && { until }) };
}
