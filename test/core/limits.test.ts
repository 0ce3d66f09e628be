import assert from "node:assert/strict";
import * as fc from "fast-check";
import * as names from "../../src/core/limits";

function table(
  accepts: (text: string) => boolean,
  valid: readonly string[],
  invalid: readonly string[],
): void {
  const short = (text: string): string => JSON.stringify(text.slice(0, 40));
  for (const text of valid) it(`takes ${short(text)}`, () => assert.equal(accepts(text), true));
  for (const text of invalid) {
    it(`refuses ${short(text)}`, () => assert.equal(accepts(text), false));
  }
}

describe("IMAGE_REPOSITORY", () => {
  table(
    (text) => names.IMAGE_REPOSITORY.test(text),
    [
      "repo",
      "a",
      "7",
      "library/ubuntu",
      "my-org/my_app",
      "a/b-c_d.e",
      "a__b",
      "a---b",
      "a.b.c",
      "a/b/c/d/e/f",
    ],
    [
      "",
      "UPPER/CASE",
      "Repo",
      "/leading",
      "trailing/",
      "double//slash",
      "has:colon",
      "has@at",
      "has space",
      "dot..dot",
      "seg-.-bad",
      "a___b",
      "a._b",
      "-leading",
      "trailing-",
      ".leading",
      "trailing.",
      "_leading",
      "a/-b",
      "a-/b",
      "ünïcode",
      "repo\n",
    ],
  );
});

describe("REPOSITORY_PREFIX", () => {
  table(
    (text) => names.REPOSITORY_PREFIX.test(text),
    ["releases/", "acme/releases/", "a-b_c.d/"],
    ["", "/", "releases", "/releases/", "releases//", "Releases/", "a/b", "a/ "],
  );
});

describe("isGithubName", () => {
  table(
    names.isGithubName,
    ["orders", "Orders_2.0", "-", "_", "a.b", "a.gitx", "git", "x".repeat(100), "0"],
    [
      "",
      ".",
      "..",
      ".github",
      "orders.git",
      "x".repeat(101),
      "örders",
      "orders!",
      "acme/orders",
      "a b",
      "orders\n",
    ],
  );
});

describe("SERVICE_NAME", () => {
  table(
    (text) => names.SERVICE_NAME.test(text),
    ["a", "A1", "library/alloy", "a.b_c-d", "Orders"],
    ["", "-a", "a-", "/a", "a/", ".a", "_a", "a b", "a:b", "a@b", "ä", "__proto__", "a\n"],
  );
});

describe("isReservedName", () => {
  table(
    names.isReservedName,
    ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"],
    ["", "name", "orders", "Constructor", "prototype", "then"],
  );
});

describe("MUTABLE_TAG", () => {
  table(
    (text) => names.MUTABLE_TAG.test(text),
    ["latest", "*", "*-daily", "v1.2_x", "a".repeat(128)],
    ["", "a b", "a/b", "a:b", "a?", "a".repeat(129), "ä", "latest\n"],
  );
});

describe("DNS_LABEL", () => {
  table(
    (text) => names.DNS_LABEL.test(text),
    ["a", "shop", "a-b", "0", "a".repeat(63)],
    ["", "-a", "a-", "Shop", "a.b", "a_b", "a".repeat(64), "shop\n"],
  );
});

describe("AWS_ACCOUNT", () => {
  table(
    (text) => names.AWS_ACCOUNT.test(text),
    ["000000000000", "012345678901", "999999999999"],
    ["", "12345678901", "0123456789012", "01234567890a", "0123-4567-8901", "123456789012\n"],
  );
});

describe("AWS_REGION", () => {
  table(
    (text) => names.AWS_REGION.test(text),
    ["eu-west-1", "us-gov-west-1", "cn-north-1", "ap-southeast-2", "us-iso-east-1"],
    ["", "eu-west", "eu-west-1a", "EU-WEST-1", "eu_west_1", "Ireland", "eu-west-1\n"],
  );
});

describe("helmReleaseName", () => {
  const cases = [
    ["orders", "orders"],
    ["library/alloy", "library-alloy"],
    ["Orders_2.0", "orders-2-0"],
    ["a//b", "a--b"],
    ["runenv-python-3.12", "runenv-python-3-12"],
  ] as const;
  for (const [service, expected] of cases) {
    it(`makes ${expected} of ${service}`, () => {
      assert.equal(names.helmReleaseName(service), expected);
    });
  }
});

