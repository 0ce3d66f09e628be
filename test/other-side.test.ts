import assert from "node:assert/strict";
import fc from "fast-check";
import { openRepository } from "../src/app/open";
import { planStacks } from "../src/app/plan-stacks";
import { realWorld } from "../src/app/real-world";
import { SILENT } from "../src/app/reporter";
import { hasErrors } from "../src/core/input/issue";
import { jsonSchemas } from "../src/core/json-schemas";
import { fieldsOf, type JsonSchema } from "../tools/fields";
import { folderOf, type Files } from "./support/folder";
import { DIGEST } from "./support/model";
import { BOTOCORE, botocoreModel, refusedOf, type Limit } from "./support/other-side";
import { issuesOf } from "./support/repository";

/** What a key may have, and what it may not, with the finding. */
interface Row {
  /** The largest and the oddest values that lint takes. */
  readonly takes: readonly unknown[];
  /** By the code of the finding. */
  readonly refuses?: Readonly<Record<string, readonly unknown[]>>;
  /** Other keys of the same file that this one needs. */
  readonly beside?: object;
}

const long = (length: number): string => "a".repeat(length);
const NAME = "invalid-name";
const OCI = "oci://ghcr.io/acme/charts/orders";
const chart = { name: OCI, version: "1.4.0" };
const own = { chart, imageValues: { repository: "image", tag: "tag" } };
const previews = {
  "releases:previews": {
    domain: "acme.example",
    open: [
      {
        service: "orders",
        pullRequest: 12,
        branch: "feature-x",
        commit: "a".repeat(40),
        digest: DIGEST,
        until: "2026-12-03T09:00:00Z",
      },
    ],
  },
};
const templates = { "releases:templates": { bucket: "acme-templates" } };
const elsewhere = { "releases:registry": { prefix: undefined, role: "external" } };
const replicas = { account: "222222222222", region: "us-east-1" };

