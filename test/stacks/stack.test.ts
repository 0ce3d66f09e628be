import assert from "node:assert/strict";
import { CHART, CHART_VERSION } from "../support/chart";
import { ofType, planOf, theOne, TYPES } from "../support/plans";
import { serviceYaml, stackConfigYaml } from "../support/yaml";
import { DIGEST } from "../support/model";

const ENVIRONMENTS = `environments:
  testing: { accepts: [release] }
  staging: { accepts: [release], from: testing }
  production: { accepts: [release], from: staging }
`;

describe("declareStack", () => {
  it("binds every resource to an explicit provider", async () => {
    const planned = await planOf({
      "service/a.yaml": serviceYaml("api"),
      "Pulumi.testing.yaml": stackConfigYaml(),
    });
    const custom = planned.resources.filter(
      ({ type }) => !type.startsWith("pulumi:providers:") && !type.startsWith("releases:"),
    );
    assert.equal(custom.length, 3);
    for (const { provider, type } of custom) assert.ok(provider, `${type} has no provider`);
  });

  it("binds providers to the account, the context and the owner of the stack config", async () => {
    const planned = await planOf({
      "service/a.yaml": serviceYaml("api"),
      "Pulumi.testing.yaml": stackConfigYaml(`  releases:github: { owner: acme }
  releases:webhook: { url: "https://hooks.example/testing" }
  releases:webhookSecret: { secure: "v1:unknown" }
`).replace("{ context: test }", "{ context: test, identifier: test-1 }"),
    });
    assert.deepEqual(theOne(planned, "pulumi:providers:aws", "aws").inputs, {
      allowedAccountIds: '["111111111111"]',
      region: "eu-west-1",
      skipCredentialsValidation: "false",
      skipRegionValidation: "true",
    });
    assert.deepEqual(theOne(planned, "pulumi:providers:kubernetes", "kubernetes").inputs, {
      clusterIdentifier: "test-1",
      context: "test",
    });
    assert.deepEqual(theOne(planned, "pulumi:providers:github", "github").inputs, {
      baseUrl: "https://api.github.com/",
      legacyClient: "false",
      owner: "acme",
    });
  });

  it("declares no provider that nothing needs", async () => {
    const planned = await planOf({
      "service/a.yaml": serviceYaml("api"),
      "Pulumi.testing.yaml": stackConfigYaml("", "{ role: external, host: ghcr.io/acme }"),
    });
    assert.deepEqual(planned.resources.map(({ type }) => type).sort(), [
      TYPES.release,
      "pulumi:providers:kubernetes",
      "releases:services:ServiceReleases",
    ]);
    assert.deepEqual(planned.outputs.repositories, { api: "ghcr.io/acme/api" });
  });

  it("declares every service's repositories in every account, aliases included", async () => {
    const planned = await planOf({
      "service/a.yaml": serviceYaml("api", "  aliases: [api-3.7]\n  environments: [production]\n"),
      "Pulumi.testing.yaml": stackConfigYaml(),
    });
    assert.deepEqual(
      [...ofType(planned, TYPES.repository).values()].map(({ inputs }) => inputs["name"]),
      ["releases/api", "releases/api-3.7"],
    );
    assert.equal(ofType(planned, TYPES.release).size, 0);
    assert.deepEqual(planned.outputs, {
      environment: "testing",
      services: {},
      repositories: {
        api: "111111111111.dkr.ecr.eu-west-1.amazonaws.com/releases/api",
        "api-3.7": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/releases/api-3.7",
      },
      webhooks: {},
    });
  });

  it("protects what the promotion path ends in, and lets what it starts with be torn down", async () => {
    const files = { "service/a.yaml": serviceYaml("api"), "environments.yaml": ENVIRONMENTS };
    const standing = async (stack: string) => {
      const planned = await planOf(
        { ...files, [`Pulumi.${stack}.yaml`]: stackConfigYaml() },
        stack,
      );
      const repository = theOne(planned, TYPES.repository, "api");
      const release = theOne(planned, TYPES.release, "api");
      return {
        repository: repository.options.protect,
        release: release.options.protect,
        forceDelete: repository.inputs["forceDelete"],
      };
    };
    const none = { repository: false, release: false };
    assert.deepEqual(await standing("testing"), { ...none, forceDelete: true });
    assert.deepEqual(await standing("staging"), { ...none, forceDelete: false });
    assert.deepEqual(await standing("production"), {
      repository: true,
      release: true,
      forceDelete: false,
    });
  });

  it("runs the pin's exact bytes, and the definition's release without a pin", async () => {
    const planned = await planOf({
      "service/a.yaml": `${serviceYaml("api")}\n${serviceYaml("web")}`,
      "Pulumi.testing.yaml": stackConfigYaml(`  releases:versions:\n    api: v1.3.0@${DIGEST}\n`),
    });
    const host = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/releases";
    assert.deepEqual(theOne(planned, TYPES.release, "api").inputs["values"], {
      image: { repository: `${host}/api`, tag: "v1.3.0", digest: DIGEST },
    });
    assert.deepEqual(theOne(planned, TYPES.release, "web").inputs["values"], {
      image: { repository: `${host}/web`, tag: "v1.2.3" },
    });
    assert.deepEqual(planned.outputs.services, {
      api: {
        version: "v1.3.0",
        digest: DIGEST,
        chart: CHART,
        chartVersion: CHART_VERSION,
      },
      web: { version: "v1.2.3", chart: CHART, chartVersion: CHART_VERSION },
    });
  });

  it("runs an image that others publish under its own tag, by its digest", async () => {
    const planned = await planOf({
      "service/a.yaml": serviceYaml("pihole", `  tags: { image: "{version}-alpine" }\n`),
      "Pulumi.testing.yaml": stackConfigYaml(
        `  releases:versions:\n    pihole: 2024.01.05@${DIGEST}\n`,
      ),
    });
    const repository = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/releases/pihole";
    assert.deepEqual(theOne(planned, TYPES.release, "pihole").inputs["values"], {
      image: { repository, tag: "2024.01.05", digest: DIGEST },
    });
    assert.deepEqual(planned.outputs.services, {
      pihole: {
        ...{ version: "2024.01.05", digest: DIGEST },
        ...{ chart: CHART, chartVersion: CHART_VERSION },
      },
    });
  });

  it("has the content of a chart's folder among the inputs, which no provider looks into", async () => {
    const planned = await planOf({
      "service/a.yaml": `${serviceYaml("api")}\n${serviceYaml("web", "  chart: { name: oci://ghcr.io/acme/web, version: 1.4.0 }\n")}`,
      "Pulumi.testing.yaml": stackConfigYaml(""),
    });
    const [api, web] = ["api", "web"].map((name) => theOne(planned, TYPES.release, name).inputs);
    assert.match(
      String(api?.["description"]),
      /^\.\/charts\/service\/1\.1\.0 \d+\.\d+\.\d+ sha256:[0-9a-f]{12}$/,
    );
    assert.ok(web && !("description" in web));
  });

  it("takes charts from OCI by digest, and from a chart repository by its address", async () => {
    const planned = await planOf({
      "service/a.yaml": `${serviceYaml("api", `  chart: { name: "oci://ghcr.io/acme/api", version: 1.4.0, digest: "${DIGEST}" }\n`)}
${serviceYaml("web", "  chart: { name: web, repository: https://charts.example, version: 0.9.2 }\n")}`,
      "Pulumi.testing.yaml": stackConfigYaml("  releases:charts: { web: 0.9.3 }\n"),
    });
    const api = theOne(planned, TYPES.release, "api").inputs;
    assert.equal(api["chart"], `oci://ghcr.io/acme/api@${DIGEST}`);
    assert.equal(api["version"], "1.4.0");
    const web = theOne(planned, TYPES.release, "web").inputs;
    assert.equal(web["chart"], "web");
    assert.equal(web["version"], "0.9.3");
    assert.deepEqual(web["repositoryOpts"], { repo: "https://charts.example" });
  });

  it("gives a chart the definition's values with the stack's over them, null as it is, and the image last", async () => {
    const planned = await planOf({
      "service/a.yaml": serviceYaml(
        "api",
        "  chart: { name: oci://ghcr.io/acme/api, version: 1.4.0 }\n  values: { image: { pullPolicy: Always }, a: { b: 1, c: 2 }, d: [1] }\n",
      ),
      "Pulumi.testing.yaml": stackConfigYaml(
        "  releases:values: { api: { image: { pullPolicy: Never }, a: { b: null }, d: [2, 3] } }\n",
      ),
    });
    assert.deepEqual(theOne(planned, TYPES.release, "api").inputs["values"], {
      image: {
        pullPolicy: "Never",
        repository: "111111111111.dkr.ecr.eu-west-1.amazonaws.com/releases/api",
        tag: "v1.2.3",
      },
      a: { b: null, c: 2 },
      d: [2, 3],
    });
  });

  it("keeps values of a stack config as they are while their service is held", async () => {
    const planned = await planOf({
      "service/a.yaml": serviceYaml("api", "  values: { replicaCount: 2 }\n"),
      "Pulumi.testing.yaml": stackConfigYaml(`  releases:versions: { api: v1.2.2 }
  releases:holds: { api: { reason: broken } }
  releases:values: { api: { image: { pullPolicy: Never }, podAnnotations: { a: b } } }
`),
    });
    const { ignoreChanges } = theOne(planned, TYPES.release, "api").options;
    assert.deepEqual(
      ignoreChanges.filter((path) => path.startsWith("values")),
      ['values["image"]["pullPolicy"]', 'values["podAnnotations"]', 'values["replicaCount"]'],
    );
  });

  it("keeps held and suspended services declared, and lets only their pins through", async () => {
    const planned = await planOf({
      "service/a.yaml": `${serviceYaml("api", "  values: { replicaCount: 2, image: { pullPolicy: Always } }\n")}
- github: web
  docker: web
  deploy: { suspend: true }
`,
      "Pulumi.testing.yaml": stackConfigYaml(`  releases:versions: { api: v1.2.2, web: v2.0.0 }
  releases:holds: { api: { reason: broken } }
`),
    });
    assert.deepEqual(
      planned.services.map(({ name, version, held }) => ({ name, version, held })),
      [
        { name: "api", version: "v1.2.2", held: true },
        { name: "web", version: "v2.0.0", held: true },
      ],
    );
    assert.deepEqual(theOne(planned, TYPES.release, "api").options.ignoreChanges, [
      "atomic",
      "chart",
      "cleanupOnFail",
      "createNamespace",
      "description",
      "maxHistory",
      "name",
      "namespace",
      "resetValues",
      "timeout",
      "version",
      "repositoryOpts",
      'values["image"]["pullPolicy"]',
      'values["replicaCount"]',
    ]);
  });

  it("declares releases after those that they require", async () => {
    const planned = await planOf({
      "service/a.yaml": `${serviceYaml("a", '  requires: { b: ">=1" }\n')}\n${serviceYaml("b")}`,
      "Pulumi.testing.yaml": stackConfigYaml(),
    });
    assert.deepEqual(theOne(planned, TYPES.release, "a").options.dependsOn, [
      theOne(planned, TYPES.release, "b").urn,
    ]);
  });

  it("replicates by the prefix from the source, and lets the source in at the replica", async () => {
    const list = serviceYaml("api");
    const source = await planOf({
      "service/a.yaml": list,
      "Pulumi.testing.yaml": stackConfigYaml(
        "",
        '{ role: source, prefix: releases/, replicas: [{ account: "222222222222", region: eu-west-1 }] }',
      ),
    });
    assert.deepEqual(theOne(source, TYPES.replication, "registry").inputs, {
      replicationConfiguration: {
        rules: [
          {
            destinations: [{ registryId: "222222222222", region: "eu-west-1" }],
            repositoryFilters: [{ filter: "releases/", filterType: "PREFIX_MATCH" }],
          },
        ],
      },
    });
    assert.equal(ofType(source, TYPES.registryPolicy).size, 0);

    const replica = await planOf({
      "service/a.yaml": list,
      "Pulumi.testing.yaml": stackConfigYaml(
        "",
        '{ role: replica, prefix: releases/, source: { account: "222222222222", region: eu-west-1 } }',
      ),
    });
    assert.equal(ofType(replica, TYPES.replication).size, 0);
    const { policy } = theOne(replica, TYPES.registryPolicy, "registry").inputs;
    assert.deepEqual(JSON.parse(String(policy)), {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ReplicateFrom222222222222",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::222222222222:root" },
          Action: ["ecr:ReplicateImage"],
          Resource: ["arn:aws:ecr:eu-west-1:111111111111:repository/releases/*"],
        },
      ],
    });
  });

  it("declares one webhook per repository, however many services come from it", async () => {
    const hooks = `  releases:github: { owner: acme }
  releases:webhook: { url: "https://hooks.example/testing" }
  releases:webhookSecret: { secure: "v1:unknown" }
`;
    const list = `${serviceYaml("api")}\n- github: api\n  docker: api-worker\n  deploy: { release: v1.2.3 }\n`;
    const planned = await planOf({
      "service/a.yaml": list,
      "Pulumi.testing.yaml": stackConfigYaml(hooks),
    });
    assert.deepEqual([...ofType(planned, TYPES.webhook).keys()], ["api"]);
    assert.deepEqual(planned.outputs.webhooks, { api: "https://hooks.example/testing" });

    const organization = await planOf({
      "service/a.yaml": list,
      "Pulumi.testing.yaml": stackConfigYaml(
        hooks.replace('testing" }', 'testing", scope: organization }'),
      ),
    });
    assert.deepEqual([...ofType(organization, TYPES.organizationWebhook).keys()], ["acme"]);
    assert.deepEqual(organization.outputs.webhooks, { acme: "https://hooks.example/testing" });
  });

  it("declares a template's stack with its version, and encrypted parameters as secrets", async () => {
    const list = `- github: network
  provider: cloudformation
  name: net-work
  deploy: { release: v0.5.8 }
`;
    const templates = (versions: string): string => `  releases:templates:
    bucket: templates
    versions: ${versions}
    parameters: { Zone: eu, Key: { secure: "v1:unknown" } }
    tags: { team: platform }
`;
    const planned = await planOf({
      "service/a.yaml": `${list}\n${serviceYaml("api")}`,
      "Pulumi.testing.yaml": stackConfigYaml(templates("own")),
    });
    assert.deepEqual(theOne(planned, TYPES.template, "net-work").inputs, {
      name: "net-work",
      templateUrl: "https://templates.s3.eu-west-1.amazonaws.com/network/v0.5.8/index.yaml",
      parameters: { Key: "[secret]", NetWorkVersion: "v0.5.8", Zone: "eu" },
      tags: { team: "platform" },
      capabilities: ["CAPABILITY_IAM"],
    });
    const all = await planOf({
      "service/a.yaml": `${list}\n${serviceYaml("api")}`,
      "Pulumi.testing.yaml": stackConfigYaml(templates("all")),
    });
    assert.deepEqual(theOne(all, TYPES.template, "net-work").inputs["parameters"], {
      ApiVersion: "v1.2.3",
      Key: "[secret]",
      NetWorkVersion: "v0.5.8",
      Zone: "eu",
    });
  });

  for (const [region, partition, suffix] of [
    ["eu-west-1", "aws", "amazonaws.com"],
    ["cn-north-1", "aws-cn", "amazonaws.com.cn"],
    ["us-gov-west-1", "aws-us-gov", "amazonaws.com"],
    ["us-iso-east-1", "aws-iso", "c2s.ic.gov"],
    ["eusc-de-east-1", "aws-eusc", "amazonaws.eu"],
  ] as const) {
    it(`names hosts and ARNs as the partition of ${region} has them`, async () => {
      const registry = `{ role: replica, source: { account: "222222222222", region: ${region} } }`;
      const planned = await planOf({
        "service/a.yaml": `${serviceYaml("api")}\n- { github: network, provider: cloudformation, deploy: { release: v0.5.8 } }\n`,
        "Pulumi.testing.yaml": stackConfigYaml(
          "  releases:templates: { bucket: templates }\n",
          registry,
        ).replace("aws:region: eu-west-1", `aws:region: ${region}`),
      });
      const { templateUrl } = theOne(planned, TYPES.template, "network").inputs;
      assert.equal(
        templateUrl,
        `https://templates.s3.${region}.${suffix}/network/v0.5.8/index.yaml`,
      );
      const { policy } = theOne(planned, TYPES.registryPolicy, "registry").inputs;
      const [statement] = (JSON.parse(String(policy)) as { Statement: object[] }).Statement;
      assert.deepEqual(statement, {
        Sid: "ReplicateFrom222222222222",
        Effect: "Allow",
        Principal: { AWS: `arn:${partition}:iam::222222222222:root` },
        Action: ["ecr:ReplicateImage"],
        Resource: [`arn:${partition}:ecr:${region}:111111111111:repository/api`],
      });
      assert.deepEqual(planned.outputs.repositories, {
        api: `111111111111.dkr.ecr.${region}.${suffix}/api`,
      });
    });
  }

  it("deploys an entry with a provider and an image as a template, and keeps its repository", async () => {
    const planned = await planOf({
      "service/a.yaml":
        "- { github: edge, docker: edge, provider: cloudformation, deploy: { release: v1.0.0 } }\n",
      "Pulumi.testing.yaml": stackConfigYaml("  releases:templates: { bucket: templates }\n"),
    });
    assert.deepEqual([...ofType(planned, TYPES.repository).keys()], ["edge"]);
    assert.deepEqual([...ofType(planned, TYPES.template).keys()], ["edge"]);
    assert.equal(ofType(planned, TYPES.release).size, 0);
  });

  it("declares only the part of the list that the stack selects", async () => {
    const planned = await planOf({
      "service/a.yaml": `${serviceYaml("api", "  team: shop\n")}\n${serviceYaml("web")}`,
      "Pulumi.testing.yaml": stackConfigYaml("  releases:select: { team: shop }\n"),
    });
    assert.deepEqual([...ofType(planned, TYPES.repository).keys()], ["api"]);
    assert.deepEqual([...ofType(planned, TYPES.release).keys()], ["api"]);
  });
});
