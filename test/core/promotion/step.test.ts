import assert from "node:assert/strict";
import { stepBetween, type Step } from "../../../src/core/promotion/step";
import { Commit, Version } from "../../../src/core/version";

const STEPS: [from: string, to: string, step: Step][] = [
  ["v1.2.3", "v2.0.0", "major"],
  ["v1.2.3", "v2.0.0-rc.1", "major"],
  ["v1.2.3", "v1.3.0", "minor"],
  ["v1.2.3", "v1.3.0-rc.1", "minor"],
  ["v1.2.3", "v1.2.4", "patch"],
  ["v1.2", "v1.2.1", "patch"],
  ["v1.2.3-rc.1", "v1.2.3", "patch"],
  ["v2.0.0-rc.1", "v2.0.0", "major"],
  ["v1.2.3-rc.1", "v1.2.3-rc.2", "prerelease"],
  ["v1.2.3", "v1.2.3", "none"],
  ["v1.2", "v1.2.0", "none"],
  ["v1.2.3", "v1.2.2", "downgrade"],
  ["v1.12.2", "v1.12.2-ce60d74", "unordered"],
  ["v1.12.2-ce60d74", "v1.12.2", "unordered"],
  ["v1.12.2-ce60d74", "v1.12.2-0a1b2c3", "unordered"],
  ["v1.12.2-ce60d74", "v1.12.2-ce60d74", "none"],
  ["v1.12.2-ce60d74", "v1.12.3-0a1b2c3", "patch"],
  ["v1.12.3-ce60d74", "v1.12.2", "downgrade"],
  ["v1.2.3-20261120", "v1.2.3-20261121", "prerelease"],
];

function version(text: string): Version {
  const parsed = Version.parse(text);
  assert.ok(parsed);
  return parsed;
}

describe("stepBetween", () => {
  for (const [from, to, step] of STEPS) {
    it(`calls ${from} -> ${to} ${step}`, () => {
      assert.equal(stepBetween(version(from), version(to)), step);
    });
  }

  it("has no order for commits, nor for what runs for the first time", () => {
    const commit = new Commit("c".repeat(40));
    assert.equal(stepBetween(commit, version("v1.2.3")), "unordered");
    assert.equal(stepBetween(version("v1.2.3"), commit), "unordered");
    assert.equal(stepBetween(undefined, version("v1.2.3")), "unordered");
  });
});
