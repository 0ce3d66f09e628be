import assert from "node:assert/strict";
import { expectedRange, otherReading } from "../../src/core/range-advice";
import { isRange } from "../../src/core/version";

describe("a range that isn't one", () => {
  for (const [text, repaired] of [
    [">=1.2, <2", ">=1.2 <2"],
    ["1.1-3", "1.1 - 3"],
    ["~1.1-alpha", "~1.1.0-alpha"],
    ["=>1.2", ">=1.2"],
    ["=<1.2", "<=1.2"],
    ["newest", undefined],
    ["!=1.2", undefined],
    [">=1.1, <2, !=1.2.3", undefined],
  ] as const) {
    it(`${text} is said to be ${repaired ?? "no range"}`, () => {
      assert.equal(isRange(text), false);
      const said = expectedRange(text);
      const [, spelled] = /: ("[^"]*")$/.exec(said) ?? [];
      assert.equal(spelled, repaired === undefined ? undefined : JSON.stringify(repaired), said);
      if (text.includes("!=")) assert.match(said, /"!=" isn't in it/);
    });
  }
});

describe("a range that others read differently", () => {
  for (const [range, said] of [
    [">=1.0.0-0 <=2.0.0", /pre-release/],
    ["^1.1.2-alpha", /pre-release/],
    ["^1.2.x-alpha", /pre-release/],
    ["~0.0.0", /~0\.0\.0/],
    ["~>v0.0.0", /~0\.0\.0/],
    ["^*", /operator/],
    [">x", /operator/],
    ["x - 2", /operator/],
    ["||", /nothing beside/],
    ["^1.2 ||", /nothing beside/],
    ["|| ^1.2", /nothing beside/],
    ["^1 ||  || ^2", /nothing beside/],
    ["^=1.2", /several operators/],
    ["< =2", /several operators/],
    [">==2", /several operators/],
    ["=1.0 - 2.0", /several operators/],
  ] as const) {
    it(range, () => {
      assert.ok(isRange(range));
      assert.match(otherReading(range) ?? "", said);
    });
  }

  for (const range of [
    "^1.2",
    "1.x",
    "*",
    "~*",
    ">=1.2 <2 || 3.x",
    "1.2 - 2",
    "=1.2 || ~>2",
    ">= 1.2 < 2 || =3",
    "~0.0.1",
    "v1.2.3",
  ]) {
    it(`isn't ${range}`, () => assert.equal(otherReading(range), undefined));
  }
});
