import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { findPulumi } from "../../src/adapters/find-tool";
import { World } from "../../tools/sandbox/world";
import { openAcme } from "../support/project";
import { GitFolder, hasGit } from "../support/git";
import { GithubApi } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { folderOf } from "../support/folder";
import { linkProgram, readWorkflow, runStep } from "../support/workflows";

/** What the job that looks has: the program of the default branch, and beside it the commit that is deployed. */
function checkouts(deployed: GitFolder): string {
  const workspace = folderOf({});
  linkProgram(path.join(workspace, "program"));
  fs.symlinkSync(deployed.path, path.join(workspace, "deployed"));
  return workspace;
}

describe("the drift workflow", function () {
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
      project: "releases",
      previewEnvironment: "preview-testing",
      driftEnvironment: "drift-testing",
      historyEnvironment: "history-testing",
      region: "eu-west-1",
      context: "acme-testing",
      previewRole: "arn:aws:iam::111111111111:role/releases-preview-testing",
      historyRole: "arn:aws:iam::111111111111:role/releases-history-testing",
      deployRole: "arn:aws:iam::111111111111:role/releases-deploy-testing",
      imagesRole: "arn:aws:iam::111111111111:role/releases-images-testing",
      pruneRole: "arn:aws:iam::111111111111:role/releases-prune-testing",
      webhooks:
        "accounts-lite,admission,catalog,gateway,infrastructure,inventory,mailer,orders,payments,reports,runtimes,search,telemetry",
      commit: newer,
    });
  });

  it("runs nothing of what is deployed (attack: a commit on no branch, tagged v9.9.9, that prints its environment)", async function () {
    if (!hasGit) this.skip();
    const clone = new GitFolder();
    linkProgram(clone.path);
    clone.commit("start");
    const evil = "#!/usr/bin/env node\nconsole.log('ATTACKED', Object.keys(process.env).join())";
    // The program of that commit, its package, its Pulumi project and its plugin.
    for (const file of ["src/cli/releases.js", "index.ts", "register.js", "evil.sh"]) {
      clone.shell(`rm -rf '${file.split("/")[0] ?? ""}'`);
      clone.write(file, file === "evil.sh" ? "#!/bin/sh\necho ATTACKED\n" : evil);
    }
    clone.shell("chmod +x src/cli/releases.js evil.sh");
    clone.write(
      "Pulumi.yaml",
      "name: releases\nmain: index.ts\nruntime: nodejs\nplugins:\n  providers: [{ name: aws, path: ./evil.sh }]\n",
    );
    clone.commit("evil");
    clone.git("tag", "v9.9.9");
    const beside = checkouts(clone);
    const { steps } = readWorkflow("drift.yml").jobs["look"] ?? { steps: [] };
    const check = steps.find(({ name }) => name === "Check");
    assert.ok(check?.run);
    const project = cli === undefined ? undefined : await openAcme(cli);
    try {
      project?.expect("stack", "init", "production");
      const { status, stdout, stderr } = spawnSync(
        "bash",
        ["-e", "-o", "pipefail", "-c", check.run],
        {
          cwd: path.join(beside, check["working-directory"] ?? "."),
          env: {
            ...(project?.variables() ?? process.env),
            STACK: "production",
            GITHUB_TOKEN: "MARKED",
          },
          encoding: "utf8",
        },
      );
      assert.doesNotMatch(stdout + stderr, /ATTACKED|MARKED/);
      if (project !== undefined) assert.equal(status, 0, stdout + stderr);
    } finally {
      project?.dispose();
    }
    for (const { run, uses, with: given, "working-directory": folder } of steps) {
      if (run?.match(/npm|npx/)) assert.equal(folder, "program", run);
      if (uses?.startsWith("actions/setup-node@")) {
        assert.match(String(given?.["node-version-file"]), /^program\//);
      }
    }
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
    const beside = checkouts(clone);
    for (const ref of ["branch testing", "tag v1.0.0"]) clone.git(...ref.split(" "));
    const world = new World(path.join(project.folder, "world"));
    const key = "acme-staging helm default/gateway";
    const github = { GITHUB_API_URL: api.address, GITHUB_REPOSITORY: "acme/releases" };
    const look = async (): Promise<void> => {
      for (const folder of [workspace, beside]) {
        fs.rmSync(path.join(folder, "drift"), { recursive: true, force: true });
      }
      const values = {
        "matrix.stack": "staging",
        "vars.PULUMI_BACKEND_URL": backend,
        "steps.app.outputs.token": "MARKED-app",
      };
      const looked = await runStep("drift.yml", "Check", beside, values, project.variables());
      assert.equal(looked.code, 0, looked.out);
      fs.cpSync(path.join(beside, "drift"), path.join(workspace, "drift"), { recursive: true });
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
      project.up("staging");
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
