import type { ResourceChange } from "../adapters/pulumi/compare";
import type { Environments } from "../core/environments";
import { gateInput, runAt } from "../core/promotion/gate-input";
import {
  evaluateGates,
  freezeOf,
  type BreakGlass,
  type Candidate,
  type GateInput,
  type GateResult,
  type Intent,
} from "../core/promotion/gates";
import { chartText } from "../core/part-texts";
import type { Moved } from "../core/promotion/moves";
import type { Repository } from "../core/repository";
import { environmentOf, stackOf } from "../core/stack/config";
import type { Deployment, StackPlan } from "../core/stack/plan";
import { Commit, formatPin, type Pin } from "../core/version";
import type { BrokenGlass } from "./broken-glass";
import type { EnvironmentReader } from "./environments";
import { Upstreams, type Base, type Moving } from "./upstreams";
import type { World } from "./world";

/** What a change does to one stack, as gates judge it. */
export interface JudgedChange {
  /** The stack before; undefined where it is new, or couldn't be declared. */
  readonly old: StackPlan | undefined;
  /** The stack after; undefined where it is removed. */
  readonly now: StackPlan | undefined;
  readonly moves: readonly Moved[];
  readonly changes: readonly ResourceChange[];
}

/** The promotion path that judges, the gates of which a stack's change must pass. */
interface Path {
  readonly environments: Environments | undefined;
  readonly upstreams: Upstreams;
}

/**
 * Evaluates gates for what a change does. Two promotion paths judge it, that of the commit it is compared
 * with and its own: both have to let it pass, so that no change grants itself what it needs.
 */
export class MoveJudge {
  readonly #world: World;
  readonly #reader: EnvironmentReader;
  readonly #base: Base;
  readonly #before: Repository;
  readonly #own: Path;
  readonly #former: Path;

  constructor(world: World, reader: EnvironmentReader, base: Base) {
    this.#world = world;
    this.#reader = reader;
    this.#base = base;
    this.#before = reader.at(base.commit);
    const pathOf = (environments: Environments | undefined): Path => ({
      environments,
      upstreams: new Upstreams(world, reader, environments ?? new Map(), base),
    });
    this.#own = pathOf(reader.current.environments);
    this.#former = pathOf(this.#before.environments);
  }

  /**
   * Returns the verdicts of all gates on what a change does to one stack.
   * @param glass the reasons of the change's commits, where they may matter
   */
  async verdicts(change: JudgedChange, glass?: BrokenGlass): Promise<GateResult[]> {
    const plan = change.now ?? change.old;
    if (plan === undefined) return [];
    const own = await this.#by(this.#own, change, plan, glass);
    const known = new Set(own.filter(isOpen).map(keyOf));
    const { environments, issues } = this.#before;
    if (environments === undefined) {
      const broken = issues.some(({ file }) => file === "environments.yaml");
      return broken ? [...own, ...this.#unreadablePath(change)] : own;
    }
    const past = { ...plan, ...formerConfig(change, plan) };
    const former = (await this.#by(this.#former, change, past, glass))
      .filter((result) => isOpen(result) && !known.has(keyOf(result)))
      .map((result) => ({ ...result, reason: `before this change: ${result.reason}` }));
    return [...this.#lostPath(plan), ...own, ...former];
  }

  /** Returns the refusal of a change that takes the promotion path away. */
  #lostPath({ config }: StackPlan): GateResult[] {
    if (this.#own.environments !== undefined) return [];
    const reason = `environments.yaml is gone, so no gate of ${config.environment} would refuse anything; restore it`;
    return [pathRefusal(reason)];
  }

  #unreadablePath({ moves }: JudgedChange): GateResult[] {
    if (moves.length === 0) return [];
    const reason = `environments.yaml of ${this.#base.commit} can't be read, so nobody knows which gates hold; repair it in a change of its own`;
    return [pathRefusal(reason)];
  }

  async #by(
    path: Path,
    change: JudgedChange,
    plan: StackPlan,
    glass: BrokenGlass | undefined,
  ): Promise<GateResult[]> {
    const { moves, changes } = change;
    const input: GateInput = {
      ...gateInput(runAt({ ...plan, environments: path.environments }, []), this.#world.now()),
      isFirst: this.#isFirst(plan),
    };
    const { breakGlass } = input.environment;
    const reasons = await glass?.of(plan.config.stack, breakGlass?.teams);
    const moved = new Set(moves.map(({ name }) => name));
    const others = new Set(changes.map(({ name }) => name).filter((name) => !moved.has(name)));
    return [
      ...moves.flatMap((move) => this.#judge(move, path, change, input, reasons?.get(move.name))),
      ...[...others].map((name) => freezeOf(name, input, reasons?.get(name))),
    ];
  }

  /** Whether nothing of the environment was deployed before: nothing can have come the path. */
  #isFirst({ config: { environment } }: StackPlan): boolean {
    const { updates } = this.#base;
    const stacks = [this.#reader.current, this.#before].flatMap((repository) =>
      [...repository.stacks.values()].filter((values) => environmentOf(values) === environment),
    );
    if (updates !== undefined) {
      return stacks.every(({ stack }) => updates.get(stack)?.length === 0);
    }
    const had = [...this.#before.stacks.values()].some(
      (values) => environmentOf(values) === environment,
    );
    const unreadable = this.#before.issues.some(({ file }) => stackOf(file) !== undefined);
    return !had && !unreadable;
  }

  #judge(
    move: Moved,
    path: Path,
    { old, now }: JudgedChange,
    input: GateInput,
    breakGlass: BreakGlass | undefined,
  ): GateResult[] {
    const { name } = move;
    const current = old?.deployments.find(({ service }) => service.name === name);
    const moved = now?.deployments.find(({ service }) => service.name === name);
    if (now === undefined || moved === undefined) return [freezeOf(name, input, breakGlass)];
    const { service, ...pin } = moved;
    const { environment } = input;
    const candidate: Candidate = {
      intent: this.#intentOf(old, now, name, pin, current, input),
      service,
      pin,
      ...(current !== undefined && { current }),
      upstreams: path.upstreams.of(environment, movingOf(move, moved, current)),
      ...(breakGlass !== undefined && { breakGlass }),
    };
    const results = evaluateGates(candidate, input);
    // A hold keeps what runs: where the service doesn't run yet, its pin is where it begins.
    return current === undefined ? results.filter(({ gate }) => gate !== "hold") : results;
  }

  /**
   * A change is a rollback where a new hold comes with a pin that ran in the environment before. It is a
   * promotion where the environment takes versions from another one, and else a bump.
   */
  #intentOf(
    old: StackPlan | undefined,
    now: StackPlan,
    name: string,
    pin: Pin,
    current: Pin | undefined,
    { environment }: GateInput,
  ): Intent {
    const [before, hold] = [old?.config.holds.get(name), now.config.holds.get(name)];
    const isNew = hold !== undefined && hold.reason !== before?.reason;
    if (isNew && current !== undefined && this.#ranBefore(now, name, pin, current)) {
      return "rollback";
    }
    return environment.from.length === 0 ? "bump" : "promotion";
  }

