import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseEnvironments } from "../../src/core/environments";
import type { Issue } from "../../src/core/input/issue";
import { ISSUE_CODES } from "../../src/core/input/issue-codes";
import { parseDefinitions } from "../../src/core/list/parse";
import * as limits from "../../src/core/limits";
import * as names from "../../src/core/stack/names";
import { checkRepository, parseRepository, type Sources } from "../../src/core/repository";
import { formatPin, isRange, parseChartPin, parsePin, Version } from "../../src/core/version";
import { stepBetween } from "../../src/core/promotion/step";
import { parseYaml } from "../../src/core/input/yaml-file";
import { text } from "../support/text";

const encoder = new TextEncoder();

const CHART = { file: "charts/service/Chart.yaml", bytes: encoder.encode("version: 0.1.0\n") };

/** Returns what is found in a repository of these bytes, read without a disk. */
function issuesOf(files: Partial<Sources>): Issue[] {
  return checkRepository(
    parseRepository({ list: [], stacks: [], defaultCharts: [CHART], issues: [], ...files }),
  );
}

/** Reads the bytes as every kind of file that there is, and returns what is found. */
function readAsEverything(bytes: Uint8Array): Issue[] {
  const list = [{ file: "service/a.yaml", bytes }];
  return [
    ...parseYaml({ file: "service/a.yaml", bytes }).issues,
    ...parseDefinitions(parseYaml({ file: "service/a.yaml", bytes })).issues,
    ...parseEnvironments(parseYaml({ file: "environments.yaml", bytes })).issues,
    ...issuesOf({ list }),
    ...issuesOf({
      environments: { file: "environments.yaml", bytes },
      stacks: [{ file: "Pulumi.testing.yaml", bytes }],
    }),
  ];
}

/** Every finding has a known code, a message and a place. */
function assertSound(issues: readonly Issue[]): void {
  for (const { code, line, column, message } of issues) {
    assert.ok(Object.hasOwn(ISSUE_CODES, code), code);
    assert.notEqual(message, "");
    assert.ok(Number.isInteger(line) && line >= 1, `line ${line}`);
    assert.ok(Number.isInteger(column) && column >= 1, `column ${column}`);
  }
}

/** Every finding has a place that is in the file. */
function assertPlaced(issues: readonly Issue[], yaml: string): void {
  const lines = yaml.split("\n");
  for (const { code, file, line, column } of issues) {
    if (file === "service") continue;
    const row = lines[line - 1];
    assert.ok(row !== undefined, `${code} in line ${line} of ${lines.length}`);
    assert.ok(column <= row.length + 1, `${code} in column ${column} of ${JSON.stringify(row)}`);
  }
}

/** Reads bytes as everything that they could be. What hangs runs into mocha's timeout. */
function assertSafe(bytes: Uint8Array): void {
  assertSound(readAsEverything(bytes));
}

/** Pieces of YAML, and of what the files of a repository hold. */
const FRAGMENTS = [
  ..."- |? |: |:|[|]|{|}|,|, |&a |*a |*a|&b |*b |\t|\n|\n  |\n    |\r\n|\r| |  |---|---\n|...\n".split(
    "|",
  ),
  ..."|||>|>-|!!|!!str |!!null |!!float |!!map |!a |<<: |<<: *a\n|'|\"|#| # x\n|%|@|`|~|null|true".split(
    "|",
  ),
  ..."0|1.10|.nan|-.inf|0x1F|1e999|__proto__|constructor|__proto__: |constructor: |\uFEFF|\0|ä|🚀".split(
    "|",
  ),
  ..."github: |docker: |provider: cloudformation\n|deploy: |release: v1\n|release: |branch: a\n".split(
    "|",
  ),
  ..."name: |values: |requires: |chart: |aliases: [|imageValues: |tags: |environments: |config: ".split(
    "|",
  ),
  ..."releases:versions: |releases:registry: |releases:select: |orders|v1.2.3|accepts: []|from: ".split(
    "|",
  ),
  ..."{ github: a, docker: a, deploy: { release: v1 } }|\n- github: a\n  docker: a\n  ".split("|"),
];

