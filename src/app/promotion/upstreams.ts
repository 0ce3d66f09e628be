import type { Update } from "../../adapters/pulumi/stack-history";
import type { Environment, Environments } from "../../core/environments";
import { formatIssue, hasErrors } from "../../core/input/issue";
import type { Upstream } from "../../core/promotion/gate";
import { chartText, deployedChartText } from "../../core/part-texts";
import { hostOf, imageOf, movesPin, type Difference } from "../../core/promotion/moves";
import { issuesFor, planStack } from "../../core/repository";
import { environmentOf } from "../../core/stack/config";
import { stateOf, type EnvironmentState } from "../environment-state";
import type { EnvironmentReader } from "../environments";
import { ServicePast, type Moving, type Running } from "./service-past";

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

/** Returns what of a service a promotion moves. */
export function movingOf(difference: Difference): Moving {
  const { service, pin, chart } = difference;
  return {
    service,
    ...(movesPin(difference) && { pin }),
    ...(chart !== undefined && { chart: chartText(chart) }),
  };
}

/** An environment, and what each of its stacks runs by service, or why one of them can't be read. */
interface RunningEnvironment {
  readonly state: EnvironmentState;
  readonly running: ReadonlyMap<string, ReadonlyMap<string, Running>> | string;
}

/** What environments ran of services, as the gates of a promotion ask about it. */
export class Upstreams {
  readonly #reader: EnvironmentReader;
  readonly #environments: Environments;
  readonly #base: Base | undefined;
  readonly #running = new Map<string, RunningEnvironment>();

  /**
   * @param environments the promotion path that counts; by default the working tree's
   * @param base undefined for a promotion of what is in the working tree
   */
  constructor(
    reader: EnvironmentReader,
    environments: Environments = reader.environments,
    base?: Base,
  ) {
    this.#reader = reader;
    this.#environments = environments;
    this.#base = base;
  }

  /** Returns what each environment that another one takes versions from ran of what moves, stack by stack. */
  of(target: Environment, moving: Moving): Upstream[] {
    return target.from.flatMap((from): Upstream[] => {
      const environment = this.#environments.get(from);
      if (environment === undefined) {
        return [{ environment: from, problem: "environments.yaml doesn't have it" }];
      }
      return this.#upstreams(environment, target, moving);
    });
  }

  /** Returns what the stacks of an environment that run a service ran of it. */
  #upstreams(environment: Environment, target: Environment, moving: Moving): Upstream[] {
    const { name } = environment;
    const head = this.#baseOf(environment, target);
    const { state, running } = this.#runningAt(environment, head);
    if (typeof running === "string") return [{ environment: name, problem: running }];
    const service = moving.service.name;
    const updates = this.#base?.updates;
    const found = [...running].flatMap(([stack, services]) => {
      const now = services.get(service);
      return now === undefined ? [] : [{ stack, now }];
    });
    const stacks = found.length === 0 ? [{ stack: undefined, now: undefined }] : found;
    return stacks.map(({ stack, now }) => {
      const hasOthers = stacks.length > 1;
      const where = { service, state, stack, hasOthers, now, head, updates };
      return new ServicePast(this.#reader, where).upstream(moving);
    });
  }

  /** Returns what an environment runs: read once, however many services are asked about. */
  #runningAt(environment: Environment, head: string | undefined): RunningEnvironment {
    const key = JSON.stringify([environment.name, head]);
    const known = this.#running.get(key);
    if (known !== undefined) return known;
    const state =
      head === undefined
        ? this.#reader.declared(environment)
        : stateOf(environment, undefined, this.#reader.at(head));
    const found = { state, running: readable(state) };
    this.#running.set(key, found);
    return found;
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
}

/** Returns what each stack of an environment runs. */
function readable({
  environment: { name },
  repository,
  unreadable,
}: EnvironmentState): RunningEnvironment["running"] {
  const running = new Map<string, Map<string, Running>>();
  for (const values of repository.stacks.values()) {
    if (environmentOf(values) !== name) continue;
    const { plan, issues } = planStack(repository, values);
    const found = [...issuesFor(repository, values.stack), ...issues];
    const first = found.find((issue) => hasErrors([issue]));
    if (plan === undefined || first !== undefined) {
      return `it can't be declared${first === undefined ? "" : `: ${formatIssue(first)}`}`;
    }
    const host = hostOf(plan.config);
    const services = plan.deployments.map((deployment) => {
      const { service, chart } = deployment;
      const image = imageOf(service, plan.config);
      const parts = { chart: deployedChartText(chart), image, host };
      return [service.name, { pin: deployment, ...parts }] as const;
    });
    running.set(values.stack, new Map(services));
  }
  const [unknown] = unreadable;
  // What it runs isn't known, whatever the other stacks ran.
  if (running.size > 0 && unknown !== undefined) {
    return `a stack config of it can't be read: ${formatIssue(unknown)}`;
  }
  if (running.size > 0) return running;
  const broken = repository.issues.find((issue) => hasErrors([issue]));
  return `no stack config of it can be read${broken === undefined ? "" : `: ${formatIssue(broken)}`}`;
}