  /** Whether a pin ran in the environment before what runs there, and isn't a later version. */
  #ranBefore({ config }: StackPlan, name: string, pin: Pin, current: Pin): boolean {
    const environment = this.#reader.environments.get(config.environment);
    if (environment === undefined || isLater(pin.version, current.version)) return false;
    const { commit: base, updates } = this.#base;
    const isOfRef = this.#reader.resolved(environment) !== undefined;
    const changes = this.#reader.changesOf(environment, name, isOfRef ? undefined : base);
    const deployed = updates?.get(config.stack);
    // What the change itself brought may be committed already, and ran nowhere.
    const past = changes.filter(({ commit }) => this.#reader.leadsTo(commit, base));
    const running = past.findIndex(({ to }) => to && formatPin(to) === formatPin(current));
    return past.slice(running + 1).some(({ to, commit }) => {
      if (to?.version.text !== pin.version.text || !sameBytes(to, pin)) return false;
      if (deployed === undefined) return true;
      const next = changes[changes.findIndex((change) => change.commit === commit) - 1];
      return deployed.some(
        (update) =>
          this.#reader.leadsTo(commit, update.commit) &&
          (next === undefined || !this.#reader.leadsTo(next.commit, update.commit)),
      );
    });
  }
}

/** Returns what of a service moves: of one that is new the version and the chart. */
function movingOf(
  { chart, image }: Moved,
  { service, ...now }: Deployment,
  current: Deployment | undefined,
): Moving {
  if (current === undefined) return { service, pin: now, chart: chartText(now.chart) };
  return {
    service,
    ...(formatPin(current) !== formatPin(now) && { pin: now }),
    ...(chart && { chart: chart.to }),
    ...(image && { image: image.to }),
  };
}

/** The environment and the holds of a stack before a change. */
function formerConfig({ old }: JudgedChange, plan: StackPlan): Pick<StackPlan, "config"> {
  if (old === undefined) return plan;
  const { environment, holds } = old.config;
  return { config: { ...plan.config, environment, holds } };
}

function pathRefusal(reason: string): GateResult {
  return { gate: "path", service: "environments.yaml", pass: false, reason, passesAt: null };
}

/** Whether it refuses, or may still do so. */
function isOpen({ pass, pending }: GateResult): boolean {
  return !pass || pending !== undefined;
}

/** One refusal of a gate is enough; questions are the same where their reasons are. */
function keyOf({ gate, service, pass, reason }: GateResult): string {
  return JSON.stringify([gate, service, pass ? reason : null]);
}

function isLater(version: Pin["version"], than: Pin["version"]): boolean {
  if (version instanceof Commit || than instanceof Commit) return false;
  return version.isOrderedWith(than) && version.compare(than) > 0;
}

/** Whether two pins of one version may be the same bytes. */
function sameBytes(a: Pin, b: Pin): boolean {
  return a.digest === undefined || b.digest === undefined || formatPin(a) === formatPin(b);
}
