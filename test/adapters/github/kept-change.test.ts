import assert from "node:assert/strict";
import { Github } from "../../../src/adapters/github/github";
import type { GithubRepository } from "../../../src/adapters/github/repository";
import "../../support/without-pauses";
import { setEnvironment } from "../../support/environment";
import { GithubApi, type Answer, type Asked } from "../../support/github-api";
import { findDescription } from "../../support/github-description";

const description = findDescription();
const AT = "/repos/{owner}/{repo}";

describe("what is followed on GitHub, and the pull requests that are kept", function () {
  if (description === undefined) {
    it("is skipped: GitHub's description of its API, npm's @octokit/openapi, isn't in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let repository: GithubRepository;
  let restore: () => void;
  let answers: Record<string, Answer>;
  let pulls: ((asked: Asked) => Answer) | undefined;

  before(async () => {
    api = await GithubApi.start(description, answer);
    restore = setEnvironment({ GITHUB_TOKEN: "MARKED-token", GITHUB_API_URL: api.address });
    repository = (await Github.connect())?.repository("acme/orders") ?? assert.fail();
  });
  beforeEach(() => {
    for (const list of [api.asked, api.problems, api.instead]) list.length = 0;
    answers = {};
    pulls = undefined;
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => {
    restore();
    api.stop();
  });

  function answer(question: Asked): Answer {
    const { route } = question;
    if (route === `GET ${AT}/pulls` && pulls !== undefined) return pulls(question);
    return answers[route.replace(AT, "")] ?? { status: 404 };
  }

  const asked = () => api.asked.map(({ route, parameters }) => [route.replace(AT, ""), parameters]);

  it("is the head of a branch, by its exact name", async () => {
    answers["GET /git/ref/{ref}"] = { status: 200, body: { object: { sha: "c0ffee" } } };
    assert.deepEqual(await repository.headOf("feature/x"), { commit: "c0ffee" });
    assert.deepEqual(asked(), [
      ["GET /git/ref/{ref}", { owner: "acme", repo: "orders", ref: "heads/feature/x" }],
    ]);
  });

  it("is each open pull request, on any page, and whether a fork or a bot made it", async () => {
    const pull = (number: number, owner = "acme", type = "User") => ({
      ...{ number, state: "open", user: { type } },
      ...{ created_at: "2026-11-20T00:00:00Z", updated_at: "2026-11-21T00:00:00Z" },
      head: {
        ref: "main",
        sha: "c0ffee",
        repo: { full_name: `${owner}/orders`, owner: { login: owner } },
      },
      base: { repo: { full_name: "acme/orders" } },
    });
    const gone = { ...pull(3), head: { ...pull(3).head, repo: null } };
    const pages = [
      Array.from({ length: 100 }, (_, index) => pull(index + 100)),
      [pull(1, "Mallory"), pull(2, "Acme", "Bot"), gone],
    ];
    answers["GET "] = { status: 200 };
    pulls = ({ parameters }) => ({
      status: 200,
      body: pages[Number(parameters["page"]) - 1] ?? [],
    });
    const found = await repository.openPulls();
    assert.ok(found !== "no repository");
    assert.deepEqual(
      found.slice(99).map(({ number, branch, isFork, isBot }) => [number, branch, isFork, isBot]),
      [
        [199, "main", false, false],
        [1, "Mallory:main", true, false],
        [2, "main", false, true],
      ],
    );
    answers["GET "] = { status: 404 };
    assert.equal(await repository.openPulls(), "no repository");
  });

  it("is one pull request that is open still", async () => {
    assert.equal(await repository.openPull(12), undefined);
    answers["GET /pulls/{pull_number}"] = { status: 200, body: { number: 12, state: "closed" } };
    assert.equal(await repository.openPull(12), undefined);
  });

  it("is the time of a push, where GitHub tells it", async () => {
    assert.equal(await repository.pushedAt("main", "c0ffee"), undefined);
    const timestamp = "2026-11-21T08:00:00Z";
    const pushes = [
      { after: "beef", timestamp: "2026-11-22T08:00:00Z" },
      { after: "c0ffee", timestamp },
    ];
    answers["GET /activity"] = { status: 200, body: pushes };
    assert.deepEqual(await repository.pushedAt("main", "c0ffee"), new Date(timestamp));
    assert.equal(await repository.pushedAt("main", "gone"), undefined);
    assert.equal(api.asked.at(-1)?.parameters["ref"], "refs/heads/main");
  });

  it("is no branch, or no repository at all", async () => {
    answers["GET "] = { status: 200 };
    assert.deepEqual(await repository.headOf("gone"), { commit: undefined });
    answers["GET "] = { status: 404 };
    assert.equal(await repository.headOf("gone"), "no repository");
    api.instead.push({ status: 401 });
    await assert.rejects(repository.headOf("main"), { kind: "outside" });
  });

  for (const [status, leads] of [
    ["ahead", true],
    ["identical", true],
    ["behind", false],
    ["diverged", false],
  ] as const) {
    it(`leads to a commit that is ${status}: ${leads}`, async () => {
      answers["GET /compare/{basehead}"] = { status: 200, body: { status } };
      assert.equal(await repository.leadsTo("a", "b"), leads);
      assert.equal(api.asked[0]?.parameters["basehead"], "a...b");
    });
  }

  it("leads to a commit that GitHub doesn't know yet", async () => {
    assert.equal(await repository.leadsTo("a", "b"), true);
  });

  const pull = {
    ...{ number: 7, html_url: "https://github.com/acme/orders/pull/7", node_id: "PR_7" },
    ...{ title: "resolve", body: null, auto_merge: null },
  };

  it("finds the open one of two branches", async () => {
    answers["GET /pulls"] = { status: 200, body: [pull] };
    assert.deepEqual(await repository.openChange({ branch: "resolve/testing", into: "main" }), {
      ...{ number: 7, address: "https://github.com/acme/orders/pull/7", id: "PR_7" },
      ...{ title: "resolve", body: "", mergesItself: false },
    });
    const { page, per_page, ...parameters } = api.asked[0]?.parameters ?? {};
    assert.deepEqual([page, per_page], ["1", "100"]);
    assert.deepEqual(parameters, {
      ...{ owner: "acme", repo: "orders", state: "open" },
      ...{ head: "acme:resolve/testing", base: "main" },
    });
    answers["GET /pulls"] = { status: 200, body: [] };
    assert.equal(await repository.openChange({ branch: "x", into: "main" }), undefined);
  });

  it("closes one, and removes its branch, which may be gone", async () => {
    answers["PATCH /pulls/{pull_number}"] = { status: 200 };
    await repository.closeChange({ number: 7 }, "resolve/testing");
    assert.deepEqual(
      api.asked.map(({ route, body }) => [route.replace(AT, ""), body]),
      [
        ["PATCH /pulls/{pull_number}", { state: "closed" }],
        ["DELETE /git/refs/{ref}", {}],
      ],
    );
  });

  const settings = (autoMergeAllowed: boolean): Answer => ({
    status: 200,
    body: { data: { repository: { autoMergeAllowed, viewerDefaultMergeMethod: "SQUASH" } } },
  });

  it("lets GitHub merge one by itself, in the manner of the repository", async () => {
    const data = { enablePullRequestAutoMerge: { pullRequest: { number: 7 } } };
    api.instead.push(settings(true), { status: 200, body: { data } });
    assert.equal(await repository.mergeItself({ number: 7, id: "PR_7" }), undefined);
    const [query, mutation] = api.asked.map(({ body }) => body);
    assert.deepEqual(query?.["variables"], { owner: "acme", repo: "orders" });
    assert.match(String(mutation?.["query"]), /enablePullRequestAutoMerge/);
    assert.deepEqual(mutation?.["variables"], { id: "PR_7", how: "SQUASH" });
  });

  it("says why GitHub doesn't", async () => {
    const why = () => repository.mergeItself({ number: 7, id: "PR_7" });
    api.instead.push(settings(false));
    assert.equal(
      await why(),
      "acme/orders doesn't allow auto-merge; allow it in the repository's settings",
    );
    const errors = [{ message: "Pull request Pull request is in clean status" }];
    api.instead.push(settings(true), { status: 200, body: { data: null, errors } });
    assert.equal(
      await why(),
      "GitHub doesn't merge it by itself: Pull request Pull request is in clean status; require a check of the branch, or merge it",
    );
    api.instead.push({ status: 401 });
    await assert.rejects(why(), { kind: "outside" });
  });
});
