import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PROGRAM } from "../../src/app/open";
import { deployRole, historyRole, previewRole } from "../../src/core/stack/roles";

function parsed(file: string): unknown {
  return parse(fs.readFileSync(path.join(PROGRAM, file), "utf8"));
}

describe("the bootstrap project", () => {
  it("runs as the program does, one folder below", () => {
    const { runtime, main } = parsed("bootstrap/Pulumi.yaml") as Record<string, unknown>;
    const program = parsed("Pulumi.yaml") as { name: string; runtime: object; main: string };
    assert.equal(main, program.main);
    assert.deepEqual(
      runtime,
      JSON.parse(JSON.stringify(program.runtime).replace("./register.js", "../register.js")),
    );
  });
});

const PLACE = { account: "012345678901", region: "eu-west-1" };

describe("previewRole, historyRole and deployRole", () => {
  it("are found by stack and account, in every partition", () => {
    assert.deepEqual(previewRole("testing", PLACE), {
      name: "releases-preview-testing",
      arn: "arn:aws:iam::012345678901:role/releases-preview-testing",
    });
    assert.equal(
      historyRole("testing", PLACE).arn,
      "arn:aws:iam::012345678901:role/releases-history-testing",
    );
    assert.deepEqual(deployRole("testing", { ...PLACE, region: "us-gov-west-1" }), {
      name: "releases-deploy-testing",
      arn: "arn:aws-us-gov:iam::012345678901:role/releases-deploy-testing",
    });
  });
});
