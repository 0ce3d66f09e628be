import assert from "node:assert/strict";
import {
  goingOf,
  isOwnTag,
  outdatedReleases,
  prunePlan,
  subjectOfTag,
  type KeepRules,
  type StoredManifest,
} from "../../src/core/prune";
import { digestOf } from "../support/model";

const NOW = new Date("2026-11-26T00:00:00Z");
const DAY = 86_400_000;
const OLD = new Date("2026-01-01T00:00:00Z");

const RULES: KeepRules = {
  digests: new Map(),
  tags: new Map(),
  tagPatterns: ["v{version}"],
  mutableTags: ["main", "*-daily"],
  lastRan: new Map(),
  minimumAge: 30 * DAY,
  takesUnknownAge: false,
};

function stored(digit: string, more: Partial<StoredManifest> = {}): StoredManifest {
  return { digest: digestOf(digit), tags: [], bytes: 1, pushedAt: OLD, children: [], ...more };
}

/** Without a push time, as registries of OCI alone have it. */
function undated(digit: string, more: Partial<StoredManifest> = {}): StoredManifest {
  const { pushedAt: _, ...rest } = stored(digit, more);
  return rest;
}

/** Returns the digits of what goes, a text for each step, and of what stays, with its kind. */
function planned(manifests: readonly StoredManifest[], rules: Partial<KeepRules> = {}) {
  const plan = prunePlan(manifests, { ...RULES, ...rules }, NOW);
  const digit = ({ digest }: StoredManifest): string => digest.slice("sha256:".length)[0] ?? "";
  return {
    goes: plan.steps.map((step) => step.map(digit).sort().join("")),
    stays: plan.staying.map(({ manifest, kind }) => `${digit(manifest)} ${kind}`).sort(),
  };
}

const signatureTag = (digit: string, ending = ".sig"): string =>
  `sha256-${digit.repeat(64)}${ending}`;

describe("prunePlan", () => {
  it("lets go what has a release tag, a commit, a mutable tag or none, and is old enough", () => {
    const found = planned([
      stored("1", { tags: ["v1.0.0"] }),
      stored("2", { tags: ["c".repeat(40)] }),
      stored("3", { tags: ["v1.0.0-daily", "20261121-daily"] }),
      stored("4"),
    ]);
    assert.deepEqual(found, { goes: ["1234"], stays: [] });
  });

  it("keeps what runs by its digest and by its tag, and has the reason", () => {
    const manifests = [
      stored("1", { tags: ["v1.0.0"] }),
      stored("2", { tags: ["v1.1.0", "v1.1"] }),
    ];
    const rules = {
      ...RULES,
      digests: new Map([[digestOf("1"), "pinned in production"]]),
      tags: new Map([["v1.1", "ran in testing"]]),
    };
    assert.deepEqual(prunePlan(manifests, rules, NOW), {
      steps: [],
      staying: [
        { manifest: manifests[0], kind: "runs", reason: "pinned in production" },
        { manifest: manifests[1], kind: "runs", reason: "ran in testing" },
      ],
    });
  });

  it("keeps tags that the list doesn't spell, and the newest of a channel", () => {
    const found = planned([
      stored("1", { tags: ["v1.0.0", "blessed"] }),
      stored("2", { tags: ["main"] }),
      stored("3", { tags: ["1.0.0"] }),
      stored("4", { tags: ["c60d74e"] }),
    ]);
    assert.deepEqual(found, {
      goes: [],
      stays: ["1 other-tag", "2 channel", "3 other-tag", "4 other-tag"],
    });
  });

  it("keeps what was pushed less than the minimum age ago, to the millisecond", () => {
    const edge = NOW.getTime() - 30 * DAY;
    const found = planned([
      stored("1", { tags: ["v1.0.0"], pushedAt: new Date(edge) }),
      stored("2", { tags: ["v1.0.1"], pushedAt: new Date(edge + 1) }),
      stored("3", { tags: ["v1.0.2"], pushedAt: new Date(NOW.getTime() + DAY) }),
    ]);
    assert.deepEqual(found, { goes: ["1"], stays: ["2 young", "3 young"] });
  });

  it("keeps what is of unknown age, but what git knows to be old", () => {
    const manifests = [
      undated("1", { tags: ["v1.0.0"] }),
      undated("2", { tags: ["v1.1.0"] }),
      undated("3", { tags: ["v1.2.0"] }),
    ];
    const lastRan = new Map([
      [digestOf("1"), OLD],
      [digestOf("2"), new Date("2026-11-20T00:00:00Z")],
    ]);
    assert.deepEqual(planned(manifests, { lastRan }), {
      goes: ["1"],
      stays: ["2 young", "3 unknown-age"],
    });
    assert.deepEqual(planned(manifests, { lastRan, takesUnknownAge: true }), {
      goes: ["13"],
      stays: ["2 young"],
    });
  });

  it("keeps the parts of an index that stays, also those that another index shares", () => {
    const found = planned(
      [
        stored("1", { tags: ["v1.0.0"], children: [digestOf("3"), digestOf("4")] }),
        stored("2", { tags: ["v1.1.0"], children: [digestOf("4"), digestOf("5")] }),
        ...["3", "4", "5"].map((digit) => stored(digit)),
      ],
      { tags: new Map([["v1.1.0", "runs"]]) },
    );
    assert.deepEqual(found, { goes: ["1", "3"], stays: ["2 runs", "4 belongs", "5 belongs"] });
  });

  it("keeps a part that runs by its own digest without its index", () => {
    const found = planned(
      [
        stored("1", { tags: ["v1.0.0"], children: [digestOf("3"), digestOf("4")] }),
        stored("3"),
        stored("4"),
      ],
      { digests: new Map([[digestOf("3"), "runs"]]) },
    );
    assert.deepEqual(found, { goes: ["1", "4"], stays: ["3 runs"] });
  });

  it("keeps what refers to a part that runs, where the part isn't listed", () => {
    const found = planned(
      [
        undated("1", { tags: ["v1.0.0"], children: [digestOf("3"), digestOf("4")] }),
        undated("5", { tags: [signatureTag("3")] }),
        undated("6", { tags: [signatureTag("4")] }),
      ],
      { digests: new Map([[digestOf("3"), "runs"]]), takesUnknownAge: true },
    );
    assert.deepEqual(found, { goes: ["16"], stays: ["5 belongs"] });
  });

  it("keeps what refers to what stays, and to its parts, by subject and by tag", () => {
    const found = planned(
      [
        stored("1", { tags: ["v1.0.0"], children: [digestOf("2")] }),
        stored("2"),
        stored("3", { subject: digestOf("1") }),
        stored("4", { tags: [signatureTag("2")] }),
        // The index of referrers, by which a registry without their API has them.
        stored("5", { tags: [signatureTag("1", "")], children: [digestOf("3"), digestOf("6")] }),
        stored("6", { subject: digestOf("1") }),
        stored("7", { subject: digestOf("6") }),
      ],
      { tags: new Map([["v1.0.0", "runs"]]) },
    );
    assert.deepEqual(found.goes, []);
    assert.equal(found.stays.length, 7);
  });

  it("lets go what refers to what goes before it, and the index before its parts", () => {
    const found = planned([
      stored("2"),
      stored("1", { tags: ["v1.0.0"], children: [digestOf("2")] }),
      stored("3", { subject: digestOf("1") }),
      stored("4", { tags: [signatureTag("1")] }),
      stored("5", { tags: [signatureTag("1", "")], children: [digestOf("3")] }),
      undated("6", { subject: digestOf("2") }),
    ]);
    assert.deepEqual(found, { goes: ["456", "3", "1", "2"], stays: [] });
  });

  it("keeps what a young signature refers to", () => {
    const found = planned([
      stored("1", { tags: ["v1.0.0"] }),
      stored("2", { subject: digestOf("1"), pushedAt: NOW }),
    ]);
    assert.deepEqual(found, { goes: [], stays: ["1 belongs", "2 young"] });
  });

  it("keeps what refers to an image that isn't here", () => {
    const found = planned([
      stored("1", { subject: digestOf("9") }),
      stored("2", { tags: [signatureTag("8", ".att")] }),
    ]);
    assert.deepEqual(found, { goes: [], stays: ["1 other-subject", "2 other-subject"] });
  });

  it("ends for tags that refer to each other", () => {
    const found = planned([
      stored("1", { tags: [signatureTag("2")] }),
      stored("2", { tags: [signatureTag("1")] }),
    ]);
    assert.deepEqual(found.goes.join("").split("").sort(), ["1", "2"]);
  });

  it("has each manifest in one place", () => {
    const plan = prunePlan(
      [stored("1", { tags: ["v1.0.0"], children: [digestOf("2")] }), stored("2")],
      RULES,
      NOW,
    );
    assert.equal(goingOf(plan).length + plan.staying.length, 2);
  });
});

