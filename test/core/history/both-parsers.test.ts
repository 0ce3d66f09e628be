import assert from "node:assert/strict";
import fc from "fast-check";
import { PastReader } from "../../../src/core/history/past-parser";
import { replay } from "../../../src/core/history/replay";
import { isRead } from "../../../src/core/files";
import { parseRepository, planStack } from "../../../src/core/repository";
import { formatPin } from "../../../src/core/version";

/** What history has to know of a definition. */
interface Entry {
  readonly name: string;
  readonly identity: "name" | "docker" | "github";
  readonly deploy: "release" | "branch" | "range" | "suspend";
  readonly release: string;
  readonly team: string | undefined;
  readonly environments: readonly string[] | undefined;
}

interface Stack {
  readonly environment: string | undefined;
  readonly team: string | undefined;
  readonly names: readonly string[] | undefined;
  readonly versions: ReadonlyMap<string, string>;
}

interface Written {
  readonly entries: readonly Entry[];
  /** Which file of the list each entry is in. */
  readonly folders: readonly string[];
  readonly stacks: readonly Stack[];
  /** How mappings are written. */
  readonly style: "block" | "flow" | "quoted";
}

const ENVIRONMENTS = ["testing", "stack-0", "stack-1"];
const NAMES = ["a", "b-c", "d/e", "f.g", "h_i", "k2"];
const TEAMS = ["shop", "platform"];

const release = fc.constantFrom(
  "v1",
  "v1.2",
  "v1.2.3",
  "v0.9-beta",
  "v2.0.0-rc.1",
  "v1.2.3-ce60d74",
);
const pin = fc.oneof(
  release,
  release.map((text) => `${text}@sha256:${"ab".repeat(32)}`),
  fc.constant(`${"c0ffee00".repeat(5)}@sha256:${"01".repeat(32)}`),
  fc
    .constantFrom("2024.01.05", "4.0.19.3001", "0755", "1e3")
    .map((tag) => `${tag}@sha256:${"23".repeat(32)}`),
);
const environments = fc.option(fc.subarray(ENVIRONMENTS, { minLength: 1 }), {
  nil: undefined,
  freq: 1,
});
const team = fc.option(fc.constantFrom(...TEAMS), { nil: undefined, freq: 1 });

const entry = fc.record<Entry>({
  name: fc.constantFrom(...NAMES),
  identity: fc.constantFrom("name", "docker", "github"),
  deploy: fc.constantFrom("release", "release", "branch", "range", "suspend"),
  release,
  team,
  environments,
});

const stack = fc.record<Stack>({
  environment: fc.option(fc.constantFrom(...ENVIRONMENTS), { nil: undefined }),
  team,
  names: fc.option(fc.subarray(NAMES), { nil: undefined, freq: 1 }),
  versions: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), pin), { selector: ([name]) => name })
    .map((pairs) => new Map(pairs)),
});

const written = fc.record<Written>({
  entries: fc.uniqueArray(entry, { selector: ({ name }) => name, minLength: 3 }),
  folders: fc.array(fc.constantFrom("service/a", "service/shop/b", "infrastructure/c"), {
    minLength: NAMES.length,
    maxLength: NAMES.length,
  }),
  stacks: fc.array(stack, { minLength: 1, maxLength: 3 }),
  style: fc.constantFrom("block", "flow", "quoted"),
});

function definition({ name, identity, deploy, ...entry }: Entry): Record<string, unknown> {
  const strategies = {
    release: { release: entry.release },
    branch: { branch: "main" },
    range: { range: "^1" },
    suspend: { suspend: true },
  };
  return {
    ...(identity === "name" && { name }),
    github: identity === "github" ? name.replace("/", "-") : "other",
    ...(identity === "github" ? { provider: "cloudformation" } : {}),
    ...(identity !== "github" && { docker: identity === "docker" ? name : `image/${name}` }),
    deploy: strategies[deploy],
    ...(entry.team !== undefined && { team: entry.team }),
    ...(entry.environments !== undefined && { environments: entry.environments }),
  };
}

