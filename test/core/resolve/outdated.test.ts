import assert from "node:assert/strict";
import { isRange, Version } from "../../../src/core/version";
import { wideningOf } from "../../../src/core/resolve/outdated";

describe("a widened range", () => {
  for (const [range, version, expected] of [
    ["^1.2", "v2.0.3", "^1.2 || ^2.0"],
    ["~1.2", "v1.3.1", "~1.2 || ~1.3"],
    [">=1 <2", "v2.1.0", ">=1 <2 || ^2.1"],
    ["^0.3", "v0.4.0", "^0.3 || ^0.4"],
    ["^0.0.3", "v0.0.7", "^0.0.3 || ^0.0"],
    ["^1.2", "v2.0.0-rc.2", "^1.2 || ^2.0.0-rc.2"],
    ["~1.2", "v1.3.0-ce60d74", "~1.2 || ~1.3"],
    ["1.2 - 1.9", "v3.0.0", "1.2 - 1.9 || ^3.0"],
  ] as const) {
    it(`${range} takes ${version} as ${expected}`, () => {
      const one = Version.of(version);
      const found = wideningOf(range, { version: one, isPrerelease: one.isPrerelease });
      assert.deepEqual(found, { from: range, to: expected });
      assert.ok(isRange(expected));
      assert.ok(one.isChosenBy(expected));
    });
  }

  it("is none where no range takes a version", () => {
    // GitHub marks it as a pre-release, and its name says nothing of it.
    const marked = { version: Version.of("v2.0.0"), isPrerelease: true };
    assert.equal(wideningOf("^1.2", marked), null);
    // What is beside "any version" doesn't count.
    const candidate = { version: Version.of("v2.0.0-rc.2"), isPrerelease: true };
    assert.equal(wideningOf("*", candidate), null);
  });
});