/** The definition of a service, by key. */
const DEFINITION: Readonly<Record<string, Row>> = {
  github: {
    takes: [long(100), "Orders_2.0", "-", "0"],
    refuses: { "invalid-github": [long(101), "acme/x", ".github", "a.git", "a b", "ä"] },
  },
  "github.source": {
    takes: [long(100), "orders"],
    refuses: { "invalid-github": ["", long(101), "acme/x"] },
    beside: { github: { source: "orders", releases: "orders-releases" } },
  },
  "github.releases": {
    takes: [long(100), "Orders_2.0"],
    refuses: {
      "invalid-github": ["", long(101), "acme/x"],
      "key-without-effect": ["orders", "Orders"],
    },
    beside: { github: { source: "orders", releases: "orders-releases" } },
  },
  docker: {
    takes: ["a__b/c--d.e", "0", long(246)],
    refuses: {
      "invalid-docker": ["A", "a:b", "a/", "ghcr.io/acme/x", "localhost/x", long(257)],
      "repository-name-length": [long(247)],
    },
  },
  provider: { takes: [], refuses: { "invalid-provider": ["terraform"] } },
  "deploy.release": {
    takes: ["v1", "v1.2.3-rc.10", "v0.9-beta", "v1.2.3-ce60d74"],
    refuses: { "invalid-release": ["1.2.3", "v1.2.3+b1", "v1.2.3-ä", "latest"] },
  },
  "deploy.branch": {
    takes: [],
    refuses: { "missing-pin": ["main"] },
    beside: { deploy: { release: undefined } },
  },
  "deploy.range": {
    takes: [],
    refuses: { "missing-pin": ["^1.2"], "invalid-range": ["newest"] },
    beside: { deploy: { release: undefined } },
  },
  "deploy.suspend": { takes: [false], refuses: { "several-strategies": [true] } },
  "deploy.preview": { takes: [true, false] },
  name: {
    takes: ["a", long(53), "Shop/orders_2.0"],
    refuses: {
      [NAME]: ["a:b", "-a", "ä", "7zip", "7.x"],
      "name-too-long": [long(54)],
      "reserved-name": ["valueOf"],
    },
  },
  environments: { takes: [["testing"], ["testing", "x"]] },
  "chart.name": {
    takes: [OCI, `oci://registry.acme.example:5000/${long(100)}`, "oci://a/b__c--d.e"],
    refuses: {
      "invalid-chart": [
        "oci://ghcr.io/Acme/x",
        "oci://ghcr.io/a:1",
        "oci://ghcr.io",
        "./no",
        "a b",
      ],
    },
    beside: { chart },
  },
  "chart.repository": {
    takes: ["https://charts.acme.example", "https://charts.acme.example:8443/a?b"],
    refuses: {
      "invalid-chart": [
        "http://charts.acme.example",
        "https://u:p@charts.acme.example",
        'https://a.b/"',
      ],
    },
    beside: { chart: { name: "orders", version: "1.4.0" } },
  },
  "chart.version": {
    takes: ["0.0.0", "v1.17.1", "1.4.0-rc.1+build.7"],
    refuses: { "invalid-chart-version": ["1.4", "^1.4.0", "latest", "01.4.0", "1.4.0_1"] },
    beside: { chart },
  },
  "chart.digest": {
    takes: [DIGEST],
    refuses: { "invalid-digest": ["sha256:12"] },
    beside: { chart },
  },
  namespace: {
    takes: ["a", long(63), "0", "kube-system"],
    refuses: { "invalid-namespace": [long(64), "Shop", "a.b", "-a", "a-", ""] },
  },
  values: { takes: [{ replicaCount: 0 }], refuses: { "chart-refuses-values": [{ replicas: 1 }] } },
  "imageValues.repository": {
    takes: ["a.b-c._d"],
    refuses: { "invalid-value-path": ["a[0]", "", "a..b"] },
    beside: own,
  },
  "imageValues.tag": {
    takes: ["a.b-c._d"],
    refuses: { "invalid-value-path": ["a[0]"] },
    beside: own,
  },
  "imageValues.digest": {
    takes: ["a.b-c._d"],
    refuses: { "invalid-value-path": ["a[0]"] },
    beside: own,
  },
  timeoutSeconds: { takes: [1, 3600], refuses: { "invalid-value": [0, 3601] } },
  "tags.github": {
    takes: ["{version}", "a-b{version}"],
    refuses: { "invalid-tag-pattern": ["v", "a/{version}"] },
  },
  "tags.image": {
    takes: ["{version}", "v{version}-x", `{version}${long(127)}`.slice(0, 100)],
    refuses: { "invalid-tag-pattern": ["v", "-{version}", "{version}+x"] },
  },
  aliases: {
    takes: [["a__b/c"], [long(246)]],
    refuses: {
      "invalid-docker": [["A"], ["quay.io/a/b"]],
      "repository-name-length": [[long(247)]],
    },
  },
  assets: { takes: [["a.tar.gz"]] },
  "requires.<name>": {
    takes: [],
    refuses: { "invalid-range": ["newest"], "circular-requirement": ["*"] },
  },
  template: {
    takes: [],
    refuses: { "key-without-effect": ["index.yaml"], "invalid-template": ["../x", long(795)] },
  },
  team: { takes: ["shop", "ä"], refuses: { "empty-value": [" "] } },
};

