import type { GithubRequests } from "./requests";

/** A repository on GitHub, and the client that asks about it. */
export interface GithubConnection {
  readonly octokit: GithubRequests;
  /** The parameters that every request about the repository has. */
  readonly at: { readonly owner: string; readonly repo: string };
}
