import { usageError } from "../core/error";
import { proposeHold, proposeUnhold } from "../core/promotion/proposal";
import { editStack, type EditResult } from "./edit-stack";
import { stackFor } from "./named";
import type { World } from "./world";

/** A service of a stack, and why it is held there. */
export interface HoldRequest {
  readonly service: string;
  readonly stack: string | undefined;
  readonly reason: string;
  /** A date, or a time with its zone, at which the hold ends by itself. */
  readonly until: string | undefined;
  readonly dryRun: boolean;
}

/** Holds a service of a stack: from then on bump and promote refuse to move it. */
export async function hold(world: World, request: HoldRequest): Promise<EditResult> {
  const { service: name, dryRun } = request;
  const stack = stackFor(world, request.stack, name);
  return editStack(world, stack, dryRun, (text) => {
    const running = text.plan.deployments.find(({ service }) => service.name === name);
    if (running === undefined) throw usageError(`"${name}" doesn't run in ${stack}`);
    return proposeHold(text, running, holdOf(request, world.now()));
  });
}

/** Lifts a hold. The pin stays where it is. */
export async function unhold(
  world: World,
  request: Pick<HoldRequest, "service" | "stack" | "dryRun">,
): Promise<EditResult> {
  const { service: name, dryRun } = request;
  const stack = stackFor(world, request.stack, name);
  return editStack(world, stack, dryRun, (text) => {
    if (!text.plan.config.holds.has(name)) throw usageError(`"${name}" isn't held in ${stack}`);
    return proposeUnhold(text, name);
  });
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
