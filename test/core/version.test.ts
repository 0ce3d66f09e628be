import assert from "node:assert/strict";
import {
  Commit,
  formatPin,
  isChartVersion,
  isCommit,
  isDigest,
  isRange,
  parseChartPin,
  parsePin,
  Version,
} from "../../src/core/version";
import { DIGEST } from "../support/model";

const COMMIT = "8ccf84aa1a9106d57e472103cd0a8e2cee6c730d";

describe("Version.parse", () => {
  const valid = [
    ["v1", "one number"],
    ["v1.2", "two numbers"],
    ["v1.2.3", "three numbers"],
    ["v0", "a zero"],
    ["v0.0.0", "zeros"],
    ["v10.20.30", "several digits"],
    ["v1.2.3-rc.1", "a pre-release"],
    ["v1.2.3-abc.123", "a suffix of two parts"],
    ["v1.2.3-ABC-def", "capitals and dashes in the suffix"],
    ["v1.2.3--", "a suffix that is a dash"],
    ["v1.2.3-0", "a suffix that is zero"],
    ["v1.2.3-01a", "a suffix with a leading zero that is no number"],
    ["v1.12.2-ce60d74", "a commit as the suffix"],
    ["v0.9-beta", "a suffix behind two numbers"],
    ["v1-beta", "a suffix behind one number"],
    ["v99999999999999999999.0.9007199254740993", "numbers that JavaScript can't count to"],
    [`v1.2.3-${"a".repeat(121)}`, "128 characters"],
  ] as const;
  for (const [text, what] of valid) {
    it(`takes ${what} and prints it as it was written: ${text.slice(0, 30)}`, () => {
      assert.equal(Version.of(text).text, text);
      assert.equal(`${Version.of(text).toString()}`, text);
    });
  }

  const invalid = [
    ["", "nothing"],
    ["v", "a lone v"],
    ["1.2.3", "no v"],
    ["V1.2.3", "a capital V"],
    ["vv1.2.3", "two v"],
    ["v1.", "a dot at the end"],
    ["v.1", "a dot at the start"],
    ["v1..2", "two dots"],
    ["v1.2.3.4", "four numbers"],
    ["v1.2.x", "a wildcard"],
    ["v1.2.3-", "an empty suffix"],
    ["v1.2.3-.a", "an empty first part of the suffix"],
    ["v1.2.3-a.", "an empty last part of the suffix"],
    ["v1.2.3-a..b", "an empty part in the suffix"],
    ["v1.2.3+build", "build metadata"],
    ["v1.2.3-rc.1+build", "build metadata behind a suffix"],
    ["v10.20.30-ABC_ok.123-xyz", "an underscore"],
    ["v1.2.3-a/b", "a slash"],
    ["v1.2.3-ä", "a letter outside of ASCII"],
    ["v１.2.3", "a digit outside of ASCII"],
    ["v01.2.3", "a leading zero in major"],
    ["v1.02.3", "a leading zero in minor"],
    ["v1.2.03", "a leading zero in patch"],
    ["v1.2.3-0123", "a suffix that is a number with a leading zero"],
    ["v-1.2.3", "a negative number"],
    [" v1.2.3", "a space before"],
    ["v1.2.3 ", "a space behind"],
    ["v1.2.3\n", "a line break behind"],
    ["v1.2.3\nv1.2.3", "two lines"],
    ["latest", "a moving tag"],
    ["main", "a branch"],
    ["^1.2.3", "a range"],
    [`v1.2.3-${"a".repeat(122)}`, "129 characters, which no registry takes as a tag"],
  ] as const;
  for (const [text, what] of invalid) {
    it(`refuses ${what}: ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.equal(Version.parse(text), undefined);
    });
  }
});

describe("Version.compare", () => {
  it("orders by semver's precedence", () => {
    const ascending = [
      "v0.9-alpha",
      "v0.9",
      "v0.10",
      "v1.0.0-1",
      "v1.0.0-2",
      "v1.0.0-10",
      "v1.0.0-alpha",
      "v1.0.0-alpha.1",
      "v1.0.0-beta",
      "v1.0.0-beta.9007199254740992",
      "v1.0.0-beta.9007199254740993",
      "v1.0.0-beta.100000000000000000000",
      "v1",
      "v1.0.1",
      "v1.2",
      "v1.10",
      "v1.12.2-rc.1",
      "v1.12.2",
      "v2",
      "v9007199254740992",
      "v9007199254740993-rc.1",
      "v9007199254740993",
      "v99999999999999999999.0.0",
      "v100000000000000000000",
    ].map((text) => Version.of(text));
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries()) {
        assert.equal(Math.sign(a.compare(b)), Math.sign(i - j), `${a.text} and ${b.text}`);
      }
    }
  });

  it("takes a missing minor or patch for 0", () => {
    assert.equal(Version.of("v1").compare(Version.of("v1.0.0")), 0);
    assert.equal(Version.of("v1.2").compare(Version.of("v1.2.0")), 0);
    assert.equal(Version.of("v1-rc.1").compare(Version.of("v1.0.0-rc.1")), 0);
  });
});

describe("Version.isPrerelease", () => {
  it("is true of every suffix", () => {
    assert.equal(Version.of("v1.2.3-rc.1").isPrerelease, true);
    assert.equal(Version.of("v0.9-beta").isPrerelease, true);
    assert.equal(Version.of("v1.2.3-20261121").isPrerelease, true);
    assert.equal(Version.of("v1.2.3-defaced").isPrerelease, true);
    assert.equal(Version.of("v1.2.3-rc.ce60d74").isPrerelease, true);
    assert.equal(Version.of("v1.2.3-0").isPrerelease, true);
  });

  it("is false of a final release, however short", () => {
    assert.equal(Version.of("v1.2.3").isPrerelease, false);
    assert.equal(Version.of("v1.2").isPrerelease, false);
    assert.equal(Version.of("v0").isPrerelease, false);
    assert.equal(Version.of("v1.12.2-ce60d74").isPrerelease, false);
  });
});

describe("Version.release", () => {
  it("is what a pre-release is a candidate of", () => {
    assert.equal(Version.of("v1.1.3-rc.2").release.text, "v1.1.3");
    assert.equal(Version.of("v0.9-beta").release.text, "v0.9");
    assert.equal(Version.of("v1.1.3").release.text, "v1.1.3");
    assert.equal(Version.of("v1.12.2-ce60d74").release.text, "v1.12.2-ce60d74");
  });
});

describe("Version.nextPatch", () => {
  const cases = [
    ["v1.2.3", "v1.2.4"],
    ["v1.2.9", "v1.2.10"],
    ["v1.2", "v1.2.1"],
    ["v1", "v1.0.1"],
    ["v1.2.3-rc.1", "v1.2.3"],
    ["v1.2.9007199254740993", "v1.2.9007199254740994"],
  ] as const;
  for (const [text, expected] of cases) {
    it(`is ${expected} after ${text}`, () => {
      assert.equal(Version.of(text).nextPatch().text, expected);
    });
  }
});

describe("Version.stepTo", () => {
  const cases = [
    ["v1.2.3", "v2.0.0", "major"],
    ["v1.2.3", "v1.3.0", "minor"],
    ["v1.2.3", "v1.2.4", "patch"],
    ["v1", "v1.1", "minor"],
    ["v1.2.3", "v2.0.0-rc.1", "major"],
    ["v1.2.3", "v1.3.0-rc.1", "minor"],
    ["v1.2.3", "v1.2.4-rc.1", "patch"],
    ["v1.2.4-rc.1", "v1.2.4-rc.2", "prerelease"],
    ["v2.0.0-rc.1", "v2.0.0", "major"],
    ["v1.3.0-rc.1", "v1.3.0", "minor"],
    ["v1.3.1-rc.1", "v1.3.1", "patch"],
    ["v9007199254740992.0.0", "v9007199254740993.0.0", "major"],
  ] as const;
  for (const [from, to, expected] of cases) {
    it(`is ${expected} from ${from} to ${to}`, () => {
      assert.equal(Version.of(from).stepTo(Version.of(to)), expected);
    });
  }

  it("throws where there is no step, which is for the caller to know", () => {
    assert.throws(() => Version.of("v1.2").stepTo(Version.of("v1.2.0")), {
      message: "v1.2.0 isn't later than v1.2",
    });
  });
});

describe("Version.satisfies", () => {
  const cases = [
    ["v1.2.3", "^1.2", true],
    ["v1.1.9", "^1.2", false],
    ["v2.0.0", "^1.2", false],
    ["v0.5.3", ">=0.5", true],
    ["v0.4.9", ">=0.5", false],
    ["v1", "1.x", true],
    ["v1.2", "1.2.0", true],
    ["v1.2.3-rc.1", ">=1.2", true],
    ["v1.3.0-rc.1", "^1.2", true],
    ["v1.2.0-rc.1", ">=1.2.0", false],
    ["v2.0.0-rc.1", "^1.2", false],
    ["v1.2.3", "newest", false],
    ["v1.12.2-ce60d74", ">=1.12.2", true],
    ["v1.12.2-ce60d74", "^1.12", true],
    ["v1.12-ce60d74", "1.12.0", true],
    ["v1.12.2-ce60d74", "1.12.2", true],
    ["v1.12.2-ce60d74", "1.12.2-ce60d74", true],
    ["v1.12.2-ce60d74", "1.12.2-1f00baa", false],
    ["v1.12.2-ce60d74", ">1.12.2", false],
    ["v1.12.2-ce60d74", "<1.12.2", false],
    ["v1.12.2-ce60d74", "^1.13", false],
    ["v1.12.2-ce60d74", "newest", false],
  ] as const;
  for (const [text, range, expected] of cases) {
    it(`says that ${text} ${expected ? "is" : "isn't"} in ${range}`, () => {
      assert.equal(Version.of(text).satisfies(range), expected);
    });
  }
});

describe("isRange", () => {
  const valid = ["^1.2", ">=0.5", "~1.2.3", "1.x", "*", "1 || 2", "1.2 - 1.4", ">=1 <2", "v1.2"];
  for (const text of valid) it(`takes ${text}`, () => assert.equal(isRange(text), true));

  // An empty range is "any version" to semver; here it is more likely a forgotten one.
  const invalid = ["", " ", "\n", "newest", ">=", "1.2.3.4", "^", "1.2.3-", "[1,2)"];
  for (const text of invalid) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(isRange(text), false));
  }
});

describe("isChartVersion", () => {
  const valid = [
    "1.4.0",
    "0.0.1",
    "1.4.0-rc.10",
    "1.4.0+build.70",
    "1.4.0-rc.1+build.7",
    "v1.17.1",
  ];
  for (const text of valid) it(`takes ${text}`, () => assert.equal(isChartVersion(text), true));

  const invalid = [
    "",
    "1",
    "1.4",
    "v1.4",
    "vv1.4.0",
    "V1.4.0",
    "^1.4.0",
    "1.4.x",
    "latest",
    "01.4.0",
    "1.4.0-01",
    "1.4.0-",
    "1.4.0+",
    "1.4.0-a..b",
    " 1.4.0",
    "1.4.0 ",
    "=1.4.0",
    "1.4.0\n",
  ];
  for (const text of invalid) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(isChartVersion(text), false));
  }
});

describe("isCommit", () => {
  it("takes 40 hex digits in lower case, and nothing else", () => {
    assert.equal(isCommit(COMMIT), true);
    for (const text of ["", COMMIT.slice(1), `${COMMIT}0`, COMMIT.toUpperCase(), "g".repeat(40)]) {
      assert.equal(isCommit(text), false, text);
    }
  });
});

describe("isDigest", () => {
  it("takes sha256: and 64 hex digits in lower case, and nothing else", () => {
    assert.equal(isDigest(DIGEST), true);
    const invalid = [
      "",
      DIGEST.slice(0, -1),
      `${DIGEST}0`,
      DIGEST.toUpperCase(),
      DIGEST.slice("sha256:".length),
      DIGEST.replace("sha256", "sha512"),
      DIGEST.replace("0", "g"),
      ` ${DIGEST}`,
      `${DIGEST}\n`,
    ];
    for (const text of invalid) assert.equal(isDigest(text), false, text);
  });
});

describe("parsePin", () => {
  it("takes a release", () => {
    assert.deepEqual(parsePin("v1.2.3"), { version: Version.of("v1.2.3") });
  });

  it("takes a release with its digest", () => {
    const pin = parsePin(`v1.2.3-rc.1@${DIGEST}`);
    assert.deepEqual(pin, { version: Version.of("v1.2.3-rc.1"), digest: DIGEST });
  });

  it("takes a commit with its digest", () => {
    const pin = parsePin(`${COMMIT}@${DIGEST}`);
    assert.deepEqual(pin, { version: new Commit(COMMIT), digest: DIGEST });
    assert.ok(typeof pin !== "string" && pin.version instanceof Commit);
    assert.equal(pin.version.toString(), COMMIT);
  });

  it("takes a commit without a digest, which what has no image is pinned to", () => {
    assert.deepEqual(parsePin(COMMIT), { version: new Commit(COMMIT) });
  });

  const problems = [
    ["", "invalid-pin"],
    ["latest", "mutable-tag-without-digest"],
    ["main", "mutable-tag-without-digest"],
    ["stable", "invalid-pin"],
    ["1.2.3", "invalid-pin"],
    ["v1.2.3+build", "invalid-pin"],
    [COMMIT.slice(0, 7), "invalid-pin"],
    [COMMIT.toUpperCase(), "invalid-pin"],
    [`a/b@${DIGEST}`, "invalid-pin"],
    [DIGEST, "invalid-pin"],
    [`@${DIGEST}`, "invalid-pin"],
    [`v1.2.3@${DIGEST}@${DIGEST}`, "invalid-pin"],
    ["v1.2.3@", "invalid-digest"],
    [`v1.2.3@${DIGEST.slice(0, -1)}`, "invalid-digest"],
    [`v1.2.3@${DIGEST}0`, "invalid-digest"],
    [`v1.2.3@ ${DIGEST}`, "invalid-digest"],
    [`v1.2.3@${DIGEST.toUpperCase()}`, "invalid-digest"],
    [`${COMMIT}@sha256:`, "invalid-digest"],
  ] as const;
  for (const [text, problem] of problems) {
    it(`finds ${problem} in ${JSON.stringify(text.slice(0, 50))}`, () => {
      assert.equal(parsePin(text), problem);
    });
  }
});

describe("formatPin", () => {
  it("prints what parsePin reads", () => {
    for (const text of ["v1", "v0.9-beta", `v1.2.3@${DIGEST}`, `${COMMIT}@${DIGEST}`]) {
      const pin = parsePin(text);
      assert.ok(typeof pin !== "string");
      assert.equal(formatPin(pin), text);
    }
  });
});

describe("parseChartPin", () => {
  it("takes a version, with or without the digest", () => {
    assert.deepEqual(parseChartPin("1.4.0"), { version: "1.4.0" });
    assert.deepEqual(parseChartPin("v1.17.1"), { version: "v1.17.1" });
    assert.deepEqual(parseChartPin(`1.4.0@${DIGEST}`), { version: "1.4.0", digest: DIGEST });
  });

  const invalid = ["", "1.4", "v1.4", "1.4.0@", `1.4.0@${DIGEST.slice(0, -1)}`, `@${DIGEST}`];
  for (const text of [...invalid, `1.4.0@${DIGEST}@${DIGEST}`]) {
    it(`refuses ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.equal(parseChartPin(text), undefined);
    });
  }
});
