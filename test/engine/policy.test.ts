import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { RULES } from "../../policy/rules";
import { findPulumi } from "../../src/adapters/find-tool";
import { openAcme } from "../support/project";

const cli = findPulumi();
const PACK = ["--policy-pack", path.join(PROGRAM, "policy")];

describe("the policy pack under the real engine", function () {
  this.timeout(120_000);
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
        const program = path.join(PROGRAM, "test/policy/violations.js");
        project.replaceProgram({ "index.ts": fs.readFileSync(program, "utf8") });
        project.expect("stack", "init", "production");
        const { code, stdout } = project.pulumi("preview", "--stack", "production", ...PACK);
        assert.notEqual(code, 0);
        const broken = RULES.filter((rule) => stdout.includes(`[mandatory]  ${rule.name} `));
        assert.deepEqual(
          broken.map((rule) => rule.name),
          [name],
          stdout,
        );
      } finally {
        project.dispose();
      }
    });
  }
});
