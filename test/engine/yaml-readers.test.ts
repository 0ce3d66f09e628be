import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { findHelm, findPulumi } from "../../src/adapters/find-tool";
import type { Issue } from "../../src/core/input/issue";
import type { OtherReading } from "../../src/core/input/source";
import { parseYaml } from "../../src/core/input/yaml-file";
import { parseValue } from "../../stacks/config";
import { folderOf } from "../support/folder";
import { repositoryOf } from "../support/repository";
import { randomFrom } from "../support/yaml-texts";

/** Scalars without quotes, each of a kind of its own to some reader of YAML. */
const SCALARS = `
  0400 0775 012 -012 08 09.5 00 0 -0 +0 0_7 0o17 0O17 0o_7 0o8 0x1F 0X1f -0x1F 0x_1F 0x1p3 0xffffffffffffffffff
  0b11 -0b11 0b1_1 0b12 0B11 0b 0x 0o 1_000_000 1_ _1 1__0 1_0.5 1._5 1_e3 12:30:45 190:20:30 .5 5. +.5 -.5 +1.5
  0o-22 0o+7 0b-11 0b+1 0b-12 -0b-1 -0o-1 0x-1 .5_0 .5__0 .5_ .5_e3 .5e1_0 ._5 -_5 -._5 +_1_0 __1 .e5 -1_ 1e3 1E3 1e+3 1.e3 1.5e-3 6e5a123 123e45 12e03 0e0 1e e3 1e400 +12 + 1.0 0.10 1.10 1.2.3 v1 1,000 -0.0
  no No NO nO off OFF on On y Y n N yes Yes yEs true True TRUE tRUE false False FALSE ~ null Null NULL nULL
  2027-12-31 2027-1-2 2027-12-31T10:00:00Z 2027-12-31t10:00:00+02:00 2027-12-31T10:00:00 2027-13-31 2027-02-29
  2028-02-29 2027-12-31T24:00:00Z 2027-12-31T10:00:00.5Z 20271231 = << Infinity inf NaN +Inf _ 1.4.0 a=b 50%
  9007199254740991 0777777777777777777777777 0b${"1".repeat(70)} c0ffee00 1e21 1e-7 123456.7 !!int|0400
  !!str|0400 !!int|5
`
  .trim()
  .split(/\s+/)
  .map((scalar) => scalar.replace("|", " "))
  .concat(["2027-12-31 10:00:00", "2027-12-31 10:00", "2027-12-31 10:00:00 +2", "1 000", "no way"]);

const ALPHABET = "0011279_+-.eExXoObB:TZynNofF";

/** Files that a seed makes, and how many scalars each has. */
const FILES = process.env["DEEP"] === undefined ? 6 : 200;
const SCALARS_OF_A_FILE = 250;
const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

function generated(random: () => number): string[] {
  const below = (limit: number): number => Math.floor(random() * limit);
  return Array.from({ length: SCALARS_OF_A_FILE }, () => {
    const letters = Array.from({ length: 1 + below(7) }, () => ALPHABET[below(ALPHABET.length)]);
    const text = letters.join("");
    // A dash or a colon at an end is a part of YAML's syntax, and three dashes or dots end a document.
    return /^[-:]$|:$|^(?:---|\.\.\.)/.test(text) ? `0${text}1` : text;
  });
}

/** Mappings that merge others. A mapping of several lines is below its key. */
const MERGES = [
  "a: &a { x: 1, z: 1 }",
  "b: &b { x: 2, w: { p: 1, q: 2 } }",
  "first: { <<: *a, x: 9 }",
  "several: { <<: [*a, *b], v: 1 }",
  "other: { <<: [*b, *a] }",
  "chain: &c { <<: *b, c: 1 }",
  "chained: { <<: *c, w: { p: 3 } }",
  "inline: { <<: { x: 1 }, v: 3 }",
  "none: { <<: [], v: 3 }",
  "empty: { <<: *a, x: ~ }",
  'list: [{ <<: *a }, { <<: *b, x: "0400" }]',
];

interface Reader {
  readonly name: "helm" | "pulumi";
  /** Returns what the tool reads of the mapping that these lines are. */
  read(lines: readonly string[]): Record<string, unknown>;
}

function output(command: string, args: readonly string[], folder: string): string {
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env });
  assert.equal(status, 0, String(stderr));
  return String(stdout);
}

