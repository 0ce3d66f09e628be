import assert from "node:assert/strict";
import { formatIssue, type Position } from "../../../src/core/input/issue";
import { parseYaml } from "../../../src/core/input/yaml-file";
import { yamlFile } from "../../support/model";
import { text } from "../../support/text";

function issues(yaml: string): string[] {
  return yamlFile(yaml).issues.map(formatIssue);
}

function place({ line, column }: Position): string {
  return `${line}:${column}`;
}

describe("parseYaml", () => {
  const values = [
    ["- a\n- b\n", ["a", "b"]],
    ["a: 1\nb: [x, true, null, 1.5]\n", { a: 1, b: ["x", true, null, 1.5] }],
    ["text\n", "text"],
    ["[]\n", []],
    ["{}\n", {}],
    ['""\n', ""],
    ["0\n", 0],
    ["false\n", false],
    ["---\n- a\n", ["a"]],
    ["- a\n...\n", ["a"]],
    ["# comment\n- a # more\n", ["a"]],
    ["- a\r\n- b\r\n", ["a", "b"]],
    ["- ünï\n- 🚀\n", ["ünï", "🚀"]],
    ["{ 1: a, true: b }\n", { "1": "a", true: "b" }],
    ["a: yes\nb: 012\nc: 1_000\nd: 12:30:45\n", { a: "yes", b: 12, c: "1_000", d: "12:30:45" }],
    ["a: 2026-12-19\n", { a: "2026-12-19" }],
    ["a: &x { b: 1 }\nc: *x\n", { a: { b: 1 }, c: { b: 1 } }],
    ["a: |\n  one\n  two\n", { a: "one\ntwo\n" }],
    ["{ constructor: 1, toString: 2 }\n", { constructor: 1, toString: 2 }],
  ] as const;
  for (const [yaml, expected] of values) {
    it(`reads ${JSON.stringify(yaml)}`, () => {
      const file = yamlFile(yaml);
      assert.deepEqual(file.issues, []);
      assert.deepEqual(file.value, expected);
    });
  }

  it("knows its file", () => {
    assert.equal(yamlFile("a\n", "service/a.yaml").file, "service/a.yaml");
    assert.equal(yamlFile("[\n", "service/a.yaml").issues[0]?.file, "service/a.yaml");
  });

  it("has no value where there are issues", () => {
    assert.equal(yamlFile("a: 1\na: 2\n").value, undefined);
  });

  const merges = [
    ["a: &x { b: 1 }\nc: { <<: *x }\n", { a: { b: 1 }, c: { b: 1 } }],
    ["a: &x { b: 1 }\nc: { <<: *x, b: 2 }\n", { a: { b: 1 }, c: { b: 2 } }],
    [
      "- &a { x: 1, z: 1 }\n- &b { x: 2, w: 2 }\n- <<: [*a, *b]\n",
      [
        { x: 1, z: 1 },
        { x: 2, w: 2 },
        { x: 1, z: 1, w: 2 },
      ],
    ],
    [
      "- &a { x: 1 }\n- &b { <<: *a, y2: 2 }\n- { <<: *b }\n",
      [{ x: 1 }, { x: 1, y2: 2 }, { x: 1, y2: 2 }],
    ],
    ["a: { <<: { b: 1 } }\n", { a: { b: 1 } }],
    ["a: { <<: [] }\n", { a: {} }],
  ] as const;
  for (const [yaml, expected] of merges) {
    it(`merges as Pulumi and Helm do: ${JSON.stringify(yaml)}`, () => {
      const file = yamlFile(yaml);
      assert.deepEqual(file.issues, []);
      assert.deepEqual(file.value, expected);
    });
  }

  it("locates what is merged where it is written", () => {
    const file = yamlFile("a: &x { b: 1.10 }\nc: { <<: *x, d: 2 }\n");
    assert.equal(place(file.locate(["c", "b"])), "1:12");
    assert.equal(place(file.locate(["c", "b"], "key")), "1:9");
    assert.equal(file.written(["c", "b"]), "1.10");
    assert.equal(place(file.locate(["c", "d"])), "2:17");
  });

  const notMerged = [
    ["a: { <<: 5 }\n", "1:6"],
    ["a: { <<: ~ }\n", "1:6"],
    ["a: { <<: }\n", "1:6"],
    ["a: { <<: [{ b: 1 }, 5] }\n", "1:6"],
    ['a: { "<<": { b: 1 } }\n', "1:6"],
    ["a: &x { b: 1 }\nc: { b: 2, <<: *x }\n", "2:6"],
    ["a: &x { b: 1 }\nc: &z { <<: *x }\nd: { b: 2, <<: [{ e: 1 }, *z] }\n", "3:6"],
  ] as const;
  for (const [yaml, where] of notMerged) {
    it(`refuses a merge that isn't read alike: ${JSON.stringify(yaml)}`, () => {
      const [issue, ...more] = yamlFile(yaml).issues;
      assert.deepEqual([issue?.code, issue && place(issue), more], ["merge-key", where, []]);
    });
  }

  it("attack: a hundred mappings that each merge the one before twice take no time", () => {
    const lines = Array.from({ length: 100 }, (_, index) => {
      const before = index === 0 ? "{ x: 1 }" : `{ <<: [*a${index - 1}, *a${index - 1}], x: 1 }`;
      return `k${index}: &a${index} ${before}\n`;
    });
    assert.deepEqual(
      yamlFile(lines.join("")).issues.map(({ code }) => code),
      ["too-large"],
    );
  });

  it("takes the last anchor of a name above a merge, and refuses one that merges itself", () => {
    const twice = "a: &x { b: 1 }\nc: &x { d: 1 }\ne: { <<: *x }\n";
    assert.deepEqual(yamlFile(twice).value, { a: { b: 1 }, c: { d: 1 }, e: { d: 1 } });
    const itself = yamlFile("a: &x { b: 1 }\nc: &x { d: 1, <<: *x }\ne: { <<: *x }\n");
    assert.deepEqual(
      itself.issues.map(({ code }) => code),
      ["alias-bomb"],
    );
  });

  it("refuses two merge keys in one mapping, of which Helm takes the last", () => {
    assert.deepEqual(issues("a: &a { b: 1 }\nc: { <<: *a, <<: { b: 2 } }\n"), [
      `service/shop.yaml:2:14 duplicate-key "<<" is defined twice (first on line 2); keep one`,
    ]);
  });

  it("finds every duplicate key, and the line of the first one", () => {
    const found = issues(text`
      a: 1
      b: { c: 1, d: 2, c: 3 }
      "a": 2
      1: x
      "1": y
    `);
    assert.deepEqual(found, [
      `service/shop.yaml:3:1 duplicate-key "a" is defined twice (first on line 1); keep one`,
      `service/shop.yaml:5:1 duplicate-key "1" is defined twice (first on line 4); keep one`,
      `service/shop.yaml:2:18 duplicate-key "c" is defined twice (first on line 2); keep one`,
    ]);
  });

  const reserved = ["__proto__: 1", '"__proto__": 1', "a: [{ b: { __proto__: {} } }]"];
  for (const yaml of reserved) {
    it(`refuses the key __proto__ in ${yaml}, which changes nothing`, () => {
      const file = yamlFile(`${yaml}\n`);
      assert.deepEqual(
        file.issues.map(({ code }) => code),
        ["reserved-name"],
      );
      assert.equal(({} as Record<string, unknown>)["b"], undefined);
    });
  }

  const nothing = ["", "\n", "  \n", "# a\n", "---\n", "---\n...\n", "~\n", "null\n", "--- # a\n"];
  for (const yaml of nothing) {
    it(`finds nothing in ${JSON.stringify(yaml)}`, () => {
      assert.deepEqual(
        yamlFile(yaml).issues.map(({ code }) => code),
        ["empty-file"],
      );
    });
  }

  const documents = ["a\n---\nb\n", "---\na\n---\n", "a\n...\n---\nb\n", "---\n---\n"];
  for (const yaml of documents) {
    it(`finds several documents in ${JSON.stringify(yaml)}`, () => {
      assert.deepEqual(
        yamlFile(yaml).issues.map(({ code }) => code),
        ["several-documents"],
      );
    });
  }

  const TWICE = "a: 1\na: 2\n";
  for (const [yaml, codes] of [
    [`b\n---\n${TWICE}`, ["duplicate-key"]],
    [`~\n---\n${TWICE}`, ["duplicate-key"]],
    [`# c\n---\n${TWICE}`, ["duplicate-key"]],
    [`---\n---\n${TWICE}`, ["empty-file", "several-documents"]],
    [`---\n# c\n---\n---\n${TWICE}`, ["empty-file", "several-documents", "several-documents"]],
    ["---\n---\n- [\n", ["empty-file", "several-documents"]],
  ] as const) {
    it(`has what Kayron looks at in ${JSON.stringify(yaml)}`, () => {
      const bytes = new TextEncoder().encode(yaml);
      const { issues } = parseYaml({ file: "a.yaml", bytes }, "first");
      assert.deepEqual(new Set(issues.map(({ code }) => code)), new Set(codes));
    });
  }

  it("takes as many aliases as a list may need, and no more", () => {
    const many = (count: number): string[] =>
      issues(`a: &a { b: 1 }\nc:\n${"  - *a\n".repeat(count)}`);
    assert.deepEqual(many(900), []);
    assert.deepEqual(many(1001), [
      "service/shop.yaml:1003:5 alias-bomb more than 1000 aliases; write the values out",
    ]);
  });

  const circles = [
    ["&a [*a]", "1:5"],
    ["&a { b: { c: [*a] } }", "1:15"],
    ["- &a\n  b: *a\n", "2:6"],
  ] as const;
  for (const [yaml, at] of circles) {
    it(`finds the alias in the value that it refers to in ${JSON.stringify(yaml)}`, () => {
      assert.deepEqual(issues(yaml), [
        `service/shop.yaml:${at} alias-bomb "*a" refers to a value that contains it; write the value out`,
      ]);
    });
  }

  it("finds the position of the first byte that isn't UTF-8", () => {
    const cases = [
      [[0xff], "1:1"],
      [[0x61, 0x0a, 0x62, 0xc3], "2:2"],
      [[0x61, 0x0d, 0x0a, 0xe4, 0x62], "2:1"],
      [[0xc3, 0xa4, 0x80], "1:2"],
      [[0xf0, 0x9f, 0x9a, 0x80, 0xed, 0xa0, 0x80], "1:3"],
      [[0xc0, 0x80], "1:1"],
    ] as const;
    for (const [bytes, at] of cases) {
      const { issues } = parseYaml({ file: "a.yaml", bytes: Uint8Array.from(bytes) });
      assert.deepEqual(
        issues.map((issue) => `${place(issue)} ${issue.code}`),
        [`${at} invalid-utf8`],
      );
    }
  });

  it("takes a byte order mark for one at the start alone", () => {
    assert.deepEqual(
      yamlFile("\uFEFFa: 1\n").issues.map(({ code }) => code),
      ["byte-order-mark"],
    );
    assert.deepEqual(yamlFile('a: "\uFEFF"\n').value, { a: "\uFEFF" });
  });

  it("takes a file of exactly 1 MiB, and refuses one byte more", () => {
    const limit = 1024 * 1024;
    assert.deepEqual(issues("a".padEnd(limit)), []);
    assert.deepEqual(issues("a".padEnd(limit + 1)), [
      "service/shop.yaml:1:1 file-too-large the file is larger than 1048576 bytes; split it",
    ]);
  });

  it("takes 256 levels of nesting, and refuses one more", () => {
    const flow = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
    assert.deepEqual(issues(flow(256)), []);
    assert.deepEqual(issues(flow(257)), [
      "service/shop.yaml:1:257 yaml-syntax more than 256 levels of nesting; this is not a release list",
    ]);
    assert.deepEqual(issues(`${"- ".repeat(256)}a`), []);
    assert.deepEqual(issues(`${"- ".repeat(257)}a`), [
      "service/shop.yaml:1:513 yaml-syntax more than 256 levels of nesting; this is not a release list",
    ]);
  });

  it("counts brackets that are closed again no further", () => {
    assert.deepEqual(issues(`[${"[], {}, ".repeat(1000)}]`), []);
    assert.deepEqual(issues("- []\n".repeat(1000)), []);
  });

  it("shows the first few of many errors", () => {
    assert.equal(yamlFile("- ]\n".repeat(100)).issues.length, 20);
  });

  it("finds the position of an alias of no anchor", () => {
    assert.deepEqual(
      yamlFile("a: 1\nb: *x\n").issues.map(({ line, column, code }) => `${line}:${column} ${code}`),
      ["2:4 yaml-syntax"],
    );
  });

  it("finds the tab that indents the second line of a definition, and nothing else", () => {
    assert.deepEqual(issues("- github: orders\n\tdocker: orders\n"), [
      "service/shop.yaml:2:1 tab-indent a tab indents this line; YAML indents with spaces",
    ]);
  });

  it("gives the line of the first one for every duplicate key", () => {
    assert.deepEqual(issues("a: 1\na: 2\na: 3\n"), [
      `service/shop.yaml:2:1 duplicate-key "a" is defined twice (first on line 1); keep one`,
      `service/shop.yaml:3:1 duplicate-key "a" is defined twice (first on line 1); keep one`,
    ]);
  });

  it("refuses 20,000 aliases of one value", () => {
    const found = yamlFile(`- &a x\n${"- *a\n".repeat(20_000)}`).issues;
    assert.deepEqual(
      found.map(({ code }) => code),
      ["alias-bomb"],
    );
  });

  it("doesn't take bytes for a byte order mark that only end like one", () => {
    assert.deepEqual(issues("a¿: 1\n"), []);
  });

  it("counts brackets with text between them", () => {
    assert.deepEqual(issues(`${"[a, ".repeat(256)}a${"]".repeat(256)}`), []);
    assert.equal(issues("[a, ".repeat(257)).length, 1);
  });
});

