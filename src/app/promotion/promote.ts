import { findingsError, outsideError, usageError } from "../../core/error";
import { gateInput, runAt } from "../../core/promotion/gate-input";
import type { GateResult } from "../../core/promotion/gate";
import { evaluateGates, refusals } from "../../core/promotion/gates";
import { differences, newestOf, type Difference, type Runs } from "../../core/promotion/moves";
import { promotionOf, proposePromotion } from "../../core/promotion/promotion";
import { proposalOf, type Proposal, type ProposedChange } from "../../core/promotion/proposal";
import { belongsTo } from "../../core/list/service";
import { ownedServices } from "../../core/stack/deployments";
import type { Deployment, StackPlan } from "../../core/stack/plan";
import { suggestion } from "../../core/suggestion";
import { admit, enteringOf } from "./admission";
import { bringArtifacts } from "./artifact-evidence";
import { editStacks, type EditedFile, type StackEdit } from "../edit-stacks";
import { stacksAt, type EnvironmentState, type Place } from "../environment-state";
import { tellLanding } from "../landing";
import { endsOf, nameOf, promotionFor, titleOf, type Between, type Ends } from "./promotion-ends";
import { readyAmong } from "./ready";
import {
  isBrought,
  isPinnedIn,
  refChangeFor,
  type Conflict,
  type ProposedRef,
  type RefChange,
} from "./ref-change";
import type { Reporter } from "../reporter";
import { tellDiffering } from "../stacks-differ";
import type { World } from "../world";

export interface PromotionRequest extends Between {
  /** Some services by name, those of a team, or all that differ. */
  readonly services: readonly string[] | { readonly team: string } | "all";
  /** Whether services that a gate refuses wait, and the others go on. */
  readonly ready: boolean;
  /** Whether images are tagged and copied where the target lacks them. */
  readonly artifacts: boolean;
  /** Whether nothing is written and nothing brought. */
  readonly dryRun: boolean;
}

export type PromotionResult =
  /** The target runs what upstream runs, or nothing of it is ready. */
  | { readonly kind: "nothing"; readonly from: string; readonly to: string }
  /** A gate refuses: no pin was written, and no image brought. */
  | { readonly kind: "refused"; readonly proposal: Proposal; readonly ref?: ProposedRef }
  /** Pins of stacks, written unless it was a dry run. */
  | {
      readonly kind: "pins";
      readonly proposal: Proposal;
      /** The environment, or its stack. */
      readonly to: string;
      /** The stack configs with the pins. */
      readonly files: readonly EditedFile[];
    }
  /** Versions come from the list: a merge or a tag promotes them, which is left to the user. */
  | {
      readonly kind: "ref";
      readonly proposal: Proposal;
      readonly ref: ProposedRef;
      /** In words: "a merge of testing into main". */
      readonly what: string;
    };

/**
 * Promotes services from one environment to the next, in every stack of it that runs them: the gates, the
 * images, then the pins; all or none. Where an environment's versions are those of the list at its ref, the
 * merge or the tag that would move them is returned instead.
 * @throws ReleasesError of kind `usage` for names that aren't known, of kind `outside` when a registry or
 *   GitHub can't be asked, or a file can't be written
 */
