import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { CLI } from "../support/cli";
import { pushImage } from "../../tools/sandbox/aws";
import { breakImage, silence } from "../../tools/sandbox/kubernetes";
import type { Project } from "../../tools/sandbox/project";
import { findPulumi } from "../../src/adapters/find-tool";
import { beginUpgrade, revisionsOf, setByHand } from "../../tools/sandbox/helm";
import { World } from "../../tools/sandbox/world";
import { previewRefresh } from "../../src/adapters/pulumi/refresh";
import { openAcme } from "../support/project";
import { folderOf } from "../support/folder";

const cli = findPulumi();
const byName = (a: readonly unknown[], b: readonly unknown[]): number =>
  String(a) < String(b) ? -1 : 1;

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

    it("keeps a repository's lifecycle policy, whatever tags may move", () => {
      const key = "222222222222 eu-west-1 lifecycle releases/orders";
      const before = world.get(key)?.properties["policy"];
      const prefix = "    prefix: releases/\n";
      const mutableTags = '    mutableTags: [latest, "*-nightly"]\n';
      project.edit("Pulumi.staging.yaml", prefix, prefix + mutableTags);
      try {
        const kinds = project
          .changes("staging")
          .map(({ op, urn }) => `${op} ${urn.split("::").at(-2)?.split("$").at(-1) ?? ""}`);
        assert.deepEqual([...new Set(kinds)], ["update aws:ecr/repository:Repository"]);
        const { code, stdout } = up();
        assert.equal(code, 0, stdout);
        assert.equal(world.get(key)?.properties["policy"], before);
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
      assert.match(
        fine.stdout,
        /^staging matches the list\. Objects of Helm releases aren't compared: /,
      );
      const [mailer, orders] = ["default/mailer", "shop/orders"].map(
        (name) => `acme-staging helm ${name}`,
      );
      const before = world.get(orders ?? "");
      assert.ok(before);
      setByHand(world, before.key, { image: { tag: "v9" }, extra: 1 });
      const byHand = world.get("acme-staging helm default/gateway");
      assert.ok(byHand);
      const { inputs } = revisionsOf(byHand).at(-1) ?? assert.fail();
      beginUpgrade(world, byHand.key, inputs);
      const hook = world.get("acme hook gateway https://hooks.acme.example/staging");
      assert.ok(hook);
      const seen = { ...hook.shown, configuration: { url: "https://elsewhere.example" } };
      world.put({ ...hook, shown: seen });
      const gone = world.get(mailer ?? "");
      assert.ok(gone);
      world.remove(gone.key);
      project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.3.5");
      try {
        const { status, stdout } = drift("--json");
        assert.equal(status, 1);
        const found = JSON.parse(stdout) as { drift: Record<string, unknown>[] };
        assert.deepEqual(
          found.drift
            .map(({ name, property, list, state, refresh }) => [
              name,
              property,
              list,
              state,
              refresh,
            ])
            .sort(byName),
          [
            ["catalog", "values.image.tag", "v2.3.5", "v2.3.4", "v2.3.4"],
            ["mailer", "", "present", "present", "missing"],
            ["gateway", "status.status", "deployed", "deployed", "pending-upgrade"],
            ["orders", "values.extra", undefined, undefined, 1],
            ["orders", "values.image.tag", "v3.0.2", "v3.0.2", "v9"],
            [
              "gateway",
              "configuration.url",
              "https://hooks.acme.example/staging",
              "[secret]",
              "[secret]",
            ],
          ].sort(byName),
        );
        assert.match(
          drift().stdout,
          /\ngateway: Helm was killed at it: .* --kube-context acme-staging /,
        );
        assert.equal(drift("--json").stdout, stdout);
      } finally {
        project.restore();
        for (const thing of [before, gone, byHand, hook]) world.put(thing);
      }
    });

    it("shows an upgrade that failed the right way round", () => {
      breakImage(world, "acme-staging", "v2.3.6");
      project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.3.6");
      try {
        assert.notEqual(up().code, 0);
        const { resources } = (
          JSON.parse(project.expect("stack", "export", "--stack", "staging")) as {
            deployment: { resources: (Seen & { urn: string; initErrors?: string[] })[] };
          }
        ).deployment;
        const catalog = resources.find(({ urn }) => urn.endsWith("Release::catalog"));
        // The state has the old inputs, the new outputs, and errors (fact 98).
        const tagIn = (part: Seen["inputs"] | undefined): unknown => part?.values?.image?.tag;
        assert.deepEqual([tagIn(catalog?.inputs), tagIn(catalog?.outputs)], ["v2.3.4", "v2.3.6"]);
        assert.equal(catalog?.initErrors?.length, 1);
        const command = [CLI, "drift", "--stack", "staging", "--path", project.folder];
        const options = { env: project.variables(), encoding: "utf8" as const };
        const { stdout } = spawnSync(process.execPath, command, options);
        assert.match(stdout, /catalog +status\.status +deployed +failed +deployed\n/);
        assert.match(stdout, /catalog +values\.image\.tag +v2\.3\.6 +v2\.3\.6 +v2\.3\.4\n/);
        assert.match(stdout, /\ncatalog: its last upgrade failed and was rolled back/);
      } finally {
        world.remove("acme-staging broken v2.3.6");
        project.restore();
        assert.equal(up().code, 0);
      }
    });

    for (const [how, message] of [
      [
        "silent",
        /^no answer for kubernetes:helm\.sh\/v3:Release [\w-]+, .* more within 0\.3 minutes$/,
      ],
      ["down", /^kubernetes:helm\.sh\/v3:Release [\w-]+: .*connection refused/],
    ] as const) {
      it(`says which cluster is ${how}, and what to check, within a limit`, async () => {
        const key = silence(world, "acme-staging", how);
        const before = { ...process.env };
        try {
          Object.assign(process.env, project.variables());
          const config = path.join(project.folder, "Pulumi.staging.yaml");
          const options = { context: "acme-staging", limitMinutes: 0.3 };
          await assert.rejects(
            previewRefresh(project.folder, config, "staging", options),
            ({ message: said }: Error) => {
              const check =
                "that the cluster answers (kubectl --context acme-staging get namespaces)";
              const [, why = "", advice] =
                /^pulumi refresh of staging failed: ([^]*); check (.*)$/.exec(said) ?? [];
              assert.equal(advice, check, said);
              assert.match(why, message);
              return true;
            },
          );
        } finally {
          process.env = before;
          world.remove(key);
        }
        assert.equal(project.pulumi("refresh", "--preview-only", "--stack", "staging").code, 0);
      });
    }

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
      // A group without a process can't be sent anything. On a busy machine the last one takes a while to end.
      const hasEnded = (): boolean => {
        try {
          return !process.kill(-(started.pid ?? 0), 0);
        } catch (cause) {
          return cause instanceof Error && "code" in cause && cause.code === "ESRCH";
        }
      };
      for (let tries = 0; tries < 30 && !hasEnded(); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      assert.ok(hasEnded());
    });

    it("shows how it is called where it is called wrongly", () => {
      assert.equal(sandbox("down", "testing").status, 2);
      assert.match(sandbox().stderr, /^Usage: npm run sandbox -- COMMAND/);
    });
  });
});

/** What the state has of a Helm release. */
interface Seen {
  readonly inputs: { readonly values?: { readonly image?: { readonly tag?: unknown } } };
  readonly outputs: Seen["inputs"];
}
