import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { findPulumi } from "../../src/adapters/find-tool";
import { Project } from "../../tools/sandbox/project";
import { ACME } from "../support/acme";
import { folderOf } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";
import { GithubApi } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { serviceYaml, stackConfigYaml } from "../support/yaml";
import { linkProgram, runStep, type Run } from "../support/workflows";

describe("the workflows of a pull request", function () {
  if (!hasGit) {
    it("are skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  const SECRETS =
    '  releases:github: { owner: acme }\n  releases:webhook: { url: "https://hooks.acme.example" }\n' +
    '  releases:webhookSecret: { secure: "v1:MARKED" }\n';
  const change = new GitFolder({
    "service/a.yaml": serviceYaml("api"),
    "environments.yaml":
      "environments:\n  testing: { accepts: [release] }\n  staging: { from: testing, accepts: [release] }\n",
    "Pulumi.testing.yaml": stackConfigYaml(SECRETS),
    "Pulumi.staging.yaml": stackConfigYaml(
      "  releases:versions: { api: v1.2.3 }\n",
      "{ role: source }",
    )
      .replaceAll("111111111111", "222222222222")
      .replace("context: test", "context: staging"),
  });
  const base = change.commit("base");
  change.write("service/a.yaml", serviceYaml("api", "", "v1.3.0"));
  change.commit("change");
  const workspace = folderOf({});
  const values = {
    "github.event.pull_request.base.sha": base,
    "github.token": "MARKED-token",
    "github.event.workflow_run.head_repository.owner.login": "mallory",
    "github.event.workflow_run.head_branch": "main",
    "github.event.workflow_run.head_sha": "abc",
    "github.event.workflow_run.html_url": "https://github.example/7",
  };

  before(() => {
    linkProgram(path.join(workspace, "program"));
    fs.symlinkSync(change.path, path.join(workspace, "change"));
  });

  it("plan what it does, without a credential, and without a secret in it", async () => {
    const none = { GITHUB_TOKEN: "", AWS_PROFILE: "nobody", HOME: folderOf({}) };
    const { code, out, outputs } = await runStep("preview.yml", "Plan", workspace, values, none);
    assert.equal(code, 0, out);
    const stacks = JSON.parse(outputs.replace("stacks=", "")) as { stack: string }[];
    assert.deepEqual(
      stacks.map(({ stack }) => stack),
      ["testing"],
    );
    const plans = path.join(workspace, "plans");
    assert.deepEqual(fs.readdirSync(plans).sort(), [
      "findings.md",
      "plan-staging.md",
      "plan-testing.md",
    ]);
    const [findings, staging, testing] = ["findings", "plan-staging", "plan-testing"].map((name) =>
      fs.readFileSync(path.join(plans, `${name}.md`), "utf8"),
    );
    assert.deepEqual([findings, staging], ["", ""]);
    assert.match(testing ?? "", /\| `api` \| `v1\.2\.3` \| `v1\.3\.0` \| minor \|/);
    assert.doesNotMatch(out + outputs + (testing ?? ""), /MARKED/);
  });

  it("preview it with the real engine by the reviewed program, and say no command to the runner", async function () {
    const cli = findPulumi();
    if (cli === undefined) this.skip();
    const beside = folderOf({});
    // Charts are found from where the program runs.
    const project = await Project.open(path.join(beside, "program"), cli, { data: ACME });
    try {
      const pull = new GitFolder();
      linkProgram(pull.path);
      pull.shell("rm -rf src index.ts stacks components");
      pull.write("index.ts", "console.log('ATTACKED');");
      pull.shell("sed -i 's/catalog: v2.3.4/catalog: v2.3.5/' Pulumi.testing.yaml");
      fs.symlinkSync(pull.path, path.join(beside, "change"));
      project.expect("stack", "init", "testing");
      const values = {
        "matrix.stack": "testing",
        "vars.PULUMI_BACKEND_URL": project.variables()["PULUMI_BACKEND_URL"] ?? "",
      };
      const run = await runStep("preview.yml", "Preview", beside, values, project.variables());
      assert.equal(run.code, 0, run.out);
      assert.match(run.out, /v2\.3\.5/);
      assert.doesNotMatch(run.out, /ATTACKED/);
      const [first = "", ...rest] = run.out.trim().split("\n");
      const [, token = "none"] = /^::stop-commands::([0-9a-f]{32})$/.exec(first) ?? [];
      assert.equal(rest.at(-1), `::${token}::`);
      const other = await runStep(
        "preview.yml",
        "Preview",
        beside,
        {
          ...values,
          "matrix.stack": "nobody",
        },
        project.variables(),
      );
      assert.notEqual(other.code, 0);
    } finally {
      project.dispose();
    }
  });

  it("leave the plan on it, once, and say when nothing changes any more", async function () {
    const description = findDescription();
    if (description === undefined) this.skip();
    const comments: { id: number; body: unknown; user: object }[] = [];
    const pull = { number: 7, head: { sha: "abc" } };
    const api = await GithubApi.start(description, ({ route, body }) => {
      if (route === "GET /repos/{owner}/{repo}/pulls") return { status: 200, body: [pull] };
      if (route.endsWith("/compare/{basehead}")) return { status: 200 };
      if (route.endsWith("/git/trees/{tree_sha}")) return { status: 200 };
      if (route.startsWith("GET ")) return { status: 200, body: comments };
      const user = { login: "github-actions[bot]", type: "Bot" };
      if (route.startsWith("PATCH ")) comments[0] = { id: 1, user, body: body["body"] };
      else comments.push({ id: comments.length + 1, user, body: body["body"] });
      return { status: route.startsWith("PATCH ") ? 200 : 201 };
    });
    const github = { GITHUB_API_URL: api.address, GITHUB_REPOSITORY: "acme/releases" };
    // The step runs in the program's own clone, which has its own environments.
    const comment = (): Promise<Run> => runStep("comment.yml", "Comment", clone, values, github);
    const clone = path.join(folderOf({}), "clone");
    linkProgram(clone);
    fs.cpSync(path.join(workspace, "plans"), path.join(clone, "plans"), { recursive: true });
    try {
      const first = await comment();
      assert.equal(first.code, 0, first.out);
      assert.equal(comments.length, 1, first.out);
      assert.match(
        String(comments[0]?.body),
        /^<!-- releases: plan testing -->\n`abc` \(\[run\]\(https:\/\/github\.example\/7\)\)\n\n### testing: 1 service moves/,
      );
      fs.writeFileSync(path.join(clone, "plans/plan-testing.md"), "");
      await comment();
      assert.deepEqual(
        comments.map(({ body }) => body),
        [
          "<!-- releases: plan testing -->\n`abc` ([run](https://github.example/7))\n\nNothing changes any more.",
        ],
      );
      assert.deepEqual(api.problems, []);
      assert.doesNotMatch(first.out, /MARKED/);
    } finally {
      api.stop();
    }
  });
});
