import { Ref } from "../../core/ref";
import { isVisible, unlessMissing } from "./ask";
import type { GithubConnection } from "./connection";

/** Finds the newest commit of a branch, as `GithubRepositoryApi.headOf` describes. */
export async function headOf(
  connection: GithubConnection,
  branch: string,
): Promise<{ readonly commit: string | undefined } | "no repository"> {
  const { octokit, at } = connection;
  const request = `for the branch ${branch} of ${at.owner}/${at.repo}`;
  let commit: string | undefined;
  const isThere = await unlessMissing(request, async () => {
    const ref = Ref.branch(branch).apiName;
    const path = "GET /repos/{owner}/{repo}/git/ref/{ref}";
    commit = (await octokit.request(path, { ...at, ref })).data.object.sha;
  });
  if (isThere) return { commit };
  return (await isVisible(connection)) ? { commit: undefined } : "no repository";
}

/** Whether one commit leads to another, as `GithubRepositoryApi.leadsTo` describes. */
export async function leadsTo(
  { octokit, at }: GithubConnection,
  older: string,
  newer: string,
): Promise<boolean> {
  let status: string | undefined;
  await unlessMissing(`to compare ${older} with ${newer}`, async () => {
    const path = "GET /repos/{owner}/{repo}/compare/{basehead}";
    const basehead = `${older}...${newer}`;
    // Of the commits in between none is needed.
    status = (await octokit.request(path, { ...at, basehead, per_page: 1 })).data.status;
  });
  return status === undefined || status === "ahead" || status === "identical";
}
