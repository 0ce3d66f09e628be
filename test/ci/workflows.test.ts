import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { runInNewContext } from "node:vm";
import { parse } from "yaml";
import { devDependencies, engines, version } from "../../package.json";
import { satisfies } from "semver";
import { PROGRAM } from "../../src/app/open";
import { readTemplates } from "../../src/adapters/disk/templates";
import { findTool } from "../../src/adapters/find-tool";
import { generatedFiles } from "../../src/core/init/generated";
import { Ref } from "../../src/core/ref";
import { readSources } from "../../src/core/read";
import { parseRepository } from "../../src/core/repository";
import {
  PROMOTE_ENVIRONMENT,
  PRUNE_ENVIRONMENT,
  RESOLVE_ENVIRONMENT,
} from "../../src/core/stack/roles";
import { folderOf } from "../support/folder";
import { repositoryOf } from "../support/repository";
import { readWorkflow, WORKFLOWS, type Workflow } from "../support/workflows";

const HOME = process.env["HOME"] ?? "";
const TOOLS = [path.join(HOME, "go/bin"), path.join(HOME, ".cache/releases-ci/python/bin")];

const workflows = fs.readdirSync(WORKFLOWS).map((file) => [file, readWorkflow(file)] as const);

/** Returns the workflow that deploys, as it is for a promotion path of so many environments. */
function deployIn(count: number): string {
  const names = Array.from({ length: count }, (_, index) => `e${index}`);
  const lines = names.map((name, index) => {
    const from = index === 0 ? "" : `, from: e${index - 1}`;
    return `  ${name}: { ref: main, accepts: [release]${from} }\n`;
  });
  const repository = repositoryOf({ "environments.yaml": `environments:\n${lines.join("")}` });
  const files = generatedFiles(readTemplates(PROGRAM), repository, "github");
  return files.get(".github/workflows/deploy.yml") ?? "";
}

const wavesIn = ({ jobs }: Workflow) =>
  Object.entries(jobs).filter(([name]) => name.startsWith("wave"));

