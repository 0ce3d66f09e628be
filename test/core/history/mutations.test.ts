import assert from "node:assert/strict";
import { PastReader, type PastFile } from "../../../src/core/history/past-parser";
import { Findings } from "../../../src/core/input/findings";
import { hasErrors } from "../../../src/core/input/issue";
import type { Source, YamlFile } from "../../../src/core/input/source";
import { parseYaml } from "../../../src/core/input/yaml-file";
import { parseListFile } from "../../../src/core/list/list-file";
import { parseDefinitions } from "../../../src/core/list/parse";
import { checkStackValues, parseStackFile } from "../../../src/core/stack/config";
import { formatPin, parsePin, Version } from "../../../src/core/version";
import { Dice } from "../../support/random-history";

const STACK_FILE = "Pulumi.staging.yaml";
const LIST_FILE = "service/shop.yaml";

const VERSIONS = [
  "v1.2.3",
  "v1",
  "v0.9-beta",
  `v2.0.0@sha256:${"ab".repeat(32)}`,
  `2024.01.05@sha256:${"cd".repeat(32)}`,
];

/** Returns a sound stack config, or a sound file of the list. */
function soundText(isStack: boolean, dice: Dice): string {
  const versions = [...new Set(["orders", "a/b_c.d", "k2", "1.5", "true"])];
  if (isStack) {
    const sections = [
      '  pulumi:disable-default-providers: ["*"]\n',
      "  releases:cluster: { context: acme }\n",
      "  releases:environment: staging\n",
      `  releases:select: ${dice.one(["{ team: shop }", "{ names: [orders] }", "\n    team: shop"])}\n`,
      `  releases:versions:\n${versions.map((name) => `    ${name}: ${dice.one(VERSIONS)}\n`).join("")}`,
      `  releases:holds:\n    orders:\n      reason: ${dice.one(["slow", '"a: b"', "|\n        slow\n        x: y", ">-\n        a\n        b"])}\n`,
      "  releases:templates:\n    bucket: acme-templates\n    parameters:\n      text: |\n        a: b\n\n        c\n",
    ].filter(() => !dice.once(5));
    const salt = dice.once(3) ? "encryptionsalt: v1:abc=:v1:def:ghi=\n" : "";
    return `# What runs here.\n${salt}config:\n${sections.join("")}`;
  }
  const entries = ["orders", "catalog", "mailer"].map((name) => {
    const deploy = dice.one([
      "\n    release: v1.2.3",
      " { release: v2 }",
      " { branch: main }",
      "\n    suspend: true",
    ]);
    const more = [
      "  environments: [testing]\n",
      "  environments:\n  - testing\n  - staging\n",
      "  team: shop\n",
      "  values:\n    note: |\n      - docker: x\n\n      # y\n    list:\n    - a\n    - b: [1,\n      2]\n",
      `  name: ${name}\n`,
    ].filter(() => dice.once(3));
    return `- github: ${name}\n  docker: ${name}\n  deploy:${deploy}\n${more.join("")}`;
  });
  return `# The list.\n\n${entries.join(dice.one(["", "\n", "# more\n"]))}`;
}

/** Parts that are hard in YAML. */
const HARD = [
  "#x", " # x", " #", "\t", "\r", "\ufeff", "\u00a0", "\u2028", "\u0085", "\0", "&a ", "*a", "&a", " *a ",
  "!!str ", "!!map ", "!x ", "<<: *a", "- ", "-", "? ", ": ", ":", "|", "|2\n", ">-\n", "|+\n", '"', "'", "[",
  "]", "{", "}", ",", "%", "@", "`", "---", "--- ", "...", "~", "null", "1.10", "0x1f", "yes", "\\", "\\n", " ",
  "  ", "\n", "\n\n", "\n#", "\n  #", "\n    x: y", "v1", "é", "config:", "releases:versions:", "$&",
]; // prettier-ignore

const LINES = [
  "# What runs here.", "  # x", "      # y", "#", "", "  ", "   ", "---", "...", "%YAML 1.2", "%YAML 1.1", "--- # x",
  "config:", "  releases:versions:", "  releases:versions: { orders: v9.9.9 }", "    orders: v9.9.9", "    new: v9.9.9",
  "  releases:environment: production", "  aws:region: eu-west-1", "  x:y: |", "  x:y: &a", "  x:y: *a", "  <<: *a",
  '  "x:y": z', "  ? x:y", "  : z", '  x:y: "a', '  b: c"', "  x:y: 'a", "  x:y: {", "  }", "  x:y: [", "    a: b",
  "secretsprovider: x", "x: |", "x: >", 'x: "', '"', "x: &a { orders: v9.9.9 }", "- docker: new", "- {github: z, docker: z, deploy: {release: v3}}",
  "-", "- &a", "- *a", "  deploy: *a", "  environments: &a [testing]", "  environments: *a", "  team: x", "- - a", "  - a",
]; // prettier-ignore

