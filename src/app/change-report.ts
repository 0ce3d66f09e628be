import { createHash } from "node:crypto";
import { compareResources, type ResourceChange } from "../adapters/pulumi/compare";
import { positionInPath } from "../core/environments";
import { usageError } from "../core/error";
import { hasErrors } from "../core/input/issue";
import { gateInput, runAt } from "../core/promotion/gate-input";
import {
  comesFrom,
  evaluateGates,
  refusals,
  type GateResult,
  type Intent,
  type Upstream,
} from "../core/promotion/gates";
import { movesBetween, type Moved } from "../core/promotion/moves";
import { issuesFor, planStack, type Repository } from "../core/repository";
import type { Deployment, StackPlan } from "../core/stack/plan";
import { Commit, formatPin, type Pin } from "../core/version";
import type { EnvironmentReader, RunningSince } from "./environments";
import { manifestChanges, type ManifestChange } from "./manifests";
import { checkStacks, evaluateStack, type PlannedStack } from "./plan-stacks";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** What a change of the repository does to each stack. */
export interface ChangeReport {
  /** The commit that the working tree is compared with. */
  readonly since: string;
  /** SHA-256 of all moves and resource changes: the same for the same decision, whoever asks and when. */
  readonly fingerprint: string;
  /** The reason of a `Break-glass` trailer in the commits of the change. */
  readonly breakGlass: string | null;
  /** By stack, in the order of the promotion path. */
  readonly stacks: Readonly<Record<string, StackChanges>>;
}

/** What the change does to one stack. */
export interface StackChanges {
  readonly environment: string;
  /** Whether the promotion path ends in the environment. */
  readonly isLast: boolean;
  readonly moves: readonly Moved[];
  readonly changes: readonly ResourceChange[];
  readonly refused: readonly Omit<GateResult, "pass">[];
  /** The manifests of Helm releases that change; empty without Helm. */
  readonly manifests: readonly ManifestChange[];
}

/**
 * Returns what the working tree changes in stacks since a commit.
 * @param since a commit, by any name that git knows
 * @param names of stacks or environments; all stacks without any
 * @throws ReleasesError of kind `findings` when the working tree can't be declared, of kind `usage` for a
 *   commit or a name that isn't known
 */
export async function reportChanges(
  world: World,
  reader: EnvironmentReader,
  since: string,
  names: readonly string[],
  report: Reporter,
): Promise<ChangeReport> {
  const commit = world.git.commitOf(since);
  if (commit === undefined) throw usageError(`no commit "${since}" in ${world.folder}`);
  const [before, after] = [reader.at(commit), reader.current];
  const gone = [...before.stacks.keys()].filter((stack) => !after.stacks.has(stack));
  const wanted = checkStacks(after, names, report, gone);
  const breakGlass = world.git.trailersSince(commit, "Break-glass")[0]?.value;
  const judge = new MoveJudge(reader, world.now(), breakGlass);
  const stacks: Record<string, StackChanges> = {};
  for (const stack of wanted) {
    const old = await evaluated(world, before, stack, report);
    const now = await evaluated(world, after, stack, report);
    const { plan } = now ?? old ?? {};
    if (plan === undefined) continue;
    const { environment } = plan.config;
    const moves = movesBetween(deploymentsOf(old), deploymentsOf(now));
    const changes = compareResources(old?.resources ?? [], now?.resources ?? []);
    stacks[stack] = {
      environment,
      isLast: positionInPath(plan.environments, environment) === "last",
      moves,
      changes,
      refused: now === undefined ? [] : judge.refusalsOf(moves, old?.plan, now.plan),
      manifests: manifestChanges(world, changes, old?.resources ?? [], now?.resources ?? []),
    };
  }
  return {
    since: commit,
    fingerprint: fingerprintOf(stacks),
    breakGlass: breakGlass ?? null,
    stacks,
  };
}

interface EvaluatedStack extends PlannedStack {
  readonly plan: StackPlan;
}

/** Returns what a tree makes of a stack; undefined where it has none, or none that can be declared. */
async function evaluated(
  world: World,
  repository: Repository,
  stack: string,
  report: Reporter,
): Promise<EvaluatedStack | undefined> {
  const values = repository.stacks.get(stack);
  if (values === undefined) return undefined;
  const { plan, issues } = planStack(repository, values);
  if (plan === undefined || hasErrors([...issuesFor(repository, stack), ...issues])) {
    report.notice({ kind: "undeclarable-before", stack });
    return undefined;
  }
  return { plan, ...(await evaluateStack(world, repository, values, plan)) };
}

function deploymentsOf(stack: EvaluatedStack | undefined): readonly Deployment[] {
  return stack?.plan.deployments ?? [];
}

/** Evaluates gates for services that a change moves. Git is asked for history once a service needs it. */
class MoveJudge {
  readonly #reader: EnvironmentReader;
  readonly #now: Date;
  readonly #breakGlass: string | undefined;
  #runningSince: RunningSince | undefined;

  constructor(reader: EnvironmentReader, now: Date, breakGlass: string | undefined) {
    this.#reader = reader;
    this.#now = now;
    this.#breakGlass = breakGlass;
  }

