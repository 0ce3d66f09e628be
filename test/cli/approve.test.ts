import assert from "node:assert/strict";
import { releasesWith } from "../support/cli";
import { hasGit, type GitFolder } from "../support/git";
import { GithubApi, type Answer, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { PulumiHistory } from "../support/pulumi-history";
import { shop } from "../support/shop";

const description = findDescription();

const PATH = `environments:
  testing: { ref: testing, accepts: [release] }
  staging: { ref: main, from: testing, accepts: [release], soak: 1h }
`;

describe("releases approve", function () {
  this.timeout(120_000);
  if (!hasGit || description === undefined) {
    it("is skipped: it takes git, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let head: string;
  let waits: readonly object[];
  const routes = (): string[] =>
    api.asked.map(({ route }) => route.replace("/repos/{owner}/{repo}/actions", ""));
  const approvals = () => api.asked.filter(({ route }) => route.startsWith("POST"));

  before(async () => {
    api = await GithubApi.start(description, answer);
  });
  beforeEach(() => {
    waits = [{ environment: { id: 7, name: "staging" }, current_user_can_approve: true }];
    for (const list of [api.asked, api.problems, api.instead]) list.length = 0;
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => api.stop());

  function answer({ route, parameters }: Asked): Answer {
    if (route.endsWith("/workflows/{workflow_id}/runs")) {
      assert.deepEqual([parameters["workflow_id"], parameters["branch"]], ["deploy.yml", "main"]);
      const run = { id: 9, head_sha: head, html_url: "https://github.example/runs/9" };
      return { status: 200, body: { total_count: 1, workflow_runs: [run] } };
    }
    return { status: 200, body: waits };
  }

  /** A clone whose staging is about to get what testing has run since a time. */
  function clone(since: string) {
    const folder: GitFolder = shop({ environments: PATH, at: "2026-10-31T00:00:00Z" });
    const first = folder.git("rev-parse", "HEAD");
    const state = new PulumiHistory(["testing", "staging", "production"]);
    for (const stack of ["testing", "staging"]) {
      state.add(stack, first, { at: "2026-11-01T00:00:00Z" });
    }
    folder.shell("sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.testing.yaml");
    const brought = folder.commit("testing", { at: "2026-11-02T00:00:00Z" });
    folder.git("branch", "testing");
    state.add("testing", brought, { at: since });
    folder.shell("sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.staging.yaml");
    head = folder.commit("staging", { at: "2026-11-02T01:00:00Z" });
    const environment = {
      GITHUB_TOKEN: "MARKED-token",
      GITHUB_API_URL: api.address,
      PATH: [state.folder, process.env["PATH"]].join(":"),
    };
    const approve = (...args: string[]) =>
      releasesWith(environment, folder.path, "approve", ...args, "--repository", "acme/releases");
    return { folder, approve };
  }

  const OLD = "2026-11-02T00:10:00Z";

  it("shows the plan and its fingerprint, and approves this plan alone", async () => {
    const { approve } = clone(OLD);
    const shown = await approve("staging");
    assert.equal(shown.code, 1, shown.stderr);
    assert.match(shown.stdout, /^staging waits at https:\/\/github\.example\/runs\/9\n/);
    assert.match(shown.stdout, /catalog +v1\.0\.0 +v1\.1\.0/);
    assert.match(shown.stderr, /Nothing was approved/);
    const [, fingerprint = ""] = /fingerprint (sha256:[0-9a-f]{64})/.exec(shown.stdout) ?? [];
    const other = `sha256:${"0".repeat(64)}`;
    const refused = await approve("staging", "--yes", "--fingerprint", other);
    assert.equal(refused.code, 2);
    assert.ok(refused.stderr.includes(`the plan of staging is ${fingerprint}, and not ${other}`));
    assert.deepEqual(approvals(), []);
    const approved = await approve("staging", "--yes", "--fingerprint", fingerprint);
    assert.equal(approved.code, 0, approved.stderr);
    assert.deepEqual(
      approvals().map(({ parameters, body }) => [parameters["run_id"], body]),
      [
        [
          "9",
          {
            environment_ids: [7],
            state: "approved",
            comment: `Approved by releases approve for the plan ${fingerprint}`,
          },
        ],
      ],
    );
  });

  it("approves nothing that a gate refuses", async () => {
    const { approve } = clone(new Date().toISOString());
    const { code, stdout, stderr } = await approve("staging");
    assert.equal(code, 1);
    assert.match(stderr, /staging: soak refuses catalog: has been running in testing since/);
    const [, fingerprint = ""] = /fingerprint (sha256:[0-9a-f]{64})/.exec(stdout) ?? [];
    assert.equal((await approve("staging", "--yes", "--fingerprint", fingerprint)).code, 1);
    assert.deepEqual(approvals(), []);
  });

  it("approves nothing where the clone is another one than the run's", async () => {
    const { folder, approve } = clone(OLD);
    folder.write("service/new.yaml", "# a change\n");
    assert.match((await approve("staging")).stderr, /has changes that aren't committed/);
    folder.commit("later");
    const { code, stderr } = await approve("staging");
    assert.equal(code, 2);
    assert.ok(stderr.includes(`deploys ${head} of main, and this clone is at`), stderr);
    assert.deepEqual(approvals(), []);
  });

  it("approves nothing of an environment without a stack: nobody knows what it would get", async () => {
    const { folder, approve } = clone(OLD);
    folder.shell("git rm --quiet Pulumi.staging.yaml");
    head = folder.commit("no staging");
    const { code, stderr } = await approve("staging", "--yes", "--fingerprint", "");
    assert.equal(code, 2);
    assert.match(stderr, /staging has no stack config, so there is no plan/);
    assert.deepEqual(approvals(), []);
  });

  it("says what doesn't wait, and for whom", async () => {
    const { approve } = clone(OLD);
    waits = [{ environment: { id: 7, name: "staging" }, current_user_can_approve: false }];
    assert.match((await approve("staging")).stderr, /waits for staging, and not for you/);
    waits = [];
    assert.match((await approve("staging")).stderr, /nothing of staging waits for an approval/);
    assert.equal((await approve("staging", "--yes")).code, 2);
    assert.ok(routes().every((route) => route.startsWith("GET")));
  });
});
