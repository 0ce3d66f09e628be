import { allPages, asking, unlessMissing } from "./ask";
import type { GithubConnection } from "./connection";
import { kindOf, markedTexts, markOf } from "./mark";

/** What was done to a comment. */
export type CommentChange = "written" | "edited" | "same";

/** Leaves one comment of a kind on a pull request or issue, as `GithubRepositoryApi.comment` describes. */
export async function leaveComment(
  connection: GithubConnection,
  number: number,
  kind: string,
  text: string,
): Promise<CommentChange> {
  const { octokit, at } = connection;
  const mark = markOf(kind);
  const body = `${mark}\n${text}`;
  const comments = await commentsOn(connection, number);
  const [ours, ...duplicates] = comments.filter((comment) => comment.body?.startsWith(mark));
  for (const { id } of duplicates) {
    await unlessMissing("to remove a comment", () =>
      octokit.request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", {
        ...at,
        comment_id: id,
      }),
    );
  }
  if (ours?.body === body) return "same";
  if (ours !== undefined) {
    const isThere = await unlessMissing("to edit a comment", () =>
      octokit.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
        ...at,
        comment_id: ours.id,
        body,
      }),
    );
    if (isThere) return "edited";
  }
  await asking(`to comment on #${number}`, () =>
    octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...at,
      issue_number: number,
      body,
    }),
  );
  return "written";
}

/** Returns the kinds of our comments on a pull request, as `GithubRepositoryApi.commentKinds` describes. */
export async function commentKinds(
  connection: GithubConnection,
  number: number,
): Promise<string[]> {
  const comments = await commentsOn(connection, number);
  return [...new Set(comments.flatMap((comment) => kindOf(comment) ?? []))];
}

/** Returns the comments that have a mark of ours. */
async function commentsOn(connection: GithubConnection, number: number) {
  const { octokit, at } = connection;
  const comments = await allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...at,
      issue_number: number,
      ...page,
    }),
  );
  return markedTexts(connection, comments);
}
