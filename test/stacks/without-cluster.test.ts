import assert from "node:assert/strict";
import { formatIssue } from "../../src/core/input/issue";
import { ofType, planOf, theOne, TYPES } from "../support/plans";
import { issuesOf } from "../support/repository";
import { serviceYaml, stackConfigYaml } from "../support/yaml";

const HOOKS = `  releases:github: { owner: acme }
  releases:webhook: { url: "https://hooks.example/testing" }
  releases:webhookSecret: { secure: "v1:unknown" }
`;

/** A stack config of that kind, which names no cluster. */
const without = (more = "", registry?: string): string =>
  stackConfigYaml(more, registry).replace(/^ {2}releases:cluster: .*\n/m, "");

describe("a stack without a cluster", () => {
  it("is repositories, webhooks, outputs and the versions of its template: no Helm release, no provider of one", async () => {
    const planned = await planOf({
      "service/a.yaml": `${serviceYaml("api", "  values: { replicaCount: 2 }\n")}\n- { github: network, provider: cloudformation, deploy: { release: v0.5.8 } }\n`,
      "Pulumi.testing.yaml": without(
        `${HOOKS}  releases:templates: { bucket: templates, versions: all }\n`,
      ),
    });
    const types = new Set(planned.resources.map(({ type }) => type));
    assert.deepEqual(
      [...types].filter((type) => /kubernetes/.test(type)),
      [],
    );
    assert.deepEqual([...ofType(planned, TYPES.repository).keys()], ["api"]);
    assert.deepEqual([...ofType(planned, TYPES.webhook).keys()], ["api", "network"]);
    assert.deepEqual(theOne(planned, TYPES.template, "network").inputs["parameters"], {
      ApiVersion: "v1.2.3",
      NetworkVersion: "v0.5.8",
    });
    assert.deepEqual(planned.outputs.services, {
      api: { version: "v1.2.3" },
      network: { version: "v0.5.8" },
    });
    const chart = { chart: null, chartVersion: null };
    assert.deepEqual(
      planned.services.map(({ name, chart, chartVersion }) => ({ name, chart, chartVersion })),
      [
        { name: "api", ...chart },
        { name: "network", ...chart },
      ],
    );
  });

  it("declares nothing at all of an image from elsewhere, and needs neither account nor region", async () => {
    const planned = await planOf({
      "service/a.yaml": serviceYaml("api"),
      "Pulumi.testing.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:registry: { role: external, host: docker.io/acme }
`,
    });
    assert.deepEqual(planned.resources, []);
    assert.deepEqual(planned.outputs, {
      environment: "testing",
      services: { api: { version: "v1.2.3" } },
      repositories: { api: "docker.io/acme/api" },
      webhooks: {},
    });
  });

  it("warns of chart pins and values, which have no effect there, and of nothing of the definition", () => {
    const found = issuesOf({
      "service/a.yaml": serviceYaml(
        "api",
        "  chart: { name: oci://ghcr.io/acme/api, version: 1.4.0 }\n  values: { a: 1 }\n",
      ),
      "Pulumi.testing.yaml": without(
        "  releases:charts: { api: 1.5.0 }\n  releases:values: { api: { a: 2 } }\n",
      ),
    }).map(formatIssue);
    const effect =
      "has no effect: testing has no cluster, so Helm deploys nothing; remove it, or name the cluster";
    assert.deepEqual(found, [
      `Pulumi.testing.yaml:6:22 key-without-effect warning: "charts.api" ${effect}`,
      `Pulumi.testing.yaml:7:22 key-without-effect warning: "values.api" ${effect}`,
    ]);
  });

  it("holds a service by its version, which is in the template's parameters", async () => {
    const planned = await planOf({
      "service/a.yaml": `${serviceYaml("api")}\n- { github: network, provider: cloudformation, deploy: { release: v0.5.8 } }\n`,
      "Pulumi.testing.yaml": without(
        "  releases:templates: { bucket: templates, versions: all }\n  releases:versions: { api: v1.2.2 }\n  releases:holds: { api: { reason: slow } }\n",
      ),
    });
    const { inputs } = theOne(planned, TYPES.template, "network");
    assert.deepEqual(inputs["parameters"], { ApiVersion: "v1.2.2", NetworkVersion: "v0.5.8" });
  });
});

describe("a release of files", () => {
  const FILES = "- { github: tools, assets: [tools.tar.gz], deploy: { release: v0.9-beta } }\n";

  it("is a webhook and an output, beside a cluster as well", async () => {
    const planned = await planOf({
      "service/a.yaml": FILES + serviceYaml("api"),
      "Pulumi.testing.yaml": stackConfigYaml(HOOKS, "{ role: external, host: ghcr.io/acme }"),
    });
    assert.deepEqual([...ofType(planned, TYPES.release).keys()], ["api"]);
    assert.deepEqual([...ofType(planned, TYPES.webhook).keys()], ["api", "tools"]);
    assert.deepEqual(planned.outputs.services["tools"], { version: "v0.9-beta" });
    assert.deepEqual(planned.outputs.repositories, { api: "ghcr.io/acme/api" });
  });

  it("needs no registry, and no more than the owner of its repository", async () => {
    const planned = await planOf({
      "service/a.yaml": FILES,
      "Pulumi.testing.yaml": `config:\n  pulumi:disable-default-providers: ["*"]\n${HOOKS}`,
    });
    assert.deepEqual(
      planned.resources.map(({ type }) => type).filter((type) => !type.startsWith("releases:")),
      ["pulumi:providers:github", TYPES.webhook],
    );
  });

  for (const [key, value, code] of [
    ["releases:charts", "{ tools: 1.4.0 }", "invalid-chart-pin"],
    ["releases:values", "{ tools: { a: 1 } }", "key-without-effect"],
    ["releases:versions", `{ tools: "2024.01.05@sha256:${"a".repeat(64)}" }`, "invalid-pin"],
  ] as const) {
    it(`has no ${key}: ${code}`, () => {
      const found = issuesOf({
        "service/a.yaml": FILES,
        "Pulumi.testing.yaml": stackConfigYaml(`  ${key}: ${value}\n`),
      });
      assert.deepEqual(
        found.map((issue) => issue.code),
        [code],
      );
      assert.match(found[0]?.message ?? "", /is a release of files|has no image/);
    });
  }

  it("isn't one without a file, and lint says what is missing", () => {
    const found = issuesOf({
      "service/a.yaml": "- { github: tools, assets: [], deploy: { release: v0.9-beta } }\n",
    });
    assert.deepEqual(
      found.map(({ code }) => code),
      ["missing-docker"],
    );
  });
});
