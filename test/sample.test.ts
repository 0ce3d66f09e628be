/**
 * The release list at the root, which is a sample: the only suite that knows what is in it. Who puts a list of
 * their own there deletes this file and test/expected, or lets `npm run goldens` write theirs.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { findPulumi } from "../src/adapters/find-tool";
import { realWorld } from "../src/app/real-world";
import { openRepository, PROGRAM } from "../src/app/open";
import { checkRepository } from "../src/core/repository";
import { GOLDENS, goldenOf } from "../tools/goldens";
import { folderOf } from "./support/folder";

describe("the sample", () => {
  const repository = openRepository(realWorld(PROGRAM));

  it("has no error", () => {
    const errors = checkRepository(repository).filter(({ severity }) => severity === "error");
    assert.deepEqual(errors, []);
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

  it("walks from nothing to production and back, as README.md shows it", () => {
    const readme = fs.readFileSync(path.join(PROGRAM, "README.md"), "utf8");
    const [, shown] = /takes everything away again:\n\n```text\n([^]*?)```/.exec(readme) ?? [];
    const { status, stdout, stderr } = sandbox("walk");
    assert.equal(status, 0, stderr);
    assert.equal(stdout, shown);
  });
});