export async function promote(
  world: World,
  request: PromotionRequest,
  report: Reporter,
): Promise<PromotionResult> {
  const ends = endsOf(world, request, report);
  const { reader, source, upstream, target, current } = ends;
  const { environment } = current;
  const newest = newestOf(stacksAt(upstream, source));
  const tree = reader.inWorkingTree(environment);
  const entering = Array.isArray(request.services)
    ? enteringOf(request.services as readonly string[], newest, environment, tree.repository.list)
    : undefined;
  if (entering !== undefined) return promoteEntering(world, ends, entering, request, report);
  const differing = targetsIn(current, tree, target).flatMap((runs) =>
    differences(newest, runs, environment),
  );
  const chosen = choose(request, upstream, newest, differing);
  // Where upstream pins all of it, the target does as well, and no tree has to be merged to know that.
  const isAllPinned =
    chosen.length > 0 && chosen.every((difference) => isPinnedIn(upstream.plans, difference));
  const change = isAllPinned ? undefined : refChangeFor(world, reader, upstream, current);
  const judging = change?.plans ?? plansFor(tree, target, request, newest);
  const wanted = leaveHeld(world, chosen, judging, request, report);
  const pinned = wanted.filter((difference) => needsPin(ends, change, difference));
  if (change !== undefined && pinned.length === 0) {
    if ("conflict" in change) throw outsideError(change.conflict);
    return promoteByRef(world, ends, change, wanted, request, report);
  }
  if (tree.unreadable.length > 0) throw findingsError(tree.unreadable);
  const plans = plansFor(tree, target, request, newest);
  const judged = (own: readonly Difference[], plan: StackPlan) =>
    promotionFor(world, ends, own, plan, request);
  const moving = request.ready ? await readyAmong(pinned, plans, judged, report) : pinned;
  if (moving.length === 0) return nothing(ends);
  if (request.offline) tellUncheckedTags(moving, report);
  const edit: StackEdit = {
    stacks: plans.map(({ config }) => config.stack),
    title: titleOf(ends, request),
    dryRun: request.dryRun,
    propose: async (read) => {
      const own = moving.filter(({ stack }) => stack === read.plan.config.stack);
      return proposePromotion(read, await judged(own, read.plan));
    },
    prepare: ({ artifacts }) =>
      request.artifacts ? bringArtifacts(world, artifacts, report) : Promise.resolve(),
  };
  const { proposal, isRefused, files } = await editStacks(world, edit, report);
  if (isRefused) return { kind: "refused", proposal };
  tellDiffering(tree.plans, proposal.moves, report);
  if (proposal.edits.length > 0) tellLanding(world, [environment.name], report);
  return { kind: "pins", proposal, to: nameOf(ends), files };
}

/** Lets a service come to the target for the first time. */
async function promoteEntering(
  world: World,
  ends: Ends,
  upstream: Deployment,
  request: PromotionRequest,
  report: Reporter,
): Promise<PromotionResult> {
  const { environment } = ends.current;
  const { proposal, isRefused, files } = await admit(world, {
    service: upstream.service,
    upstream,
    environment,
    title: titleOf(ends, request),
    dryRun: request.dryRun,
    promotionFor: (moving, plan) => promotionFor(world, ends, moving, plan, request),
  });
  if (isRefused) return { kind: "refused", proposal };
  // What comes by a merge is edited where it is merged from.
  const isMerged = environment.ref !== ends.upstream.environment.ref;
  const place = isMerged ? ends.upstream.environment.name : environment.name;
  tellLanding(world, [place], report);
  return { kind: "pins", proposal, to: nameOf(ends), files };
}

/**
 * Whether a service moves by its pin, and not by the merge or the tag that moves everything else of the list: where
 * there is none, and where a pin keeps the service from moving with it.
 */
function needsPin(
  { upstream, current }: Ends,
  change: RefChange | Conflict | undefined,
  difference: Difference,
): boolean {
  if (change === undefined) return true;
  if (!("conflict" in change) && isBrought(change, difference)) return false;
  return isPinnedIn([...upstream.plans, ...current.plans, ...change.plans], difference);
}

/** Returns the stacks that a promotion is about, with what they run as declared: one that is new runs nothing. */
function targetsIn(current: EnvironmentState, tree: EnvironmentState, target: Place): Runs[] {
  const declared = stacksAt(current, target);
  const known = new Set(declared.map(({ config }) => config.stack));
  const others = stacksAt(tree, target).filter(({ config }) => !known.has(config.stack));
  return [...declared, ...others.map(({ config, list }) => ({ config, list, deployments: [] }))];
}

/** Returns the differences that a request is about. */
function choose(
  { services }: PromotionRequest,
  { environment }: EnvironmentState,
  running: ReadonlyMap<string, Deployment>,
  differing: readonly Difference[],
): readonly Difference[] {
  if (services === "all") return differing;
  if ("team" in services) {
    const { team } = services;
    const has = [...running.values()].some(({ service }) => service.team === team);
    if (!has) throw usageError(`no service of the team "${team}" runs in ${environment.name}`);
    return differing.filter(({ service }) => service.team === team);
  }
  for (const name of services) {
    if (running.has(name)) continue;
    const way = suggestion(name, [...running.keys()]);
    throw usageError(`no service "${name}" runs in ${environment.name}; ${way}`);
  }
  return differing.filter(({ service }) => services.includes(service.name));
}

