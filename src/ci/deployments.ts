import type { Update } from "../adapters/pulumi/stack-history";
import type { GithubRepositoryApi } from "../adapters/github/repository";
import { reportChanges, type ChangeReport, type JudgedMove } from "../app/report/change-report";
import type { EnvironmentReader } from "../app/environments";
import { checkStacks, planOf } from "../app/plan-stacks";
import { otherPackages } from "../app/verify/chart-packages";
import { askPending } from "../app/verify/pinned-bytes";
import type { Reporter } from "../app/reporter";
import { unverifiedMoves } from "../app/verify/unverified-moves";
import type { World } from "../app/world";
import type { Environment, Environments } from "../core/environments";
import { formatRefusal } from "../core/promotion/gates";
import { planContext, planStatusOf, type PlanStatus } from "../core/promotion/plan-status";
import { Ref } from "../core/ref";
import { mutableTagsIn, type Repository } from "../core/repository";
import { environmentOf, stackOf } from "../core/stack/config";
import { mutablePattern } from "../core/stack/mutable-tags";
import type { StackPlan } from "../core/stack/plan";
import { formatPin } from "../core/version";
import { wavesOf } from "../core/waves";
import { changeMarkdown } from "../format/change-report";
import { deployedCommit, updatesFor } from "./deployed";
import { jobsOf, type StackJob } from "./jobs";
import { strays, strayTag } from "./stray-tags";

/** What a job deploys, once its plan was approved. */
export interface Approved {
  readonly stack: string;
  /** The commit that was deployed before; the empty tree where none was. */
  readonly since: string;
  /** Of the plan since then. */
  readonly fingerprint: string;
}

/** A job that deploys a stack once its plan is approved. */
export interface PlannedJob extends StackJob, Approved {
  /** Whether it may ask who is in a team, because of a reason for breaking the glass. */
  readonly asksTeams: boolean;
}

/** What the begin of a deployment asks of GitHub, and records there. */
type DeploymentRecords = Pick<
  GithubRepositoryApi,
  "approvedBy" | "checksOn" | "lastDeployed" | "beginDeployment"
>;

/** What refuses an environment's plan: gates, and other lines. */
interface Refused {
  readonly gates: readonly JudgedMove[];
  readonly others: readonly string[];
}

/** What a ref that moved deploys. */
export interface DeploymentPlan {
  /** The jobs of each wave, which starts once all of the one before have succeeded. */
  readonly waves: readonly (readonly PlannedJob[])[];
  /** The waves and the plans, in Markdown. */
  readonly text: string;
  /** What is refused, a line each. */
  readonly refusals: readonly string[];
  /** What is said of each environment's plan, by environment. */
  readonly statuses: ReadonlyMap<string, PlanStatus>;
}

/**
 * Plans what the working tree, at a ref that moved, deploys: every stack of the environments that have
 * this ref, each since the last update of its state, in waves along the promotion path. A run that another one has overtaken, because the ref
 * has moved on, deploys nothing.
 * @param ref a branch or a tag
 * @param kept a folder of `<stack>.json`, each what `pulumi stack history --json` printed; without it the
 *   CLI is asked
 * @param most how many waves the workflow has jobs for; more are refused
 * @param appWaits whether a GitHub App answers protection rules: then it waits for what passes by itself, and nothing
 *   of that is refused. Default: nobody does
 * @throws ReleasesError of kind `findings` when one of them can't be declared, of kind `outside` where
 *   nobody knows what is deployed
 */
