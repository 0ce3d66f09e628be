import { createHash } from "node:crypto";
import { commitOf, trailersSince } from "../adapters/git/refs";
import {
  comesFrom,
  EDIT_GATES,
  evaluateGates,
  PROMOTION_GATES,
  ROLLBACK_GATES,
  type GateResult,
  type Upstream,
} from "../core/promotion/gates";
import { hasErrors } from "../core/input/issue";
import { movesBetween, type Moved } from "../core/promotion/moves";
import { issuesFor, planStack, type Repository } from "../core/repository";
import { runAt, targetOf } from "../core/promotion/gate-input";
import type { Deployment, StackPlan } from "../core/stack/plan";
import type { Pin } from "../core/version";
import { compareResources, type ResourceChange } from "../adapters/pulumi/compare";
import { UsageError, type Io } from "../cli/command";
import type { EnvironmentReader, Since as RunsSince } from "./environments";
import { manifestChanges, type ManifestChange } from "./manifests";
import { checkStacks, planOne, type PlannedStack } from "./plan-stacks";

/** What a change of the repository would do to each stack. */
export interface Changes {
  /** The commit that the working tree is held against. */
  readonly since: string;
  /** SHA-256 of all moves and changes: the same for the same decision, whoever asks and when. */
  readonly fingerprint: string;
  /** Why neither a freeze nor soaking counts, as its commits say it. */
  readonly breakGlass: string | null;
  /** By stack, in the order of the promotion path. */
  readonly stacks: Readonly<Record<string, StackChanges>>;
}

export interface StackChanges {
  readonly environment: string;
  /** Whether the environment is the last one of the promotion path. */
  readonly isLast: boolean;
  readonly moves: readonly Moved[];
  readonly changes: readonly ResourceChange[];
  readonly refused: readonly Omit<GateResult, "pass">[];
  /** What Helm makes of it; empty without Helm. */
  readonly manifests: readonly ManifestChange[];
}

/**
 * Returns what the working tree does to stacks that a commit didn't.
 * @param since a commit, by any name that git knows
 * @param names of stacks or environments; all stacks without any
 * @throws FindingsError when the working tree can't be declared
 */