/** Returns the stacks that are edited. Each service that was named has one. */
function plansFor(
  tree: EnvironmentState,
  target: Place,
  { services, to }: PromotionRequest,
  running: ReadonlyMap<string, Deployment>,
): readonly StackPlan[] {
  const plans = stacksAt(tree, target);
  if (plans.length === 0) throw usageError(`no stack config for ${to}`);
  const wanted = Array.isArray(services) ? (services as readonly string[]) : [];
  for (const name of wanted) {
    const service = running.get(name)?.service;
    const isOwned = plans.some(({ list, config }) =>
      ownedServices(list, config).some((owned) => owned.name === name),
    );
    if (isOwned || service === undefined || !belongsTo(service, tree.environment.name)) continue;
    throw usageError(`no stack of ${to} runs ${name}`);
  }
  return plans;
}

/** Leaves out what is held, unless it was asked for by name: then its gate refuses. */
function leaveHeld(
  world: World,
  chosen: readonly Difference[],
  plans: readonly StackPlan[],
  { services }: PromotionRequest,
  report: Reporter,
): readonly Difference[] {
  if (Array.isArray(services)) return chosen;
  const inputs = new Map(
    plans.map((plan) => [plan.config.stack, gateInput(runAt(plan, []), world.now())]),
  );
  const heldBy = ({ stack, service, pin }: Difference): GateResult | undefined => {
    const input = inputs.get(stack);
    if (input === undefined) return undefined;
    return refusals(evaluateGates({ intent: "bump", service, pin }, input)).find(
      ({ gate }) => gate === "hold",
    );
  };
  return chosen.filter((difference) => {
    const held = heldBy(difference);
    if (held === undefined) return true;
    const { stack, service, reason } = held;
    report.notice({ kind: "left-out", stack, service, reason });
    return false;
  });
}

/** Tells which images need a tag that isn't looked for offline, once for all stacks. */
function tellUncheckedTags(moving: readonly Difference[], report: Reporter): void {
  const told = new Set<string>();
  for (const { service, upstream, pin } of moving) {
    const [from, to] = [upstream.version.text, pin.version.text];
    if (service.docker === undefined || from === to || told.has(service.name)) continue;
    told.add(service.name);
    report.notice({ kind: "unchecked-tag", service: service.name, from, to });
  }
}

function nothing(ends: Ends): PromotionResult {
  return { kind: "nothing", from: ends.upstream.environment.name, to: nameOf(ends) };
}

/** Returns a merge or a tag, judged by the same gates. It is left to the user; images may be brought. */
async function promoteByRef(
  world: World,
  ends: Ends,
  change: RefChange,
  chosen: readonly Difference[],
  request: PromotionRequest,
  report: Reporter,
): Promise<PromotionResult> {
  const { moving, plans, what } = change;
  if (request.ready) throw usageError(`${what} moves all services; --ready is for pins`);
  const asked = new Set(chosen.map(keyOf));
  const isAll = request.services === "all";
  const more = moving.filter((difference) => !isAll && !asked.has(keyOf(difference)));
  if (more.length > 0) {
    const names = more.map(({ stack, service: { name } }) => {
      return plans.length === 1 ? name : `${name} of ${stack}`;
    });
    const files = [...new Set(more.map(({ stack }) => `Pulumi.${stack}.yaml`))].join(", ");
    throw usageError(
      `${what} moves ${names.join(", ")} as well; promote --all, or pin what shall move in ${files}`,
    );
  }
  if (moving.length === 0) return nothing(ends);
  const changes: ProposedChange[] = [];
  for (const plan of plans) {
    const own = moving.filter(({ stack }) => stack === plan.config.stack);
    const promotion = await promotionFor(world, ends, own, plan, request);
    changes.push(promotionOf(plan, promotion));
  }
  const proposal = proposalOf(titleOf(ends, request), changes);
  const ref = change.refOf(proposal.message);
  if (refusals(proposal.gates).length > 0) return { kind: "refused", proposal, ref };
  if (request.artifacts && !request.dryRun) {
    await bringArtifacts(world, proposal.artifacts, report);
  }
  return { kind: "ref", proposal, ref, what };
}

function keyOf({ stack, service }: Difference): string {
  return `${stack} ${service.name}`;
}
