import { allPages, asking } from "./ask";
import type { GithubConnection } from "./connection";

/** The newest commit of a branch, here or in a fork. */
export interface Head {
  readonly owner: string;
  readonly branch: string;
  readonly commit: string;
}

/** A pull request that is open. */
export interface OpenPullRequest {
  readonly number: number;
  /** The commit of the branch that it goes to. */
  readonly base: string;
}

/** A pull request as it is to be. */
export interface ProposedChange {
  readonly branch: string;
  /** The branch that it is merged into. */
  readonly into: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/** Finds the pull request of a branch, as `GithubRepositoryApi.pullRequestOf` describes. */
export async function pullRequestOf(
  { octokit, at }: GithubConnection,
  head: Head,
): Promise<OpenPullRequest | undefined> {
  const pulls = await allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/pulls", {
      ...at,
      state: "open",
      head: `${head.owner}:${head.branch}`,
      ...page,
    }),
  );
  const found = pulls.find(({ head: { sha } }) => sha === head.commit);
  return found && { number: found.number, base: found.base.sha };
}

/** Opens a pull request or edits the open one, as `GithubRepositoryApi.proposeChange` describes. */
export async function proposeChange(
  { octokit, at }: GithubConnection,
  { branch, into, title, body }: ProposedChange,
): Promise<string> {
  const [open] = await allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/pulls", {
      ...at,
      state: "open",
      head: `${at.owner}:${branch}`,
      base: into,
      ...page,
    }),
  );
  const request = `to propose ${branch} for ${into}`;
  const text = { ...at, title, body };
  if (open === undefined) {
    const { data } = await asking(request, () =>
      octokit.request("POST /repos/{owner}/{repo}/pulls", { ...text, head: branch, base: into }),
    );
    return data.html_url;
  }
  const { data } = await asking(request, () =>
    octokit.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
      ...text,
      pull_number: open.number,
    }),
  );
  return data.html_url;
}
