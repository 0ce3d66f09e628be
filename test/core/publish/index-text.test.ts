import assert from "node:assert/strict";
import * as yaml from "yaml";
import {
  indexVersions,
  withVersion,
  type NewIndexVersion,
} from "../../../src/core/publish/index-text";
import { text } from "../../support/text";

const DIGEST = `sha256:${"0".repeat(63)}7`;
const OTHER = "b".repeat(64);
const COMMIT = "f".repeat(40);

const ADDED: NewIndexVersion = {
  version: "0.4.0",
  appVersion: "1e3",
  meta: {
    apiVersion: "v2",
    name: "orders",
    version: "0.1.0",
    description: "Two\n\nlines: # not a comment\n",
    annotations: { "org.opencontainers.image.revision": COMMIT },
  },
  digest: DIGEST,
  url: "https://github.com/acme/orders/releases/download/orders-0.4.0/orders-0.4.0.tgz",
  created: new Date("2026-11-21T12:00:00Z"),
};

/** The lines of the version, as they are to be in an index. */
const LINES = `- annotations:
    org.opencontainers.image.revision: ${COMMIT}
  apiVersion: v2
  appVersion: "1e3"
  created: "2026-11-21T12:00:00.000Z"
  description: |
    Two

    lines: # not a comment
  digest: "${DIGEST.replace("sha256:", "")}"
  name: orders
  urls:
  - ${ADDED.url}
  version: 0.4.0
`;

const indented = (lines: string, spaces: number): string =>
  lines.replaceAll(/^(?=.)/gm, " ".repeat(spaces));

const INDEX = text`
  # Whose charts these are.
  apiVersion: v1
  entries:
    # The catalog's.
    catalog:
    - apiVersion: v2
      created: 2026-03-02T09:00:00Z
      digest:   ${OTHER}   # odd spaces
      name: catalog
      urls: [ catalog-1.0.0.tgz ]
      version: 1.0.0
    orders: # and of orders
    # The first one.
    - name: orders
      version: "0.3.0"
      digest: ${OTHER}
      urls: [orders-0.3.0.tgz]
    - { name: orders, version: 0.2.0, digest: "sha256:${OTHER}", urls: [orders-0.2.0.tgz] }
  generated: "2026-03-02T09:00:00Z"
  # The end.
`;

function edited(index: string, added: NewIndexVersion = ADDED): string {
  const result = withVersion(index, "orders", added);
  assert.ok(typeof result === "object" && "text" in result, JSON.stringify(result));
  return result.text;
}

function problemIn(index: string, added: NewIndexVersion = ADDED): string {
  const result = withVersion(index, "orders", added);
  assert.ok(typeof result === "object" && "problem" in result, JSON.stringify(result));
  return result.problem;
}

