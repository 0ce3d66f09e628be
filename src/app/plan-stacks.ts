import type { Evaluation } from "../adapters/pulumi/resource";
import { findingsError, usageError } from "../core/error";
import { hasErrors, sortIssues, type Issue } from "../core/input/issue";
import { checkRepository, issuesFor, planStack, type Repository } from "../core/repository";
import { environmentOf, stackOf, type StackValues } from "../core/stack/config";
import type { Deployment, StackPlan } from "../core/stack/plan";
import { suggestion } from "../core/suggestion";
import { policyIn } from "../core/verify/demanded";
import { formatPolicy } from "../core/verify/policy";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** One stack that was evaluated, as `plan` shows it. */
export interface PlannedStack extends Evaluation {
  readonly services: readonly PlannedService[];
}

/** What a stack runs of one service. */
export interface PlannedService {
  readonly name: string;
  readonly version: string;
  readonly digest: string | null;
  readonly chart: string | null;
  readonly chartVersion: string | null;
  readonly held: boolean;
  /** Whose signatures its environment demands, in words; missing where that has no `verify`. */
  readonly verify?: string;
}

/**
 * Returns the plans of stacks by name, in the order asked for; of all stacks without a name.
 * @param names of stacks or environments
 * @throws ReleasesError of kind `findings` when one of them can't be declared, of kind `usage` for a name
 *   that is neither, or where there is no stack config at all
 */
export async function planStacks(
  world: Pick<World, "engine">,
  repository: Repository,
  names: readonly string[],
  report: Reporter,
): Promise<Map<string, PlannedStack>> {
  const chosen = checkStacks(repository, names, report);
  if (chosen.length === 0) throw usageError("there is no stack config, Pulumi.<stack>.yaml");
  const planned = new Map<string, PlannedStack>();
  for (const name of chosen) {
    const values = repository.stacks.get(name);
    if (values === undefined) continue;
    planned.set(name, await evaluateStack(world, repository, values, planOf(repository, values)));
  }
  return planned;
}

/** Returns a stack that was checked and has a plan, evaluated. */
export async function evaluateStack(
  { engine }: Pick<World, "engine">,
  repository: Repository,
  values: StackValues,
  plan: StackPlan,
): Promise<PlannedStack> {
  const services = plan.deployments.map((deployment) => plannedService(plan, deployment));
  return { services, ...(await engine.evaluate(repository, values)) };
}

/** Returns the plan of a stack that was checked. */
export function planOf(repository: Repository, values: StackValues): StackPlan {
  const { plan } = planStack(repository, values);
  if (plan === undefined) throw new Error(`the stack ${values.stack} was checked and has no plan`);
  return plan;
}

/**
 * Checks the stacks of some names, or the whole repository without any. Warnings become notices. Returns
 * the names of the stacks.
 * @param gone stacks that the repository doesn't have any more, which may be named all the same
 * @throws ReleasesError of kind `findings` or `usage`, as `planStacks`
 */
export function checkStacks(
  repository: Repository,
  names: readonly string[],
  report: Reporter,
  gone: readonly string[] = [],
): string[] {
  const chosen = [...new Set(names.flatMap((name) => stacksNamed(repository, name, gone)))];
  const issues =
    names.length === 0
      ? checkRepository(repository)
      : sortIssues([...new Set(chosen.flatMap((name) => planAndIssues(repository, name).issues))]);
  // A key that Pulumi alone may know is missing to the embedded engine.
  const missing = issues.filter(({ code }) => code.startsWith("missing-"));
  if (hasErrors(issues) || missing.length > 0) throw findingsError(issues);
  for (const issue of issues) report.notice({ kind: "finding", issue });
  return names.length === 0 ? [...repository.stacks.keys(), ...gone] : chosen;
}

function stacksNamed(repository: Repository, name: string, gone: readonly string[]): string[] {
  const { stacks, issues } = repository;
  // A stack whose file is broken has issues, and nothing else.
  const broken = issues.flatMap(({ file }) => stackOf(file) ?? []);
  if ([...stacks.keys(), ...gone, ...broken].includes(name)) return [name];
  const shards = stacksOfEnvironment(repository, name);
  if (shards.length > 0) return shards;
  throw usageError(`unknown stack "${name}"; ${suggestion(name, [...stacks.keys()])}`);
}

/** Returns the stacks of an environment, in the order of their names. */
export function stacksOfEnvironment({ stacks }: Repository, environment: string): string[] {
  return [...stacks.values()]
    .filter((values) => environmentOf(values) === environment)
    .map(({ stack }) => stack);
}

/** Returns the plans of all stacks of a repository that have one. */
export function plansIn(repository: Repository): StackPlan[] {
  return [...repository.stacks.values()].flatMap(
    (values) => planStack(repository, values).plan ?? [],
  );
}

/** Returns the plan of a stack where it has one, and the issues of the list and of the stack. Those of others don't matter. */
export function planAndIssues(
  repository: Repository,
  stack: string,
): { plan: StackPlan | undefined; issues: Issue[] } {
  const values = repository.stacks.get(stack);
  const own = issuesFor(repository, stack);
  if (values === undefined) return { plan: undefined, issues: own };
  const { plan, issues } = planStack(repository, values);
  return { plan, issues: [...own, ...issues] };
}

function plannedService(
  plan: StackPlan,
  { service, version, digest, chart, held }: Deployment,
): PlannedService {
  const environment = plan.environments?.get(plan.config.environment);
  return {
    name: service.name,
    version: version.text,
    digest: digest ?? null,
    chart: chart?.name ?? null,
    chartVersion: chart?.version ?? null,
    held,
    ...(environment?.verify !== undefined && {
      verify: formatPolicy(policyIn(plan, service)),
    }),
  };
}
