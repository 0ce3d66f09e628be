import { z } from "zod";

const number = z.int();
const text = z.string();
const time = text.pipe(z.coerce.date());
const commit = z.object({ sha: text });
/** What is changed has no answer that is read. */
const unread = z.unknown();

const user = z.object({ id: number.optional(), login: text.optional(), type: text.optional() });
/** A comment or an issue. */
const marked = z.object({ user: user.nullish(), body: text.nullish() });

const pull = z.object({
  number,
  state: text,
  title: text,
  body: text.nullable(),
  html_url: text,
  node_id: text,
  auto_merge: z.object({}).nullish(),
  created_at: time,
  updated_at: time,
  user: user.nullable(),
  head: z.object({
    ref: text,
    sha: text,
    repo: z.object({ full_name: text, owner: z.object({ login: text }) }).nullable(),
  }),
  base: z.object({ sha: text, repo: z.object({ full_name: text }) }),
});
const mergedPull = z.object({
  number,
  merged_at: text.nullish(),
  head: commit,
  user: user.nullable(),
});

const file = z.object({ name: text, state: text, size: number });
/** A release of the list. */
const listed = z.object({
  id: number,
  tag_name: text,
  draft: z.boolean(),
  prerelease: z.boolean(),
  published_at: time.nullable(),
  body: text.nullish(),
  assets: z.array(file),
});
const tagged = z.object({
  id: number,
  html_url: text,
  body: text.nullish(),
  assets: z.array(file.extend({ id: number, digest: text.nullish(), browser_download_url: text })),
});

const reference = z.object({ object: commit });
const hooks = z.array(z.object({ id: number, config: z.object({ url: text.optional() }) }));
const deliveries = z.array(
  // Octokit reads what is above 2^53 as a bigint.
  z.object({ id: z.union([number, z.bigint()]), guid: text, delivered_at: time, status: text }),
);

/**
 * What GitHub answers to each question of this program: the parts that are read, and no others. Who asks gets what was
 * read by these, so an answer of another shape is an error of the outside wherever it comes.
 */
