import type { ResolvedRef } from "../adapters/git/refs";
import type { Environment } from "../core/environments";
import { hasErrors, type Issue } from "../core/input/issue";
import { planStack, type Repository } from "../core/repository";
import { environmentOf } from "../core/stack/config";
import type { Deployment, StackPlan } from "../core/stack/plan";

/** One environment as one tree describes it. */
export interface EnvironmentState {
  readonly environment: Environment;
  /** The ref that the tree belongs to; undefined for the working tree. */
  readonly ref: ResolvedRef | undefined;
  readonly repository: Repository;
  /** Of each of its stacks. */
  readonly plans: readonly StackPlan[];
  /** Why some of its stack configs can't be read, so that what they run isn't known. */
  readonly unreadable: readonly Issue[];
}

/** An environment, or one stack of it. */
export interface Place {
  readonly environment: Environment;
  /** Undefined for all of its stacks. */
  readonly stack: string | undefined;
}

/** Returns an environment as a repository describes it. Findings are ignored: the tree is already there. */
export function stateOf(
  environment: Environment,
  ref: ResolvedRef | undefined,
  repository: Repository,
): EnvironmentState {
  const plans = [...repository.stacks.values()]
    .filter((values) => environmentOf(values) === environment.name)
    .flatMap((values) => planStack(repository, values).plan ?? []);
  const unreadable = unreadableIn(environment, repository);
  return { environment, ref, repository, plans, unreadable };
}

/** Returns the plans of a place: of all stacks of an environment, or of one. */
export function stacksAt(
  { plans }: EnvironmentState,
  { stack }: Pick<Place, "stack">,
): StackPlan[] {
  return plans.filter(({ config }) => stack === undefined || config.stack === stack);
}

/** Returns what a stack of an environment runs, by service. */
export function runningIn(
  plans: readonly StackPlan[],
  stack: string,
): ReadonlyMap<string, Deployment> {
  const plan = plans.find(({ config }) => config.stack === stack);
  return new Map(plan?.deployments.map((deployment) => [deployment.service.name, deployment]));
}

/**
 * Returns why stacks of an environment can't be read. One that names no environment of the promotion path may be
 * of any.
 */
export function unreadableIn({ name }: Pick<Environment, "name">, repository: Repository): Issue[] {
  const { stacks, unreadable, environments } = repository;
  const broken = unreadable.flatMap(({ environments: named, issues }) => {
    const isOfAny = environments !== undefined && !named.some((one) => environments.has(one));
    return isOfAny || named.includes(name) ? issues : [];
  });
  const refused = [...stacks.values()].flatMap((values) => {
    if (environmentOf(values) !== name) return [];
    const { plan, issues } = planStack(repository, values);
    return plan === undefined ? issues : [];
  });
  return [...broken, ...refused].filter((issue) => hasErrors([issue]));
}
