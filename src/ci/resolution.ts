import type { GithubRepositoryApi } from "../adapters/github/repository";
import { branchOf } from "../app/landing";
import { openRepository } from "../app/open";
import { resolve, type ResolveRequest, type ResolveResult } from "../app/resolve/resolve";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import { isProtected } from "../core/environments";
import { isError, outsideError } from "../core/error";
import { planStack, type Repository } from "../core/repository";
import { asksGithub, environmentOfPlan, followedIn } from "../core/resolve/decision";
import type { StackPlan } from "../core/stack/plan";
import { previewedServices } from "../core/stack/previews";
import { escaped } from "../format/markdown";
import { formatFinding } from "../format/resolve";
import { readingRole, type JobRole } from "./jobs";
import { tellPreviews } from "./preview-comments";
import { titleAndBody } from "./proposed-files";

/** What is asked of the repository on GitHub that has the list, and what is done there. */
export type KeptChanges = Pick<
  GithubRepositoryApi,
  "openChange" | "closeChange" | "putBranch" | "proposeChange" | "mergeItself" | "lastDeployed"
>;

/** A stack whose services were resolved, and what was done about it, in a line. */
export interface ResolvedStack {
  readonly stack: string;
  readonly result: ResolveResult;
  readonly done: string;
}

/** The branch that stacks are read from, and that their pull requests are merged into; and what is known already. */
export interface ResolveTarget extends Pick<ResolveRequest, "heads" | "answers"> {
  readonly into: string;
}

/**
 * Resolves the services of each stack that is deployed from a branch, and keeps one pull request for each: opens it,
 * updates it, and closes it where there is nothing to do any more. A second run with the same outcome changes nothing.
 * The working tree stays as it is.
 * @throws ReleasesError of kind `outside`, after the other stacks, with each stack that failed
 */
export async function resolveByPullRequest(
  world: World,
  { into, ...known }: ResolveTarget,
  github: KeptChanges,
  report: Reporter,
): Promise<ResolvedStack[]> {
  const found: ResolvedStack[] = [];
  const failures: string[] = [];
  for (const plan of plansFrom(openRepository(world), into)) {
    const { stack } = plan.config;
    const request = { services: "all", stack, ...known, dryRun: true } as const;
    try {
      const result = await resolve(world, request, report);
      const done = await keep(world, plan, result, into, github);
      const untold = await tellPreviews(world, plan, result, github);
      found.push({ stack, result, done: [done, ...untold].join("; ") });
    } catch (cause) {
      if (!isError(cause, "outside")) throw cause;
      failures.push(`${stack}: ${cause.message}`);
    }
  }
  if (failures.length > 0) throw outsideError(failures.join("; "));
  return found;
}

/** Returns the names of the repositories on GitHub that say what services of a branch's stacks follow, sorted. */
export function repositoriesOf(world: World, branch: string): string[] {
  const names = plansFrom(openRepository(world), branch).flatMap((plan) => {
    if (plan.config.githubOwner === undefined) return [];
    const followed = followedIn(plan).filter((service) => asksGithub(service, plan));
    const previewed = previewedServices(plan.list, plan.config);
    return [
      ...followed.map(({ deploy, github, githubSource }) =>
        deploy.strategy === "branch" ? githubSource : github,
      ),
      ...previewed.map(({ githubSource }) => githubSource),
    ];
  });
  return [...new Set(names)].sort();
}

/** Returns the role that reads the images of a branch's stacks; undefined where none of them has a registry of ECR. */
export function resolvingRole(world: World, branch: string): JobRole | undefined {
  return readingRole(plansFrom(openRepository(world), branch));
}

/** Returns the plans of stacks that are deployed from a branch, and whose services follow something. */
function plansFrom(repository: Repository, branch: string): StackPlan[] {
  const all = [...(repository.environments?.values() ?? [])];
  return [...repository.stacks.values()]
    .flatMap((values) => planStack(repository, values).plan ?? [])
    .filter((plan) => {
      const own = branchOf(environmentOfPlan(plan), all);
      return (own === undefined || own === branch) && isResolved(plan);
    });
}

/** Whether there is something to resolve in a stack: what services follow, and copies for pull requests. */
function isResolved(plan: StackPlan): boolean {
  const { config, list } = plan;
  const hasCopies = previewedServices(list, config).length > 0 || config.previews?.open.length;
  return followedIn(plan).length > 0 || Boolean(hasCopies);
}

/** Makes the pull request of a stack what it has to be. Returns what was done, in a line. */
async function keep(
  world: World,
  plan: StackPlan,
  { proposal, isRefused, files, findings }: ResolveResult,
  into: string,
  github: KeptChanges,
): Promise<string> {
  const branch = `resolve/${plan.config.stack}`;
  const open = await github.openChange({ branch, into });
  if (isRefused) return open === undefined ? "Refused." : `Refused; ${open.address} stays.`;
  if (proposal.edits.length === 0) {
    if (open === undefined) return "Already up to date.";
    await github.closeChange(open, branch);
    return `Already up to date; closed ${open.address}`;
  }
  const { message } = proposal;
  const stays = findings.map((finding) => `- ${escaped(formatFinding(finding))}`);
  const more = stays.length === 0 ? [] : ["Besides:", "", ...stays];
  const change = { branch, into, ...titleAndBody(message, more) };
  const on = world.git.commitOf("HEAD");
  if (on === undefined) throw outsideError(`${world.folder} is not in a git repository`);
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const isNew = await github.putBranch({ name: branch, on, message, files: texts });
  const isSame = !isNew && open?.title === change.title && open.body === change.body;
  const address = isSame ? open.address : await github.proposeChange(change);
  const merge = await mergeItself(plan, change, github);
  return [isSame ? `${address} has it already` : address, ...merge].join("; ");
}

/**
 * Lets a pull request merge by itself where the path begins and nothing is protected: no gate is behind it, and the
 * rules of the branch still are. Returns what to say.
 */
async function mergeItself(
  plan: StackPlan,
  branches: { readonly branch: string; readonly into: string },
  github: KeptChanges,
): Promise<string[]> {
  const { from, name } = environmentOfPlan(plan);
  if (from.length > 0 || isProtected(plan.environments, name)) return [];
  const open = await github.openChange(branches);
  if (open === undefined || open.mergesItself) return [];
  const reason = await github.mergeItself(open);
  return [reason ?? "it merges by itself"];
}
