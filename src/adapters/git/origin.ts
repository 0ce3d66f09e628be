import { ask } from "./git";

/** `git@host:owner/name.git`, and URLs of ssh and https. What is in front of the host may be a token. */
const ADDRESS =
  /^(?:(?:https|ssh|git):\/\/)?(?:[^@/]+@)?([a-z0-9.-]+)(?::\d+)?[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/i;

/**
 * Returns the address of the repository's page on GitHub, such as `https://github.com/acme/releases`; undefined
 * where its `origin` is elsewhere, or there is none. What the remote has in front of its host may be a token, and is
 * left out.
 */
export function githubPage(folder: string): string | undefined {
  const [remote = ""] = ask(folder, ["config", "--get", "remote.origin.url"]) ?? [];
  return pageOf(remote);
}

/** Returns the page of a remote. */
export function pageOf(remote: string): string | undefined {
  const [, host = "", name = ""] = ADDRESS.exec(remote) ?? [];
  return /(?:^|\.)github\./i.test(host) ? `https://${host.toLowerCase()}/${name}` : undefined;
}

/** Returns the branch that a repository's `origin` shows first, as it was cloned; undefined where git doesn't know. */
export function mainBranchOf(folder: string): string | undefined {
  const [name = ""] =
    ask(folder, ["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"]) ?? [];
  return name.startsWith("origin/") ? name.slice("origin/".length) : undefined;
}
