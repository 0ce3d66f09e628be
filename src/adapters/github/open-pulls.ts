import { Ref } from "../../core/ref";
import type { OpenPull } from "../../core/resolve/previews";
import { allPages, isVisible, unlessMissing } from "./ask";
import type { GithubConnection } from "./connection";
import type { GithubAnswer } from "./requests";

/** A pull request, as GitHub's answers about one and about all have it. */
type Pull = GithubAnswer<"GET /repos/{owner}/{repo}/pulls/{pull_number}">["data"];

/** Returns the open pull requests, as `GithubRepositoryApi.openPulls` describes. */
export async function openPulls(
  connection: GithubConnection,
): Promise<OpenPull[] | "no repository"> {
  if (!(await isVisible(connection))) return "no repository";
  const { octokit, at } = connection;
  const pulls = await allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/pulls", {
      ...at,
      ...{ state: "open", sort: "created", direction: "asc" },
      ...page,
    }),
  );
  return pulls.flatMap((pull) => toOpenPull(pull) ?? []);
}

/** Returns a pull request if it is open, as `GithubRepositoryApi.openPull` describes. */
export async function openPull(
  { octokit, at }: GithubConnection,
  pull_number: number,
): Promise<OpenPull | undefined> {
  let found: OpenPull | undefined;
  await unlessMissing(`for the pull request ${pull_number} of ${at.owner}/${at.repo}`, async () => {
    const path = "GET /repos/{owner}/{repo}/pulls/{pull_number}";
    const { data } = await octokit.request(path, { ...at, pull_number });
    found = data.state === "open" ? toOpenPull(data) : undefined;
  });
  return found;
}

/** Returns when a branch got a commit, as `GithubRepositoryApi.pushedAt` describes. */
export async function pushedAt(
  { octokit, at }: GithubConnection,
  branch: string,
  commit: string,
): Promise<Date | undefined> {
  const request = `for the pushes to ${branch} of ${at.owner}/${at.repo}`;
  const ref = Ref.branch(branch).fullName;
  let found: Date | undefined;
  // A fork may be gone, or may not be shown.
  await unlessMissing(request, async () => {
    const path = "GET /repos/{owner}/{repo}/activity";
    const { data } = await octokit.request(path, { ...at, ref, per_page: 100 });
    const push = data.find(({ after }) => after === commit);
    if (push !== undefined) found = push.timestamp;
  });
  return found;
}

/** Returns undefined for a pull request whose fork is gone: nobody can push to it. */
function toOpenPull({ number, head, base, user, ...pull }: Pull): OpenPull | undefined {
  const { repo, ref, sha } = head;
  if (repo === null) return undefined;
  const isFork = repo.full_name.toLowerCase() !== base.repo.full_name.toLowerCase();
  return {
    number,
    // No branch of git has a colon, so a fork can't take the names of a branch here.
    branch: isFork ? `${repo.owner.login}:${ref}` : ref,
    source: { repository: repo.full_name, branch: ref },
    commit: sha,
    isFork,
    isBot: user?.type === "Bot",
    createdAt: pull.created_at,
    updatedAt: pull.updated_at,
  };
}
