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
import { ACME } from "../../support/acme";
import { text } from "../../support/text";

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
  return editStackConfig(text, [{ key, name, value }]);
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
    const held = edit("config:\n  releases:holds: {}\n", "holds", "a", hold);
    assert.equal(
      held,
      'config:\n  releases:holds: { a: { reason: "a, b {c}", until: "2026-12-01" } }\n',
    );
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
          const after = editStackConfig(before, edits);
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
          assert.equal(editStackConfig(after, edits), after);
        }),
      );
    });
  }
});
