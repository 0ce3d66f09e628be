import { asking, unlessMissing } from "./ask";
import type { GithubConnection } from "./connection";
import { pendingOf } from "./pending-deployments";

/** A run of a workflow that waits for a protection rule of an environment. */
export interface WaitingRun {
  /** The commit that it runs for. */
  readonly commit: string;
  /** The file of the workflow, such as `.github/workflows/deploy.yml`. */
  readonly workflow: string;
  /** How often it was started. */
  readonly attempt: number;
  /** What Apps said as they approved the environment, in any attempt: who reviews may still be missing. */
  readonly approvals: readonly string[];
}

/** A deployment of a run that waits. */
export interface WaitingDeployment {
  readonly run: number;
  readonly environment: string;
  readonly commit: string;
}

/** What is said about a deployment that waits. */
export interface RuleAnswer {
  readonly run: number;
  readonly environment: string;
  /** Without an approval it is a report, and the deployment waits on. */
  readonly isApproved: boolean;
  /** Markdown. */
  readonly comment: string;
}

/** Finds a run that waits, as `GithubRepositoryApi.waitingRun` describes. */
export async function waitingRun(
  { octokit, at }: GithubConnection,
  run_id: number,
  environment: string,
): Promise<WaitingRun | undefined> {
  const where = { ...at, run_id };
  let waiting: string[] | undefined;
  await unlessMissing(`about the run ${run_id}`, async () => {
    const path = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments";
    const { data } = await octokit.request(path, where);
    waiting = data.flatMap((one) => one.environment.name ?? []);
  });
  if (waiting?.includes(environment) !== true) return undefined;
  const { data } = await asking(`about the run ${run_id}`, () =>
    octokit.request("GET /repos/{owner}/{repo}/actions/runs/{run_id}", where),
  );
  const { data: history } = await asking(`about the run ${run_id}`, () =>
    octokit.request("GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals", where),
  );
  const own = history.filter(({ state, user, environments }) => {
    const isFor = environments.some(({ name }) => name === environment);
    return isFor && state === "approved" && user?.type === "Bot";
  });
  const [workflow = ""] = data.path.split("@");
  return {
    commit: data.head_sha,
    workflow,
    attempt: data.run_attempt ?? 1,
    approvals: own.flatMap(({ comment }) => comment ?? []),
  };
}

/** Finds the deployments of a workflow that wait, as `GithubRepositoryApi.waitingDeployments` describes. */
export async function waitingDeployments(
  connection: GithubConnection,
  workflow_id: string,
): Promise<WaitingDeployment[]> {
  const { octokit, at } = connection;
  const { data } = await asking(`for runs of ${workflow_id} that wait`, () =>
    octokit.request("GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", {
      ...at,
      workflow_id,
      status: "waiting",
      per_page: MOST_RUNS,
    }),
  );
  const found: WaitingDeployment[] = [];
  for (const { id: run, head_sha: commit } of data.workflow_runs) {
    for (const { environment } of await pendingOf(connection, run)) {
      if (environment.name !== undefined)
        found.push({ run, environment: environment.name, commit });
    }
  }
  return found;
}

/** More runs than wait at the same time, of which the newest count. As many as GitHub gives at once. */
const MOST_RUNS = 100;

/** Answers a protection rule, as `GithubRepositoryApi.answerRule` describes. */
export async function answerRule(
  { octokit, at }: GithubConnection,
  { run, environment, isApproved, comment }: RuleAnswer,
): Promise<void> {
  await asking(`to answer for ${environment}, which takes the token of a GitHub App`, () =>
    octokit.request("POST /repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule", {
      ...at,
      run_id: run,
      environment_name: environment,
      ...(isApproved && { state: "approved" as const }),
      comment: comment.slice(0, MAX_COMMENT),
    }),
  );
}

/** The longest text that fits GitHub's dialog, in characters. */
const MAX_COMMENT = 1024;
