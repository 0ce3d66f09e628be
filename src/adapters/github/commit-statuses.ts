import type { PlanStatus } from "../../core/promotion/plan-status";
import { allPages, asking } from "./ask";
import type { GithubConnection } from "./connection";

/** A commit status to be left. */
export interface NewCommitStatus extends PlanStatus {
  /** Tells it from others. */
  readonly context: string;
  /** Where to read more. */
  readonly url?: string | undefined;
}

/** A commit status that an App left. */
export interface CommitStatus extends PlanStatus {
  readonly at: Date;
}

/** GitHub's own limit, in characters. */
const MAX_DESCRIPTION = 140;

/** Leaves a commit status, as `GithubRepositoryApi.leaveStatus` describes. */
export async function leaveStatus(
  { octokit, at }: GithubConnection,
  commit: string,
  { context, state, description, url }: NewCommitStatus,
): Promise<void> {
  await asking(`to leave the status ${context}`, () =>
    octokit.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
      ...at,
      sha: commit,
      context,
      state,
      description: description.slice(0, MAX_DESCRIPTION),
      ...(url !== undefined && { target_url: url }),
    }),
  );
}

/** Returns all statuses of a commit, the newest first, of whoever left them. */
export function allStatuses({ octokit, at }: GithubConnection, commit: string) {
  return allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/statuses", {
      ...at,
      ref: commit,
      ...page,
    }),
  );
}

/** Returns the newest statuses of Apps, as `GithubRepositoryApi.statusesOf` describes. */
export async function statusesOf(
  connection: GithubConnection,
  commit: string,
): Promise<Map<string, CommitStatus>> {
  const all = await allStatuses(connection, commit);
  const own = all.filter(({ creator }) => creator?.type === "Bot");
  const sorted = own.sort((a, b) => a.id - b.id);
  return new Map(
    sorted.map(({ context, state, description, created_at: created }) => {
      const known = state === "success" || state === "pending" ? state : "failure";
      const status = {
        state: known,
        description: description ?? "",
        at: created,
      } as const;
      return [context, status] as const;
    }),
  );
}

/** Whether a workflow ran for a commit after a time, as `GithubRepositoryApi.ranSince` describes. */
export async function ranSince(
  { octokit, at }: GithubConnection,
  { workflow, commit, since }: { workflow: string; commit: string; since: Date },
): Promise<boolean> {
  const { data } = await asking(`for runs of ${workflow}`, () =>
    octokit.request("GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", {
      ...at,
      workflow_id: workflow,
      head_sha: commit,
      // GitHub counts in whole seconds.
      created: `>${since.toISOString().replace(/\.\d+Z$/, "Z")}`,
      per_page: 1,
    }),
  );
  return data.workflow_runs.length > 0;
}
