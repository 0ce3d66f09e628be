import assert from "node:assert/strict";
import { Github } from "../../../src/adapters/github/github";
import type { GithubRepository } from "../../../src/adapters/github/repository";
import { isError } from "../../../src/core/error";
import "../../support/without-pauses";
import { setEnvironment } from "../../support/environment";
import { GithubApi, type Answer, type Asked } from "../../support/github-api";
import { findDescription } from "../../support/github-description";

const description = findDescription();

describe("runs that wait for a protection rule", function () {
  if (description === undefined) {
    it("is skipped: GitHub's description of its API, npm's @octokit/openapi, isn't in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let repository: GithubRepository;
  let restore: () => void;
  let waiting: readonly string[] | undefined;

  before(async () => {
    api = await GithubApi.start(description, answer);
    restore = setEnvironment({ GITHUB_TOKEN: "MARKED-token", GITHUB_API_URL: api.address });
    const github = await Github.connect();
    assert.ok(github);
    repository = github.repository("acme/releases");
  });
  beforeEach(() => {
    api.asked.length = 0;
    api.problems.length = 0;
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => {
    restore();
    api.stop();
  });

  const approval = (name: string, type: string, comment: string, state = "approved") => {
    return { state, comment, user: { type }, environments: [{ name }] };
  };

  function answer({ route }: Asked): Answer {
    if (route.endsWith("/approvals")) {
      const own = approval("production", "Bot", "of an App");
      const others = [
        approval("production", "User", "of a person"),
        approval("testing", "Bot", "of another environment"),
        approval("production", "Bot", "a report", "pending"),
      ];
      return { status: 200, body: [...others, own] };
    }
    if (route.endsWith("/pending_deployments")) {
      if (waiting === undefined) return { status: 404 };
      return { status: 200, body: waiting.map((name) => ({ environment: { name } })) };
    }
    if (route.endsWith("/deployment_protection_rule")) return { status: 204 };
    if (route.endsWith("/workflows/{workflow_id}/runs")) {
      const runs = [
        { id: 7, head_sha: "b".repeat(40) },
        { id: 8, head_sha: "c".repeat(40) },
      ];
      return { status: 200, body: { total_count: 2, workflow_runs: runs } };
    }
    const run = {
      head_sha: "a".repeat(40),
      run_attempt: 3,
      path: ".github/workflows/deploy.yml@refs/tags/v1",
    };
    return { status: 200, body: run };
  }

  it("are known by their commit and workflow", async () => {
    waiting = ["testing", "production"];
    assert.deepEqual(await repository.waitingRun(42, "production"), {
      commit: "a".repeat(40),
      workflow: ".github/workflows/deploy.yml",
      attempt: 3,
      approvals: ["of an App"],
    });
  });

  it("are none where the run waits for another environment, or is gone", async () => {
    waiting = ["testing"];
    assert.equal(await repository.waitingRun(42, "production"), undefined);
    waiting = undefined;
    assert.equal(await repository.waitingRun(42, "production"), undefined);
  });

  it("are found without anybody having said so", async () => {
    waiting = ["staging", "production"];
    const found = await repository.waitingDeployments("deploy.yml");
    assert.deepEqual(
      found.map(({ run, environment, commit }) => `${run} ${environment} ${commit.slice(0, 1)}`),
      ["7 staging b", "7 production b", "8 staging c", "8 production c"],
    );
    assert.equal(api.asked[0]?.parameters["status"], "waiting");
  });

  it("are approved, or told why they wait", async () => {
    const answer = { run: 42, environment: "production", comment: "c".repeat(2000) };
    await repository.answerRule({ ...answer, isApproved: true });
    await repository.answerRule({ ...answer, isApproved: false });
    assert.deepEqual(
      api.asked.map(({ parameters, body }) => [parameters["run_id"], body]),
      [
        ["42", { environment_name: "production", state: "approved", comment: "c".repeat(1024) }],
        ["42", { environment_name: "production", comment: "c".repeat(1024) }],
      ],
    );
  });

  it("say that it takes an App", async () => {
    api.instead.push({ status: 403 });
    const answered = repository.answerRule({
      ...{ run: 42, environment: "production", isApproved: true, comment: "" },
    });
    await assert.rejects(
      answered,
      (cause) => isError(cause, "outside") && /takes the token of a GitHub App/.test(cause.message),
    );
  });
});