/** Writes a value as YAML in one of the styles that people use. */
function yamlOf(value: unknown, style: Written["style"], indent = ""): string {
  if (typeof value === "string") return style === "quoted" ? `'${value}'` : value;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value);
  if (style === "flow" || Array.isArray(value) || pairs.length === 0) return JSON.stringify(value);
  const lines = pairs.map(([key, part]) => {
    const text = yamlOf(part, style, `${indent}  `);
    return `${indent}${key}: ${text.startsWith("\n") ? "# all" : ""}${text}`;
  });
  return `\n${lines.join("\n")}`;
}

function filesOf({ entries, folders, stacks, style }: Written): Map<string, string> {
  const files = new Map<string, string>();
  for (const [index, entry] of entries.entries()) {
    const file = `${folders[index] ?? "service/a"}.yaml`;
    const item = yamlOf(definition(entry), style, "  ").replace(/^\n {2}/, "");
    files.set(file, `${files.get(file) ?? "# The list.\n\n"}- ${item}\n`);
  }
  for (const [index, { environment, team, names, versions }] of stacks.entries()) {
    const select = { ...(team !== undefined && { team }), ...(names !== undefined && { names }) };
    const keys: Record<string, unknown> = {
      "aws:region": "eu-west-1",
      ...(environment !== undefined && { "releases:environment": environment }),
      ...(Object.keys(select).length > 0 && { "releases:select": select }),
      ...(versions.size > 0 && { "releases:versions": Object.fromEntries(versions) }),
    };
    files.set(`Pulumi.stack-${index}.yaml`, `config: ${yamlOf(keys, style, "  ")}\n`);
  }
  return files;
}

/** Returns what each stack of each environment runs as today's parser has it. */
function today(files: ReadonlyMap<string, string>): Record<string, Record<string, string>> {
  const sources = [...files].map(([file, text]) => ({
    file,
    bytes: new TextEncoder().encode(text),
  }));
  const repository = parseRepository({
    list: sources.filter(({ file }) => file.includes("/")),
    stacks: sources.filter(({ file }) => !file.includes("/")),
    defaultCharts: [{ file: "Chart.yaml", bytes: new TextEncoder().encode("version: 0.1.0") }],
    issues: [],
  });
  assert.deepEqual(
    repository.issues.filter(({ severity }) => severity === "error"),
    [],
  );
  const runs: Record<string, Record<string, string>> = {};
  for (const values of repository.stacks.values()) {
    const { plan } = planStack(repository, values);
    assert.ok(plan !== undefined);
    const there = (runs[plan.config.environment] ??= {});
    for (const deployment of plan.deployments) {
      there[`${values.stack} ${deployment.service.name}`] = formatPin(deployment);
    }
  }
  return runs;
}

/** Returns the same from the history of one commit. */
function past(files: ReadonlyMap<string, string>): Record<string, Record<string, string>> {
  const reader = new PastReader();
  const changes = [...files].map(([path, text]) => ({
    path,
    file: reader.read({ file: path, bytes: new TextEncoder().encode(text) }),
  }));
  const snapshot = { commit: "c", at: new Date(0), changes };
  return Object.fromEntries(
    [...replay(ENVIRONMENTS, [snapshot])].map(([environment, { changes }]) => [
      environment,
      Object.fromEntries(
        changes.map(({ stack, service, to }) => [`${stack} ${service}`, to && formatPin(to)]),
      ),
    ]),
  ) as Record<string, Record<string, string>>;
}

describe("today's parser and the parser of the past", () => {
  it("have the same services run at the same pins, whatever the files are", () => {
    let deployed = 0;
    fc.assert(
      fc.property(written, (repository) => {
        const files = filesOf(repository);
        for (const file of files.keys()) assert.ok(isRead(file), file);
        const [now, then] = [today(files), past(files)];
        for (const environment of ENVIRONMENTS) {
          assert.deepEqual(then[environment] ?? {}, now[environment] ?? {}, environment);
          deployed += Object.keys(now[environment] ?? {}).length;
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(deployed > 500, `only ${deployed} services ran`);
  });
});
