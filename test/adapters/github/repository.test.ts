import assert from "node:assert/strict";
import { Github } from "../../../src/adapters/github/github";
import type { GithubRepository } from "../../../src/adapters/github/repository";
import "../../support/without-pauses";
import { setEnvironment } from "../../support/environment";
import { GithubApi, type Answer, type Asked } from "../../support/github-api";
import { findDescription } from "../../support/github-description";

const description = findDescription();
const AT = "/repos/{owner}/{repo}";

describe("a repository on GitHub", function () {
  if (description === undefined) {
    it("is skipped: GitHub's description of its API, npm's @octokit/openapi, isn't in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  /** What GitHub has, as far as these tests change it. */
  interface Thing {
    readonly id: number;
    readonly [key: string]: unknown;
  }
  /** Whose token it is; undefined for an App's. */
  let asker: number | undefined;
  let comments: Thing[];
  let pulls: Thing[];
  let issues: Thing[];
  let deployments: Thing[];
  let statuses: Record<string, Thing[]>;
  let reviews: Thing[];
  let commits: Thing[];
  let runs: Thing[];
  let marks: Thing[];
  /** States of memberships, by `<team>/<login>`. */
  let members: Record<string, string>;
  let api: GithubApi;
  let repository: GithubRepository;
  let restore: () => void;

  before(async () => {
    api = await GithubApi.start(description, answer);
    const variables = { GITHUB_TOKEN: "MARKED-token", GITHUB_API_URL: api.address };
    restore = setEnvironment(variables);
    const github = await Github.connect();
    assert.ok(github);
    repository = github.repository("acme/releases");
  });
  beforeEach(() => {
    [comments, pulls, issues, deployments, statuses] = [[], [], [], [], {}];
    asker = undefined;
    [reviews, commits, members, runs, marks] = [[], [], {}, [], []];
    for (const list of [api.asked, api.problems, api.instead]) list.length = 0;
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => {
    restore();
    api.stop();
  });

  const bot = { login: "github-actions[bot]", type: "Bot" };
  const routes = (): string[] => api.asked.map(({ route }) => route.replace(AT, ""));

  function answer({ route, parameters, body }: Asked): Answer {
    const page = <Item>(items: readonly Item[]): Item[] => {
      const [number, size] = [Number(parameters["page"]), Number(parameters["per_page"])];
      return items.slice((number - 1) * size, number * size);
    };
    const add = (things: Thing[]): Answer => {
      const thing = { id: things.length + 1, number: things.length + 1, user: bot, ...body };
      things.push(thing);
      return { status: 201, body: { id: thing.id, number: thing.number } };
    };
    const change = (things: Thing[], id: string | undefined): Answer => {
      const index = things.findIndex((thing) => String(thing.id) === id);
      if (index < 0) return { status: 404 };
      things[index] = { ...things[index], ...body } as Thing;
      return { status: 200, body: { id: Number(id) } };
    };
    switch (route.replace(AT, "")) {
      case "GET /user":
        return asker === undefined ? { status: 403 } : { status: 200, body: { id: asker } };
      case "GET /issues/{issue_number}/comments":
        return { status: 200, body: page(comments) };
      case "POST /issues/{issue_number}/comments":
        return add(comments);
      case "PATCH /issues/comments/{comment_id}":
        return change(comments, parameters["comment_id"]);
      case "DELETE /issues/comments/{comment_id}":
        comments = comments.filter(({ id }) => String(id) !== parameters["comment_id"]);
        return { status: 204 };
      case "GET /compare/{basehead}":
        return { status: 200, body: { merge_base_commit: { sha: "left" } } };
      case "GET /git/trees/{tree_sha}": {
        const commit = parameters["tree_sha"] ?? "";
        const workflows = { left: "1", same: "1", changed: "2" }[commit];
        const others = [{ path: "service", type: "tree", sha: commit }];
        const tree =
          workflows === undefined ? [] : [{ path: ".github", type: "tree", sha: workflows }];
        return { status: 200, body: { tree: [...others, ...tree] } };
      }
      case "GET /pulls":
        return { status: 200, body: page(pulls) };
      case "POST /pulls": {
        const opened = add(pulls);
        pulls.push({
          ...(pulls.pop() as Thing),
          head: { ref: body["head"] },
          base: { ref: body["base"] },
        });
        return opened;
      }
      case "PATCH /pulls/{pull_number}":
        return change(pulls, parameters["pull_number"]);
      case "GET /commits/{commit_sha}/pulls":
        return { status: 200, body: page(pulls) };
      case "GET /pulls/{pull_number}/commits":
        return { status: 200, body: page(commits) };
      case "GET /pulls/{pull_number}/reviews":
        return { status: 200, body: page(reviews) };
      case "GET /orgs/{org}/teams/{team_slug}/memberships/{username}": {
        const state = members[`${parameters["team_slug"]}/${parameters["username"]}`];
        return state === undefined ? { status: 404 } : { status: 200, body: { state } };
      }
      case "GET /issues":
        return { status: 200, body: page(issues) };
      case "POST /issues":
        return add(issues);
      case "PATCH /issues/{issue_number}":
        return change(issues, parameters["issue_number"]);
      case "GET /commits/{ref}/check-runs": {
        const { ref: commit, check_name: name } = parameters;
        const found = runs.filter((run) => run["commit"] === commit && run["name"] === name);
        return { status: 200, body: { total_count: found.length, check_runs: page(found) } };
      }
      case "GET /commits/{ref}/statuses":
        return { status: 200, body: page(parameters["ref"] === "c0ffee" ? marks : []) };
      case "POST /statuses/{sha}":
        return { status: 201 };
      case "GET /deployments":
        return { status: 200, body: page(deployments) };
      case "POST /deployments":
        return add(deployments);
      case "GET /deployments/{deployment_id}/statuses":
        return { status: 200, body: statuses[parameters["deployment_id"] ?? ""] ?? [] };
      case "POST /deployments/{deployment_id}/statuses":
        return add((statuses[parameters["deployment_id"] ?? ""] ??= []));
      default:
        return { status: 404 };
    }
  }

  describe("checks", () => {
    const checkRun = (id: number, name: string, conclusion: string | null, app = 1) => {
      const status = conclusion === null ? "in_progress" : "completed";
      return { id, name, commit: "c0ffee", status, conclusion, app: { id: app } };
    };
    const mark = (id: number, context: string, state: string, creator = 1) => {
      return { id, context, state, creator: { id: creator } };
    };
    const states = async (...names: string[]): Promise<Record<string, string>> => {
      const found = await repository.checksOn("c0ffee", names);
      return Object.fromEntries(
        [...found].map(([name, { isGreen, state }]) => [name, `${state} ${isGreen}`]),
      );
    };

    it("are those of Apps and of commit statuses, the newest attempt of each", async () => {
      runs = [
        checkRun(1, "smoke", "failure"),
        checkRun(3, "smoke", "success"),
        checkRun(2, "smoke", "cancelled"),
        checkRun(4, "load", null),
        checkRun(5, "lint", "skipped"),
        { ...checkRun(6, "away", "success"), commit: "other" },
      ];
      marks = [mark(9, "ci/smoke", "success"), mark(8, "ci/smoke", "failure")];
      assert.deepEqual(await states("smoke", "load", "lint", "away", "ci/smoke"), {
        smoke: "success true",
        load: "in_progress false",
        lint: "skipped false",
        "ci/smoke": "success true",
      });
    });

    it("stay red whoever says later that they are green", async () => {
      runs = [checkRun(1, "smoke", "failure", 1), checkRun(2, "smoke", "success", 2)];
      marks = [
        mark(3, "smoke", "success"),
        mark(4, "load", "error", 1),
        mark(5, "load", "success", 2),
      ];
      assert.deepEqual(await states("smoke", "load"), {
        smoke: "failure false",
        load: "error false",
      });
    });

    it("are found on any page", async () => {
      runs = Array.from({ length: 250 }, (_, index) => checkRun(index + 1, "smoke", "failure"));
      runs.push(checkRun(251, "smoke", "success"));
      marks = Array.from({ length: 150 }, (_, index) => mark(index + 1, "x", "pending"));
      marks.push(mark(151, "load", "success"));
      assert.deepEqual(await states("smoke", "load"), {
        smoke: "success true",
        load: "success true",
      });
    });
  });

  describe("commit statuses", () => {
    it("are left in one line of at most 140 characters", async () => {
      const status = {
        context: "releases/staging",
        state: "pending",
        description: "x".repeat(200),
      };
      await repository.leaveStatus("c0ffee", {
        ...status,
        state: "pending",
        url: "https://a.example",
      });
      assert.deepEqual(api.asked[0]?.body, {
        ...status,
        description: "x".repeat(140),
        target_url: "https://a.example",
      });
    });

    it("are the newest of each context that an App left, on any page", async () => {
      const left = (id: number, context: string, state: string, type = "Bot") => {
        return { id, context, state, description: `${id}`, creator: { id: 1, type } };
      };
      marks = Array.from({ length: 120 }, (_, index) => left(200 - index, "a", "success"));
      marks.push(
        left(300, "a", "pending"),
        left(400, "a", "success", "User"),
        left(1, "b", "error"),
      );
      const found = await repository.statusesOf("c0ffee");
      assert.deepEqual(
        [...found].map(([context, { state, description }]) => [context, state, description]),
        [
          ["b", "failure", "1"],
          ["a", "pending", "300"],
        ],
      );
    });

    it("know whether a workflow ran since", async () => {
      const about = {
        workflow: "deploy.yml",
        commit: "c0ffee",
        since: new Date("2026-11-21T12:00:00.5Z"),
      };
      api.instead.push({ status: 200, body: { total_count: 0, workflow_runs: [] } });
      assert.equal(await repository.ranSince(about), false);
      api.instead.push({ status: 200, body: { total_count: 1, workflow_runs: [{ id: 1 }] } });
      assert.equal(await repository.ranSince(about), true);
      const { head_sha: commit, created } = api.asked[0]?.parameters ?? {};
      assert.deepEqual([commit, created], ["c0ffee", ">2026-11-21T12:00:00Z"]);
    });
  });

  describe("comments", () => {
    it("writes one of a kind, brings it up to date, and leaves it when it says the same", async () => {
      assert.equal(await repository.comment(7, "plan testing", "one"), "written");
      assert.equal(await repository.comment(7, "plan production", "other"), "written");
      assert.equal(await repository.comment(7, "plan testing", "two"), "edited");
      assert.equal(await repository.comment(7, "plan testing", "two"), "same");
      assert.deepEqual(
        comments.map(({ body }) => body),
        ["<!-- releases: plan testing -->\ntwo", "<!-- releases: plan production -->\nother"],
      );
    });

    it("finds its own among hundreds, and undoes the edit of somebody else", async () => {
      comments = Array.from({ length: 250 }, (_, id) => ({ id, body: "talk", user: bot }));
      const body = "<!-- releases: plan testing -->\nedited by somebody";
      comments.push({ id: 250, body, user: bot });
      assert.equal(await repository.comment(7, "plan testing", "ours"), "edited");
      assert.equal(comments[250]?.["body"], "<!-- releases: plan testing -->\nours");
      assert.deepEqual(routes(), [
        ...Array.from({ length: 3 }, () => "GET /issues/{issue_number}/comments"),
        "PATCH /issues/comments/{comment_id}",
      ]);
    });

    it("leaves a comment that somebody else wrote with its mark", async () => {
      const body = "<!-- releases: plan testing -->\nfake";
      comments = [{ id: 1, body, user: { login: "mallory", type: "User" } }];
      assert.equal(await repository.comment(7, "plan testing", "ours"), "written");
      assert.deepEqual(
        comments.map((comment) => comment["body"]),
        [body, "<!-- releases: plan testing -->\nours"],
      );
    });

    it("is one's own with the token of a person as well, and nobody else's", async () => {
      const body = "<!-- releases: plan testing -->\nold";
      const of = (id: number) => ({ id, body, user: { id, login: `u${id}`, type: "User" } });
      comments = [of(5), of(6)];
      asker = 6;
      assert.equal(await repository.comment(7, "plan testing", "new"), "edited");
      assert.deepEqual(
        comments.map((comment) => comment["body"]),
        [body, "<!-- releases: plan testing -->\nnew"],
      );
      assert.deepEqual(await repository.commentKinds(7), ["plan testing"]);
      issues = [{ ...of(6), number: 6, state: "open", body: "<!-- releases: drift -->\n" }];
      assert.equal(await repository.issue("drift", "title", "text"), 6);
    });

    it("knows the kinds of its own, and takes nobody else's for one", async () => {
      await repository.comment(7, "plan testing", "one");
      await repository.comment(7, "plan: findings", "one");
      const body = "<!-- releases: plan production -->\nfake";
      comments.push({ id: 9, body, user: { login: "mallory", type: "User" } });
      comments.push({ id: 10, body: `talk ${body}`, user: bot });
      assert.deepEqual(await repository.commentKinds(7), ["plan testing", "plan: findings"]);
    });

    it("keeps one of two, as a lost answer may leave them", async () => {
      const body = "<!-- releases: plan testing -->\nold";
      comments = [1, 2].map((id) => ({ id, body, user: bot }));
      assert.equal(await repository.comment(7, "plan testing", "new"), "edited");
      assert.deepEqual(
        comments.map(({ id, body }) => [id, body]),
        [[1, "<!-- releases: plan testing -->\nnew"]],
      );
    });

    it("writes another where the one that it found was deleted meanwhile", async () => {
      comments = [{ id: 1, body: "<!-- releases: plan testing -->\nold", user: bot }];
      api.instead.push({ status: 200, body: comments }, { status: 404 });
      assert.equal(await repository.comment(7, "plan testing", "new"), "written");
    });
  });

  describe("failures", () => {
    it("asks again after a 502, and after a secondary limit that isn't long", async () => {
      api.instead.push(
        { status: 502 },
        {
          status: 403,
          headers: { "retry-after": "1" },
          body: { message: "You have exceeded a secondary rate limit." },
        },
      );
      assert.equal(await repository.comment(7, "plan testing", "one"), "written");
      assert.equal(comments.length, 1);
    });

    const refusals = [
      [403, /check what the token may do/],
      [404, /check that it is there/],
      [422, /GitHub doesn't take it as it is/],
    ] as const;
    for (const [status, advice] of refusals) {
      it(`says what a ${status} means, and nothing of the token`, async () => {
        api.instead.push({ status: 200, body: [] }, { status });
        await assert.rejects(repository.comment(7, "plan testing", "one"), (error: Error) => {
          assert.match(error.message, /^GitHub, asked to comment on #7: /);
          assert.match(error.message, advice);
          assert.doesNotMatch(error.message + String(error.stack), /MARKED/);
          return true;
        });
      });
    }
  });

  describe("pull requests", () => {
    it("finds the one of a branch by its newest commit, in a fork too", async () => {
      pulls = [
        { id: 1, number: 1, head: { sha: "a" }, base: { sha: "1" } },
        { id: 2, number: 2, head: { sha: "b" }, base: { sha: "2" } },
      ];
      const head = { owner: "mallory", branch: "main", commit: "b" };
      assert.deepEqual(await repository.pullRequestOf(head), { number: 2, base: "2" });
      assert.equal(await repository.pullRequestOf({ ...head, commit: "c" }), undefined);
      assert.equal(api.asked[0]?.parameters["head"], "mallory:main");
    });

    it("finds it among more than a hundred", async () => {
      pulls = Array.from({ length: 250 }, (_, id) => ({ id, number: id, head: { sha: `${id}` } }));
      const head = { owner: "mallory", branch: "main", commit: "249" };
      assert.equal((await repository.pullRequestOf(head))?.number, 249);
      assert.deepEqual(
        api.asked.map(({ parameters }) => parameters["page"]),
        ["1", "2", "3"],
      );
    });

    it("knows whether one changes a folder, since it left its base", async () => {
      const changes = (commit: string): Promise<boolean> =>
        repository.changesFolder("base", commit, ".github");
      assert.equal(await changes("same"), false);
      for (const commit of ["changed", "removed"])
        assert.equal(await changes(commit), true, commit);
      assert.deepEqual(
        api.asked.slice(0, 3).map(({ route, parameters }) => [route.split("/").at(-2), parameters]),
        [
          ["compare", { owner: "acme", repo: "releases", basehead: "base...same", per_page: "1" }],
          ["trees", { owner: "acme", repo: "releases", tree_sha: "left" }],
          ["trees", { owner: "acme", repo: "releases", tree_sha: "same" }],
        ],
      );
    });

    it("proposes a change once, and then brings it up to date", async () => {
      const change = { branch: "promote/gateway", into: "main", title: "one", body: "why" };
      await repository.proposeChange(change);
      await repository.proposeChange({ ...change, title: "two" });
      assert.deepEqual(
        pulls.map(({ title, head, base }) => [title, head, base]),
        [["two", { ref: "promote/gateway" }, { ref: "main" }]],
      );
    });
  });

  describe("approvals", () => {
    const line = { commit: "c0ffee", text: "Break-glass: it burns" };
    const approved = (teams = ["sre"]): Promise<boolean> => repository.approvedBy(line, teams);
    const user = (id: number) => ({ id, login: ["", "mallory", "grace", "ada"][id] ?? `u${id}` });
    const review = (of: number, state = "APPROVED", commit_id: string | null = "head"): Thing => {
      return { id: reviews.length + 1, user: user(of), state, commit_id };
    };
    const pull = (more: Readonly<Record<string, unknown>> = {}): Thing => ({
      ...{ id: 1, number: 7, user: user(1), merged_at: "2026-11-21T12:00:00Z" },
      ...{ head: { sha: "head" }, ...more },
    });
    const commitOf = (message: string): Thing => ({ id: 0, commit: { message } });

    beforeEach(() => {
      [pulls, reviews] = [[pull()], [review(2)]];
      commits = [commitOf("one"), commitOf("two\n\nbreak-glass : it\n  burns\n")];
      members = { "sre/grace": "active", "ops/ada": "active", "sre/mallory": "active" };
    });

    it("is true where an active member of a team approved what was merged", async () => {
      assert.equal(await approved(), true);
      assert.deepEqual(
        api.asked.map(({ parameters: { page: _, per_page: __, ...rest } }) => Object.values(rest)),
        [
          ["acme", "releases", "c0ffee"],
          ["acme", "releases", "7"],
          ["acme", "releases", "7"],
          ["acme", "sre", "grace"],
        ],
      );
      assert.equal(await approved(["ops"]), false);
      assert.equal(await approved(["ops", "sre"]), true);
    });

    const refused: Readonly<Record<string, () => void>> = {
      nobody: () => (reviews = []),
      "somebody outside of the team": () => (reviews = [review(3)]),
      "somebody who is invited only": () => (members["sre/grace"] = "pending"),
      "the author": () => (reviews = [review(1)]),
      "a review of an earlier commit": () => (reviews = [review(2, "APPROVED", "earlier")]),
      "a review of a commit that is gone": () => (reviews = [review(2, "APPROVED", null)]),
      "a review that was dismissed": () => (reviews = [review(2, "DISMISSED")]),
      "who asked for changes since": () => reviews.push(review(2, "CHANGES_REQUESTED")),
      "a comment": () => (reviews = [review(2, "COMMENTED")]),
      "a user who is gone": () => (reviews = [{ ...review(2), user: null }]),
      "a pull request that isn't merged": () => (pulls = [pull({ merged_at: null })]),
      "no pull request": () => (pulls = []),
      "a squash to which who merged it added the line": () => (commits = [commitOf("one")]),
    };
    for (const [what, attack] of Object.entries(refused)) {
      it(`is false by ${what}`, async () => {
        attack();
        assert.equal(await approved(), false);
      });
    }

    it("is true whatever its member comments later, or approves again", async () => {
      reviews = [review(2, "CHANGES_REQUESTED"), review(2), review(2, "COMMENTED")];
      assert.equal(await approved(), true);
    });

    it("finds pull request, line and review among hundreds", async () => {
      pulls = [...Array.from({ length: 100 }, () => pull({ merged_at: null })), pull()];
      commits = [...Array.from({ length: 100 }, () => commitOf("talk")), ...commits];
      reviews = [...Array.from({ length: 100 }, () => review(3)), review(2)];
      assert.equal(await approved(), true);
    });

    it("says which permission the token lacks, and takes that for no answer", async () => {
      const answers = [pulls, commits, reviews].map((body) => ({ status: 200, body }));
      api.instead.push(...answers, { status: 403 });
      await assert.rejects(approved(), (error: Error) => {
        const asked =
          /^GitHub, asked whether grace is in the team sre, which takes the token of a GitHub App with "members: read": /;
        assert.match(error.message, asked);
        return true;
      });
    });
  });

  describe("issues", () => {
    it("opens one while something is wrong, brings it up to date, and closes it", async () => {
      assert.equal(await repository.issue("drift", "Drift", undefined), undefined);
      assert.equal(await repository.issue("drift", "Drift", "one"), 1);
      assert.equal(await repository.issue("drift", "Drift", "two"), 1);
      assert.equal(issues[0]?.["body"], "<!-- releases: drift -->\ntwo");
      assert.equal(await repository.issue("drift", "Drift", undefined), 1);
      assert.equal(issues[0]["state"], "closed");
      assert.equal(issues.length, 1);
    });
  });

  describe("deployments", () => {
    const deployment = {
      environment: "production",
      stack: "production-shop",
      commit: "0123abc",
      description: "gateway v2.4.0 -> v2.4.1",
      versions: { gateway: "v2.4.1" },
      isProduction: true,
    };

    it("records what is deployed, and how it went", async () => {
      const id = await repository.beginDeployment(deployment);
      await repository.deploymentStatus(id, {
        state: "success",
        description: "up",
        url: "https://acme.example",
        log: "https://github.com/acme/releases/actions/runs/1",
      });
      const [recorded] = deployments;
      assert.equal(recorded?.["task"], "releases:production-shop");
      assert.deepEqual(recorded["payload"], {
        stack: "production-shop",
        versions: { gateway: "v2.4.1" },
      });
      assert.deepEqual(
        statuses["1"]?.map(({ state }) => state),
        ["in_progress", "success"],
      );
    });

    it("knows the last one that was a success", async () => {
      deployments = ["c", "b", "a"].map((sha, index) => ({ id: 3 - index, sha }));
      const status = (state: string): Thing => ({ id: 1, state });
      statuses = { 3: [status("failure")], 2: [status("inactive"), status("success")] };
      assert.equal(await repository.lastDeployed(deployment), "b");
      assert.equal(api.asked[0]?.parameters["task"], "releases:production-shop");
      statuses = {};
      assert.equal(await repository.lastDeployed(deployment), undefined);
    });
  });
});
