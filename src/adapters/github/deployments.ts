import { asking, pages } from "./ask";
import type { GithubConnection } from "./connection";

/** A stack, and the environment that it is a part of, or all of. */
export interface DeployedStack {
  readonly environment: string;
  readonly stack: string;
}

/** A deployment that begins. */
export interface NewDeployment extends DeployedStack {
  readonly commit: string;
  /** Cut after 140 characters. */
  readonly description: string;
  /** The versions that the stack runs afterwards, by service. */
  readonly versions: Readonly<Record<string, string>>;
  readonly isProduction: boolean;
}

/** What is known of a deployment that has begun. */
export interface DeploymentStatus {
  readonly state: "in_progress" | "success" | "failure";
  /** Cut after 140 characters. */
  readonly description: string;
  /** The address of the environment. */
  readonly url?: string | undefined;
  /** The address of the log. */
  readonly log?: string | undefined;
}

/** GitHub's own limit, in characters. */
const MAX_DESCRIPTION = 140;

/** Finds a stack's last deployment, as `GithubRepositoryApi.lastDeployed` describes. */
export async function lastDeployed(
  { octokit, at }: GithubConnection,
  { environment, stack }: DeployedStack,
): Promise<string | undefined> {
  for await (const deployments of pages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/deployments", {
      ...at,
      environment,
      task: taskOf(stack),
      ...page,
    }),
  )) {
    for (const { id, sha } of deployments) {
      const { data } = await asking("for a deployment's statuses", () =>
        octokit.request("GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", {
          ...at,
          deployment_id: id,
        }),
      );
      // A later deployment makes an earlier one inactive, which was a success.
      if (data.some(({ state }) => state === "success")) return sha;
    }
  }
  return undefined;
}

/** Records that a deployment begins, as `GithubRepositoryApi.beginDeployment` describes. */
export async function beginDeployment(
  connection: GithubConnection,
  { environment, stack, commit, description, versions, isProduction }: NewDeployment,
): Promise<number> {
  const { octokit, at } = connection;
  const { data } = await asking(`to record a deployment of ${stack}`, () =>
    octokit.request("POST /repos/{owner}/{repo}/deployments", {
      ...at,
      ref: commit,
      task: taskOf(stack),
      // The checks are ours, and the merged commit is what is deployed.
      auto_merge: false,
      required_contexts: [],
      environment,
      description: description.slice(0, MAX_DESCRIPTION),
      payload: { stack, versions },
      production_environment: isProduction,
    }),
  );
  const { id } = data;
  await addDeploymentStatus(connection, id, { state: "in_progress", description });
  return id;
}

/** Records how a deployment goes, as `GithubRepositoryApi.deploymentStatus` describes. */
export async function addDeploymentStatus(
  { octokit, at }: GithubConnection,
  id: number,
  { state, description, url, log }: DeploymentStatus,
): Promise<void> {
  await asking("to update a deployment", () =>
    octokit.request("POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", {
      ...at,
      deployment_id: id,
      state,
      description: description.slice(0, MAX_DESCRIPTION),
      ...(url !== undefined && { environment_url: url }),
      ...(log !== undefined && { log_url: log }),
    }),
  );
}

/** Tells a stack's deployments from those of other stacks, and from those that GitHub makes for jobs. */
function taskOf(stack: string): string {
  return `releases:${stack}`;
}
