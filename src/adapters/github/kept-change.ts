import { z } from "zod";
import { Ref } from "../../core/ref";
import { allPages, asking, unlessMissing } from "./ask";
import type { GithubConnection } from "./connection";

/** An open pull request that a program keeps up to date. */
export interface OpenChange {
  readonly number: number;
  readonly address: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  /** GitHub's own id of it, by which GraphQL names it. */
  readonly id: string;
  /** Whether GitHub merges it once its rules are met. */
  readonly mergesItself: boolean;
}

/** The two branches of a pull request. */
export interface ChangeBranches {
  readonly branch: string;
  /** The branch that it is merged into. */
  readonly into: string;
}

/** Finds the open pull request of two branches, as `GithubRepositoryApi.openChange` describes. */
export async function openChange(
  { octokit, at }: GithubConnection,
  { branch, into }: ChangeBranches,
): Promise<OpenChange | undefined> {
  const [open] = await allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/pulls", {
      ...at,
      state: "open",
      head: `${at.owner}:${branch}`,
      base: into,
      ...page,
    }),
  );
  if (open === undefined) return undefined;
  const { number, html_url: address, title, body, node_id: id, auto_merge } = open;
  return {
    number,
    address,
    title,
    body: body ?? "",
    id,
    mergesItself: auto_merge !== null && auto_merge !== undefined,
  };
}

/** Closes a pull request and removes its branch, as `GithubRepositoryApi.closeChange` describes. */
export async function closeChange(
  { octokit, at }: GithubConnection,
  { number }: Pick<OpenChange, "number">,
  branch: string,
): Promise<void> {
  const request = `to close #${number}`;
  await asking(request, () =>
    octokit.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
      ...at,
      pull_number: number,
      state: "closed",
    }),
  );
  const ref = Ref.branch(branch).apiName;
  await unlessMissing(request, () =>
    octokit.request("DELETE /repos/{owner}/{repo}/git/refs/{ref}", { ...at, ref }),
  );
}

const mergeSettings = z.object({
  repository: z.object({ autoMergeAllowed: z.boolean(), viewerDefaultMergeMethod: z.string() }),
});

const SETTINGS = `query ($owner: String!, $repo: String!) {
  repository(owner: $owner, name: $repo) { autoMergeAllowed viewerDefaultMergeMethod }
}`;

const ENABLE = `mutation ($id: ID!, $how: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: $how }) {
    pullRequest { number }
  }
}`;

/** Lets GitHub merge a pull request by itself, as `GithubRepositoryApi.mergeItself` describes. */
export async function mergeItself(
  { octokit, at: { owner, repo } }: GithubConnection,
  { number, id }: Pick<OpenChange, "number" | "id">,
): Promise<string | undefined> {
  const request = `to merge #${number} by itself`;
  try {
    const { repository } = await asking(request, () =>
      octokit.graphql(SETTINGS, { owner, repo }, mergeSettings),
    );
    if (!repository.autoMergeAllowed) {
      return `${owner}/${repo} doesn't allow auto-merge; allow it in the repository's settings`;
    }
    const how = repository.viewerDefaultMergeMethod;
    await asking(request, () => octokit.graphql(ENABLE, { id, how }, z.unknown()));
    return undefined;
  } catch (cause) {
    // What GitHub's GraphQL refuses has the status 200.
    if (!(cause instanceof Error) || cause.name !== "GraphqlResponseError") throw cause;
    const [said = ""] = cause.message.split("\n").slice(1);
    return `GitHub doesn't merge it by itself:${said.replace(/^ - /, " ")}; require a check of the branch, or merge it`;
  }
}
