import assert from "node:assert/strict";
import { formatIssue } from "../../../src/core/input/issue";
import { planStack } from "../../../src/core/repository";
import { issuesOf, repositoryOf, type Files } from "../../support/repository";
import { text } from "../../support/text";

const LIST = text`
  - { github: orders, docker: orders, deploy: { release: v1.2.0 }, values: { replicaCount: 1, env: [a, b], resources: { limits: { cpu: 1 } } }, chart: { name: "oci://ghcr.io/acme/orders", version: 1.4.0 } }
  - { github: network, provider: cloudformation, deploy: { release: v0.5.8 } }
  - { github: lab, docker: lab, environments: [lab], deploy: { release: v1.0.0 } }
`;

const files = (values: string, list = LIST): Files => ({
  "service/shop.yaml": list,
  "Pulumi.testing.yaml": text`
    config:
      pulumi:disable-default-providers: ["*"]
      aws:region: eu-west-1
      releases:account: "111111111111"
      releases:cluster: { context: acme-testing }
      releases:registry: { role: external, host: ghcr.io/acme }
      releases:templates: { bucket: acme-templates }
      releases:values: ${values}
  `,
});

const found = (values: string, list?: string): string[] =>
  issuesOf(files(values, list)).map(formatIssue);

const merged = (values: string): unknown => {
  const repository = repositoryOf(files(values));
  const config = repository.stacks.get("testing");
  assert.ok(config);
  const { plan } = planStack(repository, config);
  return plan?.deployments.find(({ service }) => service.name === "orders")?.values;
};

