import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { findPulumi } from "../../src/adapters/find-tool";
import { World } from "../../tools/sandbox/world";
import { openAcme } from "../support/project";
import { GitFolder, hasGit } from "../support/git";
import { findDescription, GithubApi } from "../support/github-api";
import { linkProgram, runStep } from "../support/workflows";

describe("the drift workflow", function () {
  this.timeout(120_000);
  const cli = findPulumi();

  it("looks at every stack as it is deployed, with a role that reads", async function () {
    if (!hasGit) this.skip();
    const clone = new GitFolder();
    linkProgram(clone.path);
    const tagged = clone.commit("start");
    const stacks = async (): Promise<Record<string, string>[]> => {
      const { code, out, outputs } = await runStep("drift.yml", "Stacks", clone.path, {});
      assert.equal(code, 0, out);
      return JSON.parse(outputs.replace("stacks=", "")) as Record<string, string>[];
    };
    assert.deepEqual(
      (await stacks()).map(({ stack, commit }) => [stack, commit]),
      [["staging", tagged]],
    );
    clone.git("tag", "v1.0.0");
    const newer = clone.commit("ahead");
    clone.git("branch", "testing");
    const jobs = await stacks();
    assert.deepEqual(
      jobs.map(({ stack, commit }) => [stack, commit]),
      [
        ["testing", newer],
        ["staging", newer],
        ["production", tagged],
      ],
    );
    assert.deepEqual(jobs[0], {
      stack: "testing",
      environment: "testing",
      previewEnvironment: "preview-testing",
      driftEnvironment: "drift-testing",
      region: "eu-west-1",
      context: "acme-testing",
      previewRole: "arn:aws:iam::111111111111:role/releases-preview-testing",
      deployRole: "arn:aws:iam::111111111111:role/releases-deploy-testing",
      webhooks:
        "accounts-lite,admission,catalog,gateway,infrastructure,inventory,mailer,orders,payments,reports,runtimes,search,telemetry",
      commit: newer,
    });
  });

  it("finds it with the real engine, and keeps one issue about it until it has gone", async function () {
    const description = findDescription();
    if (cli === undefined || description === undefined || !hasGit) this.skip();
    const issues: Record<string, unknown>[] = [];
    const api = await GithubApi.start(description, ({ route, body }) => {
      if (route.startsWith("GET ")) {
        return { status: 200, body: issues.filter(({ state }) => state === "open") };
      }
      const user = { login: "github-actions[bot]", type: "Bot" };
      if (route.startsWith("PATCH ")) Object.assign(issues[0] ?? {}, body);
      else issues.push({ number: 1, state: "open", user, ...body });
      return { status: route.startsWith("PATCH ") ? 200 : 201, body: { number: 1 } };
    });
    const project = await openAcme(cli);
    const clone = new GitFolder();
    const workspace = clone.path;
    linkProgram(workspace);
    clone.commit("start");
    for (const ref of ["branch testing", "tag v1.0.0"]) clone.git(...ref.split(" "));
    const world = new World(path.join(project.folder, "world"));
    const key = "acme-staging helm default/gateway";
    const github = { GITHUB_API_URL: api.address, GITHUB_REPOSITORY: "acme/releases" };
    const look = async (): Promise<void> => {
      fs.rmSync(path.join(workspace, "drift"), { recursive: true, force: true });
      const values = {
        "matrix.stack": "staging",
        "vars.PULUMI_BACKEND_URL": backend,
        "steps.app.outputs.token": "MARKED-app",
      };
      const looked = await runStep("drift.yml", "Check", workspace, values, project.variables());
      assert.equal(looked.code, 0, looked.out);
      for (const stack of ["testing", "production"]) {
        fs.writeFileSync(path.join(workspace, `drift/${stack}.txt`), "");
      }
      const token = { "github.token": "MARKED-token" };
      const reported = await runStep("drift.yml", "Report", workspace, token, github);
      assert.equal(reported.code, 0, reported.out);
      assert.doesNotMatch(looked.out + reported.out + JSON.stringify(issues), /MARKED/);
    };
    const backend = project.variables()["PULUMI_BACKEND_URL"] ?? "";
    try {
      project.expect("stack", "init", "staging");
      project.expect("up", "--yes", "--skip-preview", "--stack", "staging");
      await look();
      assert.deepEqual(issues, []);
      const gone = world.get(key);
      assert.ok(gone);
      world.remove(key);
      await look();
      assert.equal(issues.length, 1);
      assert.match(
        String(issues[0]?.["body"]),
        /### staging\n\n```text\n[^]*Release gateway .* missing/,
      );
      world.put(gone);
      await look();
      assert.deepEqual(
        issues.map(({ state }) => state),
        ["closed"],
      );
      assert.deepEqual(api.problems, []);
    } finally {
      api.stop();
      project.dispose();
    }
  });
});