export async function changesSince(
  reader: EnvironmentReader,
  since: string,
  names: readonly string[],
  io: Io,
): Promise<Changes> {
  const commit = commitOf(reader.path, since);
  if (commit === undefined) throw new UsageError(`no commit "${since}" in ${reader.path}`);
  const [before, after] = [reader.at(commit), reader.current];
  const gone = [...before.stacks.keys()].filter((stack) => !after.stacks.has(stack));
  const wanted = checkStacks(after, names, io, gone);
  const [breakGlass] = trailersSince(reader.path, commit, "Break-glass");
  const refusals = new Refusals(reader, breakGlass);
  const stacks: Record<string, StackChanges> = {};
  for (const stack of wanted) {
    const [old, now] = [await evaluated(before, stack, io), await evaluated(after, stack, io)];
    const { plan } = now ?? old ?? {};
    if (plan === undefined) continue;
    const { environment } = plan.config;
    const moves = movesBetween(deploymentsOf(old), deploymentsOf(now));
    const changes = compareResources(old?.resources ?? [], now?.resources ?? []);
    stacks[stack] = {
      environment,
      isLast: [...(plan.environments?.keys() ?? [])].at(-1) === environment,
      moves,
      changes,
      refused: now === undefined ? [] : refusals.of(moves, old?.plan, now.plan),
      manifests: manifestChanges(changes, old?.resources ?? [], now?.resources ?? []),
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
  repository: Repository,
  stack: string,
  io: Io,
): Promise<EvaluatedStack | undefined> {
  const values = repository.stacks.get(stack);
  if (values === undefined) return undefined;
  const { plan, issues } = planStack(repository, values);
  if (plan === undefined || hasErrors([...issuesFor(repository, stack), ...issues])) {
    io.err(`${stack}: what stood there before can't be declared, so that all of it is new`);
    return undefined;
  }
  return { plan, ...(await planOne(repository, values)) };
}

function deploymentsOf(stack: EvaluatedStack | undefined): readonly Deployment[] {
  return stack?.plan.deployments ?? [];
}

/** What a promotion asks registries and GitHub. A look at a change asks nobody. */
const { artifact: _artifact, release: _release, ...LOCAL_GATES } = PROMOTION_GATES;

/** Evaluates gates of services that move. Git is asked for what ran upstream once a service does. */
class Refusals {
  readonly #reader: EnvironmentReader;
  readonly #breakGlass: string | undefined;
  readonly #now = new Date();
  #since: RunsSince | undefined;

  constructor(reader: EnvironmentReader, breakGlass: string | undefined) {
    this.#reader = reader;
    this.#breakGlass = breakGlass;
  }

  /** Returns what gates refuse of a stack's moves. */
  of(moves: readonly Moved[], old: StackPlan | undefined, now: StackPlan) {
    const target = targetOf(runAt(now, []), this.#now, this.#breakGlass);
    const before = new Map(old?.deployments.map((one) => [one.service.name, one]));
    const after = new Map(now.deployments.map((one) => [one.service.name, one]));
    const results = moves.flatMap(({ name }): GateResult[] => {
      const moved = after.get(name);
      if (moved === undefined) return [];
      const { service, ...pin } = moved;
      const current = before.get(name);
      const candidate = { service, pin, ...(current !== undefined && { current }) };
      // A hold that comes with the move is how a rollback stays.
      if (now.config.holds.has(name) && old?.config.holds.has(name) !== true) {
        return evaluateGates(ROLLBACK_GATES, candidate, target);
      }
      const upstream = this.#upstream(now, name, pin);
      const found: GateResult[] =
        upstream === undefined
          ? evaluateGates(EDIT_GATES, candidate, target)
          : evaluateGates(LOCAL_GATES, { ...candidate, upstream }, target);
      // What a hold keeps is what runs: where nothing does, its pin begins to.
      return current === undefined ? found.filter(({ gate }) => gate !== "hold") : found;
    });
    return results.filter(({ pass }) => !pass).map(({ pass: _pass, ...refusal }) => refusal);
  }

  /**
   * Returns what the environment before runs of a service at its ref; or what it ran, where that is what
   * moves: what was tagged once goes on, whatever came after it.
   */
  #upstream({ config, environments }: StackPlan, name: string, wanted: Pin): Upstream | undefined {
    const { from = "" } = environments?.get(config.environment) ?? {};
    const environment = this.#reader.environments.get(from);
    if (environment === undefined) return undefined;
    const pin = this.#reader.atRef(environment).running.get(name);
    if (pin === undefined || !comesFrom(wanted, pin)) {
      const ran = this.#reader.lastRun(environment, name, (one) => comesFrom(wanted, one));
      if (ran !== undefined) return { environment: from, ...ran };
    }
    if (pin === undefined) return undefined;
    this.#since ??= this.#reader.since(this.#reader.environments.values());
    return { environment: from, pin, since: this.#since(from, name, pin) };
  }
}

/** Returns the changes of each environment by themselves, with a fingerprint of their own. */
export function byEnvironment({ stacks, ...changes }: Changes): Map<string, Changes> {
  const groups = new Map<string, Record<string, StackChanges>>();
  for (const [stack, changes] of Object.entries(stacks)) {
    const { environment } = changes;
    groups.set(environment, { ...groups.get(environment), [stack]: changes });
  }
  return new Map(
    [...groups].map(([environment, own]) => [
      environment,
      { ...changes, fingerprint: fingerprintOf(own), stacks: own },
    ]),
  );
}

function fingerprintOf(stacks: Readonly<Record<string, StackChanges>>): string {
  const decided = Object.entries(stacks)
    .map(([stack, { moves, changes }]) => ({ stack, moves, changes }))
    .sort((a, b) => (a.stack < b.stack ? -1 : 1));
  return `sha256:${createHash("sha256").update(JSON.stringify(decided)).digest("hex")}`;
}