describe("outdatedReleases", () => {
  it("takes old ones of a mutable tag that the list spells, and that no stack runs", () => {
    const releases = [
      "v1.0.0-daily",
      "v1.1.0-test",
      "v1.2.0-daily",
      "v1.3.0",
      "v1.4.0-rc.1",
      "orders-v1.0.0-daily",
      "nightly-daily",
    ].map((tag) => ({ tag, publishedAt: OLD }));
    const young = { tag: "v1.5.0-daily", publishedAt: new Date(NOW.getTime() - 30 * DAY + 1) };
    const mutableTags = ["*-daily", "*-test"];
    const rules = { ...RULES, mutableTags, tags: new Map([["v1.2.0-daily", "runs"]]) };
    assert.deepEqual(
      outdatedReleases([...releases, young], rules, NOW).map(({ tag }) => tag),
      ["v1.0.0-daily", "v1.1.0-test"],
    );
  });
});

describe("isOwnTag", () => {
  const own = (tag: string, tagPatterns: string[]): boolean =>
    isOwnTag(tag, { tagPatterns, mutableTags: ["main", "*-daily", "a*b*c"] });

  it("takes the spellings of the list, commits and mutable patterns alone", () => {
    for (const tag of ["v1.2.3", "v1.2.3-rc.1", "v1", "a".repeat(40), "x-daily", "axbyc", "abc"]) {
      assert.equal(own(tag, ["v{version}"]), true, tag);
    }
    for (const tag of [
      "1.2.3",
      "va",
      "latest",
      "v1.2.3.4",
      "ab",
      "daily",
      "main",
      "a".repeat(39),
    ]) {
      assert.equal(own(tag, ["v{version}"]), false, tag);
    }
    assert.equal(own("orders-1.2.3-x86", ["orders-{version}-x86"]), true);
    assert.equal(own("orders-x86", ["orders-{version}-x86"]), false);
    assert.equal(own("1.2.3", ["v{version}", "{version}"]), true);
  });
});

describe("subjectOfTag", () => {
  it("reads the tags of cosign and of the referrers' index", () => {
    const hex = "ab".repeat(32);
    for (const ending of ["", ".sig", ".att", ".sbom", ".vuln-1"]) {
      assert.equal(subjectOfTag(`sha256-${hex}${ending}`), `sha256:${hex}`);
    }
    for (const tag of [`sha256-${hex}1`, `sha256-${hex}.`, `x-sha256-${hex}`, "v1.0.0"]) {
      assert.equal(subjectOfTag(tag), undefined, tag);
    }
  });
});
