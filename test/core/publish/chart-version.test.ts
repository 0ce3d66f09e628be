import assert from "node:assert/strict";
import {
  chartTag,
  chartVersions,
  isPublished,
  nextChartVersion,
} from "../../../src/core/publish/chart-version";

describe("nextChartVersion", () => {
  const CASES: readonly [string, readonly string[], string][] = [
    ["0.3.0", [], "0.3.0"],
    ["0.3.0", ["0.2.9"], "0.3.0"],
    ["0.3.0", ["0.3.0"], "0.3.1"],
    ["0.3.0", ["0.9.0", "0.10.0"], "0.10.1"],
    ["0.3.0", ["sha256-0123", "latest", "0.3.4"], "0.3.5"],
    ["v0.3.0", ["v0.3.0"], "v0.3.1"],
    ["0.3.0", ["v0.3.0"], "0.3.1"],
    ["1.0.0-rc.1", ["0.9.9"], "1.0.0-rc.1"],
    // Nobody has said that 1.0.0 is final.
    ["1.0.0-rc.1", ["1.0.0-rc.1"], "1.0.0-rc.2"],
    ["1.0.0", ["1.0.0-rc.2"], "1.0.0"],
    ["1.0.0", ["1.0.0_build.1"], "1.0.1"],
    ["1.0.0", ["9007199254740990.0.0"], "9007199254740990.0.1"],
  ];
  for (const [own, tags, next] of CASES) {
    it(`is ${next} of ${own} after ${tags.join(", ") || "nothing"}`, () => {
      assert.equal(nextChartVersion(own, tags), next);
      assert.equal(isPublished(next, tags), false);
    });
  }
});

describe("chart versions", () => {
  it("are the tags that spell one, the newest first", () => {
    assert.deepEqual(chartVersions(["1.9.0", "v1.10.0", "main", "1.10.0-rc.1", "1.2"]), [
      "v1.10.0",
      "1.10.0-rc.1",
      "1.9.0",
    ]);
  });

  it("are published in whichever spelling", () => {
    assert.equal(chartTag("1.0.0+b.1"), "1.0.0_b.1");
    assert.equal(isPublished("1.0.0+b.1", ["v1.0.0_b.1"]), true);
    assert.equal(isPublished("1.0.0", ["1.0.0_b.1"]), false);
  });
});
