/**
 * The release list at the root, which is a sample: the only suite that knows what is in it. Who puts a list of
 * their own there deletes this file and test/expected, or lets `npm run goldens` write theirs.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { findPulumi } from "../src/adapters/find-tool";
import { realWorld } from "../src/app/real-world";
import { openRepository, PROGRAM } from "../src/app/open";
import { checkRepository } from "../src/core/repository";
import { GOLDENS, goldenOf } from "../tools/goldens";
import {
  deployRole,
  historyRole,
  imagesRole,
  previewRole,
  promoteRole,
  pruneRole,
  publishRole,
  type Role,
} from "../src/core/stack/roles";
import { bootstrapOf, ROLE } from "./support/bootstrap";
import { folderOf } from "./support/folder";
import { ofType } from "./support/plans";

describe("the sample", () => {
  const repository = openRepository(realWorld(PROGRAM));

  it("has no error", () => {
    const errors = checkRepository(repository).filter(({ severity }) => severity === "error");
    assert.deepEqual(errors, []);
  });

  it("names the schema of each file in its first line, for editors", () => {
    const files = [...repository.stacks.keys()].map((stack) => `Pulumi.${stack}.yaml`);
    for (const file of ["environments.yaml", ...files]) {
      const [first = ""] = fs.readFileSync(path.join(PROGRAM, file), "utf8").split("\n");
      const [, schema = "none"] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? [];
      assert.ok(fs.existsSync(path.join(PROGRAM, schema)), `${file}: ${schema}`);
    }
  });

  it("has a golden plan for each stack, and no other", () => {
    const stacks = [...repository.stacks.keys()].map((stack) => `${stack}.json`);
    assert.deepEqual(fs.readdirSync(GOLDENS).sort(), stacks.sort());
  });

  for (const stack of repository.stacks.keys()) {
    it(`gives the golden plan of ${stack}; npm run goldens rewrites it`, async () => {
      const golden = fs.readFileSync(path.join(GOLDENS, `${stack}.json`), "utf8");
      assert.equal(await goldenOf(stack), golden);
    });
  }

  it("shows no secret in a golden plan", () => {
    for (const file of fs.readdirSync(GOLDENS)) {
      const golden = fs.readFileSync(path.join(GOLDENS, file), "utf8");
      assert.match(golden, /\[secret\]/);
      assert.doesNotMatch(golden, /v1:[\w+/]+=*:|sample-secret|ghp_|AKIA/, file);
    }
  });
});

function parsed(file: string): unknown {
  return parse(fs.readFileSync(path.join(PROGRAM, file), "utf8"));
}

/** Returns the config of a stack of bootstrap/, by keys without their namespace. */
function bootstrapConfig(stack: string): Record<string, unknown> {
  const { config } = parsed(`bootstrap/Pulumi.${stack}.yaml`) as { config: object };
  const entries = Object.entries(config).map(([key, value]): [string, unknown] => [
    key.replace(/^bootstrap:/, ""),
    value,
  ]);
  return Object.fromEntries(entries.filter(([key]) => !key.includes(":")));
}

const ACCOUNTS = { testing: "111111111111", staging: "222222222222", production: "333333333333" };

describe("the sample's bootstrap project", () => {
  const repository = openRepository(realWorld(PROGRAM));

  it("has a stack for GitHub and one for each of the list's", () => {
    const stacks = fs
      .readdirSync(path.join(PROGRAM, "bootstrap"))
      .filter((file) => /^Pulumi\..+\.yaml$/.test(file));
    assert.deepEqual(
      stacks.sort(),
      ["github", ...repository.stacks.keys()].map((stack) => `Pulumi.${stack}.yaml`).sort(),
    );
    for (const file of stacks) {
      const { config } = parsed(`bootstrap/${file}`) as { config: Record<string, unknown> };
      assert.deepEqual(config["pulumi:disable-default-providers"], ["*"], file);
    }
  });

  it("guards every repository of the list, and its own", async () => {
    const { outputs } = await bootstrapOf(repository, "github", bootstrapConfig("github"));
    const names = new Set(["releases", ...repository.list.map(({ github }) => github)]);
    assert.deepEqual(outputs.guarded, [...names].sort());
  });

  for (const [stack, account] of Object.entries(ACCOUNTS)) {
    it(`has the roles of ${stack}, where the workflows look for them`, async () => {
      const planned = await bootstrapOf(repository, stack, bootstrapConfig(stack));
      const at = { account, region: "eu-west-1" };
      const isFirst = stack === "testing";
      const roles: Record<string, Role> = {
        preview: previewRole(stack, at),
        history: historyRole(stack, at),
        deploy: deployRole(stack, at),
        images: imagesRole(stack, at),
        ...(isFirst ? {} : { promote: promoteRole(stack, at) }),
        prune: pruneRole(stack, at),
      };
      if (isFirst) {
        for (const { github, docker } of repository.list) {
          if (docker !== undefined) roles[`publish ${github}`] = publishRole(github, at);
        }
      }
      assert.deepEqual(
        planned.outputs.roles,
        Object.fromEntries(Object.entries(roles).map(([key, { arn }]) => [key, arn])),
      );
      assert.deepEqual(
        [...ofType(planned, ROLE).values()].map(({ inputs }) => inputs["name"]).sort(),
        Object.values(roles)
          .map(({ name }) => name)
          .sort(),
      );
    });
  }
});

describe("npm run sandbox, with the sample", function () {
  this.timeout(300_000);
  if (findPulumi() === undefined) {
    it("is skipped: there is no Pulumi CLI in PATH, ~/.pulumi/bin or ~/.pulumi/versions", function () {
      this.skip();
    });
    return;
  }

  const run = ["--require", "./register.js", path.join(PROGRAM, "tools/sandbox/run.ts")];
  const env = { ...process.env, TMPDIR: folderOf({}) };
  const sandbox = (...args: string[]) =>
    spawnSync(process.execPath, [...run, ...args], { cwd: PROGRAM, env, encoding: "utf8" });

  after(() => sandbox("clean"));

  it("keeps its state from one run to the next", () => {
    const up = sandbox("up", "testing", "--skip-preview");
    assert.equal(up.status, 0, up.stderr);
    const again = sandbox("preview", "testing", "--expect-no-changes");
    assert.equal(again.status, 0, again.stdout);
    const push = ["push", "111111111111", "eu-west-1", "releases/orders", "v3.0.2"];
    assert.match(sandbox(...push).stdout, /releases\/orders:v3\.0\.2 is sha256:/);
    assert.equal(sandbox("clean").status, 0);
    assert.match(sandbox(...push).stderr, /RepositoryNotFoundException/);
  });

  it("walks from nothing to production and back, as docs/sandbox.md shows it", () => {
    const document = fs.readFileSync(path.join(PROGRAM, "docs/sandbox.md"), "utf8");
    const [, shown] = /takes everything away again:\n\n```text\n([^]*?)```/.exec(document) ?? [];
    const { status, stdout, stderr } = sandbox("walk");
    assert.equal(status, 0, stderr);
    assert.equal(stdout, shown);
  });
});