describe("any bytes", () => {
  // Mocha keeps whole stack traces. What runs into the end of the stack would take their time.
  const limit = Error.stackTraceLimit;
  before(() => {
    Error.stackTraceLimit = 10;
  });
  after(() => {
    Error.stackTraceLimit = limit;
  });

  it("are read without a throw: random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => assertSafe(bytes)),
      { numRuns: 200 },
    );
  });

  it("are read without a throw: random text", () => {
    const random = fc.string({ unit: "binary", maxLength: 200 });
    fc.assert(
      fc.property(random, (yaml) => assertSafe(encoder.encode(yaml))),
      { numRuns: 200 },
    );
  });

  it("are read without a throw: pieces of YAML", () => {
    const pieces = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 40 });
    fc.assert(
      fc.property(pieces, (parts) => assertSafe(encoder.encode(parts.join("")))),
      { numRuns: 500 },
    );
  });

  const LIST = text`
    - github: orders
      docker: orders
      deploy: &deploy
        release: v1.2.0
      values: { replicas: 2 }
      requires: { catalog: "*" }
    - { github: catalog, docker: catalog, deploy: *deploy }
  `;
  const damaged = fc
    .tuple(fc.nat(LIST.length), fc.nat(10), fc.constantFrom(...FRAGMENTS))
    .map(([at, length, piece]) => LIST.slice(0, at) + piece + LIST.slice(at + length));

  it("are read without a throw: a sound list with something in it", () => {
    fc.assert(
      fc.property(damaged, (yaml) => assertSafe(encoder.encode(yaml))),
      { numRuns: 500 },
    );
  });

  it("are read without a throw: YAML 1.1", () => {
    const pieces = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, (parts) => {
        assertSafe(encoder.encode(`%YAML 1.1\n---\n${parts.join("")}`));
      }),
      { numRuns: 500 },
    );
  });

  it("lead to findings in the file, at a line and column that it has", () => {
    fc.assert(
      fc.property(damaged, (yaml) => assertPlaced(readAsEverything(encoder.encode(yaml)), yaml)),
      { numRuns: 500 },
    );
  });

  it("are read without a throw: any values for all keys", () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const keys =
      "github docker provider deploy name environments chart namespace values imageValues " +
      "timeoutSeconds tags aliases assets requires template team";
    const definition = fc.record(Object.fromEntries(keys.split(" ").map((key) => [key, value])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(fc.array(definition, { minLength: 1, maxLength: 3 }), (list) => {
        const bytes = encoder.encode(JSON.stringify(list));
        const file = parseYaml({ file: "service/a.yaml", bytes });
        assertSound(issuesOf({ list: [{ file: "service/a.yaml", bytes }] }));
        if (file.issues.length > 0) return;
        const { issues } = parseDefinitions(file);
        assertSound(issues);
      }),
      { numRuns: 150 },
    );
  });

  it("are read without a throw: any values for all keys of a stack", () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const keys =
      "environment account cluster github registry webhook versions charts holds templates " +
      "previews select webhookSecret";
    const config = fc.record(
      Object.fromEntries(keys.split(" ").map((key) => [`releases:${key}`, value])),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(config, (found) => {
        const bytes = encoder.encode(JSON.stringify({ config: found }));
        const stacks = [{ file: "Pulumi.testing.yaml", bytes }];
        const list = [{ file: "service/a.yaml", bytes: encoder.encode(ORDERS) }];
        assertSound(issuesOf({ list, stacks }));
      }),
      { numRuns: 150 },
    );
  });

  /** Inputs that were slow or fatal to some YAML parser. */
  const nasty: Record<string, () => string | Uint8Array> = {
    "200,000 dashes in a line": () => "- ".repeat(200_000),
    "1 MiB of opening brackets": () => "[".repeat(1024 * 1024),
    "1 MiB of opening braces": () => "{".repeat(1024 * 1024),
    "200,000 question marks in a line": () => "? ".repeat(200_000),
    "255 question marks and a key": () => `${"? ".repeat(255)}a`,
    "1,400 question marks, each deeper": () => stairs(1400, "?"),
    "200,000 colons": () => ": ".repeat(200_000),
    "1,400 keys, each deeper": () => stairs(1400, "a:"),
    "900 keys, each deeper": () => stairs(900, "a:"),
    "1,400 dashes, each deeper": () => stairs(1400, "-"),
    "60 lines of 250 dashes, each deeper": () => stairs(60, "- ".repeat(250), 500),
    "1 MiB of zeros": () => new Uint8Array(1024 * 1024),
    "1 MiB of tabs": () => "\t".repeat(1024 * 1024),
    "1 MiB of carriage returns": () => "\r".repeat(1024 * 1024),
    "1 MiB of one word": () => "a".repeat(1024 * 1024),
    "500,000 comments": () => "#\n".repeat(500_000),
    "250,000 documents": () => "---\n".repeat(250_000),
    "250,000 escapes": () => `"${"\\x41".repeat(250_000)}"`,
    "300 doublings": doublings,
    // A parser that compares each key with all others needs minutes for these.
    "60,000 keys in one map": () => keys(60_000, "\n"),
    "60,000 keys in a flow map": () => `{${keys(60_000, ", ")}}`,
  };
  for (const [what, make] of Object.entries(nasty)) {
    it(`are read without a throw: ${what}`, () => {
      const made = make();
      const bytes = typeof made === "string" ? encoder.encode(made) : made;
      assertSound(issuesOf({ list: [{ file: "service/a.yaml", bytes }] }));
    });
  }
});

