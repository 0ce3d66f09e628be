import type { Octokit } from "@octokit/core";
import { asking, GithubError, unlessMissing } from "./errors";

/** A repository on GitHub, where a delivery leaves its traces. */
export class GithubRepository {
  readonly #octokit: Octokit;
  readonly #at: { readonly owner: string; readonly repo: string };

  constructor(octokit: Octokit, owner: string, repo: string) {
    this.#octokit = octokit;
    this.#at = { owner, repo };
  }

  /**
   * Leaves one comment of a kind on a pull request or issue: writes it, or brings the one that is there up
   * to date, whoever edited it since. Returns what was done.
   * An empty text needs none, and says so where there is one.
   * @param kind told apart by an invisible mark, such as `plan production`
   */
  async comment(
    number: number,
    kind: string,
    text: string,
  ): Promise<"written" | "edited" | "same" | "nothing"> {
    const mark = markOf(kind);
    const body = `${mark}\n${text.trim() === "" ? NOTHING : text}`;
    const issue = { ...this.#at, issue_number: number };
    const comments = await this.#all((page) =>
      this.#octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
        ...issue,
        ...page,
      }),
    );
    // Anyone may write a comment with the mark in it; ours are an app's.
    const [ours, ...twice] = comments.filter(
      (comment) => comment.user?.type === "Bot" && comment.body?.startsWith(mark) === true,
    );
    for (const { id } of twice) await this.#remove(Number(id));
    if (ours?.body === body) return "same";
    if (ours === undefined && text.trim() === "") return "nothing";
    const edited = ours !== undefined && (await this.#edit(Number(ours.id), body));
    if (edited) return "edited";
    await asking(`to comment on #${number}`, () =>
      this.#octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
        ...issue,
        body,
      }),
    );
    return "written";
  }

  /** Returns whether the comment was still there. */
  async #edit(id: number, body: string): Promise<boolean> {
    return unlessMissing("to edit a comment", () =>
      this.#octokit.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
        ...this.#at,
        comment_id: id,
        body,
      }),
    );
  }

  async #remove(id: number): Promise<void> {
    await unlessMissing("to remove a comment", () =>
      this.#octokit.request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", {
        ...this.#at,
        comment_id: id,
      }),
    );
  }

  /**
   * Returns the open pull request of a branch, here or in a fork, whose newest commit is the given one.
   * Undefined when there is none any more.
   */
  async pullRequestOf(head: {
    owner: string;
    branch: string;
    commit: string;
  }): Promise<number | undefined> {
    const found = await this.#all((page) =>
      this.#octokit.request("GET /repos/{owner}/{repo}/pulls", {
        ...this.#at,
        state: "open",
        head: `${head.owner}:${head.branch}`,
        ...page,
      }),
    );
    return found.find(({ head: { sha } }) => sha === head.commit)?.number;
  }

  /**
   * Makes a branch of one commit, or puts it there again, with files as they are to be.
   * @param on the commit that it comes after
   * @param files text by path
   */
  async putBranch(branch: {
    name: string;
    on: string;
    message: string;
    files: ReadonlyMap<string, string>;
  }): Promise<void> {
    const { name, on, message, files } = branch;
    const what = `to make the branch ${name}`;
    const tree = [...files].map(([path, content]) => ({
      ...{ path, content },
      ...{ mode: "100644" as const, type: "blob" as const },
    }));
    const { data: made } = await asking(what, () =>
      this.#octokit.request("POST /repos/{owner}/{repo}/git/trees", {
        ...this.#at,
        ...{ tree, base_tree: on },
      }),
    );
    const { data: commit } = await asking(what, () =>
      this.#octokit.request("POST /repos/{owner}/{repo}/git/commits", {
        ...this.#at,
        ...{ message, tree: made.sha, parents: [on] },
      }),
    );
    const { sha } = commit;
    const isThere = await unlessMissing(what, () =>
      this.#octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", {
        ...this.#at,
        ref: `heads/${name}`,
      }),
    );
    await asking<unknown>(what, () =>
      isThere
        ? this.#octokit.request("PATCH /repos/{owner}/{repo}/git/refs/{ref}", {
            ...this.#at,
            ...{ ref: `heads/${name}`, sha, force: true },
          })
        : this.#octokit.request("POST /repos/{owner}/{repo}/git/refs", {
            ...this.#at,
            ...{ ref: `refs/heads/${name}`, sha },
          }),
    );
  }

  /** Starts a workflow by hand, as a ref has it. What a workflow's own token does starts none by itself. */
  async startWorkflow(file: string, ref: string): Promise<void> {
    await asking(`to start ${file}`, () =>
      this.#octokit.request(
        "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
        { ...this.#at, workflow_id: file, ref },
      ),
    );
  }

  /** Opens a pull request, or brings the open one of the same branch up to date. Returns its address. */
  async proposeChange(change: {
    branch: string;
    into: string;
    title: string;
    body: string;
  }): Promise<string> {
    const { branch, into, title, body } = change;
    const [open] = await this.#all((page) =>
      this.#octokit.request("GET /repos/{owner}/{repo}/pulls", {
        ...this.#at,
        state: "open",
        head: `${this.#at.owner}:${branch}`,
        base: into,
        ...page,
      }),
    );
    const what = `to propose ${branch} for ${into}`;
    const text = { ...this.#at, title, body };
    if (open === undefined) {
      const { data } = await asking(what, () =>
        this.#octokit.request("POST /repos/{owner}/{repo}/pulls", {
          ...text,
          head: branch,
          base: into,
        }),
      );
      return data.html_url;
    }
    const { data } = await asking(what, () =>
      this.#octokit.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
        ...text,
        pull_number: open.number,
      }),
    );
    return data.html_url;
  }

  /**
   * Keeps one issue of a kind while something is wrong: opens it, or brings the open one up to date; closes it
   * when `text` is undefined. Returns its number; undefined where none is needed.
   */
  async issue(kind: string, title: string, text: string | undefined): Promise<number | undefined> {
    const mark = markOf(kind);
    const issues = await this.#all((page) =>
      this.#octokit.request("GET /repos/{owner}/{repo}/issues", {
        ...this.#at,
        state: "open",
        ...page,
      }),
    );
    const open = issues.find(
      ({ user, body }) => user?.type === "Bot" && body?.startsWith(mark) === true,
    );
    const body = `${mark}\n${text ?? ""}`;
    if (open === undefined) {
      if (text === undefined) return undefined;
      const { data } = await asking("to open an issue", () =>
        this.#octokit.request("POST /repos/{owner}/{repo}/issues", { ...this.#at, title, body }),
      );
      return data.number;
    }
    if (text !== undefined && open.body === body && open.title === title) return open.number;
    const change = text === undefined ? { state: "closed" as const } : { title, body };
    await asking(`to update #${open.number}`, () =>
      this.#octokit.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
        ...this.#at,
        issue_number: open.number,
        ...change,
      }),
    );
    return open.number;
  }

  /** Returns the commit of which a stack was last deployed with success; undefined for none. */
  async lastDeployed({ environment, stack }: DeployedStack): Promise<string | undefined> {
    for await (const deployments of this.#pages((page) =>
      this.#octokit.request("GET /repos/{owner}/{repo}/deployments", {
        ...this.#at,
        environment,
        task: taskOf(stack),
        ...page,
      }),
    )) {
      for (const { id, sha } of deployments) {
        const { data } = await asking("for a deployment's statuses", () =>
          this.#octokit.request("GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", {
            ...this.#at,
            deployment_id: Number(id),
          }),
        );
        // A later deployment makes an earlier one inactive, which was a success.
        if (data.some(({ state }) => state === "success")) return sha;
      }
    }
    return undefined;
  }

  /** Records that a stack is being deployed. Returns the deployment's number. */
  async beginDeployment(
    deployment: DeployedStack & {
      commit: string;
      description: string;
      /** What the stack runs then, by service. */
      versions: Readonly<Record<string, string>>;
      isProduction: boolean;
    },
  ): Promise<number> {
    const { environment, stack, commit, description, versions, isProduction } = deployment;
    const { data } = await asking(`to record a deployment of ${stack}`, () =>
      this.#octokit.request("POST /repos/{owner}/{repo}/deployments", {
        ...this.#at,
        ref: commit,
        task: taskOf(stack),
        // The checks are ours, and what is deployed is what was merged.
        auto_merge: false,
        required_contexts: [],
        environment,
        description: description.slice(0, MAX_DESCRIPTION),
        payload: { stack, versions },
        production_environment: isProduction,
      }),
    );
    if (!("id" in data))
      throw new GithubError(`GitHub recorded no deployment: ${data.message ?? ""}`);
    const id = Number(data.id);
    await this.deploymentStatus(id, { state: "in_progress", description });
    return id;
  }

  /** Says how a deployment goes. */
  async deploymentStatus(
    id: number,
    status: {
      state: "in_progress" | "success" | "failure";
      description: string;
      /** Where the environment is to be seen. */
      url?: string | undefined;
      log?: string | undefined;
    },
  ): Promise<void> {
    const { state, description, url, log } = status;
    await asking("to update a deployment", () =>
      this.#octokit.request("POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", {
        ...this.#at,
        deployment_id: id,
        state,
        description: description.slice(0, MAX_DESCRIPTION),
        ...(url !== undefined && { environment_url: url }),
        ...(log !== undefined && { log_url: log }),
      }),
    );
  }

  async #all<Item>(ask: Ask<Item>): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of this.#pages(ask)) items.push(...page);
    return items;
  }

  async *#pages<Item>(ask: Ask<Item>): AsyncGenerator<Item[]> {
    for (let page = 1; ; page++) {
      const { data } = await asking(`for page ${page}`, () => ask({ page, per_page: PER_PAGE }));
      yield data;
      if (data.length < PER_PAGE) return;
    }
  }
}

type Ask<Item> = (page: { page: number; per_page: number }) => Promise<{ data: Item[] }>;

/** As many as GitHub gives at once. */
const PER_PAGE = 100;
/** GitHub's own limit, in characters. */
const MAX_DESCRIPTION = 140;

/** A stack, and the environment that it is a part of, or all of. */
interface DeployedStack {
  readonly environment: string;
  readonly stack: string;
}

/** Tells a stack's deployments from those of other stacks, and of jobs, which GitHub makes by itself. */
function taskOf(stack: string): string {
  return `releases:${stack}`;
}

/** What stands in a comment that has nothing to say any more. */
const NOTHING = "Nothing changes any more.";

/** A comment that nobody sees tells what a text is about. */
function markOf(kind: string): string {
  return `<!-- releases: ${kind.replaceAll("--", "- -")} -->`;
}