function mutated(text: string, dice: Dice): string {
  const lines = text.split("\n");
  const at = dice.below(lines.length);
  const line = lines[at] ?? "";
  const [, indent = "", key = "", value = ""] = /^( *(?:- )?)([^ ][^ ]*): ?(.*)$/.exec(line) ?? [];
  const place = dice.below(text.length + 1);
  const inserted = (part: string): string => text.slice(0, place) + part + text.slice(place);
  const withLine = (...others: string[]): string => {
    return [...lines.slice(0, at), ...others, ...lines.slice(at + 1)].join("\n");
  };
  switch (dice.below(22)) {
    case 0:
      return inserted(dice.one(HARD));
    case 1:
      return withLine(line, `${" ".repeat(dice.below(8))}# a comment`);
    case 2:
      return withLine(line, " ".repeat(dice.below(8)));
    case 3:
      return withLine(line, dice.one(LINES));
    case 4:
      return withLine();
    case 5:
      return withLine(line, line);
    case 6:
      return withLine(`${line}${dice.one(HARD)}`);
    case 7:
      return withLine(`${" ".repeat(1 + dice.below(3))}${line}`);
    case 8:
      return withLine(line.replace(/^ {1,2}/, ""));
    case 9: {
      const quote = dice.one(['"', "'"]);
      return key === "" ? text : withLine(`${indent}${quote}${key}${quote}: ${value}`);
    }
    case 10: {
      const quote = dice.one(['"', "'"]);
      return value === "" ? text : withLine(`${indent}${key}: ${quote}${value}${quote}`);
    }
    case 11:
      return withLine(`${indent}${key}: ${dice.one(HARD)}${value}`);
    case 12:
      return text.replaceAll("\n", "\r\n");
    case 13:
      return `${dice.one(["---\n", "--- # x\n", "\ufeff", "%YAML 1.2\n---\n", "\n", "# x\n---\n", "---\n---\n"])}${text}`;
    case 14:
      return `${text}${dice.one(["...", "...\n", "---\n", "# x", "x: y\n", "\n\n", "\0", "  "])}`;
    case 15: {
      const style = dice.one(["|", ">", "|-", ">+", "|1", "|4"]);
      return key === "" ? text : withLine(`${indent}${key}: ${style}`, `${indent}    ${value}`);
    }
    case 16:
      return key === "" ? text : withLine(`${indent}? ${key}`, `${indent}: ${value}`);
    case 17:
      return key === "" ? text : withLine(`${indent}${key}:`, `${indent}    ${value}`);
    case 18:
      return key === "" ? text : withLine(`${indent}${key}: &a ${value}`, `${indent}z${key}: *a`);
    case 19: {
      const other = dice.below(lines.length);
      const moved = withLine(lines[other] ?? "").split("\n");
      moved[other] = line;
      return moved.join("\n");
    }
    case 20:
      return text
        .split("\n")
        .map((one) => (/^ *#/.test(one) ? one.trimStart() : one))
        .join("\n");
    default:
      return withLine(line.replace(/^( *)(\S)/, "$1\n$1$2"));
  }
}

type Facts = Record<string, unknown>;

/** Returns a file as today's parser reads it: of the past nobody knows which of the two ways a list was read. */
function read(source: Source): YamlFile {
  return source.file === LIST_FILE ? parseListFile(source, "kayron") : parseYaml(source);
}

/** Returns what today's parser makes of a file; undefined where it has an error. */
function today(source: Source): Facts | undefined {
  const file = read(source);
  if (hasErrors(file.issues)) return undefined;
  if (source.file === LIST_FILE) {
    const { services, issues } = parseDefinitions(file);
    const names = services.map(({ name }) => name);
    if (hasErrors(issues) || new Set(names).size < names.length) return undefined;
    return Object.fromEntries(
      services.map(({ name, deploy, environments, team }) => {
        const release = deploy.strategy === "release" ? deploy.version.text : undefined;
        return [name, { release, environments, team }];
      }),
    );
  }
  const { values, issues } = parseStackFile("staging", file);
  if (values === undefined || hasErrors(issues)) return undefined;
  const findings = new Findings(values.from);
  const config = checkStackValues(values, findings);
  if (config === undefined || hasErrors(findings.issues)) return undefined;
  const { environment, select, versions, holds } = config;
  return {
    environment,
    team: select.team,
    names: select.names,
    versions: Object.fromEntries([...versions].map(([name, pin]) => [name, formatPin(pin)])),
    holds: Object.fromEntries([...holds].map(([name, { reason }]) => [name, reason])),
  };
}

/** Returns the same of the reader of the past. */
function past(file: PastFile | undefined): Facts | undefined {
  if (file === undefined) return undefined;
  if ("definitions" in file) {
    return Object.fromEntries(
      [...file.definitions].map(([name, { release = "", environments, team }]) => {
        return [name, { release: Version.parse(release)?.text, environments, team }];
      }),
    );
  }
  if ("clusterOfAll" in file) return undefined;
  const { environment, select, versions, holds } = file;
  const pins = [...versions].map(([name, text]) => {
    const pin = parsePin(text);
    return [name, typeof pin === "string" ? pin : formatPin(pin)];
  });
  return {
    environment,
    team: select.team,
    names: select.names,
    versions: Object.fromEntries(pins),
    holds: Object.fromEntries(holds),
  };
}

describe("the reader of the past", () => {
  const runs = process.env["DEEP"] === undefined ? 2000 : 100_000;
  const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

  it(`reads ${runs} mutated files as today's parser does (SEED=${seed})`, function () {
    this.timeout(runs * 100);
    const reader = new PastReader();
    let [sound, refused] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const dice = new Dice(seed + run);
      const isStack = dice.once(2);
      let text = soundText(isStack, dice);
      for (let count = dice.below(3); count > 0; count--) text = mutated(text, dice);
      const source = { file: isStack ? STACK_FILE : LIST_FILE, bytes: Buffer.from(text) };
      const [now, then] = [today(source), past(reader.read(source))];
      const isYaml = !hasErrors(read(source).issues);
      if (now !== undefined || !isYaml) assert.deepEqual(then, now, `SEED=${seed + run}:\n${text}`);
      if (now !== undefined) sound++;
      if (!isYaml) refused++;
    }
    assert.ok(sound > runs / 4 && refused > runs / 5, `${sound} sound ones, ${refused} refused`);
  });
});
