import { findingsError, usageError } from "../core/error";
import { gateInput, runAt } from "../core/promotion/gate-input";
import type { GateResult } from "../core/promotion/gate";
import { evaluateGates, refusals } from "../core/promotion/gates";
import { differences, type Difference } from "../core/promotion/moves";
import { promotionOf, proposePromotion, type Promotion } from "../core/promotion/promotion";
import type { Proposal } from "../core/promotion/proposal";
import { ownedServices } from "../core/stack/deployments";
import type { StackPlan } from "../core/stack/plan";
import { suggestion } from "../core/suggestion";
import { bringArtifacts, gatherEvidence } from "./artifact-evidence";
import { editStack } from "./edit-stack";
import { EnvironmentReader, type EnvironmentState } from "./environments";
import { movingOf, Upstreams } from "./upstreams";
import { refChangeFor, type ProposedRef, type RefChange } from "./ref-change";
import type { Reporter } from "./reporter";
import type { World } from "./world";

export interface PromotionRequest {
  /** Some services by name, those of a team, or all that differ. */
  readonly services: readonly string[] | { readonly team: string } | "all";
  /** Environment or stack; undefined for the one that the promotion path names. */
  readonly from: string | undefined;
  /** Environment or stack. */
  readonly to: string;
  /** Why neither a freeze nor soaking counts this time. */
  readonly breakGlass: string | undefined;
  /** Whether registries and GitHub aren't asked. */
  readonly offline: boolean;
  /** Whether images are tagged and copied where the target lacks them. */
  readonly artifacts: boolean;
  /** Whether nothing is written and nothing brought. */
  readonly dryRun: boolean;
}

export type PromotionResult =
  /** The target runs what upstream runs. */
  | { readonly kind: "nothing"; readonly from: string; readonly to: string }
  /** A gate refuses: no pin was written, and no image brought. */
  | { readonly kind: "refused"; readonly proposal: Proposal; readonly ref?: ProposedRef }
  /** Pins of one stack, written unless it was a dry run. */
  | {
      readonly kind: "pins";
      readonly proposal: Proposal;
      readonly stack: string;
      readonly file: string;
      /** The stack config with the pins. */
      readonly text: string;
    }
  /** Versions come from the list: a merge or a tag promotes them, which is left to the user. */
  | {
      readonly kind: "ref";
      readonly proposal: Proposal;
      readonly ref: ProposedRef;
      /** In words: "a merge of testing into main". */
      readonly what: string;
    };

/** The two environments of a promotion, as declared. */
interface Ends {
  readonly reader: EnvironmentReader;
  readonly upstream: EnvironmentState;
  readonly current: EnvironmentState;
}

/**
 * Promotes services from one environment to the next: the gates, the images, then the pins; all or none.
 * Where an environment's versions are those of the list at its ref, the merge or the tag that would move
 * them is returned instead.
 * @throws ReleasesError of kind `usage` for names that aren't known, of kind `outside` when a registry or
 *   GitHub can't be asked
 */
export async function promote(
  world: World,
  request: PromotionRequest,
  report: Reporter,
): Promise<PromotionResult> {
  const ends = endsOf(world, request, report);
  const { reader, upstream, current } = ends;
  const { environment } = current;
  const differing = differences(upstream.running, current.running, environment);
  const chosen = choose(request, upstream, differing);
  const change = refChangeFor(world, reader, upstream, current, chosen);
  if (change !== undefined) return promoteByRef(world, ends, change, chosen, request, report);
  const tree = reader.inWorkingTree(environment);
  if (tree.unreadable.length > 0) throw findingsError(tree.unreadable);
  const plan = planFor(tree, request, chosen);
  const moving = leaveHeld(world, chosen, plan, request, report);
  if (moving.length === 0) return nothing(ends);
  if (request.offline) tellUncheckedTags(moving, report);
  const { stack } = plan.config;
  const { proposal, isRefused, file, text } = await editStack(
    world,
    stack,
    request.dryRun,
    async (read) => {
      const promotion = await promotionFor(world, ends, moving, read.plan, request, report);
      return proposePromotion(read, promotion);
    },
    ({ artifacts }) =>
      request.artifacts ? bringArtifacts(world, artifacts, report) : Promise.resolve(),
  );
  return isRefused ? { kind: "refused", proposal } : { kind: "pins", proposal, stack, file, text };
}

function endsOf(world: World, request: PromotionRequest, report: Reporter): Ends {
  const { from, to, offline, breakGlass } = request;
  if (breakGlass?.trim() === "") throw usageError("--break-glass needs a reason");
  const reader = new EnvironmentReader(world, report);
  const target = reader.named(to);
  const source = from ?? target.from[0];
  if (source === undefined) {
    throw usageError(`${target.name} begins the promotion path; give --from`);
  }
  const upstream = reader.known(reader.named(source));
  const { name, digest, verify } = target;
  if (offline && (digest === "required" || verify === "required")) {
    const what = digest === "required" ? "a digest" : "verification";
    throw usageError(`${name} requires ${what}, which takes a registry; leave --offline out`);
  }
  const current = reader.known(target);
  for (const state of [upstream, current]) reader.tellDifferences(state);
  return { reader, upstream, current };
}

