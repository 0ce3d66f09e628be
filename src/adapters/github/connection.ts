import type { Octokit } from "@octokit/core";

/** A repository on GitHub, and the client that asks about it. */
export interface GithubConnection {
  readonly octokit: Octokit;
  /** The parameters that every request about the repository has. */
  readonly at: { readonly owner: string; readonly repo: string };
}
