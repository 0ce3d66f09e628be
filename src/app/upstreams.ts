import type { Update } from "../adapters/pulumi/stack-history";
import type { Environment, Environments } from "../core/environments";
import type { Change, Part } from "../core/history/replay";
import { formatIssue, hasErrors } from "../core/input/issue";
import { comesFrom, type Ran, type Upstream, type UpstreamPart } from "../core/promotion/gates";
import { chartText } from "../core/part-texts";
import { hostOf, imageOf, movesPin, type Difference } from "../core/promotion/moves";
import { issuesFor, planStack } from "../core/repository";
import { environmentOf } from "../core/stack/config";
import type { Service } from "../core/list/service";
import { formatPin, type Pin } from "../core/version";
import { stateOf, type EnvironmentReader, type EnvironmentState } from "./environments";
import type { World } from "./world";

/** Where a change starts from, and what was deployed there. */
export interface Base {
  /** The commit that the change is compared with. */
  readonly commit: string;
  /**
   * The updates of stacks whose state can be read, newest first. Absent where nobody asks for states: then
   * what is committed counts as deployed.
   */
  readonly updates?: ReadonlyMap<string, readonly Update[]>;
}

/** What of a service moves, and to what. */
export interface Moving {
  readonly service: Service;
  /** Absent where the version stays. */
  readonly pin?: Pin;
  /** The chart in one text; absent where it stays. */
  readonly chart?: string;
  /** Returns the image repository in one text, as a registry at a host has it; absent where it stays. */
  readonly image?: (host: string | undefined) => string;
}

/** Returns what of a service a promotion moves. */
export function movingOf(difference: Difference): Moving {
  const { service, pin, chart } = difference;
  return {
    service,
    ...(movesPin(difference) && { pin }),
    ...(chart !== undefined && { chart: chartText(chart) }),
  };
}

/** What runs of a service upstream. */
interface Running {
  readonly pin: Pin;
  readonly chart: string;
  readonly image: string;
  readonly host: string | undefined;
}

/** A time for which a pin ran, as an environment's history has it. */
interface Run {
  readonly pin: Pin;
  readonly at: Date;
  readonly commit: string;
  /** The change that ended it. */
  readonly next: Pick<Change, "at" | "commit"> | undefined;
}

/** What environments ran of services, as the gates of a promotion ask about it. */
export class Upstreams {
  readonly #world: World;
  readonly #reader: EnvironmentReader;
  readonly #environments: Environments;
  readonly #base: Base | undefined;

  /**
   * @param environments the promotion path that counts; by default the working tree's
   * @param base undefined for a promotion of what is in the working tree
   */
  constructor(
    world: World,
    reader: EnvironmentReader,
    environments: Environments = reader.environments,
    base?: Base,
  ) {
    this.#world = world;
    this.#reader = reader;
    this.#environments = environments;
    this.#base = base;
  }

  /** Returns what each environment that another one takes versions from ran of what moves. */
  of(target: Environment, moving: Moving): Upstream[] {
    return target.from.map((from) => {
      const environment = this.#environments.get(from);
      if (environment === undefined) {
        return { environment: from, problem: "environments.yaml doesn't have it" };
      }
      return this.#upstream(environment, target, moving);
    });
  }

