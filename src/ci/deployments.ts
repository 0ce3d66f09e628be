import type { Io } from "../cli/command";
import { environmentOf, type EnvironmentReader } from "../app/environments";
import { checkStacks } from "../app/plan-stacks";
import { changesSince, type Changes } from "../app/change-report";
import { sinceMarkdown } from "../format/change-report";
import type { GithubRepository } from "../adapters/github/repository";
import { commitOf, EMPTY_TREE, shortName, resolveRef } from "../adapters/git/refs";
import { isTagPattern, type Environment } from "../core/environments";
import { reasonOf } from "../core/promotion/gates";
import { planStack, type Repository } from "../core/repository";
import { stackOf } from "../core/stack/config";
import type { StackPlan } from "../core/stack/plan";
import { formatPin } from "../core/version";
import { jobsOf, type StackJob } from "./jobs";

/** What a job deploys, once somebody has looked at its plan. */
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
  /** Whether a gate refuses. */
  readonly isRefused: boolean;
}

/**
 * Plans what the working tree, at a ref that moved, deploys: every stack of the environments that stand at
 * that ref, each since it was last deployed.
 * @param ref the full name, such as `refs/heads/main` or `refs/tags/v1.2.0`
 * @throws FindingsError when one of them can't be declared
 */
export async function planDeployments(
  reader: EnvironmentReader,
  ref: string,
  github: GithubRepository,
  io: Io,
): Promise<DeploymentPlan> {
  const environments = standingAt(reader, ref, io).map(({ name }) => name);
  const names = stacksOf(reader.current, environments);
  if (names.length > 0) checkStacks(reader.current, names, io);
  const [jobs, texts, refusals]: [(StackJob & Approved)[], string[], string[]] = [[], [], []];
  for (const job of jobsOf(reader.current, names)) {
    const since = await lastDeployed(reader, job, github, io);
    const changes = await changesSince(reader, since, [job.stack], io);
    jobs.push({ ...job, since, fingerprint: changes.fingerprint });
    texts.push(sinceMarkdown(changes));
    refusals.push(...refusalsOf(changes));
  }
  for (const refusal of refusals) io.err(refusal);
  const none = `No environment stands at ${shortName(ref)}: nothing is deployed.`;
  const text = jobs.length === 0 ? none : texts.join("\n\n");
  return { jobs, text, isRefused: refusals.length > 0 };
}

/** Returns the stacks of environments, and those that nobody can tell the environment of. */
function stacksOf({ stacks, issues }: Repository, environments: readonly string[]): string[] {
  if (environments.length === 0) return [];
  const unreadable = issues.flatMap(({ file }) => stackOf(file) ?? []);
  const own = [...stacks.values()].filter((values) => environments.includes(environmentOf(values)));
  return [
    ...own.map(({ stack }) => stack),
    ...new Set(unreadable.filter((stack) => !stacks.has(stack))),
  ];
}

/** Returns the environments whose truth a ref is. Where a higher tag is, that is said. */
function standingAt(reader: EnvironmentReader, ref: string, io: Io): Environment[] {
  return [...reader.environments.values()].filter(({ name, ref: own }) => {
    if (own === undefined) return false;
    if (!isTagPattern(own)) return ref === `refs/heads/${own}`;
    const highest = resolveRef(reader.path, own)?.ref;
    if (highest !== ref && highest !== undefined && ref.startsWith("refs/tags/")) {
      io.err(`${name} stands at ${shortName(highest)}, the highest tag like ${own}`);
    }
    return highest === ref;
  });
}

/**
 * Looks again at what was approved, just before it is done, and records that it begins. Returns the
 * deployment's number; undefined, once the reasons are said, where it mustn't begin.
 */
export async function beginDeployment(
  reader: EnvironmentReader,
  approved: Approved,
  github: GithubRepository,
  io: Io,
): Promise<number | undefined> {
  const { stack, since, fingerprint } = approved;
  const changes = await changesSince(reader, since, [stack], io);
  const plan = planAt(reader, stack);
  const { environment } = plan.config;
  const last = await lastDeployed(reader, { environment, stack }, github, io);
  const refusals = [
    ...(last === since ? [] : [`${stack}: ${last} was deployed meanwhile; run this again`]),
    ...(changes.fingerprint === fingerprint
      ? []
      : [`${stack}: the plan is ${changes.fingerprint}, and ${fingerprint} was approved`]),
    ...refusalsOf(changes),
  ];
  for (const refusal of refusals) io.err(refusal);
  if (refusals.length > 0) return undefined;
  return github.beginDeployment({
    ...{ environment, stack },
    commit: commitOf(reader.path, "HEAD") ?? "",
    description: descriptionOf(changes),
    versions: Object.fromEntries(plan.deployments.map((one) => [one.service.name, formatPin(one)])),
    isProduction: changes.stacks[stack]?.isLast ?? false,
  });
}

/**
 * Returns the commit of which a stack was deployed last, or the empty tree: where none was, and where it was one that
 * isn't in this clone, as after a branch was pushed by force.
 */
async function lastDeployed(
  { path }: EnvironmentReader,
  stack: Pick<StackJob, "environment" | "stack">,
  github: GithubRepository,
  io: Io,
): Promise<string> {
  const last = await github.lastDeployed(stack);
  if (last === undefined) return EMPTY_TREE;
  const found = commitOf(path, last);
  if (found === undefined) {
    io.err(`${stack.stack}: ${last}, which is deployed, isn't in this clone; all of it is new`);
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
  where: { url: string | undefined; log: string | undefined },
  github: GithubRepository,
): Promise<void> {
  const state = outcome === "success" ? "success" : "failure";
  await github.deploymentStatus(id, { state, description: `pulumi up: ${outcome}`, ...where });
}

function planAt({ current }: EnvironmentReader, stack: string): StackPlan {
  const values = current.stacks.get(stack);
  const { plan } = values === undefined ? {} : planStack(current, values);
  if (plan === undefined) throw new Error(`${stack} was checked, and has no plan`);
  return plan;
}

function refusalsOf({ stacks }: Changes): string[] {
  return Object.entries(stacks).flatMap(([stack, { refused }]) =>
    refused.map(
      ({ gate, service, ...why }) => `${stack}: ${gate} refuses ${service}: ${reasonOf(why)}`,
    ),
  );
}

/** Returns what moves, in a line. */
function descriptionOf({ stacks }: Changes): string {
  const moves = Object.values(stacks).flatMap(({ moves }) => moves);
  const texts = moves.map(
    ({ name, from, to }) => `${name} ${from ?? "nothing"} -> ${to ?? "nothing"}`,
  );
  return texts.length === 0 ? "no version moves" : texts.join(", ");
}
