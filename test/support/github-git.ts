import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { temporaryFolder } from "./folder";
import { GIT_ENVIRONMENT } from "./git";
import type { Answer, Asked } from "./github-api";

interface Pull {
  readonly number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  /** Whether it merges by itself. */
  auto: boolean;
  readonly head: string;
  readonly base: string;
}

interface Entry {
  readonly path: string;
  readonly content: string;
}

interface Variables {
  readonly id?: string;
}

const REPOSITORY = "/repos/{owner}/{repo}";

/**
 * A repository on GitHub of which git is real: what its API makes of trees, commits, refs and pull requests is in a
 * bare repository, and merges are git's.
 */
export class GithubGit {
  /** The bare repository. */
  readonly path: string;
  readonly pulls: Pull[] = [];
  /** Every commit that the API made, by the branch that it was put on, in order. */
  readonly commits: { readonly branch: string; readonly sha: string }[] = [];

  /** @param from a working copy, whose main is taken */
  constructor(from: string) {
    this.path = path.join(temporaryFolder(), "origin.git");
    execFileSync("git", ["clone", "--quiet", "--bare", from, this.path], { env: GIT_ENVIRONMENT });
  }

  git(args: readonly string[], input = "", variables: NodeJS.ProcessEnv = {}): string {
    const env = { ...GIT_ENVIRONMENT, ...variables };
    const options = { cwd: this.path, input, env, encoding: "utf8" } as const;
    return execFileSync("git", args, options).trim();
  }

  /** Merges a pull request, as its button does. */
  merge(number: number): void {
    const pull = this.pulls.find((one) => one.number === number && one.state === "open");
    if (pull === undefined) throw new Error(`there is no open pull request ${number}`);
    const tree = this.git(["merge-tree", "--write-tree", pull.base, pull.head]);
    const parents = ["-p", pull.base, "-p", pull.head];
    const commit = this.git(["commit-tree", tree, ...parents, "-m", pull.title]);
    this.git(["update-ref", `refs/heads/${pull.base}`, commit]);
    pull.state = "closed";
  }

  /** Returns the answer to a request about this repository; undefined for others. */
  answer({ route, parameters, body }: Asked): Answer | undefined {
    const sha = (value: string): Answer => ({ status: 201, body: { sha: value } });
    switch (route.replace(REPOSITORY, "")) {
      case "POST /git/trees":
        return sha(this.#tree(String(body["base_tree"]), body["tree"] as Entry[]));
      case "POST /git/commits": {
        const parents = (body["parents"] as string[]).flatMap((parent) => ["-p", parent]);
        const message = String(body["message"]);
        return sha(this.git(["commit-tree", String(body["tree"]), ...parents], message));
      }
      case "GET /git/commits/{commit_sha}": {
        const commit = parameters["commit_sha"] ?? "";
        const [tree = "", ...parents] = this.git(["log", "-1", "--format=%T %P", commit]).split(
          " ",
        );
        const message = this.git(["log", "-1", "--format=%B", commit]);
        const found = { sha: commit, message, tree: { sha: tree } };
        return { status: 200, body: { ...found, parents: parents.map((sha) => ({ sha })) } };
      }
      case "GET /git/ref/{ref}": {
        const commit = this.#commitOf(`refs/${parameters["ref"] ?? ""}`);
        if (commit === undefined) return { status: 404 };
        return { status: 200, body: { object: { sha: commit, type: "commit" } } };
      }
      case "POST /git/refs":
        return this.#put(String(body["ref"]), String(body["sha"]), 201);
      case "DELETE /git/refs/{ref}":
        this.git(["update-ref", "-d", `refs/${parameters["ref"] ?? ""}`]);
        return { status: 204 };
      case "PATCH /git/refs/{ref}":
        return this.#put(`refs/${parameters["ref"] ?? ""}`, String(body["sha"]), 200);
      case "GET /pulls": {
        const [, head] = (parameters["head"] ?? ":").split(":");
        const found = this.pulls.filter(
          (pull) => pull.state === "open" && pull.head === head && pull.base === parameters["base"],
        );
        return { status: 200, body: found.map((pull) => this.#shown(pull)) };
      }
      case "POST /pulls": {
        const [head, base] = [String(body["head"]), String(body["base"])];
        const text = { title: String(body["title"]), body: String(body["body"]) };
        const own = { number: this.pulls.length + 1, state: "open" as const, auto: false };
        const pull: Pull = { ...own, ...text, head, base };
        this.pulls.push(pull);
        return { status: 201, body: this.#shown(pull) };
      }
      case "PATCH /pulls/{pull_number}": {
        const pull = this.pulls[Number(parameters["pull_number"]) - 1];
        if (pull === undefined) return { status: 404 };
        Object.assign(pull, body);
        return { status: 200, body: this.#shown(pull) };
      }
      case "POST /graphql":
        return { status: 200, body: { data: this.#mergeItself(body["variables"] as Variables) } };
      default:
        return undefined;
    }
  }

  /** Answers what is asked of GraphQL: whether pull requests may merge by themselves, and that one does. */
  #mergeItself({ id }: Variables): object {
    const pull = this.pulls.find(({ number }) => id === `PR_${number}`);
    if (pull === undefined) {
      return { repository: { autoMergeAllowed: true, viewerDefaultMergeMethod: "SQUASH" } };
    }
    pull.auto = true;
    return { enablePullRequestAutoMerge: { pullRequest: { number: pull.number } } };
  }

  #shown({ number, title, body, state, auto, head, base }: Pull): object {
    const html_url = `https://github.example/acme/releases/pull/${number}`;
    const heads = { head: { ref: head, sha: this.#commitOf(`refs/heads/${head}`) } };
    const own = { number, title, body, state, html_url, node_id: `PR_${number}` };
    return { ...own, ...heads, base: { ref: base }, auto_merge: auto ? {} : null };
  }

  #put(ref: string, commit: string, status: number): Answer {
    this.git(["update-ref", ref, commit]);
    this.commits.push({ branch: ref.replace("refs/heads/", ""), sha: commit });
    return { status, body: { ref, object: { sha: commit, type: "commit" } } };
  }

  #commitOf(ref: string): string | undefined {
    try {
      return this.git(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
    } catch {
      return undefined;
    }
  }

  #tree(base: string, entries: readonly Entry[]): string {
    const index = { GIT_INDEX_FILE: path.join(temporaryFolder(), "index") };
    this.git(["read-tree", base], "", index);
    for (const { path: file, content } of entries) {
      const blob = this.git(["hash-object", "-w", "--stdin"], content);
      this.git(["update-index", "--add", "--cacheinfo", `100644,${blob},${file}`], "", index);
    }
    return this.git(["write-tree"], "", index);
  }
}