describe("the workflows", function () {
  const deploy = readWorkflow("deploy.yml");
  const waves = wavesIn(deploy);
  const ours = parseRepository(readSources(PROGRAM, PROGRAM));

  for (const [file, { on, permissions, concurrency, defaults, jobs }] of workflows) {
    describe(file, () => {
      it("gives no job more than it asks for, and each an end", () => {
        assert.deepEqual(permissions, {});
        assert.ok(concurrency);
        assert.deepEqual(defaults, { run: { shell: "bash" } });
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
    ["zizmor", ["--offline", "--quiet", "--persona", "auditor", WORKFLOWS]],
  ] as const) {
    it(`are clean under ${tool}`, function () {
      const found = findTool(tool, TOOLS);
      if (found === undefined) this.skip();
      const { status, stdout, stderr } = spawnSync(found, args, { cwd: PROGRAM, encoding: "utf8" });
      assert.equal(status, 0, stdout + stderr);
    });
  }

  for (const [tool, args] of [
    ["actionlint", []],
    ["zizmor", ["--offline", "--quiet", "--persona", "auditor"]],
  ] as const) {
    it(`are clean under ${tool} with any number of waves`, function () {
      const found = findTool(tool, TOOLS);
      if (found === undefined) this.skip();
      const texts = [1, 2, 5].map((count) => [`${count}.yml`, deployIn(count)] as const);
      const folder = folderOf(Object.fromEntries(texts));
      const files = texts.map(([name]) => path.join(folder, name));
      const { status, stdout, stderr } = spawnSync(found, [...args, ...files], {
        encoding: "utf8",
      });
      assert.equal(status, 0, stdout + stderr);
    });
  }

  it("deploy an environment when its ref moves, whatever environments.yaml says", () => {
    const { push, release } = readWorkflow("deploy.yml").on as {
      push: { branches: string[] };
      release?: { types: string[] };
    };
    const { environments = new Map<string, { ref?: string }>() } = ours;
    const refs = [...environments.values()].flatMap(({ ref }) => ref ?? []);
    for (const ref of refs) {
      if (Ref.ofEnvironment(ref).isPattern) assert.deepEqual(release?.types, ["published"], ref);
      else assert.ok(push.branches.includes(ref), `a push to ${ref} deploys nothing`);
    }
  });

  it("call the command line by the name that npx finds in a clone", () => {
    const { status, stdout } = spawnSync("npx", ["--no", "releases", "version"], {
      cwd: PROGRAM,
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout], [0, `${version}\n`]);
  });

  it("run exact versions of Node.js and of Pulumi", () => {
    const node = fs.readFileSync(path.join(PROGRAM, ".node-version"), "utf8");
    assert.match(node, /^\d+\.\d+\.\d+\n$/);
    assert.ok(satisfies(node.trim(), engines.node));
    const steps = workflows.flatMap(([, { jobs }]) =>
      Object.values(jobs).flatMap(({ steps }) => steps),
    );
    for (const { uses = "", with: given } of steps) {
      if (uses.startsWith("actions/setup-node@")) {
        assert.match(String(given?.["node-version-file"]), /^(?:program\/)?\.node-version$/);
      }
      if (uses.startsWith("pulumi/actions@")) {
        assert.equal(given?.["pulumi-version"], devDependencies.pulumi);
      }
    }
  });

  it("run the reviewed program, or none, in a job that reads with a credential", () => {
    for (const [file, name] of [
      ["deploy.yml", "history"],
      ["drift.yml", "look"],
      ["preview.yml", "pulumi"],
    ] as const) {
      const { permissions, steps = [] } = readWorkflow(file).jobs[name] ?? {};
      assert.equal((permissions as Record<string, string>)["id-token"], "write");
      const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
      const programs = checkouts.filter(({ with: given }) => given?.["path"] === "program");
      assert.equal(programs.length, checkouts.length === 0 ? 0 : 1, file);
      // The default branch's, or that of the base of the pull request.
      assert.ok(
        [undefined, "${{ github.event.pull_request.base.sha }}"].includes(
          programs[0]?.with?.["ref"] as string | undefined,
        ),
      );
      for (const { run, "working-directory": folder } of steps) {
        if (checkouts.length === 0 || !/np[mx]|pulumi/.test(run ?? "")) continue;
        assert.equal(folder, "program", run);
      }
    }
  });

  it("promote, resolve and delete in the environments that bootstrap/ guards", () => {
    assert.equal(readWorkflow("promote.yml").jobs["promote"]?.environment, PROMOTE_ENVIRONMENT);
    assert.equal(readWorkflow("prune.yml").jobs["delete"]?.environment, PRUNE_ENVIRONMENT);
    assert.equal(readWorkflow("resolve.yml").jobs["resolve"]?.environment, RESOLVE_ENVIRONMENT);
  });

  it("delete no image by the clock, nor in any job but one that somebody approves", () => {
    for (const [file, { jobs }] of workflows) {
      for (const [name, { if: condition = "", environment, steps }] of Object.entries(jobs)) {
        const deletes = steps.some(({ run = "" }) => /\bprune\b.* --yes/.test(run));
        assert.equal(deletes, file === "prune.yml" && name === "delete", `${file} ${name}`);
        if (!deletes) continue;
        assert.equal(environment, PRUNE_ENVIRONMENT);
        const starts = (event: string, isAsked: boolean): unknown =>
          runInNewContext(condition, {
            github: { event_name: event },
            inputs: { delete: isAsked },
          });
        assert.deepEqual(
          [starts("schedule", true), starts("workflow_dispatch", false)],
          [false, false],
        );
        assert.equal(starts("workflow_dispatch", true), true);
      }
    }
  });

  it("leave Helm more than twice the time that it may take", () => {
    const longest = Math.max(...ours.list.map(({ timeoutSeconds }) => timeoutSeconds));
    for (const [, job] of waves) assert.ok((job["timeout-minutes"] ?? 0) * 60 > 2 * longest);
  });

  it("run Pulumi for a stack one after the other, and never end an `up`", () => {
    for (const [name, { concurrency, jobs }] of workflows) {
      const ups = Object.values(jobs).filter(({ steps }) =>
        steps.some(({ run = "" }) => run.includes("pulumi up")),
      );
      for (const job of ups) {
        const keep = { "cancel-in-progress": false };
        assert.deepEqual(job.concurrency, { group: "up-${{ matrix.stack }}", ...keep }, name);
        assert.equal(concurrency?.["cancel-in-progress"], false);
      }
    }
  });

  it("go on with other services when one fails", () => {
    for (const [, { steps }] of waves) {
      const [up] = steps.flatMap(({ id, run }) => (id === "up" && run ? [run] : []));
      assert.match(up ?? "", /^pulumi up --yes --continue-on-error /);
    }
  });

  describe("deploy in waves", () => {
    it("has a job for each wave that it asks for, all alike", () => {
      const names = waves.map(([name]) => name);
      assert.deepEqual(names, ["wave1", "wave2", "wave3"]);
      const { outputs, steps } = deploy.jobs["plan"] ?? {};
      assert.deepEqual(
        outputs,
        Object.fromEntries(names.map((name) => [name, `\${{ steps.plan.outputs.${name} }}`])),
      );
      const [plan] = (steps ?? []).flatMap(({ id, run }) => (id === "plan" && run ? [run] : []));
      assert.match(plan ?? "", / --waves 3$/);
      const alike = waves.map(([name, { needs: _, if: __, strategy, ...rest }]) => {
        const include = `\${{ fromJSON(needs.plan.outputs.${name}) }}`;
        assert.deepEqual(strategy, { "fail-fast": false, matrix: { include } });
        return rest;
      });
      for (const each of alike) assert.deepEqual(each, alike[0]);
    });

    it("has the job of any number of waves from the one file", () => {
      const branches = { on: { ...deploy.on, push: { branches: ["main"] } } };
      assert.deepEqual(parse(deployIn(3)), { ...deploy, ...branches });
      for (const count of [1, 2, 5]) {
        const { jobs } = parse(deployIn(count)) as Workflow;
        const names = Array.from({ length: count }, (_, index) => `wave${index + 1}`);
        assert.deepEqual(
          Object.keys(jobs).filter((name) => name.startsWith("wave")),
          names,
        );
        assert.deepEqual(Object.keys(jobs["plan"]?.outputs ?? {}), names);
      }
    });

    /** Which of these start, by GitHub's rules: a condition with a status function decides alone. */
    function started(
      workflow: Workflow,
      filled: readonly boolean[],
      results: Readonly<Record<string, string>>,
      isCancelled = false,
    ): string[] {
      const outputs = Object.fromEntries(
        filled.map((isFilled, index) => [`wave${index + 1}`, isFilled ? '[{"stack":"x"}]' : "[]"]),
      );
      const known: Record<string, { result: string; outputs: object }> = {
        plan: { result: results["plan"] ?? "success", outputs },
      };
      const ran: string[] = [];
      for (const [name, { needs = [], if: condition = "" }] of wavesIn(workflow)) {
        assert.match(condition, /!cancelled\(\)/);
        // A job that isn't needed is nothing to the condition.
        const seen = Object.fromEntries([needs].flat().map((need) => [need, known[need]]));
        const context = { needs: seen, cancelled: () => isCancelled };
        const starts = runInNewContext(condition, context) as boolean;
        if (starts) ran.push(name);
        known[name] = { result: starts ? (results[name] ?? "success") : "skipped", outputs: {} };
      }
      return ran;
    }

    for (const count of [1, 2, 3, 4]) {
      it(`starts each of ${count} once all before it have succeeded, and none that is empty`, () => {
        const workflow = parse(deployIn(count)) as Workflow;
        const names = wavesIn(workflow).map(([name]) => name);
        for (let planned = 0; planned <= count; planned++) {
          const filled = names.map((_, index) => index < planned);
          assert.deepEqual(started(workflow, filled, {}), names.slice(0, planned));
          assert.deepEqual(started(workflow, filled, {}, true), []);
          for (const result of ["failure", "cancelled", "skipped"]) {
            assert.deepEqual(started(workflow, filled, { plan: result }), []);
            for (const [index, name] of names.slice(0, planned).entries()) {
              const until = names.slice(0, index + 1);
              assert.deepEqual(started(workflow, filled, { [name]: result }), until);
            }
          }
        }
      });
    }

    it("starts no third wave after a first that failed, even with nothing in the second", () => {
      for (const result of ["failure", "cancelled"]) {
        assert.deepEqual(started(deploy, [true, false, true], { wave1: result }), ["wave1"]);
      }
    });
  });
});