describe("values of a stack config", () => {
  it("are merged over the definition's: maps deeply, lists replaced, null kept for Helm", () => {
    assert.deepEqual(found("{ orders: { replicaCount: 3, env: [c], resources: null } }"), []);
    assert.deepEqual(merged("{ orders: { replicaCount: 3, env: [c], resources: null } }"), {
      replicaCount: 3,
      env: ["c"],
      resources: null,
    });
    assert.deepEqual(merged("{ orders: { resources: { limits: { memory: 1Gi } } } }"), {
      replicaCount: 1,
      env: ["a", "b"],
      resources: { limits: { cpu: 1, memory: "1Gi" } },
    });
  });

  for (const [what, values, finding] of [
    [
      "of a service that isn't in the list",
      "{ ordres: { a: 1 } }",
      `unknown-service "values.ordres" names a service that isn't in the list; remove it, or add the service`,
    ],
    [
      "of a service that the stack doesn't run",
      "{ lab: { a: 1 } }",
      `pin-without-effect warning: "values.lab" has no effect: testing doesn't run "lab"`,
    ],
    [
      "of a template",
      "{ network: { a: 1 } }",
      `key-without-effect "network" is deployed by CloudFormation and has no values; remove them`,
    ],
    [
      "that set the image's tag",
      "{ orders: { image: { tag: v9.9.9 } } }",
      `values-set-image "values.orders.image.tag" sets the image, which the pin decides; remove it`,
    ],
    [
      "that replace the image by null",
      "{ orders: { image: null } }",
      `values-set-image "values.orders.image" sets the image, which the pin decides; remove it`,
    ],
    [
      "that put a registry in front of the image",
      "{ orders: { image: { registry: evil.example } } }",
      `values-set-image "values.orders.image.registry" sets the image, which the pin decides; remove it`,
    ],
    [
      "that put a registry in front of all images",
      "{ orders: { global: { imageRegistry: evil.example } } }",
      `values-set-image "values.orders.global.imageRegistry" sets the image, which the pin decides; remove it`,
    ],
    [
      "with a secret in plain text",
      "{ orders: { password: hunter2 } }",
      `plain-secret warning: "values.orders.password" looks like a secret in plain text; rotate it, and name a Kubernetes Secret that holds it`,
    ],
    [
      "that Pulumi takes for a secret",
      "{ orders: { cookies: [{ secure: strict }] } }",
      `encrypted-value "values.orders.cookies.0" is encrypted to Pulumi, as its one key is "secure"; name a Kubernetes Secret, or write it into the definition`,
    ],
    [
      "with a number that no program keeps",
      "{ orders: { id: 9007199254740993 } }",
      `invalid-value "values.orders.id" is the number 9007199254740993, which no program keeps exactly; quote it: "9007199254740993"`,
    ],
    [
      "that Helm reads otherwise",
      "{ orders: { tls: off } }",
      `ambiguous-value "values.orders.tls" is off, which is false to Helm, and "off" to Pulumi and this program; write false or "off"`,
    ],
    [
      "with a key of the SDK's own",
      "{ orders: { __pulumiResource: true } }",
      `reserved-name "values.orders.__pulumiResource" has a key that Pulumi keeps for its own values; rename it`,
    ],
    [
      "that are no mapping",
      "{ orders: 3 }",
      `invalid-type "values.orders" is the number 3; expected a mapping`,
    ],
  ] as const) {
    it(`${what} are a finding`, () => {
      const [issue, ...others] = found(values);
      assert.equal(issue?.replace(/^Pulumi\.testing\.yaml:8:\d+ /, ""), finding);
      assert.deepEqual(others, []);
    });
  }

  it("may have a mapping with more than the key that Pulumi takes for a secret, or another value of it", () => {
    assert.deepEqual(
      found("{ orders: { a: { secure: strict, path: / }, b: { secure: true } } }"),
      [],
    );
  });

  it("that declare a Service whose name begins with a digit are a finding, as those of a definition", () => {
    const list =
      "- { github: 7zip, docker: 7zip, deploy: { release: v1.0.0 }, values: { service: { enabled: false } } }\n";
    const config = (values: string): string[] =>
      found(values, list).filter((line) => !line.includes("templates"));
    assert.deepEqual(config("{ 7zip: { replicaCount: 2 } }"), []);
    assert.match(config("{ 7zip: { service: { enabled: true } } }").join(), /:8:\d+ invalid-name /);
  });

  describe("and the schema of a local chart", () => {
    const SCHEMA = {
      type: "object",
      required: ["host"],
      properties: {
        host: { type: "string" },
        port: { type: "integer" },
        tls: {
          type: "object",
          properties: { on: { type: "boolean" } },
          additionalProperties: false,
        },
      },
    };
    const chart = (
      values: string,
      stacks: Readonly<Record<string, string | undefined>>,
    ): string[] => {
      const configs = Object.entries(stacks).map(([stack, own]): [string, string] => [
        `Pulumi.${stack}.yaml`,
        `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: ${stack} }
  releases:registry: { role: external, host: ghcr.io/acme }
${own === undefined ? "" : `  releases:values:\n    a: ${own}\n`}`,
      ]);
      return issuesOf({
        "charts/own/Chart.yaml": "{ apiVersion: v2, name: own, version: 1.0.0 }\n",
        "charts/own/values.schema.json": JSON.stringify(SCHEMA),
        "service/a.yaml": `- github: a
  docker: a
  deploy: { release: v1 }
  chart: { name: ./charts/own, version: 1.0.0 }
  values: ${values}
`,
        ...Object.fromEntries(configs),
      }).map(formatIssue);
    };
    const refused = (place: string, key: string, why: string): string =>
      `${place} chart-refuses-values charts/own/values.schema.json refuses "${key}": ${why}`;

    it("fit it together: what a stack adds may be missing in the definition", () => {
      assert.deepEqual(
        chart("{ port: 80 }", { testing: "{ host: a }", production: "{ host: b }" }),
        [],
      );
    });

    it("are refused where the stack's are wrong, at the place of them", () => {
      const issues = chart("{ host: x }", { testing: "{ port: http, tls: { onn: true } }" });
      assert.deepEqual(issues, [
        refused(
          "Pulumi.testing.yaml:6:10",
          "values.a.port",
          "Invalid input: expected number, received string",
        ),
        refused("Pulumi.testing.yaml:6:29", "values.a.tls.onn", "unknown key"),
      ]);
    });

    it("are refused in the stack that lacks what another stack adds", () => {
      const issues = chart("{ port: 80 }", { testing: "{ host: a }", production: undefined });
      assert.deepEqual(issues, [
        refused(
          "Pulumi.production.yaml:2:3",
          "values.a.host",
          "Invalid input: expected string, received undefined",
        ),
      ]);
    });

    it("are refused once, in the definition, where that has it", () => {
      const issues = chart("{ port: http }", { testing: "{ host: a }", production: "{ host: b }" });
      assert.equal(issues.length, 1);
      assert.match(
        issues[0] ?? "",
        /^service\/a\.yaml:5:\d+ chart-refuses-values .*"values\.port"/,
      );
    });

    it("are refused where null takes away what the chart needs", () => {
      const issues = chart("{ host: x }", { testing: "{ host: null }" });
      assert.equal(issues.length, 1);
      assert.match(
        issues[0] ?? "",
        /^Pulumi\.testing\.yaml:6:\d+ chart-refuses-values .*"values\.a\.host"/,
      );
    });
  });
});
