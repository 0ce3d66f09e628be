import assert from "node:assert/strict";
import { compareText } from "../../src/core/compare-text";

describe("compareText", () => {
  it("orders by code unit, in every locale", () => {
    const texts = ["", "B", "_", "a", "aa", "b", "ä"];
    assert.deepEqual([...texts].reverse().sort(compareText), texts);
    assert.equal(compareText("a", "a"), 0);
  });
});
