import { allPages, asking, unlessMissing } from "./ask";
import type { GithubConnection } from "./connection";
import { openChange } from "./kept-change";

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

/** A line of a commit's message. */
export interface CommittedLine {
  readonly commit: string;
  /** White space and the case of letters don't count. */
  readonly text: string;
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

/** Whether a line was approved, as `GithubRepositoryApi.approvedBy` describes. */
export async function approvedBy(
  connection: GithubConnection,
  { commit, text }: CommittedLine,
  teams: readonly string[],
): Promise<boolean> {
  const { octokit, at } = connection;
  const pulls = await allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", {
      ...at,
      commit_sha: commit,
      ...page,
    }),
  );
  for (const { number, merged_at, head, user } of pulls) {
    if (merged_at === null || !(await hasLine(connection, number, text))) continue;
    for (const { id, login } of await approversOf(connection, number, head.sha)) {
      if (id !== user?.id && (await isMember(connection, login, teams))) return true;
    }
  }
  return false;
}

/** Whether a commit of a pull request has a line: who merges by a squash writes a message of their own. */
async function hasLine(
  { octokit, at }: GithubConnection,
  pull_number: number,
  text: string,
): Promise<boolean> {
  const commits = await allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/commits", {
      ...at,
      pull_number,
      ...page,
    }),
  );
  const plain = (message: string): string => message.replaceAll(/\s/g, "").toLowerCase();
  return commits.some(({ commit: { message } }) => plain(message).includes(plain(text)));
}

/** Returns whose newest review approves a commit. A comment changes no approval. */
async function approversOf({ octokit, at }: GithubConnection, pull_number: number, commit: string) {
  const reviews = await allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews", {
      ...at,
      pull_number,
      ...page,
    }),
  );
  const judgments = reviews.filter(({ state }) => state !== "COMMENTED" && state !== "PENDING");
  const newest = new Map(judgments.map((review) => [review.user?.id, review]));
  return [...newest.values()].flatMap(({ state, commit_id, user }) =>
    state === "APPROVED" && commit_id === commit && user !== null ? user : [],
  );
}

async function isMember(
  { octokit, at: { owner: org } }: GithubConnection,
  username: string,
  teams: readonly string[],
): Promise<boolean> {
  for (const team_slug of teams) {
    let state: string | undefined;
    const request = `whether ${username} is in the team ${team_slug}, which takes the token of a GitHub App with "members: read"`;
    await unlessMissing(request, async () => {
      const path = "GET /orgs/{org}/teams/{team_slug}/memberships/{username}";
      const { data } = await octokit.request(path, { org, team_slug, username });
      state = data.state;
    });
    if (state === "active") return true;
  }
  return false;
}

/** Opens a pull request or edits the open one, as `GithubRepositoryApi.proposeChange` describes. */
export async function proposeChange(
  connection: GithubConnection,
  { branch, into, title, body }: ProposedChange,
): Promise<string> {
  const { octokit, at } = connection;
  const open = await openChange(connection, { branch, into });
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
