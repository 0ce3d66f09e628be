import { allPages, asking } from "./ask";
import type { GithubConnection } from "./connection";
import { markedTexts, markOf } from "./mark";

/** Keeps one open issue of a kind, as `GithubRepositoryApi.issue` describes. */
export async function keepIssue(
  connection: GithubConnection,
  kind: string,
  title: string,
  text: string | undefined,
): Promise<number | undefined> {
  const { octokit, at } = connection;
  const mark = markOf(kind);
  const issues = await allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/issues", { ...at, state: "open", ...page }),
  );
  const marked = await markedTexts(connection, issues);
  const open = marked.find((issue) => issue.body?.startsWith(mark));
  const body = `${mark}\n${text ?? ""}`;
  if (open === undefined) {
    if (text === undefined) return undefined;
    const { data } = await asking("to open an issue", () =>
      octokit.request("POST /repos/{owner}/{repo}/issues", { ...at, title, body }),
    );
    return data.number;
  }
  if (text !== undefined && open.body === body && open.title === title) return open.number;
  const change = text === undefined ? { state: "closed" as const } : { title, body };
  await asking(`to update #${open.number}`, () =>
    octokit.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
      ...at,
      issue_number: open.number,
      ...change,
    }),
  );
  return open.number;
}
