import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PROGRAM } from "../../cli/repository";
import { findPulumi, findTool } from "../../engine/tools";
import { readSources } from "../../release/read";
import { parseRepository } from "../../release/repository";
import { Project } from "../../sandbox/project";
import { World } from "../../sandbox/world";
import { folderOf } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";
import { findDescription, GithubApi } from "../support/github-api";
import { service, stackConfig } from "../support/plans";

const FOLDER = path.join(PROGRAM, ".github/workflows");
const FILES = fs.readdirSync(FOLDER);
const HOME = process.env["HOME"] ?? "";
const TOOLS = [path.join(HOME, "go/bin"), path.join(HOME, ".cache/releases-ci/python/bin")];

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly "working-directory"?: string;
}

interface Job {
  readonly permissions?: unknown;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

function read(file: string): Workflow {
  return parse(fs.readFileSync(path.join(FOLDER, file), "utf8")) as Workflow;
}

/** Returns what a step would be given, with the values of GitHub's expressions put in. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => {
    const value = values[expression];
    assert.ok(value !== undefined, `nothing stands for ${expression}`);
    return value;
  });
}

interface Run {
  readonly code: number | null;
  readonly out: string;
  /** What it told the next steps. */
  readonly outputs: string;
}

/** Runs a step's own commands as a runner does, beside this process. */
async function runStep(
  file: string,
  name: string,
  workspace: string,
  values: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const step = Object.values(read(file).jobs)
    .flatMap(({ steps }) => steps)
    .find((one) => one.name === name);
  assert.ok(step?.run, `${file} has no step ${name}`);
  const output = path.join(folderOf({ output: "" }), "output");
  const env = Object.entries(step.env ?? {}).map(([key, value]) => [key, filled(value, values)]);
  const running = spawn("bash", ["-e", "-o", "pipefail", "-c", filled(step.run, values)], {
    cwd: path.join(workspace, step["working-directory"] ?? "."),
    env: {
      ...process.env,
      ...environment,
      ...(Object.fromEntries(env) as NodeJS.ProcessEnv),
      GITHUB_OUTPUT: output,
    },
  });
  const chunks: Buffer[] = [];
  for (const stream of [running.stdout, running.stderr]) {
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  }
  const code = await new Promise<number | null>((resolve) => running.once("close", resolve));
  return {
    code,
    out: Buffer.concat(chunks).toString(),
    outputs: fs.readFileSync(output, "utf8"),
  };
}

/** Makes what a runner has after a clone of the program. */
function linkProgram(folder: string): void {
  fs.mkdirSync(folder);
  for (const entry of fs.readdirSync(PROGRAM, { withFileTypes: true })) {
    const [from, to] = [path.join(PROGRAM, entry.name), path.join(folder, entry.name)];
    // A list that leads out of its repository isn't read.
    if (/^(?:service|infrastructure)$/.test(entry.name)) fs.cpSync(from, to, { recursive: true });
    else if (entry.isFile()) fs.copyFileSync(from, to);
    else if (entry.name !== ".git") fs.symlinkSync(from, to);
  }
}

