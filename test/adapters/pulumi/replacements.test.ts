import assert from "node:assert/strict";
import { isReplaced, REPLACED_BY } from "../../../src/adapters/pulumi/replacements";
import { aws } from "../../../tools/sandbox/aws";
import { FORCED_REPLACEMENTS } from "../../../tools/sandbox/forced-replacements";
import { github } from "../../../tools/sandbox/github";
import { kubernetes } from "../../../tools/sandbox/kubernetes";
import * as bootstrap from "../../support/bootstrap";

/** Types that the bootstrap project alone declares: no change report predicts what happens to them. */
const BOOTSTRAP: readonly string[] = [
  bootstrap.ATTACHMENT,
  bootstrap.DEPLOYMENT_POLICY,
  bootstrap.ENVIRONMENT,
  bootstrap.OIDC_PROVIDER,
  bootstrap.ROLE,
  bootstrap.ROLE_POLICY,
  bootstrap.RULESET,
];

describe("the prediction of replacements", () => {
  const types = Object.keys(FORCED_REPLACEMENTS).filter((type) => !BOOTSTRAP.includes(type));

  it("has a row for each type of the program, and no other", () => {
    assert.deepEqual(Object.keys(REPLACED_BY).sort(), types.sort());
  });

  for (const type of types) {
    it(`is what the provider does to ${type}`, () => {
      const inputs = FORCED_REPLACEMENTS[type]?.inputs ?? assert.fail();
      assert.deepEqual([...(REPLACED_BY[type] ?? [])].sort(), inputs);
      for (const input of inputs) assert.equal(isReplaced(type, [input], {}, {}), true);
      assert.equal(isReplaced(type, ["tags"], {}, {}), false);
    });
  }
});

describe("the sandbox's table of forced replacements", () => {
  it("has a row for each type that the sandbox has, and no other", () => {
    const kinds = [aws(), kubernetes("."), github()].flatMap((standIn) =>
      Object.keys(standIn.kinds),
    );
    assert.deepEqual(Object.keys(FORCED_REPLACEMENTS), kinds.sort());
  });
});
