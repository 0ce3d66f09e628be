import assert from "node:assert/strict";
import { formatIssue } from "../../src/core/input/issue";
import {
  issuesAcrossStacks,
  parseRepository,
  planStack,
  type Sources,
} from "../../src/core/repository";
import { issuesOf, repositoryOf } from "../support/repository";
import { text } from "../support/text";

const LIST = text`
  - github: orders
    docker: orders
    deploy: { release: v1.2.0 }
  - github: catalog
    docker: catalog
    deploy: { branch: main }
`;

const EXTERNAL = text`
  config:
    pulumi:disable-default-providers: ["*"]
    releases:cluster: { context: acme }
    releases:registry: { role: external, host: ghcr.io/acme }
`;

describe("parseRepository", () => {
  it("joins the files of the list, sorted by name", () => {
    const { list, definitions, issues } = repositoryOf({
      "service/z.yaml": "- { github: a, docker: a, deploy: { release: v1 } }\n",
      "service/a.yaml": "- { github: z, docker: z, deploy: { release: v1 } }\n",
      "infrastructure/m.yaml":
        "- { github: m, provider: cloudformation, deploy: { release: v1 } }\n",
    });
    assert.deepEqual(
      list.map(({ name, source }) => `${name} of ${source.file}`),
      ["a of service/z.yaml", "m of infrastructure/m.yaml", "z of service/a.yaml"],
    );
    assert.equal(definitions, 3);
    assert.deepEqual(issues, []);
  });

  it("counts every definition, sound or not", () => {
    const { definitions } = repositoryOf({
      "service/a.yaml": "- {}\n- orders\n- { github: a, docker: a, deploy: { release: v1 } }\n",
      "service/b.yaml": "[]\n",
      "service/c.yaml": "{}\n",
    });
    assert.equal(definitions, 3);
  });

  it("has the stacks in the order of the promotion path, then by name", () => {
    const { stacks } = repositoryOf({
      "service/a.yaml": LIST,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release] }
          staging: { accepts: [release], from: testing }
          production: { accepts: [release], from: staging }
      `,
      "Pulumi.production.yaml": EXTERNAL,
      "Pulumi.testing.yaml": EXTERNAL,
      "Pulumi.staging.yaml": EXTERNAL,
      "Pulumi.another.yaml": EXTERNAL,
      "Pulumi.a-shard.yaml": `${EXTERNAL}  releases:environment: staging\n`,
    });
    assert.deepEqual(
      [...stacks.keys()],
      ["testing", "a-shard", "staging", "production", "another"],
    );
  });

  it("has the stacks by name where there is no path", () => {
    const { stacks, environments } = repositoryOf({
      "service/a.yaml": LIST,
      "Pulumi.b.yaml": EXTERNAL,
      "Pulumi.B.yaml": EXTERNAL,
      "Pulumi.a.yaml": EXTERNAL,
    });
    assert.deepEqual([...stacks.keys()], ["B", "a", "b"]);
    assert.equal(environments, undefined);
  });

  it("leaves out a stack whose file can't be understood, and keeps the rest", () => {
    const { stacks, list } = repositoryOf({
      "service/a.yaml": LIST,
      "Pulumi.broken.yaml": "[",
      "Pulumi.testing.yaml": EXTERNAL,
    });
    assert.deepEqual([...stacks.keys()], ["testing"]);
    assert.equal(list.length, 2);
  });

  it("reads the default chart's version from the program's own chart", () => {
    const { defaultCharts } = repositoryOf({ "service/a.yaml": LIST });
    assert.deepEqual(
      defaultCharts,
      ["1.1.0", "1.0.0"].map((version) => {
        return { name: `./charts/service/${version}`, version, isPinned: false };
      }),
    );
  });

  it("throws for a broken chart of the program, which no user can repair", () => {
    const bytes = new TextEncoder().encode("name: service\n");
    const sources: Sources = {
      list: [],
      stacks: [],
      defaultCharts: [{ file: "charts/service/1.0.0/Chart.yaml", bytes }],
      issues: [],
    };
    assert.throws(() => parseRepository(sources), {
      message: "charts/service/1.0.0/Chart.yaml has no version",
    });
  });
});

describe("planStack", () => {
  it("returns all that decides what a stack declares", () => {
    const repository = repositoryOf({
      "service/a.yaml": LIST,
      "Pulumi.testing.yaml": `${EXTERNAL}  releases:versions: { catalog: v2.3.4 }\n`,
    });
    const values = repository.stacks.get("testing");
    assert.ok(values);
    const { plan, issues } = planStack(repository, values);
    assert.deepEqual(issues, []);
    assert.deepEqual(
      plan?.deployments.map(({ service, version, chart }) => [service.name, version.text, chart]),
      [
        ["catalog", "v2.3.4", repository.defaultCharts[0]],
        ["orders", "v1.2.0", repository.defaultCharts[0]],
      ],
    );
    assert.equal(plan.config.stack, "testing");
    assert.equal(plan.list, repository.list);
  });

  it("plans a stack once, and again in another repository or with another config", () => {
    const files = { "service/a.yaml": LIST, "Pulumi.testing.yaml": EXTERNAL };
    const repository = repositoryOf(files);
    const values = repository.stacks.get("testing");
    assert.ok(values);
    const checked = planStack(repository, values);
    assert.equal(planStack(repository, values), checked);
    assert.notEqual(planStack(repositoryOf(files), values), checked);
    assert.notEqual(planStack(repository, { ...values }), checked);
  });

  it("finds what only a stack and the list together can have", () => {
    const repository = repositoryOf({ "service/a.yaml": LIST, "Pulumi.testing.yaml": EXTERNAL });
    const values = repository.stacks.get("testing");
    assert.ok(values);
    assert.deepEqual(
      planStack(repository, values).issues.map(({ code }) => code),
      ["missing-pin"],
    );
  });

  it("returns a plan where there is a warning", () => {
    const repository = repositoryOf({
      "service/a.yaml": LIST,
      "Pulumi.testing.yaml": `${EXTERNAL}  releases:versions: { catalog: v2.3.4 }\n  releases:webhookSecret: { secure: "v1:..." }\n`,
    });
    const values = repository.stacks.get("testing");
    assert.ok(values);
    const { plan, issues } = planStack(repository, values);
    assert.ok(plan);
    assert.deepEqual(
      issues.map(({ code, severity }) => `${severity} ${code}`),
      ["warning key-without-effect"],
    );
  });
});

describe("checkRepository on stacks", () => {
  const aws = (account: string, region = "eu-west-1", context = account): string => text`
    config:
      pulumi:disable-default-providers: ["*"]
      aws:region: ${region}
      releases:account: "${account}"
      releases:cluster: { context: "${context}" }
  `;
  const found = (files: Record<string, string>): string[] =>
    issuesOf({
      "service/a.yaml": "- { github: orders, docker: orders, deploy: { release: v1 } }\n",
      ...files,
    }).map(formatIssue);
  const source = `  releases:registry: { role: source, prefix: releases/, replicas: [{ account: "999999999999", region: eu-west-1 }] }\n`;
  const replica = `  releases:registry: { role: replica, prefix: releases/, source: { account: "999999999999", region: eu-west-1 } }\n`;

  it("finds nothing wrong with the same registry keys in two accounts or in two regions", () => {
    for (const registry of [source, replica]) {
      assert.deepEqual(
        found({
          "Pulumi.a.yaml": aws("111111111111") + registry,
          "Pulumi.b.yaml": aws("222222222222") + registry,
          "Pulumi.c.yaml": aws("111111111111", "us-east-1", "c") + registry,
        }),
        [],
      );
    }
  });

  it("finds nothing wrong with one service in two namespaces' clusters", () => {
    assert.deepEqual(
      found({
        "Pulumi.a.yaml": EXTERNAL,
        "Pulumi.b.yaml": EXTERNAL.replace("acme }", "other }"),
      }),
      [],
    );
  });

  it("says of each stack with which other one it collides, once for each key", () => {
    assert.deepEqual(
      issuesOf({
        "service/a.yaml": text`
          - { github: orders, docker: orders, deploy: { release: v1 } }
          - { github: catalog, docker: catalog, deploy: { release: v1 } }
        `,
        "Pulumi.a.yaml": aws("111111111111") + source,
        "Pulumi.b.yaml": aws("111111111111") + source,
        "Pulumi.c.yaml": aws("111111111111") + source,
      }).map(formatIssue),
      ["b", "c"].flatMap((stack) => [
        `Pulumi.${stack}.yaml:5:3 shared-helm-release the Helm release default/catalog of 111111111111 is also declared by Pulumi.a.yaml; one stack may own it`,
        `Pulumi.${stack}.yaml:6:3 repository-declared-twice the repository "releases/catalog" of 111111111111 eu-west-1 is also declared by Pulumi.a.yaml; one stack may own it, which the others name: { role: shared, owner: a }`,
        `Pulumi.${stack}.yaml:6:57 two-replication-owners the replication of 111111111111 eu-west-1 is also declared by Pulumi.a.yaml; one stack may own it`,
      ]),
    );
  });

  it("says to each of two stacks that it would overwrite the other's replication, and to no third", () => {
    const repository = repositoryOf({
      "service/a.yaml": LIST,
      "Pulumi.a.yaml": aws("111111111111") + source,
      "Pulumi.b.yaml": aws("111111111111") + source,
      "Pulumi.c.yaml": aws("333333333333") + source,
    });
    const beside = [...repository.stacks.values()].map((values) => {
      const { plan } = planStack(repository, values);
      assert.ok(plan);
      return issuesAcrossStacks(repository, plan).map(formatIssue);
    });
    const other = (stack: string, owner: string): string =>
      `Pulumi.${stack}.yaml:6:57 two-replication-owners the replication of 111111111111 eu-west-1 is also declared by Pulumi.${owner}.yaml; one stack may own it`;
    assert.deepEqual(beside, [[other("a", "b")], [other("b", "a")], []]);
  });

  it("finds an organization's webhook in two stacks, whatever they run", () => {
    const webhook = text`
      releases:github: { owner: acme }
      releases:webhook: { url: "https://hooks.acme.example", scope: organization }
      releases:webhookSecret: { secure: "v1:..." }
    `.replaceAll(/^(?=.)/gm, "  ");
    assert.deepEqual(
      found({
        "Pulumi.a.yaml": EXTERNAL + webhook,
        "Pulumi.b.yaml": EXTERNAL.replace("acme }", "other }") + webhook,
      }),
      [
        "Pulumi.b.yaml:6:23 shared-webhook a webhook of acme to the same url is also declared by Pulumi.a.yaml; one stack may own it",
      ],
    );
  });

  it("lets stacks have webhooks of one repository to several addresses", () => {
    const webhook = (host: string): string =>
      `  releases:github: { owner: acme }\n  releases:webhook: { url: "https://${host}" }\n  releases:webhookSecret: { secure: "v1:..." }\n`;
    assert.deepEqual(
      found({
        "Pulumi.a.yaml": EXTERNAL + webhook("a.example"),
        "Pulumi.b.yaml": EXTERNAL.replace("acme }", "other }") + webhook("b.example"),
      }),
      [],
    );
  });

  it("needs no cluster and no registry for a stack of templates", () => {
    const { issues } = repositoryOf({
      "infrastructure/a.yaml":
        "- { github: network, provider: cloudformation, deploy: { release: v1 } }\n",
      "Pulumi.a.yaml": text`
        config:
          pulumi:disable-default-providers: ["*"]
          aws:region: eu-west-1
          releases:account: "111111111111"
          releases:templates: { bucket: acme-templates }
      `,
    });
    assert.deepEqual(issues, []);
  });

  const limits = [
    ["25 replicas", aws("111111111111") + replicas(25), []],
    ["26 replicas", aws("111111111111") + replicas(26), ["too-many-replicas"]],
    [
      "5 moving tags",
      aws("111111111111") + "  releases:registry: { role: source, mutableTags: [a, b, c, d, e] }\n",
      [],
    ],
  ] as const;
  for (const [what, config, expected] of limits) {
    it(`finds ${expected.join() || "nothing wrong"} with ${what}`, () => {
      assert.deepEqual(
        issuesOf({
          "service/a.yaml": "- { github: orders, docker: orders, deploy: { release: v1 } }\n",
          "Pulumi.a.yaml": config,
        }).map(({ code }) => code),
        expected,
      );
    });
  }

  const many = (count: number, select = ""): Record<string, string> => ({
    "service/a.yaml": Array.from(
      { length: count },
      (_, index) => `- { github: s${index}x, docker: s${index}x, deploy: { release: v1 } }\n`,
    ).join(""),
    "Pulumi.a.yaml": `${aws("111111111111")}  releases:registry: { role: source, replicas: [{ account: "999999999999", region: eu-west-1 }] }\n${select}`,
  });

  it("counts a filter for each repository where there is no prefix, up to 100", () => {
    assert.deepEqual(
      issuesOf(many(100)).map(({ code }) => code),
      ["replication-without-prefix"],
    );
    assert.deepEqual(
      issuesOf(many(101)).map(({ code }) => code),
      ["replication-without-prefix", "too-many-filters"],
    );
  });

  it("counts the filters of what a stack owns alone", () => {
    assert.deepEqual(
      issuesOf(many(101, "  releases:select: { names: [s1x, s2x] }\n")).map(({ code }) => code),
      ["replication-without-prefix"],
    );
  });

  const broken = [
    ["a release that isn't one", "{ release: 1.10 }", "invalid-type"],
    ["no strategy", "{}", "missing-strategy"],
    ["two strategies", "{ release: v1, branch: main }", "several-strategies"],
  ] as const;
  for (const [what, deploy, code] of broken) {
    it(`asks for no pin of a service with ${what}, which is one finding already`, () => {
      const found = issuesOf({
        "service/a.yaml": `- { github: orders, docker: orders, deploy: ${deploy} }\n`,
        "Pulumi.a.yaml": EXTERNAL,
      });
      assert.deepEqual(
        found.map((issue) => issue.code),
        [code],
      );
    });
  }

  it("asks for no pin where the pins are encrypted, which is one finding already", () => {
    const found = issuesOf({
      "service/a.yaml": "- { github: orders, docker: orders, deploy: { branch: main } }\n",
      "Pulumi.a.yaml": `${EXTERNAL}  releases:versions: { orders: { secure: "v1:..." } }\n`,
    });
    assert.deepEqual(
      found.map(({ code }) => code),
      ["encrypted-value"],
    );
  });

  it("never says that a stack collides with itself", () => {
    const found = issuesOf({
      "service/a.yaml": text`
        - { github: orders, docker: orders, deploy: { release: v1 } }
        - { github: orders, docker: orders, deploy: { release: v1 } }
      `,
      "Pulumi.a.yaml": `${aws("111111111111")}  releases:registry: { role: source, prefix: releases/ }\n`,
    });
    assert.deepEqual(
      found.map(({ code }) => code),
      ["duplicate-name"],
    );
  });

  const templates = text`
    config:
      pulumi:disable-default-providers: ["*"]
      aws:region: eu-west-1
      releases:account: "111111111111"
  `;

  it("calls two entries of one name nothing but that", () => {
    const entry = "- { github: network, provider: cloudformation, deploy: { release: v1 } }\n";
    const found = issuesOf({
      "infrastructure/a.yaml": entry + entry,
      "Pulumi.a.yaml": `${templates}  releases:templates: { bucket: acme-templates }\n`,
    });
    assert.deepEqual(
      found.map(({ code }) => code),
      ["duplicate-name"],
    );
  });

  it("finds one CloudFormation stack in two stacks of one account and region", () => {
    const config = `${templates}  releases:templates: { bucket: acme-templates }\n`;
    const found = issuesOf({
      "infrastructure/a.yaml":
        "- { github: network, provider: cloudformation, deploy: { release: v1 } }\n",
      "Pulumi.a.yaml": config,
      "Pulumi.b.yaml": config,
    });
    assert.deepEqual(
      found.map(({ code, file }) => `${file} ${code}`),
      ["Pulumi.b.yaml shared-cloudformation-stack"],
    );
  });

  it("finds two services whose versions would be one template parameter", () => {
    const found = issuesOf({
      "infrastructure/a.yaml": text`
        - { github: a-b, provider: cloudformation, deploy: { release: v1 } }
        - { github: a--b, provider: cloudformation, deploy: { release: v2 } }
      `,
      "Pulumi.a.yaml": `${templates}  releases:templates: { bucket: acme-templates, versions: all }\n`,
    });
    assert.deepEqual(
      found.map(({ code }) => code),
      ["parameter-taken"],
    );
  });

  it("finds nothing wrong with templates of two stacks that share a cluster", () => {
    const config = (account: string): string =>
      `${aws(account, "eu-west-1", "shared")}  releases:templates: { bucket: acme-templates }\n`;
    const found = issuesOf({
      "infrastructure/a.yaml":
        "- { github: network, provider: cloudformation, deploy: { release: v1 } }\n",
      "Pulumi.a.yaml": config("111111111111"),
      "Pulumi.b.yaml": config("222222222222"),
    });
    assert.deepEqual(found, []);
  });

  it("says nothing about a registry in no account but that", () => {
    const found = issuesOf({
      "service/a.yaml": "- { github: orders, docker: orders, deploy: { release: v1 } }\n",
      "Pulumi.a.yaml": text`
        config:
          pulumi:disable-default-providers: ["*"]
          aws:region: eu-west-1
          releases:cluster: { context: acme }
          releases:registry: { role: replica, source: { account: "222222222222", region: eu-west-1 } }
      `,
    });
    assert.deepEqual(
      found.map(({ code, message }) => `${code} ${message.slice(0, 9)}`),
      ['missing-key "account"'],
    );
  });

  it("says nothing about a chart's pin where the chart has a finding already", () => {
    const found = issuesOf({
      "service/a.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1 }
          chart: { name: orders, repository: "https://charts.acme.example", version: 1.4 }
      `,
      "Pulumi.a.yaml": `${EXTERNAL}  releases:charts: { orders: 1.5.0 }\n`,
    });
    assert.deepEqual(
      found.map(({ code, file }) => `${file} ${code}`),
      ["service/a.yaml invalid-type"],
    );
  });

  for (const [length, expected] of [
    [53, []],
    [54, ["name-too-long"]],
  ] as const) {
    it(`finds ${expected.join() || "nothing wrong"} with a name of ${length} characters`, () => {
      const name = "a".repeat(length);
      assert.deepEqual(
        issuesOf({
          "service/a.yaml": `- { github: a, docker: ${name}, deploy: { release: v1 } }\n`,
        }).map(({ code }) => code),
        expected,
      );
    });
  }
});

function replicas(count: number): string {
  const places = Array.from(
    { length: count },
    (_, index) => `{ account: "${200000000000 + index}", region: eu-west-1 }`,
  );
  return `  releases:registry: { role: source, prefix: releases/, replicas: [${places.join(", ")}] }\n`;
}