export async function planDeployments(
  world: World,
  reader: EnvironmentReader,
  ref: Ref,
  {
    kept,
    most,
    appWaits = false,
  }: { readonly kept: string | undefined; readonly most: number; readonly appWaits?: boolean },
  report: Reporter,
): Promise<DeploymentPlan> {
  const environments = environmentsAt(world, reader, ref, report);
  const overtaken = overtakenBy(world, ref);
  if (overtaken !== undefined) {
    const text = `${ref.name} is at ${overtaken} now, which is deployed instead: this run deploys nothing.`;
    return { waves: [], text, refusals: [], statuses: new Map() };
  }
  const names = stacksOf(
    reader.current,
    environments.map(({ name }) => name),
  );
  if (names.length > 0) checkStacks(reader.current, names, report);
  const [jobs, texts, refusals]: [PlannedJob[], string[], string[]] = [[], [], []];
  const refused = new Map<string, Refused>();
  for (const job of jobsOf(reader.current, names)) {
    const updates = updatesFor(world, reader, job, kept, report);
    const since = deployedCommit(world, job.stack, updates);
    const changes = await reportChanges(world, reader, since, [job.stack], report, { updates });
    const asksTeams = changes.breakGlass !== null && hasTeams(reader, since);
    // A stack that loses its cluster removes its Helm releases there.
    const context = job.context || contextAt(reader, since, job.stack);
    const planned = { ...job, context, since, fingerprint: changes.fingerprint, asksTeams };
    jobs.push(planned);
    texts.push(changeMarkdown(changes));
    const others = strays(world, reader, planned, ref);
    const gates = Object.values(changes.stacks).flatMap((one) => one.refused);
    const known = refused.get(job.environment) ?? { gates: [], others: [] };
    refused.set(job.environment, {
      gates: [...known.gates, ...gates],
      others: [...known.others, ...others],
    });
    refusals.push(...others, ...refusalsOf(changes, appWaits));
  }
  if (jobs.length === 0) {
    const text = `No environment has the ref ${ref.name}: nothing is deployed.`;
    return { waves: [], text, refusals: [], statuses: new Map() };
  }
  const waves = inWaves(reader.environments, jobs);
  const unplanned = tooManyWaves(ref, waves.length, most);
  refusals.push(...unplanned);
  const statuses = new Map(
    [...refused].map(([environment, { gates, others }]) => {
      const status = planStatusOf(appWaits ? gates.filter(isLasting) : gates, [
        ...others,
        ...unplanned,
      ]);
      return [environment, status] as const;
    }),
  );
  return { waves, text: [formatWaves(waves), ...texts].join("\n\n"), refusals, statuses };
}

function inWaves(path: Environments, jobs: readonly PlannedJob[]): PlannedJob[][] {
  const environments = new Set(jobs.map(({ environment }) => environment));
  return wavesOf(path, environments).map((wave) =>
    jobs.filter(({ environment }) => wave.includes(environment)),
  );
}

function formatWaves(waves: DeploymentPlan["waves"]): string {
  const texts = waves.map(
    (jobs, index) => `wave ${index + 1}: ${jobs.map(({ stack }) => stack).join(", ")}`,
  );
  return texts.join("; ");
}

/** A wave that no job deploys would be left out in silence. */
function tooManyWaves(ref: Ref, count: number, most: number): string[] {
  if (count <= most) return [];
  const what = `${ref.name} deploys ${count} waves, but the workflow has jobs for ${most}`;
  return [`${what}; run releases init again, or add a job like that of the last wave`];
}

/**
 * Returns the commit at which a ref is now, where that isn't the one that is checked out: a run from
 * before, or one that is run again, would deploy what another one has replaced.
 */
function overtakenBy({ git }: World, ref: Ref): string | undefined {
  const head = git.commitOf("HEAD");
  const tip =
    (ref.kind === "branch" ? git.commitOf(Ref.remote("origin", ref.name).fullName) : undefined) ??
    git.commitOf(ref.fullName);
  return tip === head ? undefined : tip;
}

/** Returns the kubeconfig's context that a stack had at a commit; empty where it had none. */
function contextAt(reader: EnvironmentReader, commit: string, stack: string): string {
  const [job] = jobsOf(reader.at(commit), [stack]);
  return job?.context ?? "";
}