  /** Returns what gates refuse of a stack's moves. */
  refusalsOf(moves: readonly Moved[], old: StackPlan | undefined, now: StackPlan) {
    const input = gateInput(runAt(now, []), this.#now, this.#breakGlass);
    const before = new Map(old?.deployments.map((one) => [one.service.name, one]));
    const after = new Map(now.deployments.map((one) => [one.service.name, one]));
    const results = moves.flatMap(({ name }): GateResult[] => {
      const moved = after.get(name);
      if (moved === undefined) return [];
      const { service, ...pin } = moved;
      const current = before.get(name);
      const upstream = this.#upstream(now, name, pin);
      const intent = this.#intentOf(now, old, name, pin, current, upstream);
      const results = evaluateGates(
        {
          intent,
          service,
          pin,
          ...(current !== undefined && { current }),
          ...(upstream !== undefined && { upstream }),
        },
        input,
      );
      // A hold keeps what runs: where the service doesn't run yet, its pin is where it begins.
      return current === undefined ? results.filter(({ gate }) => gate !== "hold") : results;
    });
    return refusals(results).map(({ pass: _pass, ...refusal }) => refusal);
  }

  /**
   * A change is a rollback where a hold comes with it and the pin ran in the environment before. It is a
   * promotion where the service runs upstream, and else a bump.
   */
  #intentOf(
    now: StackPlan,
    old: StackPlan | undefined,
    name: string,
    pin: Pin,
    current: Pin | undefined,
    upstream: Upstream | undefined,
  ): Intent {
    const isHeldNow = now.config.holds.has(name) && old?.config.holds.has(name) !== true;
    if (isHeldNow && current !== undefined && this.#ranBefore(now, name, pin, current)) {
      return "rollback";
    }
    return upstream === undefined ? "bump" : "promotion";
  }

  /** Whether a pin ran in the environment before what runs there, and isn't a later version. */
  #ranBefore({ config }: StackPlan, name: string, pin: Pin, current: Pin): boolean {
    const environment = this.#reader.environments.get(config.environment);
    if (environment === undefined) return false;
    if (isLater(pin.version, current.version)) return false;
    const pins = this.#reader.pastPins(environment, name);
    // The change itself may be committed already: what ran before is older than what runs.
    const running = pins.findIndex((past) => formatPin(past) === formatPin(current));
    return pins
      .slice(running + 1)
      .some((past) => past.version.text === pin.version.text && sameBytes(past, pin));
  }

  /**
   * Returns what the upstream environment runs of a service at its ref; or what it ran, where that is what
   * moves: a version that was tagged is promoted, whatever runs there now.
   */
  #upstream({ config, environments }: StackPlan, name: string, wanted: Pin): Upstream | undefined {
    const { from = "" } = environments?.get(config.environment) ?? {};
    const environment = this.#reader.environments.get(from);
    if (environment === undefined) return undefined;
    const pin = this.#reader.declared(environment).running.get(name);
    if (pin === undefined || !comesFrom(wanted, pin)) {
      const ran = this.#reader.lastRun(environment, name, (one) => comesFrom(wanted, one));
      if (ran !== undefined) return { environment: from, ...ran };
    }
    if (pin === undefined) return undefined;
    this.#runningSince ??= this.#reader.runningSince(this.#reader.environments.values());
    return { environment: from, pin, since: this.#runningSince(from, name, pin) };
  }
}

function isLater(version: Pin["version"], than: Pin["version"]): boolean {
  if (version instanceof Commit || than instanceof Commit) return false;
  return version.isOrderedWith(than) && version.compare(than) > 0;
}

/** Whether two pins of one version may be the same bytes. */
function sameBytes(a: Pin, b: Pin): boolean {
  return a.digest === undefined || b.digest === undefined || formatPin(a) === formatPin(b);
}

/** Returns the stacks of which a report has a move or a resource change. */
export function changedStacks({ stacks }: ChangeReport): string[] {
  return Object.entries(stacks)
    .filter(([, { moves, changes }]) => moves.length > 0 || changes.length > 0)
    .map(([stack]) => stack);
}

/** Returns a report for each environment, with a fingerprint of its own. */
export function byEnvironment({ stacks, ...report }: ChangeReport): Map<string, ChangeReport> {
  const groups = new Map<string, Record<string, StackChanges>>();
  for (const [stack, changes] of Object.entries(stacks)) {
    const { environment } = changes;
    groups.set(environment, { ...groups.get(environment), [stack]: changes });
  }
  return new Map(
    [...groups].map(([environment, own]) => [
      environment,
      { ...report, fingerprint: fingerprintOf(own), stacks: own },
    ]),
  );
}

function fingerprintOf(stacks: Readonly<Record<string, StackChanges>>): string {
  const decided = Object.entries(stacks)
    .map(([stack, { moves, changes }]) => ({ stack, moves, changes }))
    .sort((a, b) => (a.stack < b.stack ? -1 : 1));
  return `sha256:${createHash("sha256").update(JSON.stringify(decided)).digest("hex")}`;
}
