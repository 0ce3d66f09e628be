import { formatIssue, hasErrors, sortIssues, type Issue } from "../core/input/issue";
import { checkRepository, issuesFor, planStack, type Repository } from "../core/repository";
import { stackOf, type StackValues } from "../core/stack/config";
import type { Deployment } from "../core/stack/plan";
import { evaluate, type Evaluation } from "../adapters/pulumi/embedded";
import { FindingsError, UsageError, type Io } from "../cli/command";
import { environmentOf } from "./environments";

/** One stack as `plan` shows it. */
export interface PlannedStack extends Evaluation {
  readonly services: readonly PlannedService[];
}

export interface PlannedService {
  readonly name: string;
  readonly version: string;
  readonly digest: string | null;
  readonly chart: string | null;
  readonly chartVersion: string | null;
  readonly held: boolean;
}

/**
 * Returns the plans of stacks by name, in the order asked for. Warnings go to stderr.
 * @throws FindingsError when one of them can't be declared
 * @throws UsageError for a stack that has no config
 */
export async function planStacks(
  repository: Repository,
  names: readonly string[],
  io: Io,
): Promise<Map<string, PlannedStack>> {
  const chosen = checkStacks(repository, names, io);
  if (chosen.length === 0) throw new UsageError("there is no stack config, Pulumi.<stack>.yaml");
  const planned = new Map<string, PlannedStack>();
  for (const name of chosen) {
    const values = repository.stacks.get(name);
    if (values !== undefined) planned.set(name, await planOne(repository, values));
  }
  return planned;
}

/**
 * Returns the stacks that names stand for, once they have been checked; all of them without any name.
 * @param gone stacks that aren't in the repository any more, and may be asked for all the same
 * @throws FindingsError when one of them can't be declared
 * @throws UsageError for a name that is neither a stack's nor an environment's
 */
export function checkStacks(
  repository: Repository,
  names: readonly string[],
  io: Io,
  gone: readonly string[] = [],
): string[] {
  const chosen = [...new Set(names.flatMap((name) => stacksOf(repository, name, gone)))];
  const issues =
    names.length === 0
      ? checkRepository(repository)
      : sortIssues(unique(chosen.flatMap((name) => stackIssues(repository, name))));
  if (hasErrors(issues)) throw new FindingsError(issues);
  for (const issue of issues) io.err(formatIssue(issue));
  return names.length === 0 ? [...repository.stacks.keys(), ...gone] : chosen;
}

function stacksOf(repository: Repository, name: string, gone: readonly string[]): string[] {
  const { stacks, issues } = repository;
  // A stack whose file is broken has issues, and nothing else.
  const broken = issues.flatMap(({ file }) => stackOf(file) ?? []);
  if ([...stacks.keys(), ...gone, ...broken].includes(name)) return [name];
  const shards = [...stacks.values()]
    .filter((values) => environmentOf(values) === name)
    .map(({ stack }) => stack);
  if (shards.length > 0) return shards;
  const known = [...stacks.keys()].join(", ");
  throw new UsageError(`no stack "${name}"; there are ${known === "" ? "none" : known}`);
}

/** The issues of the list and of one stack; those of other stacks don't matter to it. */
function stackIssues(repository: Repository, name: string): Issue[] {
  const values = repository.stacks.get(name);
  const own = issuesFor(repository, name);
  return values === undefined ? own : [...own, ...planStack(repository, values).issues];
}

/** Stacks share the issues of the list. */
function unique(issues: readonly Issue[]): Issue[] {
  return [...new Set(issues)];
}

/** Returns what one stack, which was checked, would be made of. */
export async function planOne(repository: Repository, values: StackValues): Promise<PlannedStack> {
  const { plan } = planStack(repository, values);
  if (plan === undefined) throw new Error(`unchecked stack ${values.stack}`);
  const services = plan.deployments.map(plannedService);
  return { services, ...(await evaluate(repository, values)) };
}

function plannedService({ service, version, digest, chart, held }: Deployment): PlannedService {
  return {
    name: service.name,
    version: version.text,
    digest: digest ?? null,
    chart: chart?.name ?? null,
    chartVersion: chart?.version ?? null,
    held,
  };
}