/** Whether the path of a commit, or the one now, says whose reasons count. */
function hasTeams(reader: EnvironmentReader, since: string): boolean {
  return [reader.environments, reader.at(since).environments]
    .flatMap((path) => [...(path?.values() ?? [])])
    .some(({ breakGlass }) => breakGlass !== undefined);
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

/**
 * Returns the environments that have a ref; for a tag also one that it strays from, to be refused. Where a
 * higher tag is an environment's ref, that is told.
 */
function environmentsAt(
  world: World,
  reader: EnvironmentReader,
  ref: Ref,
  report: Reporter,
): Environment[] {
  return [...reader.environments.values()].filter((environment) => {
    const { name, ref: own } = environment;
    if (own === undefined) return false;
    const wanted = Ref.ofEnvironment(own);
    if (!wanted.isPattern) return wanted.equals(ref);
    const highest = reader.resolved(environment)?.ref;
    if (highest?.equals(ref) === true) return true;
    const moves = mutablePattern(ref.name, mutableTagsIn(reader.current)) !== undefined;
    if (ref.kind !== "tag" || moves || !wanted.matches(ref)) return false;
    if (strayTag(world, reader, reader.environments, name, ref).length > 0) return true;
    if (highest !== undefined) {
      const { name: tag } = highest;
      report.notice({ kind: "higher-tag", environment: name, tag, pattern: own });
    }
    return false;
  });
}

/**
 * Judges what was approved again, just before it is deployed, and records that it begins. Returns the
 * deployment's number, or the refusals, a line each.
 * @param ref the branch or the tag that is deployed
 * @param kept answers of upstream states from when it was planned, as `planDeployments` takes them
 */
export async function beginDeployment(
  world: World,
  reader: EnvironmentReader,
  approved: Approved,
  { ref, kept }: { ref: Ref; kept: string | undefined },
  github: DeploymentRecords,
  report: Reporter,
): Promise<number | readonly string[]> {
  const { stack, since, fingerprint } = approved;
  const plan = planAt(reader, stack);
  const { environment } = plan.config;
  const updates = updatesFor(world, reader, { stack, environment }, kept, report);
  // Its own state is asked now: an update since the plan changes what is approved.
  updates.set(stack, world.engine.updates(stack));
  const known = { updates, approvals: github, checks: github };
  const changes = await reportChanges(world, reader, since, [stack], report, known);
  const last = deployedCommit(world, stack, updates);
  const overtaken = overtakenBy(world, ref);
  const refusals = [
    ...(overtaken === undefined ? [] : [`${stack}: ${ref.name} is at ${overtaken} now`]),
    ...strays(world, reader, { stack, environment, since }, ref),
    ...(last === since ? [] : [`${stack}: ${last} was deployed meanwhile; run this again`]),
    ...(changes.fingerprint === fingerprint
      ? []
      : [`${stack}: the plan is ${changes.fingerprint}, but ${fingerprint} was approved`]),
    ...(await forgedRecord(world, { stack, environment }, updates, github)),
    ...refusalsOf(changes),
    ...[
      ...(await askPending(world, plan, changes.stacks[stack]?.pending ?? [])),
      ...(await otherPackages(world, plan)),
      ...(await unverifiedMoves(
        world,
        reader,
        since,
        plan,
        changes.stacks[stack]?.moves ?? [],
        report,
      )),
    ].map((refusal) => `${stack}: ${refusal}`),
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
 * Returns the refusal of a record on GitHub about a commit that the state never had: anybody with write
 * access can make one, so somebody should look.
 */
async function forgedRecord(
  { git }: World,
  stack: Pick<StackJob, "environment" | "stack">,
  updates: ReadonlyMap<string, readonly Update[]>,
  github: DeploymentRecords,
): Promise<string[]> {
  const recorded = await github.lastDeployed(stack);
  if (recorded === undefined) return [];
  const commit = git.commitOf(recorded) ?? recorded;
  const known = updates.get(stack.stack)?.some((update) => update.commit === commit) === true;
  if (known) return [];
  const what = `GitHub's record says that ${recorded} is deployed, which the state never had`;
  return [`${stack.stack}: ${what}; find out who made it, and delete it`];
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

/** @param lastingOnly whether what passes by itself is left out */
function refusalsOf({ stacks }: ChangeReport, lastingOnly = false): string[] {
  return Object.entries(stacks).flatMap(([stack, { refused }]) =>
    refused
      .filter((refusal) => !lastingOnly || isLasting(refusal))
      .map((refusal) => `${stack}: ${formatRefusal(refusal)}`),
  );
}

/** Whether a refusal doesn't pass by itself. */
function isLasting({ passesAt }: JudgedMove): boolean {
  return passesAt === null;
}

/** Leaves what is said of each environment's plan on the commit that was planned. */
export async function leavePlanStatuses(
  { statuses }: DeploymentPlan,
  { commit, url }: { readonly commit: string; readonly url: string | undefined },
  github: Pick<GithubRepositoryApi, "leaveStatus">,
): Promise<void> {
  for (const [environment, status] of statuses) {
    await github.leaveStatus(commit, { context: planContext(environment), ...status, url });
  }
}

/** Returns the moves in one line. */
function descriptionOf({ stacks }: ChangeReport): string {
  const moves = Object.values(stacks).flatMap(({ moves }) => moves);
  const texts = moves.map(
    ({ name, from, to }) => `${name} ${from ?? "nothing"} -> ${to ?? "nothing"}`,
  );
  return texts.length === 0 ? "no version moves" : texts.join(", ");
}
