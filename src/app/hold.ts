import { usageError } from "../core/error";
import { proposeHold, proposeUnhold, type StackText } from "../core/promotion/proposal";
import { editStacks, type EditResult } from "./edit-stacks";
import { tellLandingOf } from "./landing";
import {
  isChosen,
  scopeFor,
  scopeOfSeveral,
  type Chosen,
  type EditPlace,
  type EditScope,
} from "./named";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** Services of a stack or of an environment, and why they are held there. */
export interface HoldRequest extends EditPlace {
  readonly services: Chosen;
  readonly reason: string;
  /** A date, or a time with its zone, at which the hold ends by itself. */
  readonly until: string | undefined;
  readonly dryRun: boolean;
}

/**
 * Holds services of a stack, or of each stack of an environment: from then on bump and promote refuse to move them.
 */
export async function hold(
  world: World,
  request: HoldRequest,
  report: Reporter,
): Promise<EditResult> {
  const { services, dryRun, reason } = request;
  const scope = scopeOf(world, request, services);
  const propose = (text: StackText) => {
    const { deployments, config } = text.plan;
    const running = deployments.filter(({ service }) => isChosen(service, services));
    if (running.length === 0 && isOne(services)) {
      throw usageError(`"${services.name}" doesn't run in ${config.stack}`);
    }
    return proposeHold(text, running, holdOf(request, world.now()));
  };
  const title = { verb: "hold", place: scope.name, reason };
  const result = await editStacks(world, { ...scope, title, dryRun, propose }, report);
  tellLandingOf(world, scope.stacks, result, report);
  return result;
}

/** The holds that are lifted: of one service the one it has; of several those with one reason, as others have another. */
export type UnholdRequest = Omit<HoldRequest, "until" | "reason"> & { readonly reason?: string };

/** Lifts holds, in an environment those of each stack. The pins stay where they are. */
export async function unhold(
  world: World,
  request: UnholdRequest,
  report: Reporter,
): Promise<EditResult> {
  const { services, dryRun, reason } = request;
  const scope = scopeOf(world, request, services);
  const propose = (text: StackText) => {
    const { list, config } = text.plan;
    const chosen = list.filter((service) => isChosen(service, services));
    const held = chosen.filter(({ name }) => {
      const hold = config.holds.get(name);
      return hold !== undefined && (reason === undefined || hold.reason === reason);
    });
    return proposeUnhold(
      text,
      held.map(({ name }) => name),
    );
  };
  const title = { verb: "unhold", place: scope.name };
  const result = await editStacks(world, { ...scope, title, dryRun, propose }, report);
  tellLandingOf(world, scope.stacks, result, report);
  if (result.proposal.edits.length > 0) return result;
  const what = isOne(services) ? `"${services.name}" isn't held` : "no such service is held";
  const why = reason === undefined ? "" : ` for "${reason}"`;
  throw usageError(`${what} in ${scope.name}${why}`);
}

function scopeOf(world: World, place: EditPlace, services: Chosen): EditScope {
  return isOne(services)
    ? scopeFor(world, place, services.name)
    : scopeOfSeveral(world, place, services);
}

function isOne(services: Chosen): services is { readonly name: string } {
  return services !== "all" && "name" in services;
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