/** Returns the differences that a request is about. */
function choose(
  { services }: PromotionRequest,
  { environment, running }: EnvironmentState,
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

/** Returns the one stack whose config moves everything that was chosen. */
function planFor(
  { environment, plans }: EnvironmentState,
  { to }: PromotionRequest,
  chosen: readonly Difference[],
): StackPlan {
  const candidates = plans.filter(({ config }) => to === environment.name || config.stack === to);
  const [first] = candidates;
  if (first === undefined) throw usageError(`no stack config for ${environment.name}`);
  const owners = new Set(
    chosen.map(({ service: { name } }) => {
      const owner = candidates.find(({ list, config }) =>
        ownedServices(list, config).some((owned) => owned.name === name),
      );
      if (owner !== undefined) return owner;
      throw usageError(`no stack of ${environment.name} runs ${name}`);
    }),
  );
  if (owners.size < 2) return [...owners][0] ?? first;
  // Two files can't be replaced at once, so that a crash leaves both or neither.
  const stacks = [...owners].map(({ config }) => config.stack).join(", ");
  throw usageError(`these services are in several stacks; promote to each by itself: ${stacks}`);
}

/** Leaves out what is held, unless it was asked for by name: then its gate refuses. */
function leaveHeld(
  world: World,
  chosen: readonly Difference[],
  plan: StackPlan,
  { services }: PromotionRequest,
  report: Reporter,
): readonly Difference[] {
  if (Array.isArray(services)) return chosen;
  const input = gateInput(runAt(plan, []), world.now());
  const heldBy = ({ service, pin }: Difference): GateResult | undefined =>
    refusals(evaluateGates({ intent: "bump", service, pin }, input)).find(
      ({ gate }) => gate === "hold",
    );
  return chosen.filter((difference) => {
    const held = heldBy(difference);
    if (held === undefined) return true;
    report.notice({ kind: "left-out", service: held.service, reason: held.reason });
    return false;
  });
}

/** Tells which images need a tag that isn't looked for offline. */
function tellUncheckedTags(moving: readonly Difference[], report: Reporter): void {
  for (const { service, upstream, pin } of moving) {
    const [from, to] = [upstream.version.text, pin.version.text];
    if (service.docker === undefined || from === to) continue;
    report.notice({ kind: "unchecked-tag", service: service.name, from, to });
  }
}

async function promotionFor(
  world: World,
  { reader, upstream, current: { environment: target } }: Ends,
  moving: readonly Difference[],
  plan: StackPlan,
  { offline, breakGlass }: PromotionRequest,
  report: Reporter,
): Promise<Promotion> {
  const evidence = offline
    ? undefined
    : await gatherEvidence(world, moving, upstream, plan.config, report);
  const from = upstream.environment.name;
  const upstreams = new Upstreams(reader);
  const skipped = target.from.includes(from)
    ? []
    : [{ environment: from, problem: `${target.name} takes no versions from it` }];
  return {
    from,
    services: moving.map((difference) => ({
      ...difference,
      ...evidence?.get(difference.service.name),
      wasReplaced: reader.wasReplaced(target, difference),
      upstreams: [...skipped, ...upstreams.of(target, movingOf(difference))],
    })),
    now: world.now(),
    // A trailer is one line.
    ...(breakGlass !== undefined && { breakGlass: breakGlass.replaceAll(/\s+/g, " ").trim() }),
  };
}

function nothing({ upstream, current }: Ends): PromotionResult {
  return { kind: "nothing", from: upstream.environment.name, to: current.environment.name };
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
  const { moving, plan, what } = change;
  const named = new Set(chosen.map(({ service }) => service.name));
  const more = moving.map(({ service }) => service.name).filter((name) => !named.has(name));
  if (more.length > 0) {
    throw usageError(
      `${what} moves ${more.join(", ")} as well; promote --all, or pin what shall move in Pulumi.${plan.config.stack}.yaml`,
    );
  }
  if (moving.length === 0) return nothing(ends);
  const promotion = await promotionFor(world, ends, moving, plan, request, report);
  const proposal = promotionOf(plan, promotion);
  const ref = change.refOf(proposal.message);
  if (refusals(proposal.gates).length > 0) return { kind: "refused", proposal, ref };
  if (request.artifacts && !request.dryRun) {
    await bringArtifacts(world, proposal.artifacts, report);
  }
  return { kind: "ref", proposal, ref, what };
}