/** The stack config, by key. */
const STACK: Readonly<Record<string, Row>> = {
  "releases:environment": { takes: ["testing"], refuses: { "empty-value": [""] } },
  "releases:account": {
    takes: ["000000000000"],
    refuses: { "invalid-account": ["1", "11111111111a"] },
  },
  "releases:cluster.context": {
    takes: ["arn:aws:eks:eu-west-1:1:cluster/a"],
    refuses: { "empty-value": [""] },
  },
  "releases:cluster.identifier": { takes: ["a"], refuses: { "empty-value": [""] } },
  "releases:github.owner": {
    takes: [long(39), "a-b", "octocat_acme", "0"],
    refuses: {
      "invalid-github": [
        long(40),
        "https://github.com/acme",
        "acme/x",
        "acme corp",
        "-acme",
        "acme-",
        "a--b",
      ],
    },
  },
  "releases:registry.role": { takes: ["source"], refuses: { "invalid-value": ["mirror"] } },
  "releases:registry.owner": { takes: [], refuses: { "registry-role": ["production"] } },
  "releases:registry.prefix": {
    takes: ["a/", "a__b/c--d.e/", `${long(243)}/`],
    refuses: {
      "invalid-prefix": ["a", "A/", "/a/", "a_/"],
      "repository-name-length": [`${long(244)}/`],
    },
  },
  "releases:registry.mutableTags": {
    takes: [[], ["*-daily"], [long(128)], ["a", "b", "c", "d", "*-*e"]],
    refuses: {
      "invalid-mutable-tag": [[long(129)], ["a b"], ["***a"], ["a", "a"], [""]],
      "too-many-mutable-tags": [["a", "b", "c", "d", "e", "f"]],
      "mutable-release-tag": [["v*"]],
    },
  },
  "releases:registry.replicas[].account": {
    takes: ["333333333333"],
    refuses: { "invalid-account": ["1"] },
    beside: { "releases:registry": { replicas: [replicas] } },
  },
  "releases:registry.replicas[].region": {
    takes: ["ap-southeast-7"],
    refuses: {
      "invalid-region": ["eu-wset-1", "aws-global"],
      "replication-crosses-partition": ["cn-north-1", "eusc-de-east-1"],
    },
    beside: { "releases:registry": { replicas: [replicas] } },
  },
  "releases:registry.source.account": {
    takes: ["333333333333"],
    refuses: { "invalid-account": ["1"] },
    beside: { "releases:registry": { role: "replica", source: replicas } },
  },
  "releases:registry.source.region": {
    takes: ["us-east-1"],
    refuses: {
      "invalid-region": ["eu-wset-1"],
      "replication-crosses-partition": ["us-gov-west-1"],
    },
    beside: { "releases:registry": { role: "replica", source: replicas } },
  },
  "releases:registry.pushes": {
    takes: [true, false],
    refuses: { "invalid-type": ["sqs"] },
  },
  "releases:registry.assume.read": {
    takes: ["arn:aws:iam::333333333333:role/releases/read"],
    refuses: {
      "invalid-role": ["arn:aws:iam::1:role/read", "arn:aws:iam::333333333333:user/read", "read"],
      "registry-assume": ["arn:aws-cn:iam::333333333333:role/read"],
    },
  },
  "releases:registry.assume.write": {
    takes: ["arn:aws:iam::333333333333:role/write"],
    refuses: { "invalid-role": ["arn:aws:iam::333333333333:role/"] },
  },
  "releases:registry.host": {
    takes: [`ghcr.io/${long(243)}`, "ghcr.io/acme", "127.0.0.1:5000", "a"],
    refuses: {
      "repository-name-length": [`ghcr.io/${long(244)}`],
      "invalid-host": ["https://ghcr.io", "GHCR.io", "ghcr.io/", "ghcr.io:0", "u@ghcr.io"],
    },
    beside: elsewhere,
  },
  "releases:webhook.url": {
    takes: ["https://8.8.8.8", `https://hooks.acme.example:8443/${long(2000)}?a='b'`],
    refuses: {
      "invalid-webhook-url": [
        "http://a.example",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://hooks",
        "https://[::1]/",
        'https://a.example/"',
        "https://u:p@a.example",
      ],
    },
  },
  "releases:webhook.scope": {
    takes: ["organization", "repository"],
    refuses: { "invalid-value": ["team"] },
  },
  "releases:versions.<name>": {
    takes: ["v1", `v1.2.3@${DIGEST}`, `${"c0ffee00".repeat(5)}@${DIGEST}`],
    refuses: {
      "invalid-pin": ["1.2.3", "v1@v2@v3"],
      "mutable-tag-without-digest": ["latest"],
      "invalid-digest": ["v1@sha256:1"],
    },
  },
  "releases:charts.<name>": {
    takes: [],
    refuses: { "invalid-chart-version": ["1.4", "latest"], "invalid-chart-pin": ["1.4.0"] },
  },
  "releases:values": {
    takes: [{ orders: { replicaCount: 0, resources: null, podAnnotations: { "a.b/c": "" } } }],
    refuses: {
      "chart-refuses-values": [{ orders: { replicas: 1 } }],
      "values-set-image": [{ orders: { image: { tag: "v2" } } }],
      "key-without-effect": [{ network: { a: 1 } }],
      "encrypted-value": [{ orders: { podAnnotations: { secure: "v1:x" } } }],
      "unknown-service": [{ x: {} }],
    },
  },
  "releases:holds.<name>.reason": {
    takes: [],
    refuses: { "hold-without-pin": ["audit"], "empty-value": [""] },
  },
  "releases:holds.<name>.until": {
    takes: [],
    refuses: { "invalid-date": ["soon", "2026-02-30"] },
    beside: { "releases:holds": { orders: { reason: "audit" } } },
  },
  "releases:templates.bucket": {
    takes: ["abc", long(63), "a.b-c", "acme-111122223333-us-west-2-an"],
    refuses: {
      "invalid-bucket": [
        "ab",
        long(64),
        "acme..x",
        "192.168.1.10",
        "xn--a",
        "a--x-s3",
        "A",
        "acme-an",
      ],
    },
  },
  "releases:templates.parameters.<name>": {
    takes: ["", long(4096), "ä".repeat(2048)],
    refuses: { "invalid-parameter": [long(4097), "ä".repeat(2049)] },
    beside: templates,
  },
  "releases:templates.parameters": {
    takes: [
      { [long(255)]: "x" },
      Object.fromEntries(Array.from({ length: 199 }, (_, at) => [`P${at}`, "x"])),
    ],
    refuses: {
      "invalid-parameter": [
        { "my-param": "x" },
        { [long(256)]: "x" },
        { "": "x" },
        Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`P${at}`, "x"])),
      ],
      "parameter-taken": [{ NetworkVersion: "x" }],
    },
    beside: templates,
  },
  "releases:templates.tags.<name>": {
    takes: [long(256), "aws:x", "größe 3"],
    refuses: { "invalid-tag": ["", long(257), "a*"] },
    beside: templates,
  },
  "releases:templates.tags": {
    takes: [
      { [long(128)]: "x" },
      Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`t${at}`, "x"])),
    ],
    refuses: {
      "invalid-tag": [
        { "aws:team": "x" },
        { "AWS:team": "x" },
        { [long(129)]: "x" },
        { "a#": "x" },
        Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`t${at}`, "x"])),
      ],
    },
    beside: templates,
  },
  "releases:templates.versions": { takes: ["own", "all"], refuses: { "invalid-value": ["none"] } },
  "releases:previews.domain": {
    takes: ["preview.acme.example"],
    refuses: { "invalid-domain": ["", "Acme.example", "a..b", "https://a.b"] },
    beside: previews,
  },
  "releases:previews.max": { takes: [1], refuses: { "invalid-value": [0] }, beside: previews },
  "releases:previews.maxPerService": {
    takes: [1],
    refuses: { "invalid-value": [0] },
    beside: previews,
  },
  "releases:previews.ttl": {
    takes: ["48h"],
    refuses: { "invalid-duration": ["2 days"] },
    beside: previews,
  },
  "releases:previews.allow": {
    takes: [["forks", "bots"]],
    refuses: { "invalid-value": [["all"]] },
    beside: previews,
  },
  "releases:previews.values": { takes: [{ orders: { replicaCount: 2 } }], beside: previews },
  "releases:previews.open[].service": {
    takes: ["orders"],
    refuses: { "pin-without-effect": ["x"] },
    beside: previews,
  },
  "releases:previews.open[].pullRequest": {
    takes: [1],
    refuses: { "invalid-value": [0] },
    beside: previews,
  },
  "releases:previews.open[].branch": { takes: ["a/b", "ada:main"], beside: previews },
  "releases:previews.open[].commit": {
    takes: ["b".repeat(40)],
    refuses: { "invalid-pin": ["main"] },
    beside: previews,
  },
  "releases:previews.open[].digest": {
    takes: [DIGEST],
    refuses: { "invalid-digest": ["sha256:12"] },
    beside: previews,
  },
  "releases:previews.open[].until": {
    takes: ["2026-12-03T09:00:00Z"],
    refuses: { "invalid-date": ["soon"] },
    beside: previews,
  },
  "releases:select.team": { takes: [], refuses: { "unknown-service": ["shop"] } },
  "releases:select.names": {
    takes: [["orders", "network"]],
    refuses: { "unknown-service": [["x"]], [NAME]: [["a:b"]] },
  },
  "releases:webhookSecret.secure": { takes: ["v1:x"] },
};

