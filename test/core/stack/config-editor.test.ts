import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import {
  editStackConfig,
  type EditKey,
  type EditValue,
} from "../../../src/core/stack/config-editor";
import { isError } from "../../../src/core/error";
import { formatIssue, type Issue } from "../../../src/core/input/issue";
import { ACME } from "../../support/acme";
import { text } from "../../support/text";

const FILE = "Pulumi.testing.yaml";
const NONE: Issue = {
  code: "uneditable",
  severity: "error",
  file: "",
  line: 0,
  column: 0,
  message: "",
};

/** Returns the lines that an edit took out and put in, as a review shows them. */
function review(before: string, after: string): string[] {
  const old = before.split("\n");
  const now = after.split("\n");
  let start = 0;
  while (start < old.length && old[start] === now[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) {
    end++;
  }
  const lines = (all: string[], sign: string): string[] =>
    all.slice(start, all.length - end).map((line) => sign + line);
  return [...lines(old, "-"), ...lines(now, "+")];
}

const STACK = text`
  # A stack of its own.
  encryptionsalt: v1:abc=:v1:def:ghi==
  config:
    aws:region:   eu-west-1   # as it was typed

    releases:webhookSecret:
      secure: v1:abc:def==
    releases:versions:
      # the shop
      catalog: "v2.3.4"   # quoted
      inventory: v1.1.3
      orders: 'v3.0.2'

    releases:holds:
      orders:
        reason: slow
        until: "2026-12-01"
    # the end
`;

type Case = [string, EditKey, string, EditValue | undefined, string[]];

const CASES: Case[] = [
  [
    "sets a pin",
    "versions",
    "inventory",
    "v1.1.4",
    ["-    inventory: v1.1.3", "+    inventory: v1.1.4"],
  ],
  [
    "keeps quotes and what stands behind them",
    "versions",
    "catalog",
    "v2.4.0",
    ['-    catalog: "v2.3.4"   # quoted', '+    catalog: "v2.4.0"   # quoted'],
  ],
  [
    "keeps the other quotes",
    "versions",
    "orders",
    "v3.1.0",
    ["-    orders: 'v3.0.2'", "+    orders: 'v3.1.0'"],
  ],
  ["adds a pin in the order of names", "versions", "gateway", "v1.0.0", ["+    gateway: v1.0.0"]],
  ["adds a pin before the first", "versions", "api", "v1.0.0", ["+    api: v1.0.0"]],
  ["adds a pin behind the last", "versions", "web", "v1.0.0", ["+    web: v1.0.0"]],
  ["takes a pin out", "versions", "inventory", undefined, ["-    inventory: v1.1.3"]],
  [
    "adds a key that isn't there yet",
    "charts",
    "orders",
    "1.4.0",
    ["+  releases:charts:", "+    orders: 1.4.0"],
  ],
  [
    "adds a hold, quoted where it must be",
    "holds",
    "catalog",
    { reason: "bad: really #1" },
    ["+    catalog:", '+      reason: "bad: really #1"'],
  ],
  [
    "replaces a hold",
    "holds",
    "orders",
    { reason: "slower" },
    ["-      reason: slow", '-      until: "2026-12-01"', "+      reason: slower"],
  ],
  [
    "takes the last hold out with its key",
    "holds",
    "orders",
    undefined,
    ["-  releases:holds:", "-    orders:", "-      reason: slow", '-      until: "2026-12-01"'],
  ],
];

function edit(text: string, key: EditKey, name: string, value: EditValue | undefined): string {
  return editStackConfig({ file: FILE, text }, [{ key, name, value }]);
}

describe("editStackConfig", () => {
  for (const [what, key, name, value, lines] of CASES) {
    it(what, () => {
      assert.deepEqual(review(STACK, edit(STACK, key, name, value)), lines);
    });

    it(`${what}, with Windows line ends`, () => {
      const windows = STACK.replaceAll("\n", "\r\n");
      const after = edit(windows, key, name, value);
      assert.equal(after, edit(STACK, key, name, value).replaceAll("\n", "\r\n"));
    });

    it(`${what}, and changes nothing the second time`, () => {
      const after = edit(STACK, key, name, value);
      assert.equal(edit(after, key, name, value), after);
    });
  }

  it("edits a flow mapping in its line", () => {
    const flow = "config:\n  releases:versions: { b: v1.0.0, d: v1.0.0 } # all\n";
    const set = (name: string, value?: string): string =>
      edit(flow, "versions", name, value).split("\n")[1] ?? "";
    assert.equal(set("b", "v2.0.0"), "  releases:versions: { b: v2.0.0, d: v1.0.0 } # all");
    assert.equal(
      set("a", "v2.0.0"),
      "  releases:versions: { a: v2.0.0, b: v1.0.0, d: v1.0.0 } # all",
    );
    assert.equal(
      set("c", "v2.0.0"),
      "  releases:versions: { b: v1.0.0, c: v2.0.0, d: v1.0.0 } # all",
    );
    assert.equal(
      set("e", "v2.0.0"),
      "  releases:versions: { b: v1.0.0, d: v1.0.0, e: v2.0.0 } # all",
    );
    assert.equal(set("b"), "  releases:versions: { d: v1.0.0 } # all");
    assert.equal(set("d"), "  releases:versions: { b: v1.0.0 } # all");
    const hold = { reason: "a, b {c}", until: "2026-12-01" };
    assert.equal(
      edit("config: { releases:holds: {} }\n", "holds", "a", hold),
      'config: { releases:holds: { a: { reason: "a, b {c}", until: "2026-12-01" } } }\n',
    );
  });

  const SALT = "encryptionsalt: v1:abc\n";
  const HELD = `config:\n  releases:holds:\n    a:\n      reason: HERE${SALT}`;
  const BLOCKS_OF_TEXT = [
    "|",
    "|-",
    "|+",
    ">",
    ">-",
    ">+",
    "|2",
    "|2-",
    ">-2",
    "|1+",
    ">- # why",
  ].map((header) => `${header}\n        load test\n\n        until Friday\n`);
  for (const block of BLOCKS_OF_TEXT) {
    const before = HELD.replace("HERE", block);
    it(`lifts a hold whose reason is ${JSON.stringify(block.split("\n")[0])}, and leaves the line after it`, () => {
      assert.equal(edit(before, "holds", "a", undefined), `config:\n  releases:holds: {}\n${SALT}`);
    });

    it(`replaces a reason that is ${JSON.stringify(block.split("\n")[0])}, and leaves the line after it`, () => {
      const after = edit(before, "holds", "a", { reason: "again" });
      const comment = block.includes("# why") ? " # why" : "";
      assert.equal(after, HELD.replace("HERE", `again${comment}\n`));
    });
  }

  const LONG = `v1.1.2@sha256:${"7".repeat(64)}`;
  it("bumps a pin that js-yaml folded, with its comment", () => {
    const folded = `config:\n  releases:versions:\n    a: >-  # long\n      ${LONG}\n    b: v1.0.0\n`;
    assert.equal(
      edit(folded, "versions", "a", "v1.1.3"),
      "config:\n  releases:versions:\n    a: v1.1.3 # long\n    b: v1.0.0\n",
    );
  });

  const VERSIONS = "releases:versions:\n    a: v1.0.0\n";
  const FRESH: readonly [what: string, before: string, after: string][] = [
    ["a fresh stack", SALT, `${SALT}config:\n  ${VERSIONS}`],
    ["an empty mapping", "{}\n", `{ config: { releases:versions: { a: v1.0.0 } } }\n`],
    ["an empty config", "config: {} # none\n", `config: # none\n  ${VERSIONS}`],
    ["a config without a value", `config:\n${SALT}`, `config:\n  ${VERSIONS}${SALT}`],
    ["a config that is null", `config: ~\n${SALT}`, `config:\n  ${VERSIONS}${SALT}`],
    [
      "versions that are null",
      "config:\n  releases:versions: ~ # none\n",
      "config:\n  releases:versions: # none\n    a: v1.0.0\n",
    ],
    [
      "versions without a value, and a comment",
      "config:\n  releases:versions: # none\n",
      "config:\n  releases:versions: # none\n    a: v1.0.0\n",
    ],
    [
      "versions with a tag",
      "config:\n  releases:versions: !!map {}\n",
      "config:\n  releases:versions: !!map\n    a: v1.0.0\n",
    ],
    [
      "imports of ESC alone",
      "environment:\n  - shop/dev\n",
      `environment:\n  - shop/dev\nconfig:\n  ${VERSIONS}`,
    ],
    [
      "no end of the last line",
      "environment: [shop/dev]",
      `environment: [shop/dev]\nconfig:\n  ${VERSIONS}`.trimEnd(),
    ],
    ["an end of the document", `${SALT}...\n`, `${SALT}config:\n  ${VERSIONS}...\n`],
    [
      "JSON",
      '{"config": {"aws:region": "x"}}\n',
      '{"config": {"aws:region": "x", releases:versions: { a: v1.0.0 }}}\n',
    ],
    [
      "Windows line ends",
      "encryptionsalt: v1\r\n",
      `encryptionsalt: v1\r\nconfig:\r\n  releases:versions:\r\n    a: v1.0.0\r\n`,
    ],
    [
      "four spaces",
      "config:\n    aws:region: x\n",
      "config:\n    aws:region: x\n    releases:versions:\n        a: v1.0.0\n",
    ],
  ];
  for (const [what, before, after] of FRESH) {
    it(`sets the first pin of a file with ${what}`, () => {
      assert.equal(edit(before, "versions", "a", "v1.0.0"), after);
      assert.equal(edit(after, "versions", "a", "v1.0.0"), after);
    });
  }

  const PINS = "config:\n  releases:versions:";
  const REFUSED: readonly [what: string, before: string, says: string][] = [
    [
      "an anchored pin that another one repeats",
      `${PINS}\n    a: &v v0.9.0\n    b: *v\n`,
      '3:8 uneditable "releases:versions.b" repeats "releases:versions.a" by the alias "*v", and would change with it; write the value out in each place'.replace(
        "3:8",
        "4:8",
      ),
    ],
    [
      "pins that another key repeats",
      "config:\n  other:x: 1\n  releases:versions: &v { a: v0.9.0 }\n  other:y: [*v]\n",
      '4:13 uneditable "other:y[0]" repeats "releases:versions.a" by the alias "*v", and would change with it; write the value out in each place',
    ],
    [
      "an alias in place of all pins",
      "config:\n  other:versions: &v { a: v0.9.0 }\n  releases:versions: *v\n",
      '3:22 uneditable "releases:versions" is the alias "*v"; write its values out there, then edit it',
    ],
    [
      "two documents",
      `${PINS}\n    a: v0.9.0\n---\nb: 1\n`,
      "4:1 several-documents a second document starts here; one file holds one document. Remove the ---",
    ],
    [
      "a name twice",
      `${PINS}\n    a: v0.9.0\n    a: v0.9.1\n`,
      '4:5 duplicate-key "a" is defined twice (first on line 3); keep one',
    ],
    [
      "a tab",
      `${PINS}\n\ta: v0.9.0\n`,
      "3:1 tab-indent a tab indents this line; YAML indents with spaces",
    ],
    [
      "a byte order mark",
      `\ufeff${PINS}\n    a: v0.9.0\n`,
      "1:1 byte-order-mark the file starts with a byte order mark; save it as UTF-8 without one",
    ],
    [
      "no data",
      "# nothing\n",
      "1:1 empty-file the file is empty; remove it, or write what belongs in it",
    ],
    [
      "another type by a tag",
      `${PINS}\n    a: !!null\n    b: v1.0.0\n`,
      `1:1 uneditable an edit of "releases:versions.a" would leave a file that can't be read; write that part without anchors, merge keys and tags, a key on each line`,
    ],
  ];
  for (const [what, before, says] of REFUSED) {
    it(`refuses to edit a file with ${what}, and says what to do`, () => {
      assert.throws(
        () => edit(before, "versions", "a", "v1.0.0"),
        (cause) =>
          isError(cause, "findings") && formatIssue(cause.issues[0] ?? NONE) === `${FILE}:${says}`,
        before,
      );
    });
  }

  it("sets a pin over one that a merge key brings, and refuses to remove what isn't written there", () => {
    const merged = `%YAML 1.1\n---\nconfig:\n  other:x: &v { a: v0.9.0 }\n  releases:versions:\n    <<: *v\n    b: v1.0.0\n`;
    assert.deepEqual(review(merged, edit(merged, "versions", "a", "v1.0.0")), ["+    a: v1.0.0"]);
    assert.throws(
      () => edit(merged, "versions", "a", undefined),
      (cause) =>
        isError(cause, "findings") &&
        formatIssue(cause.issues[0] ?? NONE) ===
          `${FILE}:6:5 uneditable "releases:versions.a" comes by a merge key; write that mapping out, then edit it`,
    );
  });

  it("edits an alias itself, and leaves the anchor", () => {
    assert.equal(
      edit(
        `${PINS}\n    a: *v # same\n`.replace("a:", "b: &v v1.0.0\n    a:"),
        "versions",
        "a",
        "v1.1.0",
      ),
      `${PINS}\n    b: &v v1.0.0\n    a: v1.1.0 # same\n`,
    );
  });

  it("keeps an anchor that nothing repeats, quotes of keys, explicit keys and tags", () => {
    const before = `${PINS}\n    ? "a" # asked\n    : &v !!str 'v0.9.0'\n    c: v1.0.0\n`;
    assert.equal(edit(before, "versions", "a", "v1.0.0"), before.replace("v0.9.0", "v1.0.0"));
    assert.equal(edit(before, "versions", "a", undefined), `${PINS}\n    c: v1.0.0\n`);
  });

  it("keeps the lines and the comments of a flow mapping over several lines", () => {
    const flow = `${PINS} { # all\n    a: v1.0.0, # first\n    # about c\n    c: v1.0.0 # last\n  }\n`;
    assert.deepEqual(review(flow, edit(flow, "versions", "b", "v2.0.0")), ["+    b: v2.0.0,"]);
    assert.deepEqual(review(flow, edit(flow, "versions", "d", "v2.0.0")), ["+    d: v2.0.0,"]);
    assert.deepEqual(review(flow, edit(flow, "versions", "a", undefined)), [
      "-    a: v1.0.0, # first",
    ]);
    assert.deepEqual(review(flow, edit(flow, "versions", "c", undefined)), [
      "-    c: v1.0.0 # last",
    ]);
  });

  it("quotes what the engine would read as a date, a number or a truth", () => {
    const hold = { reason: "no", until: "2026-12-01" };
    assert.equal(
      edit(SALT, "holds", "1.10", hold),
      `${SALT}config:\n  releases:holds:\n    "1.10":\n      reason: "no"\n      until: "2026-12-01"\n`,
    );
  });

  it("changes the lines of a hold that differ, and keeps its comments", () => {
    const before = `config:\n  releases:holds:\n    a: # by the shop team\n      # ticket 7\n      reason: slow # very\n      until: 2026-12-01\n${SALT}`;
    assert.deepEqual(review(before, edit(before, "holds", "a", { reason: "slower" })), [
      "-      reason: slow # very",
      "-      until: 2026-12-01",
      "+      reason: slower # very",
    ]);
  });

  it("ends a file without a line end without one", () => {
    assert.equal(
      edit("config:\n  releases:versions:\n    a: v1.0.0", "versions", "b", "v2.0.0"),
      "config:\n  releases:versions:\n    a: v1.0.0\n    b: v2.0.0",
    );
  });

  it("fills a key that nothing stands at", () => {
    assert.equal(
      edit("config:\n  releases:versions:\n  aws:region: x\n", "versions", "a", "v1.0.0"),
      "config:\n  releases:versions:\n    a: v1.0.0\n  aws:region: x\n",
    );
  });

  it("leaves names that aren't in order where they are, and adds behind them", () => {
    const unordered = "config:\n  releases:versions:\n    z: v1.0.0\n    a: v1.0.0\n";
    assert.deepEqual(review(unordered, edit(unordered, "versions", "m", "v1.0.0")), [
      "+    m: v1.0.0",
    ]);
  });

  for (const stack of ["testing", "staging", "production"]) {
    it(`reads back what it wrote into ${stack}'s config, and touches nothing else of it`, () => {
      const before = fs.readFileSync(path.join(ACME, `Pulumi.${stack}.yaml`), "utf8");
      const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
      const reason = fc.string({ minLength: 1 }).filter((text) => text.trim() === text);
      const hold = fc.record({ reason }, { noNullPrototype: true });
      const change = fc.oneof(
        fc.tuple(fc.constant("versions" as const), name, fc.constant("v1.2.3")),
        fc.tuple(fc.constant("holds" as const), name, hold),
      );
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (edits) => {
          const expected = parse(before) as { config: Record<string, Record<string, unknown>> };
          let after = before;
          for (const [key, service, value] of edits) {
            (expected.config[`releases:${key}`] ??= {})[service] = value;
            after = edit(after, key, service, value);
          }
          assert.deepEqual(parse(after), expected);
          for (const [key, service] of edits) {
            after = edit(after, key, service, undefined);
          }
          const touched = new Set(edits.map(([, service]) => service));
          const rest = before
            .split("\n")
            .filter((line) => ![...touched].some((service) => line.includes(`    ${service}:`)));
          for (const line of rest) {
            if (/releases:(?:holds|charts):/.test(line)) continue;
            assert.ok(after.split("\n").includes(line), line);
          }
        }),
        { numRuns: 60 },
      );
    });
  }

  it("leaves a mapping where the last name of the only key goes", () => {
    const only = "config:\n  releases:versions: # what runs\n    # one\n    a: v1.0.0\n";
    assert.equal(
      edit(only, "versions", "a", undefined),
      "config:\n  releases:versions: {} # what runs\n    # one\n",
    );
  });

  const BLOCKS = [
    "config:\n  releases:versions:\n    b: v1.0.0 # why\n    d: v1.0.0",
    "config:\n  releases:versions:\n    z: v1.0.0\n    b: 'v1.0.0'\n  aws:region: x\n",
    "config:\n  releases:versions: { b: v1.0.0, d: v1.0.0 }\n",
    "config:\n  aws:region: x\n",
  ];
  for (const before of BLOCKS) {
    it(`makes many changes as it makes one after the other, in ${JSON.stringify(before)}`, () => {
      const change = fc.record({
        key: fc.constant("versions" as const),
        name: fc.constantFrom("a", "b", "c", "d", "e", "z"),
        value: fc.constantFrom("v1.0.0", "v10.20.30-rc.1", undefined),
      });
      const changes = fc.uniqueArray(change, { selector: ({ name }) => name });
      fc.assert(
        fc.property(changes, (edits) => {
          const after = editStackConfig({ file: FILE, text: before }, edits);
          const expected = parse(before) as { config: Record<string, Record<string, unknown>> };
          for (const { name, value } of edits) {
            const pins = (expected.config["releases:versions"] ??= {});
            if (value !== undefined) pins[name] = value;
            else Reflect.deleteProperty(pins, name);
          }
          const { config } = parse(after) as typeof expected;
          assert.deepEqual(
            config["releases:versions"] ?? {},
            expected.config["releases:versions"] ?? {},
          );
          if (before.includes("# why") && !edits.some(({ name }) => name === "b")) {
            assert.match(after, /b: v1\.0\.0 # why/);
          }
          assert.equal(editStackConfig({ file: FILE, text: after }, edits), after);
        }),
      );
    });
  }
});
