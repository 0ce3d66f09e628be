import type { ResourceChange } from "../../adapters/pulumi/compare";
import type { Environment, Environments } from "../../core/environments";
import { pastOf, runsBefore } from "../../core/history/replay";
import { gateInput, runAt } from "../../core/promotion/gate-input";
import type { BreakGlass, Candidate, GateInput, GateResult } from "../../core/promotion/gate";
import { evaluateGates, evaluateStaticGates, freezeOf } from "../../core/promotion/gates";
import { chartText, imageText } from "../../core/part-texts";
import { hostOf, type Moved } from "../../core/promotion/moves";
import type { Repository } from "../../core/repository";
import { environmentOf, stackOf } from "../../core/stack/config";
import type { Deployment, StackPlan } from "../../core/stack/plan";
import { stepBetween } from "../../core/promotion/step";
import { policyOf } from "../../core/verify/policy";
import type { Verification } from "../../core/verify/verification";
import { formatPin, mayBeSame, type Pin } from "../../core/version";
import type { BrokenGlass } from "./broken-glass";
import { AskedChecks } from "./checks";
import type { EnvironmentReader } from "../environments";
import { RecordedEvidence } from "../verify/recorded-evidence";
import type { Moving } from "./service-past";
import { Upstreams, type Base } from "./upstreams";
import type { World } from "../world";

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
  readonly #evidence: RecordedEvidence;
  readonly #checks: AskedChecks;

  /** @param checks asked about commits that were deployed; by default nobody is */
  constructor(world: World, reader: EnvironmentReader, base: Base, checks = new AskedChecks()) {
    this.#checks = checks;
    this.#world = world;
    this.#reader = reader;
    this.#base = base;
    this.#before = reader.at(base.commit);
    this.#evidence = new RecordedEvidence(world.files);
    const pathOf = (environments: Environments | undefined): Path => ({
      environments,
      upstreams: new Upstreams(reader, environments ?? new Map(), base),
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
    const isBroken = issues.some(({ file }) => file === "environments.yaml");
    if (environments === undefined && isBroken)
      return [...own, ...this.#unreadablePath(change, plan)];
    // Without a path what was held counts all the same.
    const past = { ...plan, ...formerConfig(change, plan) };
    const former = (await this.#by(this.#former, change, past, glass))
      .filter((result) => isOpen(result) && !known.has(keyOf(result)))
      .map((result) => ({ ...result, reason: `before this change: ${result.reason}` }));
    return [...this.#lostPath(plan), ...own, ...former];
  }

  /** Returns the refusal of a change that takes the promotion path away. */
  #lostPath({ config }: StackPlan): GateResult[] {
    if (this.#own.environments !== undefined || this.#former.environments === undefined) return [];
    const reason = `environments.yaml is gone, so no gate of ${config.environment} would refuse anything; restore it`;
    return [pathRefusal(config.stack, reason)];
  }

  #unreadablePath({ moves }: JudgedChange, { config }: StackPlan): GateResult[] {
    if (moves.length === 0) return [];
    const reason = `environments.yaml of ${this.#base.commit} can't be read, so nobody knows which gates hold; repair it in a change of its own`;
    return [pathRefusal(config.stack, reason)];
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
    const verdicts: GateResult[] = [];
    for (const move of moves) {
      verdicts.push(...(await this.#judge(move, path, change, input, reasons?.get(move.name))));
    }
    return [...verdicts, ...[...others].map((name) => freezeOf(name, input, reasons?.get(name)))];
  }

  /**
   * Whether nothing of the environment was deployed before: nothing can have come the path. A stack that was
   * taken away and comes back was deployed before.
   */
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
    return !had && !unreadable && !this.#reader.everRan(environment, this.#base.commit);
  }

  async #judge(
    move: Moved,
    path: Path,
    { old, now }: JudgedChange,
    input: GateInput,
    breakGlass: BreakGlass | undefined,
  ): Promise<GateResult[]> {
    const { name } = move;
    const [current, moved] = [deploymentIn(old, name), deploymentIn(now, name)];
    if (now === undefined || moved === undefined) return [freezeOf(name, input, breakGlass)];
    const { service, ...pin } = moved;
    const { environment } = input;
    const ran = this.#rollbackTo(old, now, move, pin, current);
    const forward = environment.from.length === 0 ? "bump" : "promotion";
    const upstreams = path.upstreams.of(environment, movingOf(move, old, now, moved));
    const checks = ran === undefined ? await this.#checks.of(environment, upstreams) : undefined;
    const candidate: Candidate = {
      intent: ran === undefined ? forward : "rollback",
      ...(ran !== undefined && { ran }),
      // What was suspended doesn't move in the change that ends that.
      service:
        path === this.#former && current ? { ...service, deploy: current.service.deploy } : service,
      pin,
      ...(current !== undefined && { current }),
      ...(current !== undefined && { wasReplaced: this.#wasReplaced(now, name, pin, current) }),
      upstreams,
      ...(checks !== undefined && { checks }),
      verification: this.#recorded(moved, now, environment),
      ...(breakGlass !== undefined && { breakGlass }),
    };
    const results = evaluatePinned(candidate, input);
    // A hold keeps what runs: where the service doesn't run yet, its pin is where it begins.
    return current === undefined ? results.filter(({ gate }) => gate !== "hold") : results;
  }

  /** Returns what was recorded of the signatures of a service, as the gate tells it: who deploys asks again. */
  #recorded(deployment: Deployment, { config }: StackPlan, environment: Environment): Verification {
    const policy = policyOf(environment, deployment.service, config.githubOwner);
    return this.#evidence.of({ deployment, config, policy });
  }

  /**
   * Returns the pin that a change goes back to: where a new hold comes with a pin that ran in the stack
   * before, and so did all else that moves. Undefined where it is no rollback: then it is a promotion where the
   * environment takes versions from another one, and else a bump.
   */
  #rollbackTo(
    old: StackPlan | undefined,
    now: StackPlan,
    move: Moved,
    pin: Pin,
    current: Pin | undefined,
  ): Pin | undefined {
    const { name } = move;
    const [before, hold] = [old?.config.holds.get(name), now.config.holds.get(name)];
    const isNew = hold !== undefined && hold.reason !== before?.reason;
    if (!isNew || current === undefined || !this.#partsRan(now, move)) return undefined;
    return this.#ranBefore(now, name, pin, current);
  }

  /** Whether a chart and an image repository that move ran in the stack before. */
  #partsRan({ config }: StackPlan, move: Moved): boolean {
    return (["chart", "image"] as const).every((part) => {
      const wanted = move[part]?.to;
      if (wanted === undefined) return true;
      const which = { stack: config.stack, service: move.name, part };
      const past = this.#past(config, (environment, head) =>
        this.#reader.partChangesOf(environment, which, head),
      );
      return past.some(({ from, commit }, index) => {
        const { stack } = config;
        return from === wanted && this.#wasDeployed(stack, past[index + 1]?.commit, commit);
      });
    });
  }

  /** Whether a pin without an order to what runs there ran in the stack before it. */
  #wasReplaced(now: StackPlan, name: string, pin: Pin, current: Pin): boolean {
    if (stepBetween(current.version, pin.version) !== "unordered") return false;
    const isOther = formatPin(pin) !== formatPin(current);
    return isOther && this.#ranBefore(now, name, pin, current) !== undefined;
  }

  /**
   * Returns the pin that ran in the stack before what runs there, and may be the same; undefined for a later
   * version, and for one that only loses its digest: nobody knows its bytes.
   */
  #ranBefore({ config }: StackPlan, name: string, pin: Pin, current: Pin): Pin | undefined {
    if (stepBetween(pin.version, current.version) === "downgrade") return undefined;
    if (pin.version.text === current.version.text && pin.digest === undefined) return undefined;
    const past = this.#past(config, (environment, head) =>
      this.#reader.changesOf(environment, name, head),
    );
    const runs = runsBefore(pastOf(past, config.stack), current).filter((run) => {
      return mayBeSame(run.pin, pin) && this.#wasDeployed(run.stack, run.commit, run.next);
    });
    return (runs.find((run) => run.pin.digest === pin.digest) ?? runs[0])?.pin;
  }

  /**
   * Returns changes of the environment of a stack, newest first, without those that the change itself brought:
   * they may be committed already, and ran nowhere.
   */
  #past<One extends { readonly commit: string }>(
    { environment: name }: StackPlan["config"],
    changesOf: (environment: Environment, head: string | undefined) => One[],
  ): One[] {
    const environment = this.#reader.environments.get(name);
    if (environment === undefined) return [];
    const isOfRef = this.#reader.resolved(environment) !== undefined;
    const changes = changesOf(environment, isOfRef ? undefined : this.#base.commit);
    return changes.filter(({ commit }) => this.#reader.leadsTo(commit, this.#base.commit));
  }

  /** Whether an update brought what one commit declared, and another one replaced; without states it did. */
  #wasDeployed(stack: string, commit: string | undefined, next: string | undefined): boolean {
    const { updates } = this.#base;
    if (updates === undefined) return true;
    return this.#reader.bringing(updates.get(stack) ?? [], commit, next).length > 0;
  }
}

