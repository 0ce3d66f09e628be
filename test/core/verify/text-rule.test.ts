import assert from "node:assert/strict";
import { parseTextRule } from "../../../src/core/verify/text-rule";

function matching(rule: string, ...values: readonly string[]): boolean[] {
  const parsed = parseTextRule(rule);
  assert.ok("matches" in parsed, "problem" in parsed ? parsed.problem : "");
  return values.map((value) => parsed.matches(value));
}

function problemOf(rule: string): string | undefined {
  const parsed = parseTextRule(rule);
  return "problem" in parsed ? parsed.problem : undefined;
}

describe("parseTextRule", () => {
  it("takes an exact text as no more than itself", () => {
    const exact = "https://github.com/acme/orders/.github/workflows/release.yml@refs/heads/main";
    assert.deepEqual(
      matching(exact, exact, `${exact}2`, exact.slice(0, -1), `x${exact}`, exact.toUpperCase()),
      [true, false, false, false, false],
    );
  });

  it("takes a dot of an exact text as a dot", () => {
    assert.deepEqual(matching("release.yml", "release.yml", "releaseXyml"), [true, false]);
  });

  it("matches all of a value by a pattern", () => {
    const rule = String.raw`^refs/tags/v\d+$`;
    assert.deepEqual(
      matching(rule, "refs/tags/v1", "refs/tags/v1x", "xrefs/tags/v1", "refs/tags/v1\nx"),
      [true, false, false, false],
    );
  });

  it("anchors each alternative of a pattern", () => {
    const rule = "^refs/heads/main|refs/heads/next$";
    assert.deepEqual(
      matching(
        rule,
        "refs/heads/main",
        "refs/heads/next",
        "refs/heads/mainly",
        "x/refs/heads/next",
      ),
      [true, true, false, false],
    );
  });

  const REFUSED: Readonly<Record<string, RegExp>> = {
    "": /^empty/,
    "^refs/tags/v": /isn't anchored at both ends/,
    "refs/tags/v1$": /isn't anchored at both ends/,
    [String.raw`^refs/tags/v\$`]: /isn't anchored at both ends/,
    "refs/tags/*": /^neither;/,
    "refs/(heads|tags)/v1": /^neither;/,
    [String.raw`github\.com`]: /^neither;/,
    "^https://github.com/acme/.*$": /any character/,
    "^.*$": /matches anybody's/,
    "^$": /matches anybody's/,
    "^https://.*$": /matches anybody's/,
    "^.+@.+$": /matches anybody's/,
    [String.raw`^.*/release\.yml$`]: /matches anybody's/,
    [String.raw`^https://github\.com/.*$`]: /matches anybody's/,
    [String.raw`^https://token\.actions\.githubusercontent\.com.*$`]: /matches anybody's/,
    "release@acme.example\n": /an empty line at an end/,
    " release@acme.example": /a space or/,
    "^(?i:main)$": /not a regular expression/,
    "^[$": /not a regular expression/,
    "^a{2,1}$": /not a regular expression/,
  };

  for (const [rule, problem] of Object.entries(REFUSED)) {
    it(`refuses "${rule}"`, () => {
      assert.match(problemOf(rule) ?? "", problem);
    });
  }

  it("lets a dot that repeats, an escaped one and one of a class pass", () => {
    assert.equal(
      problemOf(String.raw`^https://github\.com/acme/.+@refs/tags/v[0-9.]+$`),
      undefined,
    );
  });
});
