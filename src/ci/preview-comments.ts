import type { GithubRepositoryApi } from "../adapters/github/repository";
import { EnvironmentReader } from "../app/environments";
import { planAndIssues } from "../app/plan-stacks";
import { SILENT } from "../app/reporter";
import type { ResolveResult } from "../app/resolve/resolve";
import type { World } from "../app/world";
import { isError } from "../core/error";
import { withStackText } from "../core/repository";
import type { OpenPreview, StackPlan } from "../core/stack/plan";
import { copyName, previewHost } from "../core/stack/previews";
import { code } from "../format/markdown";

/** A copy where it is declared next, and where it is deployed; absent where it isn't. */
interface Copy {
  readonly next?: OpenPreview;
  readonly deployed?: OpenPreview;
}

/**
 * Leaves a comment on each pull request that has a copy, or has one no more: its address, and whether that answers by
 * GitHub's record of the stack's last deployment. Returns what couldn't be told, a line each: a comment stops nothing.
 * @param list the repository of the list
 */
export async function tellPreviews(
  world: World,
  plan: StackPlan,
  { files, isRefused }: Pick<ResolveResult, "files" | "isRefused">,
  list: Pick<GithubRepositoryApi, "lastDeployed">,
): Promise<string[]> {
  const { config } = plan;
  const declared = config.previews?.open ?? [];
  const next = isRefused ? declared : openAfter(world, plan, files);
  if (declared.length === 0 && next.length === 0) return [];
  const github = await world.github();
  const failures: string[] = [];
  try {
    const deployed = await deployedOf(world, plan, list);
    const all = new Map([...deployed, ...declared, ...next].map((copy) => [keyOf(copy), copy]));
    for (const [key, { service, pullRequest }] of all) {
      const [is, was] = [next, deployed].map((copies) => copies.find((one) => keyOf(one) === key));
      const known = plan.list.find(({ name }) => name === service);
      if (known === undefined || github === undefined) continue;
      const text = textOf(service, plan, {
        ...(is && { next: is }),
        ...(was && { deployed: was }),
      });
      const repository = github.repository(`${config.githubOwner ?? ""}/${known.githubSource}`);
      try {
        await repository.comment(pullRequest, `preview ${config.stack} ${service}`, text);
      } catch (cause) {
        if (!isError(cause, "outside")) throw cause;
        failures.push(`${service}: no comment on pull request ${pullRequest}: ${cause.message}`);
      }
    }
  } catch (cause) {
    if (!isError(cause, "outside")) throw cause;
    failures.push(`no comments about previews: ${cause.message}`);
  }
  return failures;
}

function openAfter(
  world: World,
  { config: { stack, previews }, from }: StackPlan,
  files: ResolveResult["files"],
): readonly OpenPreview[] {
  const text = files.find((one) => one.stack === stack)?.text;
  if (text === undefined) return previews?.open ?? [];
  const { current } = new EnvironmentReader(world, SILENT);
  const bytes = new TextEncoder().encode(text);
  const { plan } = planAndIssues(withStackText(current, { file: from.file, bytes }), stack);
  return plan?.config.previews?.open ?? [];
}

/** Returns the copies of a stack at its last deployment; none where nobody knows of one. */
async function deployedOf(
  world: World,
  { config: { stack, environment } }: StackPlan,
  list: Pick<GithubRepositoryApi, "lastDeployed">,
): Promise<readonly OpenPreview[]> {
  const recorded = await list.lastDeployed({ stack, environment });
  const commit = recorded === undefined ? undefined : world.git.commitOf(recorded);
  if (commit === undefined) return [];
  const repository = new EnvironmentReader(world, SILENT).at(commit);
  const { plan } = repository.stacks.has(stack) ? planAndIssues(repository, stack) : {};
  return plan?.config.previews?.open ?? [];
}

function textOf(service: string, { config }: StackPlan, { next, deployed }: Copy): string {
  const of = `preview of ${code(service)} in ${code(config.environment)}`;
  if (next === undefined) {
    return deployed === undefined
      ? `There is no ${of} any more.`
      : `The ${of} ends: its address answers until the next deployment at most.`;
  }
  const { commit, branch, until } = next;
  const domain = config.previews?.domain ?? "";
  const address = `https://${previewHost(service, branch, { environment: config.environment, domain })}`;
  const what = `${code(commit.slice(0, 12))} as ${code(copyName(service, branch))}`;
  if (deployed?.commit === commit) {
    return `The ${of} is deployed: ${address}\n\n${what}, until ${until} unless there is a push.`;
  }
  const before =
    deployed === undefined ? "" : ` It runs ${code(deployed.commit.slice(0, 12))} yet.`;
  return `The ${of} is being prepared: ${address}\n\n${what}, once it is deployed.${before}`;
}

function keyOf({ service, pullRequest }: OpenPreview): string {
  return `${service} ${pullRequest}`;
}
