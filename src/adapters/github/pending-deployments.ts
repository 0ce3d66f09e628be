import { asking } from "./ask";
import type { GithubConnection } from "./connection";

/** A deployment of a run that waits for a reviewer. */
export interface PendingDeployment {
  readonly run: number;
  /** The commit that the run deploys. */
  readonly commit: string;
  /** GitHub's number of the environment; absent where the run doesn't wait for it. */
  readonly environment?: number;
  /** Whether who asks may approve it. */
  readonly canApprove: boolean;
  /** The page of the run. */
  readonly url: string;
}

/** Finds what waits of the newest run, as `GithubRepositoryApi.pendingDeployment` describes. */
export async function pendingDeployment(
  connection: GithubConnection,
  { workflow, ref, environment }: { workflow: string; ref: string; environment: string },
): Promise<PendingDeployment | undefined> {
  const { octokit, at } = connection;
  const { data } = await asking(`for runs of ${workflow}`, () =>
    octokit.request("GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", {
      ...at,
      workflow_id: workflow,
      branch: ref,
      per_page: 1,
    }),
  );
  const [newest] = data.workflow_runs;
  if (newest === undefined) return undefined;
  const run = newest.id;
  const own = (await pendingOf(connection, run)).find(
    (one) => one.environment.name === environment,
  );
  return {
    run,
    commit: newest.head_sha,
    url: newest.html_url,
    canApprove: own?.current_user_can_approve === true,
    ...(own?.environment.id !== undefined && { environment: own.environment.id }),
  };
}

/** Returns the deployments of a run that wait, for a reviewer or for a protection rule. */
export async function pendingOf({ octokit, at }: GithubConnection, run: number) {
  const path = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments";
  const { data } = await asking(`about the run ${run}`, () =>
    octokit.request(path, { ...at, run_id: run }),
  );
  return data;
}

/** Approves what waits, as `GithubRepositoryApi.approveDeployment` describes. */
export async function approveDeployment(
  { octokit, at }: GithubConnection,
  { run, environment, comment }: { run: number; environment: number; comment: string },
): Promise<void> {
  await asking(`to approve the run ${run}`, () =>
    octokit.request("POST /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments", {
      ...at,
      run_id: run,
      environment_ids: [environment],
      state: "approved",
      comment,
    }),
  );
}