const ORDERS = "- { github: orders, docker: orders, deploy: { release: v1 } }\n";

function stairs(count: number, step: string, by = 1): string {
  return Array.from({ length: count }, (_, index) => " ".repeat(index * by) + step).join("\n");
}

function keys(count: number, separator: string): string {
  return Array.from({ length: count }, (_, index) => `k${index}: 1`).join(separator);
}

/** Each value is the one before it, twice. */
function doublings(): string {
  const lines = Array.from(
    { length: 300 },
    (_, index) => `- &a${index + 1} [*a${index}, *a${index}]`,
  );
  return ["- &a0 x", ...lines].join("\n");
}

/** With DEEP in the environment, as many as a release is worth. */
const RUNS = process.env["DEEP"] === undefined ? 500 : 100_000;

const number = fc.oneof(fc.nat(20), fc.nat()).map(String);
const suffix = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.stringMatching(
      /^[1-9A-Za-z-][0-9A-Za-z-]{0,8}(?:\.[1-9A-Za-z-][0-9A-Za-z-]{0,4})?$/,
    ),
  },
  // Builds, numbers about and above 2^53, and words that count.
  fc.constantFrom("ce60d74", "0a1b2c3", "ce60d74.1", "rc9", "rc10", "rc.9", "rc.10", "rc"),
  fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n }).map((big) => `rc.${big}`),
  fc.bigInt({ min: 2n ** 60n, max: 2n ** 70n }).map(String),
);
const release = fc
  .tuple(fc.array(number, { minLength: 1, maxLength: 3 }), fc.option(suffix))
  .map(([parts, tail]) => `v${parts.join(".")}${tail === null ? "" : `-${tail}`}`);
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
const digest = hex(64).map((digits) => `sha256:${digits}`);

