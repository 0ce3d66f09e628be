import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { CLI } from "../support/cli";
import { pushImage } from "../../tools/sandbox/aws";
import type { Project } from "../../tools/sandbox/project";
import { findPulumi } from "../../src/adapters/find-tool";
import { World } from "../../tools/sandbox/world";
import { openAcme } from "../support/project";
import { folderOf } from "../support/folder";

const cli = findPulumi();
const STAGING = { account: "222222222222", region: "eu-west-1" };

describe("the sandbox", function () {
  this.timeout(300_000);
  if (cli === undefined) {
    it("is skipped: there is no Pulumi CLI in PATH, ~/.pulumi/bin or ~/.pulumi/versions", function () {
      this.skip();
    });
    return;
  }

  describe("in staging", () => {
    let project: Project;
    let world: World;
    const up = () => project.pulumi("up", "--yes", "--skip-preview", "--stack", "staging");

    before(async () => {
      project = await openAcme(cli);
      world = new World(path.join(project.folder, "world"));
      project.expect("stack", "init", "staging");
    });
    after(() => project.dispose());

    it("refuses a webhook that exists already, and the next up is through when it has gone", () => {
      const key = "acme hook gateway https://hooks.acme.example/staging";
      world.put({ key, properties: {} });
      const { code, stdout } = up();
      assert.notEqual(code, 0);
      assert.match(stdout, /422 Validation Failed \[Hook already exists on this repository\]/);
      world.remove(key);
      assert.equal(up().code, 0);
      assert.ok(world.get(key));
    });

    it("holds what the program declares, with what the services say of it, and no secret", () => {
      const keys = project.things();
      assert.ok(keys.includes("222222222222 eu-west-1 repository releases/orders"));
      assert.ok(keys.includes("acme-staging helm default/gateway"));
      const repositories = JSON.parse(
        project.expect("stack", "output", "--json", "--stack", "staging"),
      ) as { repositories: Record<string, string> };
      assert.equal(
        repositories.repositories["orders"],
        "222222222222.dkr.ecr.eu-west-1.amazonaws.com/releases/orders",
      );
      assert.equal(
        world.get("acme hook gateway https://hooks.acme.example/staging")?.properties[
          "configuration"
        ],
        undefined,
      );
    });

    it("replaces a lifecycle policy that changes, and the repository has the new one", () => {
      const key = "222222222222 eu-west-1 lifecycle releases/orders";
      const before = world.get(key)?.properties["policy"];
      const prefix = "    prefix: releases/\n";
      const mutableTags = '    mutableTags: [latest, "*-nightly"]\n';
      project.edit("Pulumi.staging.yaml", prefix, prefix + mutableTags);
      try {
        const steps = project
          .changes("staging")
          .filter(({ urn }) => urn.includes("lifecyclePolicy"));
        assert.deepEqual([...new Set(steps.map(({ op }) => op))], ["replace"]);
        const { code, stdout } = up();
        assert.equal(code, 0, stdout);
        assert.notEqual(world.get(key)?.properties["policy"] ?? before, before);
      } finally {
        project.restore();
        assert.equal(up().code, 0);
        assert.equal(world.get(key)?.properties["policy"], before);
      }
    });

    it("finds with refresh what somebody took away, and up brings it back", () => {
      const key = "acme-staging helm default/gateway";
      world.remove(key);
      project.expect("refresh", "--yes", "--skip-preview", "--stack", "staging");
      assert.deepEqual(
        project.changes("staging").map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? ""}`),
        ["create gateway"],
      );
      assert.equal(up().code, 0);
      assert.ok(world.get(key));
    });

    it("shows with drift what the list, the state and the world say, and changes none of it", () => {
      const drift = (...args: string[]) => {
        const command = [CLI, "drift", "--stack", "staging", "--path", project.folder, ...args];
        const options = { env: project.variables(), encoding: "utf8" as const };
        return spawnSync(process.execPath, command, options);
      };
      const fine = drift();
      assert.deepEqual([fine.status, fine.stderr], [0, ""]);
      assert.equal(fine.stdout, "staging matches the list.\n");
      const [mailer, orders] = ["default/mailer", "shop/orders"].map(
        (name) => `acme-staging helm ${name}`,
      );
      const before = world.get(orders ?? "");
      assert.ok(before);
      world.put({ ...before, properties: { ...before.properties, version: "9.9.9" } });
      const gone = world.get(mailer ?? "");
      assert.ok(gone);
      world.remove(gone.key);
      project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.3.5");
      try {
        const { status, stdout } = drift("--json");
        assert.equal(status, 1);
        const found = JSON.parse(stdout) as { drift: Record<string, unknown>[] };
        assert.deepEqual(
          found.drift.map(({ name, property, list, state, refresh }) => [
            name,
            property,
            list,
            state,
            refresh,
          ]),
          [
            ["catalog", "values.image.tag", "v2.3.5", "v2.3.4", "v2.3.4"],
            ["mailer", "", "present", "present", "missing"],
            ["orders", "version", "1.0.0", "1.0.0", "9.9.9"],
          ],
        );
        assert.equal(drift("--json").stdout, stdout);
      } finally {
        project.restore();
        world.put(before);
        world.put(gone);
      }
    });

    it("keeps a repository that holds images", () => {
      pushImage(world, STAGING, "releases/orders", "v3.0.2", "sha256:a");
      project.expect("state", "unprotect", "--all", "--yes", "--stack", "staging");
      const { code, stdout } = project.pulumi(
        ...["destroy", "--yes", "--skip-preview", "--continue-on-error", "--stack", "staging"],
      );
      assert.notEqual(code, 0);
      assert.match(stdout, /RepositoryNotEmptyException: .*releases\/orders holds v3\.0\.2/);
      assert.deepEqual(project.things(), ["222222222222 eu-west-1 repository releases/orders"]);
    });
  });

  describe("npm run sandbox", () => {
    const run = (...args: string[]) => [
      "--require",
      "./register.js",
      path.join(PROGRAM, "tools/sandbox/run.ts"),
      ...args,
    ];
    const env = { ...process.env, TMPDIR: folderOf({}) };
    const sandbox = (...args: string[]) =>
      spawnSync(process.execPath, run(...args), { cwd: PROGRAM, env, encoding: "utf8" });

    after(() => sandbox("clean"));

    it("leaves no process behind when it is interrupted", async () => {
      const started = spawn(process.execPath, run("up", "testing"), {
        cwd: PROGRAM,
        env,
        stdio: "ignore",
        detached: true,
      });
      await new Promise((resolve) => setTimeout(resolve, 4000));
      process.kill(-(started.pid ?? 0), "SIGINT");
      await once(started, "exit");
      await new Promise((resolve) => setTimeout(resolve, 1000));
      // A group without a process can't be sent anything.
      assert.throws(() => process.kill(-(started.pid ?? 0), 0), { code: "ESRCH" });
    });

    it("shows how it is called where it is called wrongly", () => {
      assert.equal(sandbox("down", "testing").status, 2);
      assert.match(sandbox().stderr, /^Usage: npm run sandbox -- COMMAND/);
    });
  });
});
