import { EMPTY_TREE } from "../adapters/git/refs";
import type { GithubRepositoryApi } from "../adapters/github/repository";
import { reportChanges, type ChangeReport } from "../app/change-report";
import type { EnvironmentReader } from "../app/environments";
import { checkStacks, planOf } from "../app/plan-stacks";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import type { Environment } from "../core/environments";
import { formatRefusal } from "../core/promotion/gates";
import { Ref } from "../core/ref";
import type { Repository } from "../core/repository";
import { environmentOf, stackOf } from "../core/stack/config";
import type { StackPlan } from "../core/stack/plan";
import { formatPin } from "../core/version";
import { changeMarkdown } from "../format/change-report";
import { jobsOf, type StackJob } from "./jobs";

/** What a job deploys, once its plan was approved. */
export interface Approved {
  readonly stack: string;
  /** The commit that was deployed before; the empty tree where none was. */
  readonly since: string;
  /** Of the plan since then. */
  readonly fingerprint: string;
}

/** What a ref that moved deploys. */
export interface DeploymentPlan {
  readonly jobs: readonly (StackJob & Approved)[];
  /** The plans, in Markdown. */
  readonly text: string;
  /** What gates refuse, a line each. */
  readonly refusals: readonly string[];
}

/**
 * Plans what the working tree, at a ref that moved, deploys: every stack of the environments that have
 * this ref, each since it was deployed last.
 * @param ref a branch or a tag
 * @throws ReleasesError of kind `findings` when one of them can't be declared
 */
export async function planDeployments(
  world: World,
  reader: EnvironmentReader,
  ref: Ref,
  github: GithubRepositoryApi,
  report: Reporter,
): Promise<DeploymentPlan> {
  const environments = environmentsAt(world, reader, ref, report).map(({ name }) => name);
  const names = stacksOf(reader.current, environments);
  if (names.length > 0) checkStacks(reader.current, names, report);
  const [jobs, texts, refusals]: [(StackJob & Approved)[], string[], string[]] = [[], [], []];
  for (const job of jobsOf(reader.current, names)) {
    const since = await lastDeployed(world, job, github, report);
    const changes = await reportChanges(world, reader, since, [job.stack], report);
    jobs.push({ ...job, since, fingerprint: changes.fingerprint });
    texts.push(changeMarkdown(changes));
    refusals.push(...refusalsOf(changes));
  }
  const none = `No environment has the ref ${ref.name}: nothing is deployed.`;
  return { jobs, text: jobs.length === 0 ? none : texts.join("\n\n"), refusals };
}

/** Returns the stacks of environments, and those whose environment can't be read. */
function stacksOf({ stacks, issues }: Repository, environments: readonly string[]): string[] {
  if (environments.length === 0) return [];
  const unreadable = issues.flatMap(({ file }) => stackOf(file) ?? []);
  const own = [...stacks.values()].filter((values) => environments.includes(environmentOf(values)));
  return [
    ...own.map(({ stack }) => stack),
    ...new Set(unreadable.filter((stack) => !stacks.has(stack))),
  ];
}

/** Returns the environments that have a ref. Where a higher tag is an environment's ref, that is told. */
function environmentsAt(
  { git }: World,
  reader: EnvironmentReader,
  ref: Ref,
  report: Reporter,
): Environment[] {
  return [...reader.environments.values()].filter(({ name, ref: own }) => {
    if (own === undefined) return false;
    const wanted = Ref.ofEnvironment(own);
    if (!wanted.isPattern) return wanted.equals(ref);
    const highest = git.resolveRef(own)?.ref;
    if (highest === undefined || highest.equals(ref)) return highest !== undefined;
    if (ref.kind === "tag") {
      const { name: tag } = highest;
      report.notice({ kind: "higher-tag", environment: name, tag, pattern: own });
    }
    return false;
  });
}

/**
 * Judges what was approved again, just before it is deployed, and records that it begins. Returns the
 * deployment's number, or the refusals, a line each.
 */
export async function beginDeployment(
  world: World,
  reader: EnvironmentReader,
  approved: Approved,
  github: GithubRepositoryApi,
  report: Reporter,
): Promise<number | readonly string[]> {
  const { stack, since, fingerprint } = approved;
  const changes = await reportChanges(world, reader, since, [stack], report);
  const plan = planAt(reader, stack);
  const { environment } = plan.config;
  const last = await lastDeployed(world, { environment, stack }, github, report);
  const refusals = [
    ...(last === since ? [] : [`${stack}: ${last} was deployed meanwhile; run this again`]),
    ...(changes.fingerprint === fingerprint
      ? []
      : [`${stack}: the plan is ${changes.fingerprint}, but ${fingerprint} was approved`]),
    ...refusalsOf(changes),
  ];
  if (refusals.length > 0) return refusals;
  return github.beginDeployment({
    environment,
    stack,
    commit: world.git.commitOf("HEAD") ?? "",
    description: descriptionOf(changes),
    versions: Object.fromEntries(plan.deployments.map((one) => [one.service.name, formatPin(one)])),
    isProduction: changes.stacks[stack]?.isLast ?? false,
  });
}

/**
 * Returns the commit that was deployed last to a stack; the empty tree where none was, or one that isn't in
 * this clone, as after a forced push.
 */
async function lastDeployed(
  { git }: World,
  stack: Pick<StackJob, "environment" | "stack">,
  github: GithubRepositoryApi,
  report: Reporter,
): Promise<string> {
  const last = await github.lastDeployed(stack);
  if (last === undefined) return EMPTY_TREE;
  const found = git.commitOf(last);
  if (found === undefined) {
    report.notice({ kind: "unknown-commit", stack: stack.stack, commit: last });
  }
  return found ?? EMPTY_TREE;
}

/**
 * Records how a deployment ended.
 * @param outcome of the step, as GitHub Actions calls it: success, failure, cancelled, skipped
 */
export async function endDeployment(
  id: number,
  outcome: string,
  links: { url: string | undefined; log: string | undefined },
  github: GithubRepositoryApi,
): Promise<void> {
  const state = outcome === "success" ? "success" : "failure";
  await github.deploymentStatus(id, { state, description: `pulumi up: ${outcome}`, ...links });
}

function planAt({ current }: EnvironmentReader, stack: string): StackPlan {
  const values = current.stacks.get(stack);
  if (values === undefined) throw new Error(`the stack ${stack} was checked and has no config`);
  return planOf(current, values);
}

function refusalsOf({ stacks }: ChangeReport): string[] {
  return Object.entries(stacks).flatMap(([stack, { refused }]) =>
    refused.map((refusal) => `${stack}: ${formatRefusal(refusal)}`),
  );
}

/** Returns the moves in one line. */
function descriptionOf({ stacks }: ChangeReport): string {
  const moves = Object.values(stacks).flatMap(({ moves }) => moves);
  const texts = moves.map(
    ({ name, from, to }) => `${name} ${from ?? "nothing"} -> ${to ?? "nothing"}`,
  );
  return texts.length === 0 ? "no version moves" : texts.join(", ");
}
