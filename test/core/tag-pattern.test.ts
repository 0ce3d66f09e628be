import assert from "node:assert/strict";
import * as fc from "fast-check";
import * as patterns from "../../src/core/tag-pattern";
import { matchesReleaseTag, tagName } from "../../src/core/tag-pattern";
import { matchesTag } from "../support/tags";

describe("tagName", () => {
  const cases = [
    ["v{version}", "v1.2.3", "v1.2.3"],
    ["{version}", "v1.2.3", "1.2.3"],
    ["orders-{version}", "v1.2.3-rc.1", "orders-1.2.3-rc.1"],
    ["{version}-alpine", "v1", "1-alpine"],
  ] as const;
  for (const [pattern, version, expected] of cases) {
    it(`spells ${version} as ${expected} by ${pattern}`, () => {
      assert.equal(tagName(pattern, version), expected);
    });
  }
});

describe("matchesTag", () => {
  it("agrees with an expression for any pattern and tag", () => {
    const texts = (unit: string) => fc.string({ unit: fc.constantFrom(...unit), maxLength: 8 });
    fc.assert(
      fc.property(texts("ab.*"), texts("ab."), (mutable, tag) => {
        assert.equal(patterns.matchesTag(mutable, tag), matchesTag(mutable, tag));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("matchesReleaseTag", () => {
  const caught = [
    ["*", "v{version}"],
    ["v*", "v{version}"],
    ["v1.*", "v{version}"],
    ["v2*", "v{version}"],
    ["*.7", "v{version}"],
    ["*7", "v{version}"],
    ["*.*", "v{version}"],
    ["v*.2.*", "v{version}"],
    ["v1", "v{version}"],
    ["v10.20.30", "v{version}"],
    ["v1.2.3*", "v{version}"],
    ["v1*5", "v{version}"],
    ["**", "v{version}"],
    ["1*", "{version}"],
    ["7", "{version}"],
    ["*-daily", "{version}-daily"],
    ["*-alpine", "{version}-alpine"],
    ["release-*", "release-{version}"],
    ["rel*", "release-{version}"],
    ["*e-3.*", "release-{version}"],
    ["r2*4", "r2.{version}"],
  ] as const;
  for (const [mutable, pattern] of caught) {
    it(`catches ${mutable} where tags are ${pattern}`, () => {
      assert.equal(matchesReleaseTag(mutable, pattern), true);
    });
  }

  const spared = [
    ["*-daily", "v{version}"],
    ["*-test", "v{version}"],
    ["latest", "v{version}"],
    ["main", "v{version}"],
    ["sha256-*", "v{version}"],
    ["buildcache*", "v{version}"],
    ["v*-rc.1", "v{version}"],
    ["v1.2.3.4*", "v{version}"],
    ["*.*.*.*", "v{version}"],
    ["v", "v{version}"],
    ["v.*", "v{version}"],
    ["*.", "v{version}"],
    ["1*", "v{version}"],
    ["v*", "{version}"],
    ["latest", "{version}"],
    ["*-daily", "{version}-alpine"],
    ["v*", "release-{version}"],
    ["release", "release-{version}"],
    ["r3*", "r2.{version}"],
    ["r2", "r2.{version}"],
  ] as const;
  for (const [mutable, pattern] of spared) {
    it(`spares ${mutable} where tags are ${pattern}`, () => {
      assert.equal(matchesReleaseTag(mutable, pattern), false);
    });
  }

  const affix = fc.constantFrom("", "", "v", "r2.", "1-", "a.b_", "release-", "1", "0.0.");
  const tagPattern = fc.tuple(affix, affix).map(([a, b]) => `${a}{version}${b}`);
  const number = fc.oneof(fc.constantFrom("0", "1", "7", "12"), fc.nat().map(String));
  const release = fc.array(number, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."));

  it("catches whatever matches the tag of some release", () => {
    const cut = fc.tuple(fc.nat(20), fc.nat(20));
    fc.assert(
      fc.property(tagPattern, release, cut, cut, (pattern, version, first, second) => {
        // A tag in which up to two parts became a star is a pattern that matches the tag.
        const tag = tagName(pattern, `v${version}`);
        const mutable = starred(starred(tag, first), second);
        assert.ok(matchesTag(mutable, tag));
        assert.ok(matchesReleaseTag(mutable, pattern), `${mutable} catches ${tag}`);
      }),
      { numRuns: 1000 },
    );
  });

  it("agrees with a machine that knows all release tags", () => {
    const mutable = fc
      .array(fc.constantFrom("*", "v", "r", "e", "-", ".", "0", "1", "7", "2."), { maxLength: 7 })
      .map((parts) => parts.join(""))
      .filter((text) => text !== "" && text.split("*").length <= 3);
    fc.assert(
      fc.property(mutable, tagPattern, (text, pattern) => {
        assert.equal(matchesReleaseTag(text, pattern), oracle(text, pattern));
      }),
      { numRuns: 3000 },
    );
  });

  it("decides for long tags", () => {
    const long = Array.from({ length: 120 }, (_, at) => ((at * 7919) % 36).toString(36)).join("");
    assert.equal(matchesReleaseTag("*x*y", `${long}{version}`), false);
  });
});

function starred(text: string, [from, length]: readonly [number, number]): string {
  const start = from % (text.length + 1);
  const rest = text.slice(start);
  return text.slice(0, start) + "*" + rest.slice(length % (rest.length + 1)).replace(/^\*+/, "");
}

/**
 * Decides the same question from the definition: walks a pattern through the states of a machine that
 * reads exactly the tags of releases. A star goes to every state that can be reached from where it is.
 */
function oracle(mutable: string, tagPattern: string): boolean {
  const [before = "", after = ""] = tagPattern.split("{version}");
  const edges: { from: string; label: string; to: string }[] = [];
  const add = (from: string, label: string, to: string): void =>
    void edges.push({ from, label, to });
  [...before].forEach((label, at) => add(`before ${at}`, label, `before ${at + 1}`));
  const digits = [..."0123456789"];
  for (const part of [1, 2, 3]) {
    const start = part === 1 ? `before ${before.length}` : `dot ${part}`;
    for (const digit of digits) {
      add(start, digit, `number ${part}`);
      add(`number ${part}`, digit, `number ${part}`);
    }
    if (part < 3) add(`number ${part}`, ".", `dot ${part + 1}`);
    const [first, ...rest] = after;
    if (first !== undefined) add(`number ${part}`, first, "after 1");
    rest.forEach((label, at) => add(`after ${at + 1}`, label, `after ${at + 2}`));
  }
  const ends = after === "" ? ["number 1", "number 2", "number 3"] : [`after ${after.length}`];

  let states = new Set(["before 0"]);
  for (const character of mutable) {
    if (character === "*") {
      for (const state of states) {
        for (const { from, to } of edges) if (from === state) states.add(to);
      }
    } else {
      const taken = edges.filter(({ from, label }) => states.has(from) && label === character);
      states = new Set(taken.map(({ to }) => to));
    }
  }
  return ends.some((end) => states.has(end));
}