describe("cloudformationStackName", () => {
  it("keeps capitals and makes everything but letters, digits and dashes a dash", () => {
    assert.equal(names.cloudformationStackName("Edge/network_2.0-a"), "Edge-network-2-0-a");
  });
});

describe("isCloudformationStackName", () => {
  table(
    names.isCloudformationStackName,
    ["a", "Network-2", "a-", "a".repeat(128)],
    ["", "2network", "-a", "a_b", "a.b", "a/b", "a".repeat(129)],
  );
});

describe("versionParameter", () => {
  const cases = [
    ["splits-lite", "SplitsLiteVersion"],
    ["infrastructure", "InfrastructureVersion"],
    ["library/alloy", "LibraryAlloyVersion"],
    ["Edge_NETWORK.2", "EdgeNetwork2Version"],
    ["a--b", "ABVersion"],
  ] as const;
  for (const [service, expected] of cases) {
    it(`makes ${expected} of ${service}`, () => {
      assert.equal(names.versionParameter(service), expected);
    });
  }
});

describe("ecrHost", () => {
  it("names the host of an account's registry", () => {
    assert.equal(
      names.ecrHost("012345678901", "eu-west-1"),
      "012345678901.dkr.ecr.eu-west-1.amazonaws.com",
    );
  });

  it("has another ending in China", () => {
    assert.equal(
      names.ecrHost("012345678901", "cn-north-1"),
      "012345678901.dkr.ecr.cn-north-1.amazonaws.com.cn",
    );
  });
});

describe("awsPartition", () => {
  it("follows from the region", () => {
    assert.equal(names.awsPartition("eu-west-1"), "aws");
    assert.equal(names.awsPartition("us-east-1"), "aws");
    assert.equal(names.awsPartition("cn-north-1"), "aws-cn");
    assert.equal(names.awsPartition("us-gov-west-1"), "aws-us-gov");
  });
});

describe("tagName", () => {
  const cases = [
    ["v{version}", "v1.2.3", "v1.2.3"],
    ["{version}", "v1.2.3", "1.2.3"],
    ["orders-{version}", "v1.2.3-rc.1", "orders-1.2.3-rc.1"],
    ["{version}-alpine", "v1", "1-alpine"],
  ] as const;
  for (const [pattern, version, expected] of cases) {
    it(`spells ${version} as ${expected} by ${pattern}`, () => {
      assert.equal(names.tagName(pattern, version), expected);
    });
  }
});

describe("matchesTag", () => {
  const cases = [
    ["*", "", true],
    ["*", "v1.2.3", true],
    ["latest", "latest", true],
    ["latest", "latest-1", false],
    ["latest", "not-latest", false],
    ["*-daily", "v0.10-daily", true],
    ["*-daily", "daily", false],
    ["v*.7", "v1.2.7", true],
    ["v*.7", "v1.2.70", false],
    ["v1.2", "v1x2", false],
    ["a*b*c", "abc", true],
    ["a*b*c", "a1b2c", true],
    ["a*b*c", "acb", false],
  ] as const;
  for (const [mutable, tag, expected] of cases) {
    it(`says that ${mutable} ${expected ? "matches" : "doesn't match"} ${JSON.stringify(tag)}`, () => {
      assert.equal(names.matchesTag(mutable, tag), expected);
    });
  }
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
      assert.equal(names.matchesReleaseTag(mutable, pattern), true);
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
      assert.equal(names.matchesReleaseTag(mutable, pattern), false);
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
        const tag = names.tagName(pattern, `v${version}`);
        const mutable = starred(starred(tag, first), second);
        assert.ok(names.matchesTag(mutable, tag));
        assert.ok(names.matchesReleaseTag(mutable, pattern), `${mutable} catches ${tag}`);
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
        assert.equal(names.matchesReleaseTag(text, pattern), oracle(text, pattern));
      }),
      { numRuns: 3000 },
    );
  });

  it("decides for long tags", () => {
    const long = Array.from({ length: 120 }, (_, at) => ((at * 7919) % 36).toString(36)).join("");
    assert.equal(names.matchesReleaseTag("*x*y", `${long}{version}`), false);
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
