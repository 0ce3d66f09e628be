import assert from "node:assert/strict";
import { readPlainYaml } from "../../../src/core/input/plain-yaml";
import { yamlFile } from "../../support/model";
import { text } from "../../support/text";
import { randomFrom, yamlText } from "../../support/yaml-texts";

describe("readPlainYaml", () => {
  const plain = [
    ["- a\n- b\n", ["a", "b"]],
    ["a: 1\nb: x", { a: 1, b: "x" }],
    ["a:\n  b:\n    - x\n    - y\n  c: true\n", { a: { b: ["x", "y"], c: true } }],
    ["a:\n- b: 0\n  c: false\nd: e\n", { a: [{ b: 0, c: false }], d: "e" }],
    [
      '# c\n\n- a: "v{version} # \' x" # c\n\n  # c\n  b: \'a "b" \\\'\n',
      [{ a: "v{version} # ' x", b: 'a "b" \\' }],
    ],
    ["- a:\n    b: c\n  d:\n  - e\n- f\n", [{ a: { b: "c" }, d: ["e"] }, "f"]],
    [
      "aws:region: eu-west-1\nu: https://acme.example/x\n",
      { "aws:region": "eu-west-1", u: "https://acme.example/x" },
    ],
    ["a: yes\nb: no\nc: on\n", { a: "yes", b: "no", c: "on" }],
    ["a: 999999999999999\nb: ''\n", { a: 999999999999999, b: "" }],
    ["constructor: 1\ntoString: 2\n", { constructor: 1, toString: 2 }],
  ] as const;
  for (const [yaml, expected] of plain) {
    it(`reads ${JSON.stringify(yaml)}`, () => {
      assert.deepEqual(readPlainYaml(yaml), expected);
      assert.deepEqual(general(yaml), { value: expected, issues: [] });
    });
  }

  const others = [
    ...[
      "",
      "\n",
      "# a\n",
      "a",
      "a:\n",
      "- a:\n",
      "-\n",
      "- \n",
      "[]",
      "a: {}",
      "a: [b]",
      "- - a",
      "-  a",
    ],
    ...[
      "a: null",
      "a: ~",
      "a: True",
      "a: NULL",
      "a: -1",
      "a: 1.10",
      "a: 01",
      "a: 1e3",
      "a: 0x10",
      "a: 12:30",
    ],
    ...[
      "a: 1000000000000000",
      "a: 2026-12-19",
      "a: b c",
      'a: "\\n"',
      "a: 'it''s'",
      'a: "b" c',
      "a: b: c",
    ],
    ...[
      "a: &x b",
      "a: *x",
      "a: !!str 1",
      "a: |\n  b",
      "a: >\n  b",
      "? a",
      "<<: a",
      "__proto__: 1",
      '"a": 1',
    ],
    ...[
      "a: 1\na: 2",
      "- a: 1\n  a: 2",
      "a:\n  b: 1\n c: 2",
      "a: 1\n  b: 2",
      "- a\n  b: 1",
      "a: 1\n- b",
      "- a\nb: 1",
    ],
    ...[
      "  a: 1\nb: 2",
      "- a\n  - b",
      "a: b\n  c",
      "---\na: 1",
      "a: 1\n...",
      "%YAML 1.2\n---\na: 1",
      "a: é",
      "a:\tb",
    ],
    ...[
      "a: 1\r\n",
      "\uFEFFa: 1",
      "a: b\u0000",
      "1: a",
      "a:b",
      "a: b#c",
      `${"k".repeat(1001)}: 1`,
      "a: @b",
    ],
    ...["a:\n  - b\n - c", "a:\n  - b\n  c: 1", "a:\nb: 1", "- a:\n- b", `a:${" ".repeat(100)}b`],
  ];
  for (const yaml of others) {
    it(`leaves ${JSON.stringify(shorten(yaml))} to the general parser`, () => {
      assert.equal(readPlainYaml(yaml), undefined);
    });
  }

  it("reads the list of the documentation", () => {
    const list = text`
      - github: orders
        docker: orders
        deploy:
          release: v1.2.0
    `;
    const orders = { github: "orders", docker: "orders", deploy: { release: "v1.2.0" } };
    assert.deepEqual(readPlainYaml(list), [orders]);
  });

  it("gives up in time that grows with the text", () => {
    const hard = [
      `a: ${"b:".repeat(500_000)} !`,
      `a: "${"b".repeat(1_000_000)}" !`,
      `${" ".repeat(99)}!\n`.repeat(10_000),
      `${`a:${" ".repeat(90)}b\n`.repeat(10_000)}!`,
    ];
    for (const yaml of hard) {
      const start = performance.now();
      assert.equal(readPlainYaml(yaml), undefined);
      assert.ok(performance.now() - start < 2000, JSON.stringify(shorten(yaml)));
    }
  });

  it("agrees with the general parser on 2,000 new texts", () => {
    const first = Date.now();
    let read = 0;
    for (let seed = first; seed < first + 2000; seed++) {
      const yaml = yamlText(randomFrom(seed));
      const value = readPlainYaml(yaml);
      if (value === undefined) continue;
      read++;
      assert.deepEqual(
        { value, issues: [] },
        general(yaml),
        `seed ${seed}: ${JSON.stringify(yaml)}`,
      );
      assert.equal(JSON.stringify(value), JSON.stringify(general(yaml).value), `seed ${seed}`);
    }
    assert.ok(read > 300, `only ${read} of the texts from seed ${first} are plain`);
  });
});

/** Returns what the general parser makes of a text: a letter that isn't ASCII, in a comment, leads there. */
function general(yaml: string): { value: unknown; issues: readonly unknown[] } {
  const { value, issues } = yamlFile(`${yaml}\n# é\n`);
  return { value, issues };
}

function shorten(yaml: string): string {
  return yaml.length > 60 ? `${yaml.slice(0, 57)}...` : yaml;
}