describe("a version", () => {
  it("prints as it was written", () => {
    fc.assert(
      fc.property(release, (written) => {
        assert.equal(Version.parse(written)?.toString(), written);
      }),
    );
  });

  it("comes back from a text only when it is the whole text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 20 }), (any) => {
        assert.equal(Version.parse(any)?.text ?? any, any);
      }),
    );
  });

  /** Versions that differ in little, so that many of them are close or the same. */
  const close = fc
    .tuple(fc.constantFrom("v1", "v1.0.0", "v1.2.3", "v1.2.4", "v2"), fc.option(suffix))
    .map(([main, tail]) => `${main}${tail === null ? "" : `-${tail}`}`);
  const any = fc.oneof(release, close).map((written) => Version.of(written));

  it("has one order: total, antisymmetric, transitive, and equal to itself", () => {
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        const sign = (one: Version, other: Version): number => Math.sign(one.compare(other));
        assert.equal(a.compare(a), 0);
        assert.equal(sign(a, b), 0 - sign(b, a));
        if (sign(a, b) <= 0 && sign(b, c) <= 0) assert.ok(sign(a, c) <= 0);
        // What counts as the same is in the same place among all others.
        if (sign(a, b) === 0) assert.equal(sign(a, c), sign(b, c));
        assert.equal(a.isOrderedWith(b), b.isOrderedWith(a));
        if (sign(a, b) !== 0) assert.equal(a.isOrderedWith(b), true);
      }),
      { numRuns: RUNS },
    );
  });

  it("comes before or after another one as its numbers do, however large", () => {
    const part = fc.bigInt({ min: 0n, max: 2n ** 80n });
    fc.assert(
      fc.property(part, part, (one, other) => {
        const [a, b] = [one, other].map((number) => Version.of(`v1.2.3-rc.${number}`));
        assert.ok(a && b);
        const expected = one < other ? -1 : one > other ? 1 : 0;
        assert.equal(Math.sign(a.compare(b)), expected);
        assert.equal(a.satisfies(`>=1.2.3-rc.${other}`), expected >= 0);
        assert.equal(a.satisfies(`<1.2.3-rc.${other}`), expected < 0);
        assert.equal(stepBetween(a, b), ["prerelease", "none", "downgrade"][expected + 1]);
      }),
      { numRuns: RUNS },
    );
  });

  it("is in a range exactly where its order says so", () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        fc.pre(!b.isBuild && /^v\d+\.\d+\.\d+/.test(b.text));
        const order = a.compare(b);
        const named = b.text.slice(1);
        for (const [operator, expected] of [
          [">", order > 0],
          [">=", order >= 0],
          ["<", order < 0],
          ["<=", order <= 0],
          ["", order === 0],
        ] as const) {
          assert.equal(a.satisfies(operator + named), expected, `${a.text} ${operator}${named}`);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("that is a build counts as its release: in every range, order and step", () => {
    const main = fc.constantFrom("1.2.3", "1.2.4", "0.9.0", "2.0.0");
    const range = fc.oneof(
      fc
        .tuple(fc.constantFrom("", "^", "~", ">", ">=", "<", "<=", "="), main)
        .map((parts) => parts.join("")),
      fc.constantFrom("*", "1.x", "1 || 2", "1.2 - 2", ">=1.2.3-rc.1 <2", ">=1.2.3-ce60d74"),
    );
    fc.assert(
      fc.property(main, hex(7), range, any, (number, commit, wanted, other) => {
        const build = Version.of(`v${number}-a0${commit}`);
        const whole = Version.of(`v${number}`);
        assert.equal(build.isBuild, true);
        assert.equal(build.satisfies(wanted), whole.satisfies(wanted), `${build.text} ${wanted}`);
        assert.equal(build.compare(other), whole.compare(other));
        assert.equal(other.compare(build), other.compare(whole));
        if (other.compare(whole) < 0) assert.equal(other.stepTo(build), other.stepTo(whole));
        // It is itself, and none of its brothers.
        assert.equal(build.satisfies(`9 || ${build.text.slice(1)}`), true);
        assert.equal(build.satisfies(`${number}-b1${commit}`), false);
      }),
      { numRuns: RUNS },
    );
  });

  it("is in the range that it starts", () => {
    fc.assert(
      fc.property(release, (written) => {
        const version = Version.parse(written);
        assert.ok(version);
        const range = `>=${written.slice(1)}`;
        if (/^v\d+\.\d+\.\d+/.test(written)) assert.equal(version.satisfies(range), true);
      }),
    );
  });

  it("makes no range throw", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), release, (range, written) => {
        const holds = Version.parse(written)?.satisfies(range);
        assert.ok(isRange(range) || range.trim() === "" || holds === false);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a pin", () => {
  const pin = fc.oneof(
    release,
    fc.tuple(release, digest).map((parts) => parts.join("@")),
    fc.tuple(hex(40), digest).map((parts) => parts.join("@")),
  );

  it("is the same after parsing and printing", () => {
    fc.assert(
      fc.property(pin, (written) => {
        const parsed = parsePin(written);
        assert.ok(typeof parsed !== "string", `${written}: ${JSON.stringify(parsed)}`);
        assert.equal(formatPin(parsed), written);
        assert.deepEqual(parsePin(formatPin(parsed)), parsed);
      }),
    );
  });

  it("comes back from a text only when it is the whole text", () => {
    const pieces = fc.constantFrom(
      "v1",
      "v1.2.3",
      "@",
      "sha256:",
      "0".repeat(64),
      "a".repeat(40),
      " ",
      "-",
      ".",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), (parts) => {
        const written = parts.join("");
        const parsed = parsePin(written);
        if (typeof parsed !== "string") assert.equal(formatPin(parsed), written);
        const chart = parseChartPin(written);
        if (chart !== undefined) {
          assert.equal(
            [chart.version, ...(chart.digest === undefined ? [] : [chart.digest])].join("@"),
            written,
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Names that are close to each other in every system that they go to. */
const NAMES = ["a", "A", "a-b", "a.b", "a/b", "a_b", "A-b", "a--b", "a-b-c", "a.b/c", "ab"];
/** Image repositories likewise. */
const IMAGES = ["a", "a-b", "a.b", "a/b", "a_b", "a__b", "a--b", "ab"];

describe("a name", () => {
  const name = fc.stringMatching(limits.SERVICE_NAME).filter((text) => text.length < 300);

  it("becomes a Helm release of letters, digits and dashes, which starts and ends with none", () => {
    fc.assert(
      fc.property(name, (service) => {
        const helm = names.helmReleaseName(service);
        assert.match(helm, /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/);
        assert.equal(helm.length, service.length);
        assert.equal(names.helmReleaseName(helm), helm);
        if (helm.length <= limits.MAX_HELM_RELEASE_NAME) assert.match(helm, limits.DNS_LABEL);
      }),
      { numRuns: 500 },
    );
  });

  it("becomes a CloudFormation stack of letters, digits and dashes", () => {
    fc.assert(
      fc.property(name, (service) => {
        const stack = names.cloudformationStackName(service);
        assert.match(stack, /^[A-Za-z0-9-]+$/);
        const fits = /^[A-Za-z]/.test(stack) && stack.length <= 128;
        assert.equal(names.isCloudformationStackName(stack), fits);
      }),
      { numRuns: 500 },
    );
  });

  it("becomes a template parameter of letters and digits", () => {
    fc.assert(
      fc.property(name, (service) => {
        assert.match(names.versionParameter(service), /^[A-Za-z0-9]+Version$/);
      }),
      { numRuns: 500 },
    );
  });
});

interface Entry {
  readonly name: string;
  readonly images: readonly string[];
}

/** The findings that say that two services would be one. */
const COLLISIONS = [
  "duplicate-name",
  "shared-image-repository",
  "shared-helm-release",
  "shared-cloudformation-stack",
];

const STACK = text`
  config:
    pulumi:disable-default-providers: ["*"]
    aws:region: eu-west-1
    releases:account: "111111111111"
    releases:cluster: { context: acme }
    releases:registry: { role: source, prefix: releases/ }
    releases:templates: { bucket: acme-templates }
`;

describe("two services that would be one", () => {
  const image = fc.constantFrom(...IMAGES);
  const entry: fc.Arbitrary<Entry> = fc.record({
    name: fc.constantFrom(...NAMES),
    images: fc.oneof(
      fc.constant<string[]>([]),
      fc.array(image, { minLength: 1, maxLength: 3 }),
      fc.array(image, { minLength: 1, maxLength: 1 }),
    ),
  });

  function codes(entries: readonly Entry[]): Set<string> {
    const list = entries.map(({ name, images: [docker, ...aliases] }) => ({
      name,
      github: "shop",
      deploy: { release: "v1.2.0" },
      ...(docker === undefined ? { provider: "cloudformation" } : { docker, aliases }),
    }));
    const found = issuesOf({
      list: [{ file: "service/a.yaml", bytes: encoder.encode(JSON.stringify(list)) }],
      stacks: [{ file: "Pulumi.testing.yaml", bytes: encoder.encode(STACK) }],
    });
    // Only one stack is here, so that it has nobody to collide with but the list's own services.
    const own = found.filter(
      ({ code, file }) => file.startsWith("service/") || code === "shared-cloudformation-stack",
    );
    return new Set(own.map(({ code }) => code).filter((code) => COLLISIONS.includes(code)));
  }

  /** What is to be found, from the definition of each name and from nothing of the program's own. */
  function expected(entries: readonly Entry[]): Set<string> {
    const found = new Set<string>();
    const dashed = (name: string): string => name.replaceAll(/[^A-Za-z0-9-]/g, "-");
    for (const [index, { name, images }] of entries.entries()) {
      if (new Set(images).size < images.length) found.add("shared-image-repository");
      for (const other of entries.slice(index + 1)) {
        if (name === other.name) {
          found.add("duplicate-name");
          continue;
        }
        if (images.some((one) => other.images.includes(one))) found.add("shared-image-repository");
        const same = (convert: (text: string) => string): boolean =>
          convert(name) === convert(other.name);
        const withImage = images.length > 0;
        if (withImage !== other.images.length > 0) continue;
        if (withImage && same((text) => dashed(text.toLowerCase())))
          found.add("shared-helm-release");
        if (!withImage && same(dashed)) found.add("shared-cloudformation-stack");
      }
    }
    return found;
  }

  it("are always found, and never where they wouldn't be", () => {
    const list = fc.array(entry, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(list, (entries) => {
        const found = codes(entries);
        const wanted = expected(entries);
        // What definitions of one name share follows from the name, and needn't be said again.
        if (wanted.has("duplicate-name")) assert.ok(found.has("duplicate-name"));
        else assert.deepEqual([...found].sort(), [...wanted].sort());
      }),
      { numRuns: 600 },
    );
  });
});
