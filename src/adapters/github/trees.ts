import { asking } from "./ask";
import type { GithubConnection } from "./connection";

/** Whether a commit changes a folder, as `GithubRepositoryApi.changesFolder` describes. */
export async function changesFolder(
  connection: GithubConnection,
  base: string,
  commit: string,
  folder: string,
): Promise<boolean> {
  const { octokit, at } = connection;
  const { data } = await asking(`what ${commit} changes`, () =>
    octokit.request("GET /repos/{owner}/{repo}/compare/{basehead}", {
      ...at,
      basehead: `${base}...${commit}`,
      per_page: 1,
    }),
  );
  const before = await folderAt(connection, data.merge_base_commit.sha, folder);
  return before !== (await folderAt(connection, commit, folder));
}

/** Returns the hash of a folder at the top of a commit's tree; undefined where it has none. */
async function folderAt({ octokit, at }: GithubConnection, commit: string, folder: string) {
  const { data } = await asking(`for the tree of ${commit}`, () =>
    octokit.request("GET /repos/{owner}/{repo}/git/trees/{tree_sha}", { ...at, tree_sha: commit }),
  );
  return data.tree.find(({ path }) => path === folder)?.sha;
}