function helmReader(helm: string): Reader {
  const chart = "apiVersion: v2\nname: values\nversion: 1.0.0\n";
  const folder = folderOf({
    "Chart.yaml": chart,
    "templates/all.yaml": "all: {{ toJson .Values.all }}\n",
  });
  return {
    name: "helm",
    read(lines) {
      fs.writeFileSync(path.join(folder, "of-test.yaml"), fileOf("all", lines));
      const args = ["template", "values", ".", "--values", "of-test.yaml"];
      const json = output(helm, args, folder).split("\nall: ")[1] ?? "";
      return JSON.parse(json) as Record<string, unknown>;
    },
  };
}

function pulumiReader(pulumi: string): Reader {
  const folder = folderOf({ "Pulumi.yaml": "name: releases\nruntime: nodejs\n" });
  output(pulumi, ["stack", "init", "testing"], folder);
  return {
    name: "pulumi",
    read(lines) {
      const file = fileOf("releases:all", lines).replaceAll(/^(?=.)/gm, "  ");
      fs.writeFileSync(path.join(folder, "Pulumi.testing.yaml"), `config:\n${file}`);
      const args = ["config", "--json", "--stack", "testing"];
      const config = JSON.parse(output(pulumi, args, folder)) as {
        "releases:all": { value: string };
      };
      return parseValue(config["releases:all"].value) as Record<string, unknown>;
    },
  };
}

