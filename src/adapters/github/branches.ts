import { isError } from "../../core/error";
import { Ref } from "../../core/ref";
import { asking, unlessMissing } from "./ask";
import type { GithubConnection } from "./connection";

/** A branch of one commit. */
export interface NewBranch {
  readonly name: string;
  /** The commit that it comes after. */
  readonly on: string;
  readonly message: string;
  /** The whole text of each file that the commit changes, by path; undefined for one that it removes. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

/** Makes a branch of one commit, as `GithubRepositoryApi.putBranch` describes. */
export async function putBranch(connection: GithubConnection, wanted: NewBranch): Promise<boolean> {
  const { octokit, at } = connection;
  const { name, on, message } = wanted;
  const request = `to make the branch ${name}`;
  const branch = Ref.branch(name);
  const ref = branch.apiName;
  let there: string | undefined;
  await unlessMissing(request, async () => {
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", {
      ...at,
      ref,
    });
    there = data.object.sha;
  });
  if (there !== undefined && (await hasChange(connection, there, wanted))) return false;
  const tree = await treeOn(connection, on, wanted);
  const { data: commit } = await asking(request, () =>
    octokit.request("POST /repos/{owner}/{repo}/git/commits", {
      ...at,
      message,
      tree,
      parents: [on],
    }),
  );
  const { sha } = commit;
  await asking<unknown>(request, () =>
    there === undefined
      ? octokit.request("POST /repos/{owner}/{repo}/git/refs", {
          ...at,
          ref: branch.fullName,
          sha,
        })
      : octokit.request("PATCH /repos/{owner}/{repo}/git/refs/{ref}", {
          ...at,
          ref,
          sha,
          force: true,
        }),
  );
  return true;
}

/** Whether a commit is the wanted one already, on whatever commit it comes after. */
async function hasChange(
  connection: GithubConnection,
  commit_sha: string,
  wanted: NewBranch,
): Promise<boolean> {
  const { octokit, at } = connection;
  const { data } = await asking(`to make the branch ${wanted.name}`, () =>
    octokit.request("GET /repos/{owner}/{repo}/git/commits/{commit_sha}", { ...at, commit_sha }),
  );
  const [parent, ...others] = data.parents;
  if (parent === undefined || others.length > 0 || data.message !== wanted.message) return false;
  try {
    return (await treeOn(connection, parent.sha, wanted)) === data.tree.sha;
  } catch (cause) {
    // That commit doesn't have each file that is to be removed.
    if (isError(cause, "outside")) return false;
    throw cause;
  }
}

/** Makes the tree of a commit with the files of a branch over it. Returns its name. */
async function treeOn(
  { octokit, at }: GithubConnection,
  base_tree: string,
  { name, files }: NewBranch,
): Promise<string> {
  const tree = [...files].map(([path, content]) => ({
    path,
    mode: "100644" as const,
    type: "blob" as const,
    ...(content === undefined ? { sha: null } : { content }),
  }));
  const { data } = await asking(`to make the branch ${name}`, () =>
    octokit.request("POST /repos/{owner}/{repo}/git/trees", { ...at, tree, base_tree }),
  );
  return data.sha;
}
