import { allPages, asking, unlessMissing } from "./ask";
import type { GithubConnection } from "./connection";
import { isMarked, markOf } from "./mark";

/** What was done to a comment; `nothing` where none was needed. */
export type CommentChange = "written" | "edited" | "same" | "nothing";

/** The text of a comment that has nothing to report any more. */
const NOTHING = "Nothing changes any more.";

/** Leaves one comment of a kind on a pull request or issue, as `GithubRepositoryApi.comment` describes. */
export async function leaveComment(
  { octokit, at }: GithubConnection,
  number: number,
  kind: string,
  text: string,
): Promise<CommentChange> {
  const mark = markOf(kind);
  const isEmpty = text.trim() === "";
  const body = `${mark}\n${isEmpty ? NOTHING : text}`;
  const issue = { ...at, issue_number: number };
  const comments = await allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...issue,
      ...page,
    }),
  );
  const [ours, ...duplicates] = comments.filter((comment) => isMarked(comment, mark));
  for (const { id } of duplicates) {
    await unlessMissing("to remove a comment", () =>
      octokit.request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", {
        ...at,
        comment_id: Number(id),
      }),
    );
  }
  if (ours?.body === body) return "same";
  if (ours === undefined && isEmpty) return "nothing";
  if (ours !== undefined) {
    const isThere = await unlessMissing("to edit a comment", () =>
      octokit.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
        ...at,
        comment_id: Number(ours.id),
        body,
      }),
    );
    if (isThere) return "edited";
  }
  await asking(`to comment on #${number}`, () =>
    octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...issue,
      body,
    }),
  );
  return "written";
}
