import { Ref } from "../../core/ref";
import { asking, unlessMissing } from "./ask";
import type { GithubConnection } from "./connection";

/** A branch of one commit. */
export interface NewBranch {
  readonly name: string;
  /** The commit that it comes after. */
  readonly on: string;
  readonly message: string;
  /** The whole text of each file that the commit changes, by path. */
  readonly files: ReadonlyMap<string, string>;
}

/** Makes a branch of one commit, as `GithubRepositoryApi.putBranch` describes. */
export async function putBranch(
  { octokit, at }: GithubConnection,
  { name, on, message, files }: NewBranch,
): Promise<void> {
  const request = `to make the branch ${name}`;
  const tree = [...files].map(([path, content]) => ({
    path,
    content,
    mode: "100644" as const,
    type: "blob" as const,
  }));
  const { data: made } = await asking(request, () =>
    octokit.request("POST /repos/{owner}/{repo}/git/trees", { ...at, tree, base_tree: on }),
  );
  const { data: commit } = await asking(request, () =>
    octokit.request("POST /repos/{owner}/{repo}/git/commits", {
      ...at,
      message,
      tree: made.sha,
      parents: [on],
    }),
  );
  const { sha } = commit;
  const branch = Ref.branch(name);
  const ref = branch.apiName;
  const isThere = await unlessMissing(request, () =>
    octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", { ...at, ref }),
  );
  await asking<unknown>(request, () =>
    isThere
      ? octokit.request("PATCH /repos/{owner}/{repo}/git/refs/{ref}", {
          ...at,
          ref,
          sha,
          force: true,
        })
      : octokit.request("POST /repos/{owner}/{repo}/git/refs", {
          ...at,
          ref: branch.fullName,
          sha,
        }),
  );
}