/** Returns the verdicts on a pin that is deployed as it is: nobody resolves its digest any more. */
function evaluatePinned(candidate: Candidate, input: GateInput): GateResult[] {
  const asPinned = evaluateStaticGates({ ...candidate, intent: "inspection" }, input);
  const known = new Set(asPinned.map(({ gate }) => gate));
  return [...asPinned, ...evaluateGates(candidate, input).filter(({ gate }) => !known.has(gate))];
}

/**
 * Returns what of a service moves: of one that is new all of it. Registries of environments may have hosts of
 * their own, so the host counts where it is what moves.
 */
function movingOf(
  { name, chart, image }: Moved,
  old: StackPlan | undefined,
  now: StackPlan,
  { service, ...moved }: Deployment,
): Moving {
  const current = deploymentIn(old, name);
  const isHost = old !== undefined && hostOf(old.config) !== hostOf(now.config);
  const imageAt = (host: string | undefined): string => imageText(service, host);
  if (current === undefined) {
    const ofHelm = moved.chart && { chart: chartText(moved.chart) };
    return { service, pin: moved, ...ofHelm, image: imageAt };
  }
  return {
    service,
    ...(formatPin(current) !== formatPin(moved) && { pin: moved }),
    ...(chart && { chart: chart.to }),
    ...(image && { image: isHost ? () => image.to : imageAt }),
  };
}

function deploymentIn(plan: StackPlan | undefined, name: string): Deployment | undefined {
  return plan?.deployments.find(({ service }) => service.name === name);
}

/** The environment and the holds of a stack before a change. */
function formerConfig({ old }: JudgedChange, plan: StackPlan): Pick<StackPlan, "config"> {
  if (old === undefined) return plan;
  const { environment, holds } = old.config;
  return { config: { ...plan.config, environment, holds } };
}

function pathRefusal(stack: string, reason: string): GateResult {
  return { gate: "path", stack, service: "environments.yaml", pass: false, reason, passesAt: null };
}

/** Whether it refuses, or may still do so. */
function isOpen({ pass, pending }: GateResult): boolean {
  return !pass || pending !== undefined;
}

/** One refusal of a gate is enough; questions are the same where their reasons are. */
function keyOf({ gate, service, pass, reason }: GateResult): string {
  return JSON.stringify([gate, service, pass ? reason : null]);
}