const ORDERS = {
  github: "orders",
  docker: "shop/orders",
  name: "orders",
  deploy: { release: "v1.2.0" },
};
const PREVIEWED = { ...ORDERS, deploy: { release: "v1.2.0", preview: true } };
const NETWORK = { github: "network", provider: "cloudformation", deploy: { release: "v0.5.8" } };
const CONFIG = {
  "pulumi:disable-default-providers": ["*"],
  "aws:region": "eu-west-1",
  "releases:account": "111111111111",
  "releases:cluster": { context: "acme" },
  "releases:github": { owner: "acme" },
  "releases:registry": { role: "source", prefix: "releases/" },
  "releases:webhook": { url: "https://hooks.acme.example/x" },
  "releases:webhookSecret": { secure: "v1:x" },
  "releases:templates": { bucket: "acme-templates" },
};

/** Returns a value with a part of it, as Helm joins values: maps deeply. */
function joined(base: unknown, part: unknown): unknown {
  if (!isMap(base) || !isMap(part)) return part;
  const keys = [...new Set([...Object.keys(base), ...Object.keys(part)])];
  return Object.fromEntries(
    keys.map((key) => [key, key in part ? joined(base[key], part[key]) : base[key]]),
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns a file with a value at the path of a field, and with what is beside it. */
function placed(path: string, value: unknown, base: object, beside: object = {}): unknown {
  const name = path.startsWith("releases:templates") ? "Zone" : "orders";
  const steps = path.replaceAll("[]", ".[]").replace("<name>", name).split(".");
  return withPart(joined(base, beside), steps, value);
}

function withPart(base: unknown, [step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return joined(base, value);
  if (step === "[]") return [withPart((base as unknown[])[0], rest, value)];
  return joined(base, { [step]: withPart(isMap(base) ? base[step] : undefined, rest, value) });
}

function filesOf(list: unknown, config: unknown): Files {
  return {
    "service/a.yaml": JSON.stringify([list, NETWORK]),
    "Pulumi.testing.yaml": JSON.stringify({ config }),
  };
}

const SECTIONS = {
  "a definition": [
    DEFINITION,
    (path: string, value: unknown, { beside }: Row) =>
      filesOf(placed(path, value, ORDERS, beside), CONFIG),
  ],
  "a stack config": [
    STACK,
    (path: string, value: unknown, { beside }: Row) =>
      filesOf(PREVIEWED, placed(path, value, CONFIG, beside)),
  ],
} as const;

/** Returns what the other side refuses of all that the stack declares. */
async function refused(files: Files): Promise<string[]> {
  const world = realWorld(folderOf(files));
  const planned = await planStacks(world, openRepository(world), ["testing"], SILENT);
  return [...planned.values()].flatMap(({ resources }) => resources.flatMap(refusedOf));
}

const titleOf = (value: unknown): string => JSON.stringify(value).slice(0, 60);

describe("what lint takes, the other side takes", function () {
  for (const [section, [rows, files]] of Object.entries(SECTIONS)) {
    for (const [path, row] of Object.entries(rows)) {
      for (const value of row.takes) {
        it(`${path} of ${section}: ${titleOf(value)}`, async () => {
          const all = files(path, value, row);
          assert.deepEqual(
            issuesOf(all).filter(({ severity }) => severity === "error"),
            [],
          );
          assert.deepEqual(await refused(all), []);
        });
      }
      for (const [code, values] of Object.entries(row.refuses ?? {})) {
        for (const value of values) {
          it(`${path} of ${section}, refused as ${code}: ${titleOf(value)}`, () => {
            const found = issuesOf(files(path, value, row)).map((issue) => issue.code as string);
            assert.ok(found.includes(code), found.join());
          });
        }
      }
    }
  }

  it("whatever a text is changed to", async () => {
    const texts = Object.values(SECTIONS).flatMap(([rows, files]) =>
      Object.entries(rows).flatMap(([path, row]) =>
        [...row.takes, ...Object.values(row.refuses ?? {}).flat()].flatMap((value) =>
          typeof value === "string"
            ? [{ value, make: (text: string) => files(path, text, row) }]
            : [],
        ),
      ),
    );
    const odd = fc.constantFrom(..."a0A-_./:@ä *\"'+=~#?%{}[]\\", "--", "..", "a".repeat(60), "");
    const mutated = fc.tuple(fc.constantFrom(...texts), odd, fc.nat(), fc.nat(2));
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(mutated, async ([{ value, make }, part, where, cut]) => {
        const from = where % (value.length + 1);
        const all = make(value.slice(0, from) + part + value.slice(from + cut));
        if (hasErrors(issuesOf(all))) return;
        taken++;
        assert.deepEqual(await refused(all), []);
      }),
      { numRuns: Number(process.env["OTHER_SIDE_RUNS"] ?? 150) },
    );
    assert.ok(taken > 10, `${taken} taken`);
  });

  it("has a row for every key that a file may have", () => {
    const schemas: ReadonlyMap<string, JsonSchema> = jsonSchemas();
    const sections: readonly [Readonly<Record<string, Row>>, JsonSchema | undefined][] = [
      [DEFINITION, schemas.get("definitions.schema.json")?.items],
      [STACK, schemas.get("stack.schema.json")?.properties?.["config"]],
    ];
    for (const [rows, schema] of sections) {
      const fields = fieldsOf(schema ?? {}).map(({ path }) => path);
      const missing = fields.filter(
        (path) =>
          rows[path] === undefined &&
          !Object.keys(rows).some((row) => row.startsWith(path)) &&
          !path.endsWith("<name>.secure"),
      );
      assert.deepEqual(missing, []);
      assert.deepEqual(
        Object.keys(rows).filter((path) => !fields.includes(path)),
        [],
      );
    }
  });
});

describe("the kept shapes of botocore", () => {
  for (const [service, shapes] of Object.entries(BOTOCORE)) {
    it(`are those of ${service}`, function () {
      const model = botocoreModel(service);
      if (model === undefined) this.skip();
      for (const [name, kept] of Object.entries(shapes)) {
        const { min, max, pattern, enum: known }: Limit = model.shapes[name] ?? {};
        const found: Limit = Object.fromEntries(
          Object.entries({ min, max, pattern, enum: known }).filter(
            ([, limit]) => limit !== undefined,
          ),
        );
        assert.deepEqual(found, kept, name);
      }
    });
  }
});