  #upstream(environment: Environment, target: Environment, moving: Moving): Upstream {
    const { name } = moving.service;
    const base = this.#baseOf(environment, target);
    const state =
      base === undefined
        ? this.#reader.declared(environment)
        : stateOf(environment, undefined, this.#reader.at(base));
    const running = readable(state);
    if (typeof running === "string") return { environment: environment.name, problem: running };
    const now = running.get(name);
    const runs = this.#runsOf(environment, name, base);
    const { pin: wanted } = moving;
    const found =
      wanted === undefined
        ? undefined
        : (runFor(wanted, now?.pin, runs) ?? this.#coming(environment, name, wanted, base));
    const pin = found?.pin ?? now?.pin;
    if (pin === undefined) {
      return { environment: environment.name, problem: `it doesn't run ${name}` };
    }
    const version: UpstreamPart[] =
      wanted === undefined
        ? []
        : [
            {
              what: wanted.version.text,
              runs: pin.version.text,
              ...(found !== undefined && { ran: this.#ran(found, state, name) }),
            },
          ];
    const parts = (["chart", "image"] as const).flatMap((part): UpstreamPart[] => {
      const wanted = part === "image" ? moving.image?.(now?.host) : moving.chart;
      if (wanted === undefined) return [];
      const ran = this.#partRan(environment, name, part, wanted, now?.[part], runs, base);
      const label = part === "chart" ? "the chart" : "the image repository";
      const runsText = now === undefined ? "nothing" : `${label} ${now[part]}`;
      return [
        {
          what: `${label} ${wanted}`,
          runs: runsText,
          ...(ran && { ran: this.#deployedSince(ran, state, name) }),
        },
      ];
    });
    return { environment: environment.name, pin, parts: [...version, ...parts] };
  }

  /** Returns when a chart or an image repository ran; undefined where it never did. */
  #partRan(
    environment: Environment,
    name: string,
    part: Part,
    wanted: string,
    now: string | undefined,
    runs: Run[] | undefined,
    base: string | undefined,
  ): Omit<Run, "pin"> | Exclude<Ran["since"], Date> | undefined {
    if (runs === undefined) return now === wanted ? "unknown" : undefined;
    const changes = this.#reader.partChangesOf(environment, name, part, base);
    // Before its first change it was what the service began with.
    const start = runs.at(-1);
    const begun = (index: number): Omit<Run, "pin"> | undefined => {
      const change = changes[index] ?? start;
      return change && { at: change.at, commit: change.commit, next: changes[index - 1] };
    };
    if (now === wanted) {
      const last = changes[0]?.to;
      return last === undefined || last === wanted ? begun(0) : "uncommitted";
    }
    const ended = changes.findIndex(({ from }) => from === wanted);
    return ended === -1 ? undefined : begun(ended + 1);
  }

  /**
   * Returns the commit whose tree is what an environment runs, where that isn't the one at its ref: versions
   * that arrive in the same change have run nowhere.
   */
  #baseOf(environment: Environment, target: Environment): string | undefined {
    if (this.#base === undefined) return undefined;
    const { commit, updates } = this.#base;
    if (this.#reader.resolved(environment) === undefined) return commit;
    const { name, ref } = environment;
    const isOneLine = ref === target.ref && name !== target.name;
    return isOneLine && updates === undefined ? commit : undefined;
  }

  /** Returns the times for which a service ran at its pins, newest first; undefined outside of git. */
  #runsOf(environment: Environment, name: string, base: string | undefined): Run[] | undefined {
    if (!this.#world.git.isRepository()) return undefined;
    const changes = this.#reader.changesOf(environment, name, base);
    return changes.flatMap(({ to: pin, at, commit }, index) => {
      return pin === undefined ? [] : { pin, at, commit, next: changes[index - 1] };
    });
  }

  /** Returns a pin that the change itself brings to an environment, and that has run nowhere. */
  #coming(
    environment: Environment,
    name: string,
    wanted: Pin,
    base: string | undefined,
  ): FoundRun | undefined {
    if (base === undefined) return undefined;
    const pin = this.#reader.inWorkingTree(environment).running.get(name);
    return pin !== undefined && comesFrom(wanted, pin) ? { pin, since: "coming" } : undefined;
  }

  /** Returns when a pin ran. */
  #ran(found: FoundRun, state: EnvironmentState, name: string): Ran {
    return this.#deployedSince("at" in found ? found : found.since, state, name);
  }

  /** Returns when something ran: since it was committed, or since an update brought it where that is later. */
  #deployedSince(
    run: Omit<Run, "pin"> | Exclude<Ran["since"], Date>,
    { plans }: EnvironmentState,
    name: string,
  ): Ran {
    if (typeof run === "string") return { since: run };
    const { at, next, commit } = run;
    const until = next === undefined ? {} : { until: next.at };
    const updates = this.#base?.updates;
    const stacks = plans.filter(({ deployments }) =>
      deployments.some(({ service }) => service.name === name),
    );
    const isKnown = stacks.every(({ config }) => updates?.has(config.stack) === true);
    if (updates === undefined || !isKnown) return { since: at, ...until };
    const known = stacks.flatMap(({ config }) => updates.get(config.stack) ?? []);
    const brought = known.filter(
      (update) =>
        this.#reader.leadsTo(commit, update.commit) &&
        (next === undefined || !this.#reader.leadsTo(next.commit, update.commit)),
    );
    if (brought.length === 0) return { since: "undeployed" };
    const first = Math.min(...brought.map(({ at }) => at.getTime()));
    return { since: new Date(Math.max(first, at.getTime())), ...until };
  }
}

/** When a pin ran as declared, or why that isn't known. */
type FoundRun = Run | { readonly pin: Pin; readonly since: Exclude<Ran["since"], Date> };

/** Returns the run of a pin: the one that goes on where it is the same version, else the last one. */
function runFor(wanted: Pin, now: Pin | undefined, runs: Run[] | undefined): FoundRun | undefined {
  if (now !== undefined && comesFrom(wanted, now)) {
    if (runs === undefined) return { pin: now, since: "unknown" };
    const [last] = runs;
    const isCommitted = last?.next === undefined && last !== undefined;
    if (isCommitted && formatPin(last.pin) === formatPin(now)) return last;
    const past = runs.find(({ pin, next }) => next !== undefined && comesFrom(wanted, pin));
    return past ?? { pin: now, since: "uncommitted" };
  }
  return runs?.find(({ pin, next }) => next !== undefined && comesFrom(wanted, pin));
}

/** Returns what the stacks of an environment run, or why one of them can't be read. */
function readable({ environment: { name }, repository }: EnvironmentState) {
  const running = new Map<string, Running>();
  let stacks = 0;
  for (const values of repository.stacks.values()) {
    if (environmentOf(values) !== name) continue;
    stacks += 1;
    const { plan, issues } = planStack(repository, values);
    const found = [...issuesFor(repository, values.stack), ...issues];
    const first = found.find((issue) => hasErrors([issue]));
    if (plan === undefined || first !== undefined) {
      return `it can't be declared${first === undefined ? "" : `: ${formatIssue(first)}`}`;
    }
    for (const deployment of plan.deployments) {
      const { service, chart } = deployment;
      const [image, host] = [imageOf(service, plan.config), hostOf(plan.config)];
      running.set(service.name, { pin: deployment, chart: chartText(chart), image, host });
    }
  }
  if (stacks > 0) return running;
  const broken = repository.issues.find((issue) => hasErrors([issue]));
  return `no stack config of it can be read${broken === undefined ? "" : `: ${formatIssue(broken)}`}`;
}