describe("the workflows", function () {
  this.timeout(120_000);

  for (const file of FILES) {
    describe(file, () => {
      const { on, permissions, concurrency, jobs } = read(file);

      it("gives no job more than it asks for, and each an end", () => {
        assert.deepEqual(permissions, {});
        assert.ok(concurrency);
        for (const [name, job] of Object.entries(jobs)) {
          assert.ok(job.permissions, `${name} says no permissions`);
          assert.ok(job["timeout-minutes"], `${name} has no end`);
        }
      });

      it("pins actions by their commits, and keeps no credential in a clone", () => {
        for (const { uses, with: given } of Object.values(jobs).flatMap(({ steps }) => steps)) {
          if (uses === undefined) continue;
          assert.match(uses, /@[0-9a-f]{40}$/);
          if (uses.startsWith("actions/checkout@")) {
            assert.equal(given?.["persist-credentials"], false);
          }
        }
      });

      it("runs nothing of a stranger's with a token", () => {
        assert.ok(!("pull_request_target" in on));
        for (const { run = "" } of Object.values(jobs).flatMap(({ steps }) => steps)) {
          assert.doesNotMatch(run, /\$\{\{/, "an expression in a script is its text");
        }
      });
    });
  }

  for (const [tool, args] of [
    ["actionlint", []],
    ["zizmor", ["--offline", "--quiet", FOLDER]],
  ] as const) {
    it(`are clean under ${tool}`, function () {
      const found = findTool(tool, TOOLS);
      if (found === undefined) this.skip();
      const { status, stdout, stderr } = spawnSync(found, args, { cwd: PROGRAM, encoding: "utf8" });
      assert.equal(status, 0, stdout + stderr);
    });
  }

  describe("of a pull request", () => {
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
      "service/a.yaml": service("api"),
      "environments.yaml":
        "environments:\n  testing: { accepts: [release] }\n  staging: { from: testing, accepts: [release] }\n",
      "Pulumi.testing.yaml": stackConfig(SECRETS),
      "Pulumi.staging.yaml": stackConfig(
        "  releases:versions: { api: v1.2.3 }\n",
        "{ role: source }",
      )
        .replaceAll("111111111111", "222222222222")
        .replace("context: test", "context: staging"),
    });
    const base = change.commit("base");
    change.write("service/a.yaml", service("api", "", "v1.3.0"));
    change.commit("change");
    const workspace = folderOf({});
    const values = {
      "github.event.pull_request.base.sha": base,
      "github.token": "MARKED-token",
      "github.event.workflow_run.head_repository.owner.login": "mallory",
      "github.event.workflow_run.head_branch": "main",
      "github.event.workflow_run.head_sha": "abc",
    };

    before(() => {
      linkProgram(path.join(workspace, "program"));
      fs.symlinkSync(change.path, path.join(workspace, "change"));
    });

    it("plan what it does, without a credential, and without a secret in it", async () => {
      const none = { GITHUB_TOKEN: "", AWS_PROFILE: "nobody", HOME: folderOf({}) };
      const { code, out, outputs } = await runStep("preview.yml", "Plan", workspace, values, none);
      assert.equal(code, 0, out);
      assert.equal(outputs, 'stacks=["testing"]\n');
      const plans = path.join(workspace, "plans");
      assert.deepEqual(fs.readdirSync(plans).sort(), ["findings.md", "staging.md", "testing.md"]);
      const [findings, staging, testing] = ["findings", "staging", "testing"].map((name) =>
        fs.readFileSync(path.join(plans, `${name}.md`), "utf8"),
      );
      assert.deepEqual([findings, staging], ["", ""]);
      assert.match(testing ?? "", /\| `api` \| `v1\.2\.3` \| `v1\.3\.0` \| minor \|/);
      assert.doesNotMatch(out + outputs + (testing ?? ""), /MARKED/);
    });

    it("leave the plan on it, once, and say when nothing changes any more", async function () {
      const description = findDescription();
      if (description === undefined) this.skip();
      const comments: { id: number; body: unknown; user: object }[] = [];
      const pull = { number: 7, head: { sha: "abc" } };
      const api = await GithubApi.start(description, ({ route, body }) => {
        if (route === "GET /repos/{owner}/{repo}/pulls") return { status: 200, body: [pull] };
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
          /^<!-- releases: plan testing -->\n### testing: 1 service moves/,
        );
        fs.writeFileSync(path.join(clone, "plans/testing.md"), "");
        await comment();
        assert.deepEqual(
          comments.map(({ body }) => body),
          ["<!-- releases: plan testing -->\nNothing changes any more."],
        );
        assert.deepEqual(api.problems, []);
        assert.doesNotMatch(first.out, /MARKED/);
      } finally {
        api.stop();
      }
    });
  });

  describe("of drift", () => {
    const cli = findPulumi();

    it("look at every stack that there is", () => {
      const { look } = read("drift.yml").jobs;
      assert.deepEqual(look?.strategy?.matrix["stack"], [
        ...parseRepository(readSources(PROGRAM, PROGRAM)).stacks.keys(),
      ]);
    });

    it("find it with the real engine, and keep one issue about it until it has gone", async function () {
      const description = findDescription();
      if (cli === undefined || description === undefined) this.skip();
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
      const project = await Project.open(folderOf({}), cli);
      const workspace = path.join(folderOf({}), "clone");
      linkProgram(workspace);
      const world = new World(path.join(project.folder, "world"));
      const key = "acme-staging helm default/gateway";
      const github = { GITHUB_API_URL: api.address, GITHUB_REPOSITORY: "acme/releases" };
      const look = async (): Promise<void> => {
        fs.rmSync(path.join(workspace, "drift"), { recursive: true, force: true });
        const values = { "matrix.stack": "staging", "vars.PULUMI_BACKEND_URL": backend };
        const looked = await runStep("drift.yml", "Look", workspace, values, project.variables());
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
          /### staging\n\n```text\n[^]*Release gateway .* not there/,
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
});
