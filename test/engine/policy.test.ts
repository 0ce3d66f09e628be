import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { RULES } from "../../policy/rules";
import { findPulumi } from "../../src/adapters/find-tool";
import { openAcme } from "../support/project";

const cli = findPulumi();
const PACK = ["--policy-pack", path.join(PROGRAM, "policy")];

const PROGRAM_OF_VIOLATIONS = path.join(PROGRAM, "test/policy/violations.js");

/** The rules that a preview says are broken. */
function brokenIn(stdout: string): string[] {
  return RULES.filter(({ name }) => stdout.includes(`[mandatory]  ${name} `)).map(
    ({ name }) => name,
  );
}

describe("the policy pack under the real engine", function () {
  if (cli === undefined) {
    it("is skipped: there is no Pulumi CLI in PATH, ~/.pulumi/bin or ~/.pulumi/versions", function () {
      this.skip();
    });
    return;
  }

  it("finds nothing in what the program declares", async () => {
    const project = await openAcme(cli);
    try {
      for (const stack of ["testing", "staging", "production"]) {
        project.expect("stack", "init", stack);
        const { code, stdout } = project.pulumi("preview", "--stack", stack, ...PACK);
        assert.equal(code, 0, stdout);
      }
    } finally {
      project.dispose();
    }
  });

  for (const { name } of RULES) {
    it(`refuses what breaks ${name}, and names no other rule`, async () => {
      const project = await openAcme(cli, { environment: { VIOLATE: name } });
      try {
        project.replaceProgram({ "index.ts": fs.readFileSync(PROGRAM_OF_VIOLATIONS, "utf8") });
        // Its environment decides, not its name (attack: production-eu has no rules).
        const stack = "production-eu";
        project.write(`Pulumi.${stack}.yaml`, "config:\n  releases:environment: production\n");
        project.expect("stack", "init", stack);
        const { code, stdout } = project.pulumi("preview", "--stack", stack, ...PACK);
        assert.notEqual(code, 0);
        assert.deepEqual(brokenIn(stdout), [name], stdout);
      } finally {
        project.dispose();
      }
    });
  }

  it("lets nothing through an up that goes on with other services when one fails", async () => {
    const project = await openAcme(cli, { environment: { VIOLATE: "protected-releases" } });
    try {
      project.replaceProgram({ "index.ts": fs.readFileSync(PROGRAM_OF_VIOLATIONS, "utf8") });
      project.write("Pulumi.production.yaml", "config: {}\n");
      project.expect("stack", "init", "production");
      const up = ["up", "--yes", "--continue-on-error", "--stack", "production", ...PACK];
      const { code, stdout } = project.pulumi(...up);
      assert.notEqual(code, 0);
      assert.deepEqual(brokenIn(stdout), ["protected-releases"], stdout);
      const state = project.expect("stack", "export", "--stack", "production");
      const { deployment } = JSON.parse(state) as { deployment: { resources?: unknown[] } };
      assert.deepEqual(deployment.resources ?? [], []);
    } finally {
      project.dispose();
    }
  });

  it("asks the environment that the stack's config names, and passes nothing where it isn't known", async () => {
    const project = await openAcme(cli, { environment: { VIOLATE: "protected-releases" } });
    try {
      project.replaceProgram({ "index.ts": fs.readFileSync(PROGRAM_OF_VIOLATIONS, "utf8") });
      for (const [stack, environment, expected] of [
        ["production", "testing", 0],
        ["testing", "nowhere", 1],
      ] as const) {
        project.write(`Pulumi.${stack}.yaml`, `config:\n  releases:environment: ${environment}\n`);
        project.expect("stack", "init", stack);
        const { code, stdout, stderr } = project.pulumi("preview", "--stack", stack, ...PACK);
        assert.equal(code, expected, stdout + stderr);
        if (expected !== 0) {
          assert.match(
            stdout + stderr,
            /releases:environment is "nowhere", which isn't in environments\.yaml/,
          );
          assert.doesNotMatch(stdout + stderr, /\n\s+at /);
        }
      }
    } finally {
      project.dispose();
    }
  });
});