export const ANSWERS = {
  "GET /user": z.object({ id: number }),
  "GET /app/hook/deliveries": deliveries,
  "POST /app/hook/deliveries/{delivery_id}/attempts": unread,
  "GET /orgs/{org}/hooks": hooks,
  "GET /orgs/{org}/hooks/{hook_id}/deliveries": deliveries,
  "POST /orgs/{org}/hooks/{hook_id}/deliveries/{delivery_id}/attempts": unread,
  "GET /orgs/{org}/teams/{team_slug}/memberships/{username}": z.object({ state: text }),
  "POST /orgs/{org}/artifacts/metadata/deployment-record": unread,
  "GET /repos/{owner}/{repo}": z.object({ private: z.boolean() }),
  "GET /repos/{owner}/{repo}/installation": z.object({ id: number }),
  "GET /repos/{owner}/{repo}/hooks": hooks,
  "GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries": deliveries,
  "POST /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}/attempts": unread,

  "GET /repos/{owner}/{repo}/actions/runs/{run_id}": z.object({
    head_sha: text,
    path: text,
    run_attempt: number.optional(),
  }),
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals": z.array(
    z.object({
      state: text,
      comment: text.nullish(),
      environments: z.array(z.object({ name: text.optional() })),
      user: user.nullish(),
    }),
  ),
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments": z.array(
    z.object({
      environment: z.object({ id: number.optional(), name: text.optional() }),
      current_user_can_approve: z.boolean().optional(),
    }),
  ),
  "POST /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments": unread,
  "POST /repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule": unread,
  "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs": z.object({
    workflow_runs: z.array(z.object({ id: number, head_sha: text, html_url: text })),
  }),
  "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches": unread,

  "GET /repos/{owner}/{repo}/activity": z.array(z.object({ after: text, timestamp: time })),
  "GET /repos/{owner}/{repo}/attestations/{subject_digest}": z.unknown(),
  "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls": z.array(mergedPull),
  "GET /repos/{owner}/{repo}/commits/{ref}/check-runs": z.object({
    check_runs: z.array(
      z.object({
        id: number,
        name: text,
        status: text,
        conclusion: text.nullable(),
        app: z.object({ id: number }).nullable(),
      }),
    ),
  }),
  "GET /repos/{owner}/{repo}/commits/{ref}/statuses": z.array(
    z.object({
      id: number,
      context: text,
      state: text,
      description: text.nullable(),
      created_at: time,
      creator: user.nullable(),
    }),
  ),
  "POST /repos/{owner}/{repo}/statuses/{sha}": unread,
  "GET /repos/{owner}/{repo}/compare/{basehead}": z.object({
    status: text,
    merge_base_commit: commit,
  }),
  /** A folder is a list. */
  "GET /repos/{owner}/{repo}/contents/{path}": z.union([
    z.array(z.unknown()),
    z.object({ type: text, sha: text }),
  ]),
  "PUT /repos/{owner}/{repo}/contents/{path}": unread,
  "GET /repos/{owner}/{repo}/deployments": z.array(z.object({ id: number, sha: text })),
  "POST /repos/{owner}/{repo}/deployments": z.object({ id: number }),
  "GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses": z.array(
    z.object({ state: text }),
  ),
  "POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses": unread,

  "GET /repos/{owner}/{repo}/git/blobs/{file_sha}": z.object({ content: text }),
  "GET /repos/{owner}/{repo}/git/commits/{commit_sha}": z.object({
    message: text,
    tree: commit,
    parents: z.array(commit),
  }),
  "POST /repos/{owner}/{repo}/git/commits": commit,
  "GET /repos/{owner}/{repo}/git/ref/{ref}": reference,
  "POST /repos/{owner}/{repo}/git/refs": unread,
  "PATCH /repos/{owner}/{repo}/git/refs/{ref}": unread,
  "DELETE /repos/{owner}/{repo}/git/refs/{ref}": unread,
  "GET /repos/{owner}/{repo}/git/trees/{tree_sha}": z.object({
    tree: z.array(z.object({ path: text.optional(), sha: text.nullish() })),
  }),
  "POST /repos/{owner}/{repo}/git/trees": commit,

  "GET /repos/{owner}/{repo}/issues": z.array(marked.extend({ number, title: text })),
  "POST /repos/{owner}/{repo}/issues": z.object({ number }),
  "PATCH /repos/{owner}/{repo}/issues/{issue_number}": unread,
  "GET /repos/{owner}/{repo}/issues/{issue_number}/comments": z.array(
    marked.extend({ id: number }),
  ),
  "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": unread,
  "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}": unread,
  "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}": unread,

  "GET /repos/{owner}/{repo}/pulls": z.array(pull),
  "GET /repos/{owner}/{repo}/pulls/{pull_number}": pull,
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/commits": z.array(
    z.object({ commit: z.object({ message: text }) }),
  ),
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews": z.array(
    z.object({
      state: text,
      commit_id: text.nullish(),
      user: z.object({ id: number, login: text }).nullable(),
    }),
  ),
  "POST /repos/{owner}/{repo}/pulls": z.object({ html_url: text }),
  "PATCH /repos/{owner}/{repo}/pulls/{pull_number}": z.object({ html_url: text }),

  "GET /repos/{owner}/{repo}/releases": z.array(listed),
  "GET /repos/{owner}/{repo}/releases/{release_id}": listed,
  "GET /repos/{owner}/{repo}/releases/tags/{tag}": tagged,
  /** Asked for `application/octet-stream`, it answers with the bytes. */
  "GET /repos/{owner}/{repo}/releases/assets/{asset_id}": z.instanceof(ArrayBuffer),
  "DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}": unread,
  "GET /repos/{owner}/{repo}/releases/{release_id}/assets": z.array(
    z.object({ id: number, name: text }),
  ),
  "POST /repos/{owner}/{repo}/releases": z.object({ id: number, upload_url: text }),
  "PATCH /repos/{owner}/{repo}/releases/{release_id}": z.object({ html_url: text }),
  "DELETE /repos/{owner}/{repo}/releases/{release_id}": unread,
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** What is asked of GitHub. */
export type GithubRoute = keyof typeof ANSWERS;
