import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { planStacks } from "../../src/app/plan-stacks";
import { realWorld } from "../../src/app/real-world";
import { SILENT } from "../../src/app/reporter";
import { openRepository, PROGRAM } from "../../src/app/open";
import { compareResources } from "../../src/adapters/pulumi/compare";
import type { PlannedResource } from "../../src/adapters/pulumi/resource";
import type { Project } from "../../tools/sandbox/project";
import { findPulumi } from "../../src/adapters/find-tool";
import { CHART } from "../support/chart";
import { changeStaging, openAcme } from "../support/project";

const cli = findPulumi();
const NO_CLI = "is skipped: there is no Pulumi CLI in PATH, ~/.pulumi/bin or ~/.pulumi/versions";

const release = (stack: string, name: string): string =>
  `urn:pulumi:${stack}::releases::releases:services:ServiceReleases$kubernetes:helm.sh/v3:Release::${name}`;

describe("the program under the real engine", function () {
  if (cli === undefined) {
    it(NO_CLI, function () {
      this.skip();
    });
    return;
  }

  describe("in production", () => {
    let project: Project;

    before(async () => {
      project = await openAcme(cli, {
        environment: { GITHUB_TOKEN: "MARKED-token", KUBECONFIG: "/MARKED" },
      });
      project.expect("stack", "init", "production");
      project.up("production");
    });
    beforeEach(() => project.restore());
    after(() => project.dispose());

    it("changes nothing the second time", () => {
      assert.deepEqual(project.changes("production"), []);
      project.expect("preview", "--expect-no-changes", "--stack", "production");
    });

    it("exports what runs, as a contract", () => {
      const outputs = JSON.parse(
        project.expect("stack", "output", "--json", "--stack", "production"),
      ) as { environment: string; services: Record<string, unknown> };
      assert.deepEqual(Object.keys(outputs).sort(), [
        "environment",
        "repositories",
        "services",
        "webhooks",
      ]);
      assert.equal(outputs.environment, "production");
      assert.deepEqual(outputs.services["infrastructure"], { version: "v0.5.7" });
    });

    it("updates exactly one Helm release for a bump", () => {
      project.edit("Pulumi.production.yaml", "gateway: v2.4.0@", "gateway: v2.4.1@");
      assert.deepEqual(project.changes("production"), [
        { op: "update", urn: release("production", "gateway") },
      ]);
    });

    it("deploys a chart's folder that changed without a new version, but to no held service", () => {
      const [from, to] = ["\nreplicaCount: 1\n", "\nreplicaCount: 2\n"];
      project.edit(`${CHART}/values.yaml`, from, to);
      try {
        const changes = project.changes("production");
        assert.deepEqual([...new Set(changes.map(({ op }) => op))], ["update"]);
        const names = changes.map(({ urn }) => urn.split("::").at(-1));
        assert.ok(names.includes("gateway") && names.includes("catalog"));
        for (const other of ["orders", "reports", "inventory"]) assert.ok(!names.includes(other));
      } finally {
        project.edit(`${CHART}/values.yaml`, to, from);
      }
      assert.deepEqual(project.changes("production"), []);
    });

    it("leaves a held service as it is when its definition changes", () => {
      const orders = "- github: orders\n  docker: orders\n  team: shop\n";
      project.edit(
        "service/shop/shop.yaml",
        orders,
        `${orders}  timeoutSeconds: 60\n  chart: { name: "oci://ghcr.io/acme/charts/orders", version: 9.9.9 }\n`,
      );
      project.edit(
        "service/shop/shop.yaml",
        "requests: { cpu: 100m, memory: 128Mi }",
        "requests: { cpu: 900m, memory: 900Mi }",
      );
      assert.deepEqual(project.changes("production"), []);
    });

    it("updates exactly one Helm release for values of the stack, null as it is, and no held one", () => {
      const values = (name: string): string =>
        `${name}: { replicaCount: 3, affinity: { a: [1.0, null, { b: "1e3" }], c: {}, d: [], e: "" }, resources: null }`;
      project.edit(
        "Pulumi.production.yaml",
        "config:\n",
        `config:\n  releases:values:\n    ${values("gateway")}\n    ${values("orders")}\n`,
      );
      assert.deepEqual(project.changes("production"), [
        { op: "update", urn: release("production", "gateway") },
      ]);
      project.up("production");
      const { resources } = (
        JSON.parse(project.expect("stack", "export", "--stack", "production")) as {
          deployment: { resources: { urn: string; inputs: { values?: object } }[] };
        }
      ).deployment;
      const found = resources.find(({ urn }) => urn === release("production", "gateway"));
      const { image: _image, ...given } = (found?.inputs.values ?? {}) as { image?: object };
      const affinity = { a: [1, null, { b: "1e3" }], c: {}, d: [], e: "" };
      assert.deepEqual(given, { replicaCount: 3, affinity, resources: null });
      project.restore();
      project.up("production");
    });

    it("moves a held service by its pin, so that a roll-back can hold what it went back to", () => {
      project.edit("Pulumi.production.yaml", "orders: v3.0.1@", "orders: v3.0.0@");
      assert.deepEqual(project.changes("production"), [
        { op: "update", urn: release("production", "orders") },
      ]);
    });

    it("reads from our edit what it reads from its own", () => {
      const { folder } = project;
      const config = (): unknown =>
        JSON.parse(project.expect("config", "--json", "--stack", "production"));
      const pin = `v2.5.0@sha256:${"d".repeat(64)}`;
      project.expect(
        ...["config", "set", "--path", "releases:versions.gateway", pin],
        ...["--stack", "production"],
      );
      const theirs = config();
      project.restore();
      const args = ["bump", "gateway", pin, "--stack", "production", "--path", folder];
      const ours = spawnSync(process.execPath, [
        path.join(PROGRAM, "src/cli/releases.js"),
        ...args,
      ]);
      assert.equal(ours.status, 0);
      assert.deepEqual(config(), theirs);
    });

    it("refuses in a preview what a promotion would have been refused for", () => {
      project.expect(
        ...["config", "set", "--path", "releases:versions.gateway", "v2.5.0-rc.1"],
        ...["--stack", "production"],
      );
      const { code, stdout, stderr } = project.pulumi("preview", "--stack", "production");
      project.restore();
      assert.notEqual(code, 0);
      assert.match(
        stdout + stderr,
        /prerelease-not-accepted "gateway": v2\.5\.0-rc\.1 is a pre-release/,
      );
      assert.match(stdout + stderr, /digest-required "gateway": production requires digests/);
    });

    it("refuses to remove a service, and deletes nothing of it", () => {
      const mailer = /- docker: "mailer"[^]*?\n\n/.exec(project.read("service/platform.yaml"));
      project.edit("service/platform.yaml", mailer?.[0] ?? "no mailer", "");
      const pin = /    mailer: .*\n/.exec(project.read("Pulumi.production.yaml"));
      project.edit("Pulumi.production.yaml", pin?.[0] ?? "no pin", "");
      const { code, stdout } = project.pulumi("up", "--yes", "--stack", "production");
      assert.notEqual(code, 0);
      assert.match(stdout, /Repository::mailer" cannot be deleted\s+because it is protected/);
      const state = project.expect("stack", "export", "--stack", "production");
      assert.ok(state.includes(release("production", "mailer")));
    });

    it("says every finding before the first resource, without a stack trace", () => {
      project.edit("Pulumi.production.yaml", "gateway: v2.4.0@", "gatewya: v2.4@sha256:12");
      project.edit("service/platform.yaml", 'github: "mailer"', 'github: "mailer!"');
      const { code, stdout, stderr } = project.pulumi("preview", "--stack", "production");
      assert.notEqual(code, 0);
      assert.match(stdout, /Pulumi\.production\.yaml:\d+:\d+ invalid-digest "versions\.gatewya"/);
      assert.match(stdout, /service\/platform\.yaml:9:11 invalid-github/);
      assert.doesNotMatch(stdout + stderr, /\n\s+at /);
      assert.doesNotMatch(stdout, /to (?:create|update|delete)/);
    });

    it("keeps tokens out of the state, and the webhook's secret encrypted in it", () => {
      const state = fs
        .readdirSync(path.join(project.folder, "state"), { recursive: true, encoding: "utf8" })
        .map((file) => path.join(project.folder, "state", file))
        .filter((file) => fs.statSync(file).isFile())
        .map((file) => fs.readFileSync(file, "utf8"))
        .join("\n");
      assert.match(state, /RepositoryWebhook::mailer/);
      assert.doesNotMatch(state, /MARKED|sample-secret/);
      const shown = project.expect("preview", "--diff", "--show-sames", "--stack", "production");
      assert.doesNotMatch(shown, /MARKED|sample-secret/);
    });
  });

  describe("in staging", () => {
    let project: Project;

    before(async () => {
      project = await openAcme(cli);
      project.expect("stack", "init", "staging");
      project.up("staging");
    });
    after(() => project.dispose());

    const planned = async (): Promise<readonly PlannedResource[]> => {
      const world = realWorld(project.folder);
      const plans = await planStacks(world, openRepository(world), ["staging"], SILENT);
      return plans.get("staging")?.resources ?? assert.fail();
    };

    it("does to each resource what plan --since says that it does", async () => {
      const before = await planned();
      changeStaging(project);
      project.edit("Pulumi.staging.yaml", "prefix: releases/", "prefix: images/");
      const ours = compareResources(before, await planned()).map(({ op, urn }) => `${op} ${urn}`);
      const steps = project.changes("staging").map(({ op, urn }) => {
        const isReplaced = ["create-replacement", "replace", "delete-replaced"].includes(op);
        return `${isReplaced ? "replace" : op} ${urn}`;
      });
      const theirs = [...new Set(steps)].filter((step) => !step.includes("::pulumi:pulumi:Stack"));
      assert.deepEqual(ours.sort(), theirs.sort());
      assert.deepEqual(
        [...new Set(ours.map((change) => change.split(" ")[0]))],
        ["create", "delete", "replace", "update"],
      );
    });
  });

  describe("in testing", () => {
    let project: Project;

    before(async () => {
      project = await openAcme(cli);
      project.expect("stack", "init", "testing");
    });
    after(() => project.dispose());

    it("comes up from nothing, and goes again", () => {
      project.up("testing");
      project.expect("destroy", "--yes", "--stack", "testing");
      const { deployment } = JSON.parse(
        project.expect("stack", "export", "--stack", "testing"),
      ) as { deployment: { resources?: { type: string }[] } };
      assert.deepEqual(deployment.resources ?? [], []);
    });

    for (const [when, bug] of [
      ["declares", 'throw new Error("a bug of ours");'],
      ["settles", 'void Promise.reject(new Error("a bug of ours"));'],
    ] as const) {
      it(`says how to find a bug that comes up while it ${when}, and where it is`, () => {
        project.edit("stacks/stack.ts", "  const targets =", `  ${bug}\n  const targets =`);
        try {
          const { code, stdout } = project.pulumi("preview", "--stack", "testing");
          assert.notEqual(code, 0);
          assert.match(stdout, /Error: a bug of ours\n\s*RELEASES_TRACES=1 shows where/);
          assert.doesNotMatch(stdout, /\n\s+at /);
          process.env["RELEASES_TRACES"] = "1";
          const traced = project.pulumi("preview", "--stack", "testing").stdout;
          assert.match(traced, /Error: a bug of ours\n\s+at declareStack .*stack\.ts/);
        } finally {
          Reflect.deleteProperty(process.env, "RELEASES_TRACES");
          project.edit("stacks/stack.ts", `  ${bug}\n`, "");
        }
      });
    }
  });
});