function fileOf(key: string, lines: readonly string[]): string {
  return `${key}:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** Returns what this program reads of lines, and what it says of them. */
function ownOf(lines: readonly string[]): {
  value: Record<string, unknown>;
  issues: readonly Issue[];
  others: readonly OtherReading[];
} {
  const bytes = new TextEncoder().encode(fileOf("all", lines));
  const { value, issues, otherReadings } = parseYaml({ file: "service/shop.yaml", bytes });
  const { all = {} } = (value ?? {}) as { all?: Record<string, unknown> };
  return { value: all, issues, others: otherReadings(["all"]) };
}

/** As JSON has it, where zero has no sign and nothing is infinite. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (Object.is(part, -0) ? 0 : part));
}

/** Returns a value with the keys of its mappings in order. */
function sorted(part: unknown): unknown {
  if (typeof part !== "object" || part === null) return part;
  if (Array.isArray(part)) return part.map(sorted);
  const entries = Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, below]) => [key, sorted(below)]));
}

const LIST = "- { github: cart, docker: cart, deploy: { release: v1.0.0 } }\n";
const PROJECT = "name: releases\nruntime: nodejs\n";
const PROVIDERS = '  pulumi:disable-default-providers: ["*"]\n';

/** Stack configs beside what they take settings from, without a finding. */
const STACK_CONFIGS = [
  {
    "Pulumi.yaml": PROJECT,
    "Pulumi.testing.yaml": `config:\n${PROVIDERS}  releases:account: "012345678901"\n  releases:holds: { cart: { reason: "no", until: "2127-12-31" } }\n  aws:region: eu-west-1\n`,
  },
  {
    "Pulumi.yaml": PROJECT,
    "Pulumi.testing.yaml": `config:\n${PROVIDERS}  x:pins: &pins { cart: v1.0.0 }\n  x:more: &more { <<: *pins, billing: v2.0.0 }\n  releases:versions: { <<: [*more, *pins], billing: v2.0.1 }\n`,
  },
  {
    "Pulumi.yaml": `${PROJECT}config:\n  aws:region: eu-west-1\n  pulumi:disable-default-providers: ["*"]\n  account: "111111111111"\n  cluster: { value: { context: shared } }\n  github: { type: object, default: { owner: shop } }\n  releases:webhook: { value: { url: "https://hooks.shop.example" } }\n`,
    "Pulumi.testing.yaml": 'config:\n  releases:cluster: { identifier: "0400", context: own }\n',
  },
  {
    "Pulumi.yaml": `${PROJECT}config:\n  aws:region: { value: eu-west-1 }\n`,
    "Pulumi.testing.yaml": `config: &all\n${PROVIDERS}  aws:region: us-east-1\n  releases:select:\n    names:\n    - cart\n    - "on"\n`,
  },
  { "Pulumi.yaml": PROJECT, "Pulumi.testing.yaml": "config: {}\n" },
].map((files) => ({ ...files, "service/shop.yaml": LIST }));

describe("this program, Pulumi's engine and Helm", function () {
  const [helm, pulumi] = [findHelm(), findPulumi()];
  const readers = [
    ...(helm === undefined ? [] : [() => helmReader(helm)]),
    ...(pulumi === undefined ? [] : [() => pulumiReader(pulumi)]),
  ];
  if (readers.length === 0) {
    it("are not compared: there is no Helm and no Pulumi CLI", function () {
      this.skip();
    });
  }
  for (const open of readers) {
    let reader: Reader;
    before(() => (reader = open()));

    /** Fails for each value that is read differently in silence, or refused though it is read alike. */
    const compare = (scalars: readonly string[]): void => {
      const lines = scalars.map((scalar, index) => `k${index}: ${scalar}`);
      const theirs = reader.read(lines);
      const { value, issues, others } = ownOf(lines);
      assert.deepEqual(issues, []);
      const told = new Map(others.map(({ path, readings }) => [path[0], readings]));
      for (const [index, scalar] of scalars.entries()) {
        const key = `k${index}`;
        const readings = told.get(key);
        const isSame = plain(value[key]) === plain(theirs[key]);
        const says = readings?.[reader.name];
        if (readings === undefined) {
          assert.ok(isSame, `${scalar} is ${plain(theirs[key])} to ${reader.name}`);
        } else if (says === "a time") {
          assert.match(String(theirs[key]), / [+-]\d{4} \w+$|^\d{4}-/, scalar);
          assert.notEqual(theirs[key], scalar);
        } else {
          assert.equal(says, plain(theirs[key]), scalar);
          assert.equal(says === readings.own, isSame, scalar);
        }
      }
    };

    it(`read ${SCALARS.length} scalars alike, or say so`, () => {
      compare(SCALARS);
    });

    it(`read ${FILES} files of ${SCALARS_OF_A_FILE} made scalars alike, or say so, with SEED=${SEED}`, () => {
      const random = randomFrom(SEED);
      for (let file = 0; file < FILES; file++) compare(generated(random));
    });

    it("read keys alike, or say so", () => {
      const keys = [...new Set([...SCALARS, ...generated(randomFrom(1))])].filter(
        (key) => !/^(?:~|null|Null|NULL|<<|!!.*)$/.test(key) && key.length < 17,
      );
      const lines = keys.map((key, index) => `k${index}:\n    ${key}: x`);
      const theirs = reader.read(lines);
      const { value, issues, others } = ownOf(lines);
      assert.deepEqual(issues, []);
      const told = new Set(
        others.flatMap(({ path, readings }) => {
          return readings[reader.name] === readings.own ? [] : [path[0]];
        }),
      );
      for (const [index, key] of keys.entries()) {
        const name = `k${index}`;
        const isSame = plain(value[name]) === plain(theirs[name]);
        assert.equal(told.has(name), !isSame, `${key} is ${plain(theirs[name])} to ${reader.name}`);
      }
    });

    it(`merge alike in ${MERGES.length} mappings`, () => {
      const { value, issues, others } = ownOf(MERGES);
      assert.deepEqual([issues, others], [[], []]);
      assert.deepEqual(sorted(value), sorted(reader.read(MERGES)));
    });
  }

  for (const [index, files] of STACK_CONFIGS.entries()) {
    const test = pulumi === undefined ? it.skip : it;
    test(`lint takes of stack config ${index + 1} what Pulumi reads`, () => {
      const folder = folderOf(files);
      const cli = pulumi ?? "";
      output(cli, ["stack", "init", "testing"], folder);
      fs.writeFileSync(path.join(folder, "Pulumi.testing.yaml"), files["Pulumi.testing.yaml"]);
      const { stacks, issues } = repositoryOf(files);
      const { region, values } = stacks.get("testing") ?? {};
      assert.deepEqual(issues, []);
      const config = JSON.parse(
        output(cli, ["config", "--json", "--stack", "testing"], folder),
      ) as Record<string, { value: string }>;
      const theirs = Object.entries(config).flatMap(([key, { value }]) => {
        return key.startsWith("releases:")
          ? [[key.slice("releases:".length), parseValue(value)]]
          : [];
      });
      assert.deepEqual(sorted(values), sorted(Object.fromEntries(theirs)));
      assert.equal(region, config["aws:region"]?.value);
    });
  }
});