describe("withVersion", () => {
  it("puts a version first, and leaves every other line as it is", () => {
    const own = "  orders: # and of orders\n";
    assert.equal(edited(INDEX), INDEX.replace(own, own + indented(LINES, 2)));
  });

  it("puts the first version of a chart below the key of all charts", () => {
    const without = INDEX.replaceAll("orders:", "other:");
    const wanted = `entries:\n  orders:\n${indented(LINES, 2)}`;
    assert.equal(edited(without), without.replace("entries:\n", wanted));
  });

  it("takes the indentation that is there", () => {
    const index = `entries:\n    orders:\n      - version: 0.3.0\n        digest: ${OTHER}\n`;
    const own = "    orders:\n";
    assert.equal(edited(index), index.replace(own, own + indented(LINES, 6)));
  });

  it("takes the line ends that are there", () => {
    const windows = INDEX.replaceAll("\n", "\r\n");
    assert.equal(edited(windows), edited(INDEX).replaceAll("\n", "\r\n"));
  });

  for (const empty of ["entries: {}", "entries:", "entries: {} # none yet", "entries: null"]) {
    for (const end of ["", "\n", "\n# More.\n", "\ngenerated: now\n"]) {
      it(`fills ${JSON.stringify(empty + end)}`, () => {
        const after = edited(`apiVersion: v1\n${empty}${end}`);
        const comment = empty.includes("#") ? " # none yet" : "";
        const lines = `\n  orders:\n${indented(LINES, 2)}`;
        assert.equal(after, `apiVersion: v1\nentries:${comment}${lines}${end.replace("\n", "")}`);
      });
    }
  }

  for (const empty of ["[]", "", "null", "[] # none yet"]) {
    it(`fills a chart whose versions are ${JSON.stringify(empty)}`, () => {
      const after = edited(`entries:\n  orders: ${empty}\n  web: []\n`);
      const comment = empty.includes("#") ? " # none yet" : "";
      assert.equal(after, `entries:\n  orders:${comment}\n${indented(LINES, 2)}  web: []\n`);
    });
  }

  it("adds nothing where the version is there", () => {
    const after = edited(INDEX);
    assert.equal(withVersion(after, "orders", ADDED), "there");
    // Whoever wrote it anew has another address and another time.
    const anew = yaml.stringify(yaml.parse(after.replace(ADDED.url, "orders-0.4.0.tgz")));
    assert.equal(withVersion(anew, "orders", ADDED), "there");
  });

  it("never replaces a version, in whichever spelling", () => {
    const says = (version: string) =>
      `has ${version} of orders with other bytes; publish another version`;
    for (const version of ["0.3.0", "v0.3.0", "0.2.0"]) {
      assert.equal(problemIn(INDEX, { ...ADDED, version }), says(version));
    }
    const after = edited(INDEX);
    const twice = after.replace("  orders: # and of orders\n", (own) => own + indented(LINES, 2));
    assert.equal(problemIn(twice), says("0.4.0"));
    const undigested = after.replace(/^ {4}digest: "0+7"\n/m, "");
    assert.notEqual(undigested, after);
    assert.equal(problemIn(undigested), says("0.4.0"));
    // The same version of another chart is none of its versions.
    edited(INDEX, { ...ADDED, version: "1.0.0" });
  });

  const UNREADABLE = "can't be read as an index of charts; write it anew with helm repo index";
  const UNEDITABLE =
    "can't be edited without changing more; write it anew with helm repo index, a key on each line";
  const REFUSED: readonly [string, string, string][] = [
    ["nothing", "", UNREADABLE],
    ["a list", "- entries: {}\n", UNREADABLE],
    ["no charts", "apiVersion: v1\n", UNREADABLE],
    ["a list of charts", "entries: []\n", UNREADABLE],
    ["broken YAML", "entries: {\n", UNREADABLE],
    ["a chart twice", "entries:\n  orders: []\n  orders: []\n", UNREADABLE],
    ["several documents", "entries: {}\n---\nentries: {}\n", UNREADABLE],
    [
      "no list of versions",
      "entries:\n  orders: {}\n",
      "has no list of orders; write it anew with helm repo index",
    ],
    ["JSON", '{"entries": {"web": [{"version": "1.0.0"}]}}\n', UNEDITABLE],
    ["JSON in several lines", '{"entries":\n {"web":\n [{"version": "1.0.0"}]}}\n', UNEDITABLE],
    ["versions in one line", "entries:\n  orders: [{ version: 1.0.0 }]\n", UNEDITABLE],
    ["versions in one line below", "entries:\n  orders:\n    [{ version: 1.0.0 }]\n", UNEDITABLE],
    [
      "versions that another chart has as well",
      "entries:\n  web: &all\n  - version: 1.0.0\n  orders: *all\n",
      UNEDITABLE,
    ],
    [
      "versions that another chart takes",
      "entries:\n  orders: &all\n  - version: 1.0.0\n  web: *all\n",
      UNEDITABLE,
    ],
  ];
  for (const [what, index, problem] of REFUSED) {
    it(`refuses ${what}`, () => {
      assert.equal(problemIn(index), problem);
    });
  }
});

describe("indexVersions", () => {
  it("returns the versions of a chart with what the index says of each", () => {
    const other = `sha256:${OTHER}`;
    assert.deepEqual(indexVersions(edited(INDEX), "orders"), [
      { version: "0.4.0", digest: DIGEST, commit: COMMIT },
      { version: "0.3.0", digest: other },
      { version: "0.2.0", digest: other },
    ]);
    assert.deepEqual(indexVersions(INDEX, "web"), []);
    assert.deepEqual(indexVersions("entries:\n", "web"), []);
  });

  it("says why an index can't be read", () => {
    assert.deepEqual(indexVersions("entries: []", "web"), {
      problem: "can't be read as an index of charts; write it anew with helm repo index",
    });
  });
});