describe("YamlFile.locate", () => {
  const file = yamlFile(text`
    # comment
    - github: orders
      deploy: { release: v1.2.0 }
      list:
        - a
        - b: 1
    - &second
      github: catalog
    - *second
  `);
  const cases = [
    [[], "2:1", "2:1"],
    [[0], "2:3", "2:3"],
    [[0, "github"], "2:11", "2:3"],
    [[0, "deploy"], "3:11", "3:3"],
    [[0, "deploy", "release"], "3:22", "3:13"],
    [[0, "list", 0], "5:7", "5:7"],
    [[0, "list", 1, "b"], "6:10", "6:7"],
    [[2, "github"], "8:11", "8:3"],
    [[0, "missing"], "2:3", "2:3"],
    [[0, "deploy", "missing", "deeper"], "3:11", "3:11"],
    [[0, "github", "missing"], "2:11", "2:11"],
    [[7], "2:1", "2:1"],
    [[0, "list", 9], "5:5", "5:5"],
  ] as const;
  for (const [path, value, key] of cases) {
    it(`finds ${JSON.stringify(path)}`, () => {
      assert.equal(place(file.locate(path)), value);
      assert.equal(place(file.locate(path, "value")), value);
      assert.equal(place(file.locate(path, "key")), key);
    });
  }

  it("counts columns in UTF-16 units, as editors do", () => {
    assert.equal(place(yamlFile("{ 🚀: 1, b: 2 }\n").locate(["b"], "key")), "1:10");
  });

  it("finds the start of a file that is none", () => {
    assert.equal(place(yamlFile("[\n").locate([0, "a"])), "1:1");
  });

  it("finds the same places with Windows line ends", () => {
    const windows = yamlFile("- a: 1\r\n  b: 2\r\n- c: 3\r\n");
    assert.equal(place(windows.locate([0, "b"])), "2:6");
    assert.equal(place(windows.locate([1, "c"], "key")), "3:3");
  });
});

describe("YamlFile.written", () => {
  const file = yamlFile('a: 1.10\nb: "1.10"\nc: [0x10, ~]\nd: { e: 012 }\n');
  const cases = [
    [["a"], "1.10"],
    [["b"], "1.10"],
    [["c", 0], "0x10"],
    [["c", 1], "~"],
    [["d", "e"], "012"],
    [["c"], undefined],
    [["missing"], undefined],
    [["a", "deeper"], undefined],
    [[], undefined],
  ] as const;
  for (const [path, expected] of cases) {
    it(`${expected === undefined ? "has nothing" : `is ${expected}`} at ${JSON.stringify(path)}`, () => {
      assert.equal(file.written(path), expected);
    });
  }

  it("is what an alias names", () => {
    const aliased = yamlFile("a: &a 1.10\nb: *a\nc: &c { d: 1.10 }\ne: *c\n");
    assert.equal(aliased.written(["b"]), "1.10");
    assert.equal(aliased.written(["e", "d"]), "1.10");
  });
});
