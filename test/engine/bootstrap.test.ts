import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { findPulumi } from "../../src/adapters/find-tool";
import type { Project } from "../../tools/sandbox/project";
import { ACME_BOOTSTRAP } from "../support/acme";
import { openAcme } from "../support/project";

const cli = findPulumi();

describe("bootstrap/ under the real engine", function () {
  if (cli === undefined) {
    it("is skipped: there is no Pulumi CLI in PATH, ~/.pulumi/bin or ~/.pulumi/versions", function () {
      this.skip();
    });
    return;
  }

  let project: Project;

  before(async () => {
    project = await openAcme(cli);
    const folder = path.join(project.folder, "bootstrap");
    fs.cpSync(path.join(PROGRAM, "bootstrap"), folder, { recursive: true });
    fs.cpSync(ACME_BOOTSTRAP, folder, { recursive: true });
  });
  after(() => project.dispose());

  const bootstrap = (stack: string, ...args: string[]) =>
    project.pulumi("--cwd", "bootstrap", ...args, "--stack", stack);

  function comesUp(stack: string): string[] {
    const before = new Set(project.things());
    project.expect("--cwd", "bootstrap", "stack", "init", stack);
    for (const expected of [[], ["--expect-no-changes"]]) {
      const args = ["up", "--yes", "--skip-preview", ...expected];
      const { code, stdout, stderr } = bootstrap(stack, ...args);
      assert.equal(code, 0, stdout + stderr);
    }
    return project.things().filter((key) => !before.has(key));
  }

  it("tells GitHub who reviews what, and which tags stay", () => {
    const things = comesUp("github");
    const environments = ["production", "staging", "testing"];
    const guarded = things.filter((key) => key.startsWith("acme environment "));
    assert.deepEqual(
      guarded.sort(),
      [
        "acme environment releases promote",
        "acme environment releases promote at main",
        "acme environment releases prune",
        "acme environment releases prune at main",
        "acme environment releases resolve",
        "acme environment releases resolve at main",
        ...environments.flatMap((name) => [
          `acme environment releases drift-${name}`,
          `acme environment releases drift-${name} at main`,
          `acme environment releases history-${name}`,
          `acme environment releases preview-${name}`,
        ]),
        "acme environment releases production",
        "acme environment releases production at v*[0-9]",
        "acme environment releases history-production at v*[0-9]",
        "acme environment releases history-staging at main",
        "acme environment releases history-staging at v*[0-9]",
        "acme environment releases history-testing at main",
        "acme environment releases history-testing at testing",
        "acme environment releases staging",
        "acme environment releases staging at main",
        "acme environment releases testing",
        "acme environment releases testing at testing",
      ].sort(),
    );
    const rulesets = things.filter((key) => key.startsWith("acme ruleset "));
    for (const ruleset of [
      "catalog release tags are immutable",
      "releases release tags are immutable",
      "releases release managers make the tags that are deployed",
      "releases branches change by reviewed pull requests",
    ]) {
      assert.ok(rulesets.includes(`acme ruleset ${ruleset}`), ruleset);
    }
    assert.equal(rulesets.length + guarded.length, things.length);
    const destroyed = bootstrap("github", "destroy", "--yes");
    assert.match(destroyed.stdout, /protected/);
  });

  it("makes the roles of an account, in that account alone", () => {
    const things = comesUp("testing");
    const roles = things.filter((key) => /^111111111111 role \S+$/.test(key)).sort();
    const of = ["deploy", "history", "images", "preview", "prune"];
    assert.deepEqual(
      roles.filter((key) => !key.includes("releases-publish-")),
      of.map((name) => `111111111111 role releases-${name}-testing`),
    );
    assert.ok(roles.includes("111111111111 role releases-publish-catalog"));
    assert.deepEqual(
      things.sort(),
      [
        "111111111111 oidc token.actions.githubusercontent.com",
        ...roles.flatMap((role) => [role, `${role} policy releases`]),
      ].sort(),
    );
  });

  it("says what is wrong before it makes anything, without a stack trace", () => {
    const before = project.things();
    project.edit("bootstrap/Pulumi.staging.yaml", "stateBucket: acme", "stateBucket: ACME");
    project.expect("--cwd", "bootstrap", "stack", "init", "staging");
    const { code, stdout } = bootstrap("staging", "up", "--yes");
    assert.notEqual(code, 0);
    assert.match(stdout, /bootstrap\/Pulumi\.staging\.yaml:1:1 invalid-bucket /);
    assert.doesNotMatch(stdout, /\n\s+at /);
    assert.deepEqual(project.things(), before);
  });
});
