import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import * as yaml from "yaml";
import {
  PastReader,
  type PastFile,
  type PastList,
  type PastStack,
} from "../../../src/core/history/past-parser";
import { ACME } from "../../support/acme";
import { text } from "../../support/text";
import { digestOf } from "../../support/model";

const DIGEST = digestOf("a");

function read(file: string, content: string): PastFile | undefined {
  return new PastReader().read({ file, bytes: new TextEncoder().encode(content) });
}

function stack(content: string, file = "Pulumi.testing.yaml"): PastStack {
  const found = read(file, content);
  assert.ok(found !== undefined && "versions" in found);
  return found;
}

function list(content: string): PastList {
  const found = read("service/shop.yaml", content);
  assert.ok(found !== undefined && "definitions" in found);
  return found;
}

describe("PastReader on stack configs", () => {
  it("reads the committed ones as the YAML parser does", () => {
    for (const name of ["testing", "staging", "production"]) {
      const content = fs.readFileSync(path.join(ACME, `Pulumi.${name}.yaml`), "utf8");
      const { config } = yaml.parse(content) as { config: Record<string, unknown> };
      const found = stack(content, `Pulumi.${name}.yaml`);
      assert.equal(found.environment, name);
      assert.deepEqual(Object.fromEntries(found.versions), config["releases:versions"]);
    }
  });

  const WRITTEN: [how: string, content: string][] = [
    ["plain lines", "config:\n  releases:versions:\n    orders: v1.2.3\n    a/b_c.d: v2\n"],
    [
      "deeper lines",
      "config:\n    releases:versions:\n          orders: v1.2.3\n          a/b_c.d: v2\n",
    ],
    [
      "comments and blank lines",
      "config: # all\n  # what runs\n\n  releases:versions: # here\n    # one\n    orders: v1.2.3 # two\n\n    a/b_c.d: v2\n  aws:region: x\n",
    ],
    [
      "Windows line ends",
      "config:\r\n  releases:versions:\r\n    orders: v1.2.3\r\n    a/b_c.d: v2\r\n",
    ],
    ["quotes", `config:\n  "releases:versions":\n    "orders": 'v1.2.3'\n    a/b_c.d: "v2"\n`],
    ["flow mappings", "config:\n  releases:versions: { orders: v1.2.3, a/b_c.d: v2 }\n"],
    ["all flow", "config: { 'releases:versions': { orders: v1.2.3, a/b_c.d: v2 } }\n"],
    ["anchors", "config:\n  releases:versions:\n    orders: &one v1.2.3\n    a/b_c.d: v2\n"],
    [
      "no end of the last line",
      "config:\n  releases:versions:\n    orders: v1.2.3\n    a/b_c.d: v2",
    ],
    [
      "other top keys",
      "encryptionsalt: v1:x\nconfig:\n  releases:versions:\n    orders: v1.2.3\n    a/b_c.d: v2\nsecretsprovider: y\n",
    ],
  ];
  for (const [how, content] of WRITTEN) {
    it(`reads ${how}`, () => {
      const { versions } = stack(content);
      assert.deepEqual(
        [...versions],
        [
          ["orders", "v1.2.3"],
          ["a/b_c.d", "v2"],
        ],
      );
    });
  }

  it("reads the environment, what is selected, and why something is held", () => {
    const found = stack(text`
      config:
        releases:environment: production
        releases:select: { team: shop }
        releases:versions:
          orders: v1.2.3@${DIGEST}
        releases:holds:
          orders:
            reason: "slow: very"
            until: 2026-12-01
    `);
    assert.deepEqual(found, {
      environment: "production",
      select: { team: "shop" },
      versions: new Map([["orders", `v1.2.3@${DIGEST}`]]),
      charts: new Map(),
      holds: new Map([["orders", "slow: very"]]),
      hasCluster: false,
    });
  });

  it("knows what it can't read, and what says nothing", () => {
    assert.equal(read("Pulumi.testing.yaml", "config: ["), undefined);
    assert.deepEqual(stack("config:\n  aws:region: eu-west-1\n").versions, new Map());
  });

  it("reads any pins as the YAML parser does", () => {
    const name = fc.stringMatching(/^[A-Za-z][\w./-]{0,8}[A-Za-z0-9]$/);
    const pin = fc.stringMatching(/^v[0-9]{1,2}(\.[0-9]{1,2}){0,2}(-[a-z0-9]{1,4})?$/);
    const line = fc.tuple(
      name,
      pin,
      fc.constantFrom("", " # x", "   "),
      fc.constantFrom("", '"', "'"),
    );
    fc.assert(
      fc.property(fc.uniqueArray(line, { selector: ([name]) => name }), (lines) => {
        const body = lines.map(
          ([name, pin, tail, quote]) => `    ${name}: ${quote}${pin}${quote}${tail}\n`,
        );
        const content = `config:\n  a:b: c\n  releases:versions:\n${body.join("")}  z:y: x\n`;
        const parsed = (yaml.parse(content) as { config: Record<string, unknown> }).config;
        const versions = stack(content).versions;
        assert.deepEqual(Object.fromEntries(versions), parsed["releases:versions"] ?? {});
      }),
    );
  });
});

