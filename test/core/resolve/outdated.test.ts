import assert from "node:assert/strict";
import { isRange, Version } from "../../../src/core/version";
import { widened } from "../../../src/core/resolve/outdated";

describe("a widened range", () => {
  for (const [range, version, expected] of [
    ["^1.2", "v2.0.3", "^1.2 || ^2.0"],
    ["~1.2", "v1.3.1", "~1.2 || ~1.3"],
    [">=1 <2", "v2.1.0", ">=1 <2 || ^2.1"],
    ["^0.3", "v0.4.0", "^0.3 || ^0.4"],
  ] as const) {
    it(`${range} takes ${version} as ${expected}`, () => {
      const found = widened(range, Version.of(version));
      assert.equal(found, expected);
      assert.ok(isRange(found));
      assert.ok(Version.of(version).isChosenBy(found));
    });
  }
});
