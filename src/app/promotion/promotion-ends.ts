import { usageError } from "../../core/error";
import { pastOf } from "../../core/history/replay";
import type { MessageTitle } from "../../core/promotion/commit-message";
import type { Difference } from "../../core/promotion/moves";
import type { Promoted, Promotion } from "../../core/promotion/promotion";
import { stepBetween } from "../../core/promotion/step";
import type { StackPlan } from "../../core/stack/plan";
import { demands } from "../../core/verify/policy";
import { mayBeSame } from "../../core/version";
import { evidenceOnce } from "./artifact-evidence";
import { AskedChecks, checkSource } from "./checks";
import type { EnvironmentState, Place } from "../environment-state";
import { EnvironmentReader } from "../environments";
import { isPinnedIn } from "./ref-change";
import type { Reporter } from "../reporter";
import { movingOf, Upstreams } from "./upstreams";
import type { World } from "../world";

/** What a promotion is between, and how it is judged. */
export interface Between {
  /** Environment or stack; undefined for the one that the promotion path names. */
  readonly from: string | undefined;
  /** Environment or stack. */
  readonly to: string;
  /** Why neither a freeze nor soaking counts this time. */
  readonly breakGlass: string | undefined;
  /** Whether registries and GitHub aren't asked. */
  readonly offline: boolean;
}

/** The two environments of a promotion, as declared, or the one stack of each that counts. */
export interface Ends {
  readonly reader: EnvironmentReader;
  readonly source: Place;
  readonly upstream: EnvironmentState;
  readonly target: Place;
  readonly current: EnvironmentState;
  /** What registries and GitHub say; undefined offline. */
  readonly evidence: ReturnType<typeof evidenceOnce> | undefined;
  readonly checks: AskedChecks;
}

/**
 * Returns the two ends of a promotion.
 * @throws ReleasesError of kind `usage` for names that aren't known, and where it can't be offline, of kind `findings`
 *   where it isn't known what runs at one of them
 */
export function endsOf(world: World, request: Between, report: Reporter): Ends {
  const { from, to, offline, breakGlass } = request;
  if (breakGlass?.trim() === "") throw usageError("--break-glass needs a reason");
  const reader = new EnvironmentReader(world, report);
  const target = reader.place(to);
  const { name, digest, verify, from: path } = target.environment;
  const named = from ?? path[0];
  if (named === undefined) {
    throw usageError(`${name} begins the promotion path; give --from`);
  }
  const source = reader.place(named);
  const upstream = reader.known(source.environment);
  const verifies = verify !== undefined && demands(verify);
  if (offline && (digest === "required" || verifies)) {
    const what = digest === "required" ? "a digest" : "verification";
    throw usageError(`${name} requires ${what}, which takes a registry; leave --offline out`);
  }
  const current = reader.known(target.environment);
  for (const state of [upstream, current]) reader.tellDifferences(state);
  const evidence = offline ? undefined : evidenceOnce(world, upstream, current.environment, report);
  const checks = new AskedChecks(offline ? undefined : () => checkSource(world), report);
  return { reader, source, upstream, target, current, evidence, checks };
}

/** Returns what is known about moves into one stack. */
export async function promotionFor(
  world: World,
  ends: Ends,
  moving: readonly Difference[],
  plan: StackPlan,
  { breakGlass }: Between,
): Promise<Promotion> {
  const { reader, upstream, current } = ends;
  const target = current.environment;
  const evidence = await ends.evidence?.(moving, plan.config);
  const from = upstream.environment.name;
  const upstreams = new Upstreams(reader);
  const skipped = target.from.includes(from)
    ? []
    : [{ environment: from, problem: `${target.name} takes no versions from it` }];
  const services: Promoted[] = [];
  for (const difference of moving) {
    const ran = [...skipped, ...upstreams.of(target, movingOf(difference))];
    const checks = await ends.checks.of(target, ran);
    services.push({
      ...difference,
      ...evidence?.get(difference.service.name),
      ...rollbackOf(ends, difference, plan),
      followsList: followsList(ends, difference),
      wasReplaced: reader.wasReplaced(target, difference),
      upstreams: ran,
      ...(checks !== undefined && { checks }),
    });
  }
  return {
    services,
    now: world.now(),
    ...(breakGlass !== undefined && { breakGlass: lineOf(breakGlass) }),
  };
}

/**
 * Returns the pin that a move goes back to: where a new hold comes with it, as releases rollback sets one, and it ran
 * in the stack before.
 */
function rollbackOf(
  { reader, current }: Ends,
  { stack, service: { name }, pin, current: from }: Difference,
  { config }: StackPlan,
): Pick<Promoted, "ran"> {
  const before = current.plans.find((plan) => plan.config.stack === stack)?.config.holds.get(name);
  const hold = config.holds.get(name);
  if (hold === undefined || hold.reason === before?.reason || from === undefined) return {};
  if (stepBetween(from.version, pin.version) !== "downgrade") return {};
  const past = pastOf(reader.changesOf(current.environment, name), stack);
  const ran = past.flatMap(({ to }) => to ?? []).find((one) => mayBeSame(one, pin));
  return ran === undefined ? {} : { ran };
}

/**
 * Whether a pin may go, so that the service has the list's version again: where both environments have refs of their
 * own, and upstream has it from the list.
 */
function followsList({ upstream, current }: Ends, difference: Difference): boolean {
  const { ref, digest } = current.environment;
  const isApart = ref !== undefined && ref !== upstream.environment.ref;
  return isApart && digest !== "required" && !isPinnedIn(upstream.plans, difference);
}

/** Returns the title of the commit message. */
export function titleOf(ends: Ends, { breakGlass }: Between): MessageTitle {
  const from = ends.upstream.environment.name;
  const trailer = breakGlass === undefined ? {} : { trailer: `Break-glass: ${lineOf(breakGlass)}` };
  return { verb: "promote", place: nameOf(ends), from, ...trailer };
}

/** A trailer is one line. */
function lineOf(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** Returns the name of the target: of the stack where its environment has others. */
export function nameOf({ reader, target: { environment, stack } }: Ends): string {
  const isAlone = reader.inWorkingTree(environment).plans.length < 2;
  return stack === undefined || isAlone ? environment.name : stack;
}
