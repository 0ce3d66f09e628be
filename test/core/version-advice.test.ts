import assert from "node:assert/strict";
import { parsePin, Tag, Version } from "../../src/core/version";
import { expectedPin } from "../../src/core/version-advice";
import { digestOf } from "../support/model";

const DIGEST = digestOf("a");

/**
 * Tags of images that people run, and the way each of them has: as a release by `v` and `tags.image`, or by
 * its own tag and digest. The others name no version, and their bytes alone say what runs.
 */
const REAL_TAGS: Readonly<Record<"release" | "own tag" | "moving", string>> = {
  release:
    "v1.17.1 1.27.3 1.27.3-alpine 16.4 17 7.4.1 7.4.1-alpine 8.0.39 3.9.1 v2.54.1 v0.27.0 11.3.0 v3.1.2 " +
    "2.12.0 v1.31.2 v1.16.3 3.6.1 1.36.1 v0.79.2 v2.14.0 10.10.3 1.41.3 v0.15.2 2.19.4 v0.28.1 1.21.4 " +
    "26.0.5 0.107.54 v2.9.0 v1.12.2-ce60d74 3.20.3 v0.9-beta 1.32.0 2.4.62 v1.122.1 24.10.0 2024.12.1 " +
    "v1.9.1-eksbuild.2 v1.30.4-k3s1 2.17.1 1.5.3-php8.3 20-alpine 3.12.8-slim-bookworm " +
    "5.0.3-r01 2024-12-16T08-45",
  "own tag":
    "2024.07.0 2022.04.1 2024.01.05 4.0.19.3001 5.14.0.9383 1.41.2.9200-c6bbc1b53 version-1.2.3 sha-c0ffee0 " +
    "RELEASE.2024-11-07T00-52-20Z v4.0.11.2680-ls261 1.28.2.4885 24.04 20.04 b4382 " +
    "2.1.0_p1 1.2.3.4 v1.02.3 main-3f2c1d0 0.10-daily.20241121.01 develop-7.9.8.3001 " +
    "1.25rc1 2025.2.0b3-1 4.6.1.5",
  moving: "latest stable noble bookworm-slim alpine main",
};

/** Returns the way that a tag has. */
function wayOf(tag: string): keyof typeof REAL_TAGS {
  if (Version.parse(tag) ?? Version.parse(`v${tag}`)) return "release";
  const pin = parsePin(`${tag}@${DIGEST}`);
  assert.ok(typeof pin === "object" && pin.version instanceof Tag);
  return /\d/.test(tag) ? "own tag" : "moving";
}

describe("tags of images that people run", () => {
  const all = Object.entries(REAL_TAGS).flatMap(([way, tags]) =>
    tags.split(" ").map((tag) => [tag, way] as const),
  );

  it("are 74", () => {
    assert.equal(new Set(all.map(([tag]) => tag)).size, 74);
  });

  for (const [tag, way] of all) {
    it(`${tag}: ${way}`, () => {
      assert.equal(wayOf(tag), way);
      for (const text of [tag, `${tag}@${DIGEST}`]) {
        const pin = parsePin(text);
        if (typeof pin === "object") continue;
        const expected = expectedPin(text, pin);
        // Who writes what it says is understood.
        const quoted = /"(v\d[^"]*)"/.exec(expected)?.[1];
        if (way === "release") assert.equal(quoted, `v${tag}`);
        if (way === "own tag" && !tag.startsWith("v")) {
          assert.ok(expected.includes(`"${tag}@sha256:<64 hex digits>"`), expected);
        }
        if (way === "own tag") assert.ok(expected.includes("@sha256:<64 hex digits>"), expected);
        if (way === "moving")
          assert.match(expected, /a release such as "v1\.2\.3"|, as (latest|main) moves$/);
      }
    });
  }
});

describe("the refusal of a version", () => {
  const cases: readonly [text: string, says: string][] = [
    ["", 'a release such as "v1.2.3", or with its digest "v1.2.3@sha256:<64 hex digits>"'],
    [
      "1.2.3",
      'a v in front: "v1.2.3", with tags.image: "{version}" where the image\'s tag has none',
    ],
    [
      "V1.2.3",
      'a small v in front: "v1.2.3", or the image\'s own tag with its digest, "<tag>@sha256:<64 hex digits>"',
    ],
    ["v1.2.3+b7", 'no "+", which a registry\'s tag can\'t hold: "v1.2.3-b7"'],
    ["v1.2.3 ", 'letters, digits, "." and "-" alone, without " "'],
    ["v1.2.3/x", 'letters, digits, "." and "-" alone, without "/"'],
    [
      "v1..2",
      'a number on each side of a dot in "1..2", or the image\'s own tag with its digest, "<tag>@sha256:<64 hex digits>"',
    ],
    [
      "v1.2.3-0123",
      'no leading zero in the number "0123" of the suffix: "v1.2.3-123", or the image\'s own tag with its digest, "<tag>@sha256:<64 hex digits>"',
    ],
    [
      "v1.2.3-a..b",
      'no empty part in the suffix "a..b", or the image\'s own tag with its digest, "<tag>@sha256:<64 hex digits>"',
    ],
    [
      "v1.2.3rc1",
      'a dash in front of "rc1": "v1.2.3-rc1", or the image\'s own tag with its digest, "<tag>@sha256:<64 hex digits>"',
    ],
    [`v1.2.3-${"a".repeat(130)}`, "at most 128 characters, as a registry's tag has"],
    [
      "c0ffee0",
      'a commit of 40 hex digits with its digest, "<40 hex digits>@sha256:<64 hex digits>", or the image\'s own tag with its digest, "c0ffee0@sha256:<64 hex digits>"',
    ],
    ["v1.2.3@sha256:abc", '"sha256:" and 64 hex digits in lower case after the @'],
    [DIGEST, 'a version in front of the digest, "v1.2.3@sha256:<64 hex digits>"'],
    [`v1.2.3@${DIGEST}@${DIGEST}`, 'one "@", between a version and its digest'],
    ["latest", '"latest@sha256:<64 hex digits>", as latest moves'],
  ];
  for (const [text, says] of cases) {
    it(`says which part of ${JSON.stringify(text.slice(0, 30))} is wrong`, () => {
      const problem = parsePin(text);
      assert.ok(typeof problem === "string");
      assert.equal(expectedPin(text, problem), says);
    });
  }
});