describe("PastReader on a long history", () => {
  const INDEXES = Array.from({ length: 200 }, (_, index) => index);
  const HEAD = `# All.\nencryptionsalt: v1:x\nconfig:\n  a:b: ["*"]\n\n# Pins.\n  releases:versions:\n`;

  it("returns each version, of pins and definitions that it has met before", () => {
    const reader = new PastReader();
    for (const changed of INDEXES) {
      const release = (index: number): string => (index === changed ? "v2" : "v1");
      const pins = INDEXES.map((index) => `    s${index}: ${release(index)}\n`);
      const stack = Buffer.from(HEAD + pins.join(""));
      const entries = INDEXES.map((index) => {
        return `- docker: s${index}\n  deploy:\n    release: ${release(index)}\n`;
      });
      const list = Buffer.from(`# All.\n\n${entries.join("# More.\n")}`);
      const [config, file] = [
        reader.read({ file: "Pulumi.testing.yaml", bytes: stack }),
        reader.read({ file: "service/shop.yaml", bytes: list }),
      ];
      assert.ok(config !== undefined && "versions" in config);
      assert.ok(file !== undefined && "definitions" in file);
      assert.equal(config.versions.get(`s${changed}`), "v2");
      assert.equal(file.definitions.get(`s${changed}`)?.release, "v2");
    }
  });
});

describe("PastReader on the list", () => {
  const versionsOf = ({ definitions }: ReturnType<typeof list>) =>
    new Map([...definitions].map(([name, { docker: _docker, ...rest }]) => [name, rest]));
  const EXPECTED = new Map([
    ["orders", { release: "v1.2.3" }],
    ["shop/catalog", { release: "v2.0", environments: ["testing"], team: "shop" }],
  ]);
  const WRITTEN: [how: string, content: string][] = [
    [
      "blocks",
      "# all\n\n- github: x\n  docker: orders\n  deploy:\n    release: v1.2.3\n\n# more\n- name: shop/catalog\n  docker: catalog\n  deploy: { release: v2.0 }\n  environments: [testing]\n  team: shop\n",
    ],
    [
      "indented blocks",
      "  - docker: orders\n    deploy: { release: v1.2.3 }\n  - name: shop/catalog\n    deploy: { release: v2.0 }\n    environments: [testing]\n    team: shop\n",
    ],
    [
      "flow",
      "[{docker: orders, deploy: {release: v1.2.3}}, {name: shop/catalog, deploy: {release: v2.0}, environments: [testing], team: shop}]",
    ],
    [
      "a lone dash",
      "-\n  docker: orders\n  deploy: { release: v1.2.3 }\n-\n  name: shop/catalog\n  deploy: { release: v2.0 }\n  environments: [testing]\n  team: shop\n",
    ],
    [
      "anchors",
      "- docker: orders\n  deploy: &d { release: v1.2.3 }\n- name: shop/catalog\n  deploy: { release: v2.0 }\n  environments: [testing]\n  team: shop\n",
    ],
  ];
  for (const [how, content] of WRITTEN) {
    it(`reads ${how}`, () => assert.deepEqual(versionsOf(list(content)), EXPECTED));
  }

  it("takes the first document, and the first definition with others beside it, as a list that Kayron reads", () => {
    const { definitions } = list(text`
      - { github: 123, docker: 456, deploy: { release: v1.2.3 } }
      - { github: 123, docker: 456, deploy: { release: v1.2.4 } }
      ---
      - { github: b, docker: b, deploy: { release: v1.2.3 } }
    `);
    const others = [{ docker: "456", release: "v1.2.4" }];
    assert.deepEqual(definitions, new Map([["456", { docker: "456", release: "v1.2.3", others }]]));
  });

  it("knows that nothing runs of a service which has nothing but previews", () => {
    const { definitions } = list("- { github: a, docker: a, deploy: { preview: true } }\n");
    assert.deepEqual(definitions, new Map([["a", { docker: "a", environments: [] }]]));
  });

  it("names a service as the list does, and knows what has no release", () => {
    const { definitions } = list(
      '- { github: a, docker: "", deploy: { branch: main } }\n- { docker: b }\n- 7\n',
    );
    assert.deepEqual(
      definitions,
      new Map([
        ["a", {}],
        ["b", { docker: "b" }],
      ]),
    );
  });

  it("reads charts and image repositories, as far as they are texts", () => {
    const { definitions } = list(
      '- { docker: a, chart: { name: "oci://x/a", version: 1.4.0, digest: 7 } }\n- { github: b, docker: [] }\n',
    );
    assert.deepEqual(
      definitions,
      new Map([
        ["a", { docker: "a", chart: { name: "oci://x/a", version: "1.4.0" } }],
        ["b", {}],
      ]),
    );
    const config =
      "config:\n  releases:charts: { a: 1.5.0 }\n  releases:registry: { role: external, host: x }\n";
    const stack = read("Pulumi.testing.yaml", config);
    assert.ok(stack !== undefined && "charts" in stack);
    assert.deepEqual([stack.charts, stack.host], [new Map([["a", "1.5.0"]]), "x"]);
  });

  it("knows what it can't read", () => {
    assert.equal(read("service/shop.yaml", "orders: {"), undefined);
  });

  it("attack: 300 aliases of 20,000 keys are refused as today", () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `    k${index}: 1\n`).join("");
    const base = `- docker: base\n  github: base\n  deploy: { release: v1 }\n  values: &all\n${keys}`;
    const aliases = Array.from({ length: 300 }, (_, index) => {
      return `- { docker: s${index}, deploy: { release: v2 }, values: *all, environments: *all, team: *all }\n`;
    });
    // Today's parser refuses it for what it expands to, so the past has no such file.
    assert.equal(read("service/shop.yaml", base + aliases.join("")), undefined);
  });

  it("reads nothing that is larger than today's parser takes", () => {
    const entry = "- { docker: orders, deploy: { release: v1.2.3 } }\n";
    const filled = (bytes: number): string => `${entry}${"#".repeat(bytes - entry.length)}`;
    assert.equal(list(filled(1024 * 1024)).definitions.size, 1);
    assert.equal(read("service/shop.yaml", filled(1024 * 1024 + 1)), undefined);
  });
});
