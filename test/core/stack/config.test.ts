import assert from "node:assert/strict";
import { Findings } from "../../../src/core/input/findings";
import { formatIssue } from "../../../src/core/input/issue";
import { checkStackValues, parseStackFile, stackOf } from "../../../src/core/stack/config";
import type { StackConfig } from "../../../src/core/stack/plan";
import { DIGEST, yamlFile } from "../../support/model";
import { text } from "../../support/text";
import { Version } from "../../../src/core/version";

function parse(yaml: string): ReturnType<typeof parseStackFile> {
  return parseStackFile("testing", yamlFile(yaml, "Pulumi.testing.yaml"));
}

/** Returns the checked config of a file, and everything that is found in it. */
function check(yaml: string): { config: StackConfig | undefined; issues: string[] } {
  const { values, issues } = parse(yaml);
  if (values === undefined) return { config: undefined, issues: issues.map(formatIssue) };
  const findings = new Findings(values.from);
  const config = checkStackValues(values, findings);
  return { config, issues: [...issues, ...findings.issues].map(formatIssue) };
}

const START = text`
  config:
    pulumi:disable-default-providers: ["*"]
`;

describe("stackOf", () => {
  const cases = [
    ["Pulumi.testing.yaml", "testing"],
    ["Pulumi.eu-west_1.2.yaml", "eu-west_1.2"],
    ["Pulumi.yaml", undefined],
    ["Pulumi..yaml", undefined],
    ["Pulumi.testing.yml", undefined],
    ["Pulumi.a b.yaml", undefined],
    ["pulumi.testing.yaml", undefined],
    ["x/Pulumi.testing.yaml", undefined],
    ["Pulumi.testing.yaml.bak", undefined],
    ["Pulumi.testing.deploy.yaml", undefined],
    ["Pulumi.deploy.yaml", "deploy"],
  ] as const;
  for (const [file, expected] of cases) {
    it(`is ${expected ?? "nothing"} for ${file}`, () => assert.equal(stackOf(file), expected));
  }
});

describe("parseStackFile", () => {
  it("returns the keys of its own namespace, without it, and aws:region", () => {
    const { values, issues } = parse(text`
      encryptionsalt: v1:...
      config:
        aws:region: eu-west-1
        pulumi:disable-default-providers: ["*"]
        other:versions: { a: b }
        releases:account: "111111111111"
        releases:versions: { orders: v1.2.0 }
    `);
    assert.deepEqual(issues, []);
    assert.deepEqual(values?.values, {
      account: "111111111111",
      versions: { orders: "v1.2.0" },
    });
    assert.equal(values.stack, "testing");
    assert.equal(values.region, "eu-west-1");
    assert.equal(values.hasWebhookSecret, false);
  });

  for (const yaml of ["encryptionsalt: v1:...\n", "config:\n", "config: {}\n"]) {
    it(`finds no keys and nothing wrong in ${JSON.stringify(yaml)}`, () => {
      const { values, issues } = parse(yaml);
      assert.deepEqual(values?.values, {});
      assert.deepEqual(issues, []);
    });
  }

  it("knows of a webhook secret only that it is there", () => {
    const { values, issues } = parse(`${START}  releases:webhookSecret: { secure: "v1:..." }\n`);
    assert.deepEqual(issues, []);
    assert.equal(values?.hasWebhookSecret, true);
    assert.equal("webhookSecret" in values.values, false);
  });

  it("shows an encrypted template parameter as encrypted, and remembers which one it is", () => {
    const { values, issues } = parse(text`
      config:
        pulumi:disable-default-providers: ["*"]
        releases:templates:
          bucket: acme
          parameters: { Password: { secure: "v1:..." }, Environment: testing }
    `);
    assert.deepEqual(issues, []);
    assert.deepEqual(values?.values["templates"], {
      bucket: "acme",
      parameters: { Password: "[encrypted]", Environment: "testing" },
    });
    assert.deepEqual([...values.secretParameters], ["Password"]);
  });

  it("finds an encrypted value wherever reviewers must read it, at any depth", () => {
    const { values, issues } = parse(text`
      config:
        pulumi:disable-default-providers: ["*"]
        releases:account: { secure: "v1:..." }
        releases:registry: { replicas: [{ account: { secure: "v1:..." } }] }
    `);
    assert.deepEqual(
      issues.map(({ code, line, column }) => `${line}:${column} ${code}`),
      ["3:21 encrypted-value", "4:22 encrypted-value"],
    );
    assert.deepEqual(values?.values, {});
  });

  const secrets = [
    "releases:webhookSecret: hunter2",
    'releases:webhookSecret: ""',
    "releases:webhookSecret: { plain: hunter2 }",
    "github:token: ghp_0123",
    "aws:secretKey: abc",
    "aws:SecretKey: abc",
    "db:password: hunter2",
    "db:rootPassword: hunter2",
    "tls:privateKey: abc",
    "github:appAuth.pemFile: abc",
  ];
  for (const line of secrets) {
    it(`finds the plain secret in ${line}`, () => {
      const { issues } = parse(`${START}  ${line}\n`);
      assert.deepEqual(
        issues.map(({ code }) => code),
        ["plain-secret"],
      );
      assert.doesNotMatch(issues[0]?.message ?? "", /hunter2|ghp_|abc/);
    });
  }

  const noSecrets = [
    "github:owner: acme",
    'github:token: { secure: "v1:..." }',
    "aws:profile: token-user",
    "db:passwordLength: 12",
    "token: x",
  ];
  for (const line of noSecrets) {
    it(`finds no secret in ${line}`, () => {
      assert.deepEqual(parse(`${START}  ${line}\n`).issues, []);
    });
  }

  it("warns of default providers only where the program has keys", () => {
    const codes = (yaml: string): string[] =>
      parse(yaml).issues.map(({ severity, code, line }) => `${line} ${severity} ${code}`);
    assert.deepEqual(codes("config: { other:a: b }\n"), []);
    assert.deepEqual(codes('a: 1\nconfig: { releases:account: "111111111111" }\n'), [
      "2 warning default-providers",
    ]);
    assert.deepEqual(
      codes('config: { releases:account: "1", pulumi:disable-default-providers: [aws] }\n'),
      ["1 warning default-providers"],
    );
    assert.deepEqual(
      codes(`config: { releases:account: "1", pulumi:disable-default-providers: '["*"]' }\n`),
      [],
    );
    for (const text of ["'*'", "'[aws]'", "'[\"aws\"]'", "''", "'{}'"]) {
      assert.deepEqual(
        codes(`config: { releases:account: "1", pulumi:disable-default-providers: ${text} }\n`),
        ["1 warning default-providers"],
      );
    }
    assert.deepEqual(
      codes('config: { releases:account: "1", pulumi:disable-default-providers: ["*"] }\n'),
      [],
    );
  });

  it("asks for the namespace of a key that has none", () => {
    const { issues } = parse(`${START}  registry: {}\n  colour: blue\n`);
    assert.deepEqual(issues.map(formatIssue), [
      `Pulumi.testing.yaml:3:3 unknown-key "registry" has no namespace; did you mean "releases:registry"?`,
    ]);
  });

  for (const yaml of ["text\n", "- config\n"]) {
    it(`finds no mapping in ${JSON.stringify(yaml)}`, () => {
      const { values, issues } = parse(yaml);
      assert.equal(values, undefined);
      assert.deepEqual(
        issues.map(({ code }) => code),
        ["invalid-type"],
      );
    });
  }
});

describe("checkStackValues", () => {
  it("fills in every default", () => {
    const { config, issues } = check(START);
    assert.deepEqual(issues, []);
    assert.deepEqual(config, {
      stack: "testing",
      environment: "testing",
      versions: new Map(),
      charts: new Map(),
      values: new Map(),
      holds: new Map(),
      select: {},
    });
  });

  it("fills in the defaults of a registry, a webhook and templates", () => {
    const { config, issues } = check(
      `${START}${text`
      releases:registry: { role: source }
      releases:webhook: { url: "https://hooks.acme.example" }
      releases:templates: { bucket: acme }
    `.replaceAll(/^(?=.)/gm, "  ")}`,
    );
    assert.deepEqual(issues, []);
    assert.deepEqual(config?.registry, {
      role: "source",
      prefix: "",
      mutableTags: ["latest", "main", "*-daily", "*-test"],
      replicas: [],
      pushes: false,
    });
    assert.deepEqual(config.webhook, { url: "https://hooks.acme.example", scope: "repository" });
    assert.deepEqual(config.templates, {
      bucket: "acme",
      parameters: {},
      tags: {},
      versions: "own",
    });
  });

  it("turns every pin into a value", () => {
    const { config, issues } = check(
      `${START}${text`
      releases:environment: live
      releases:versions: { orders: "v1.2.0@${DIGEST}", catalog: v2 }
      releases:charts: { orders: "1.4.0@${DIGEST}" }
      releases:holds: { orders: { reason: slow } }
      releases:github: { owner: acme }
    `.replaceAll(/^(?=.)/gm, "  ")}`,
    );
    assert.deepEqual(issues, []);
    assert.deepEqual(config, {
      stack: "testing",
      environment: "live",
      githubOwner: "acme",
      versions: new Map([
        ["orders", { version: Version.of("v1.2.0"), digest: DIGEST }],
        ["catalog", { version: Version.of("v2") }],
      ]),
      charts: new Map([["orders", { version: "1.4.0", digest: DIGEST }]]),
      values: new Map(),
      holds: new Map([["orders", { reason: "slow" }]]),
      select: {},
    });
  });

  const values = [
    ['account: "012345678901"', undefined],
    ["account: 123456789012", "invalid-type"],
    ["account: 012345678901", "invalid-type"],
    ['account: "12345678901"', "invalid-account"],
    ['account: "1234-5678-9012"', "invalid-account"],
    ["registry: { role: source, prefix: a/b/ }", undefined],
    ["registry: { role: source, prefix: a/b }", "invalid-prefix"],
    ["registry: { role: source, prefix: / }", "invalid-prefix"],
    ['registry: { role: source, prefix: "" }', "invalid-prefix"],
    ["registry: { role: source, prefix: A/ }", "invalid-prefix"],
    ['registry: { role: source, mutableTags: ["*-*"] }', undefined],
    ["registry: { role: source, mutableTags: [] }", undefined],
    ['registry: { role: source, mutableTags: ["***"] }', "invalid-mutable-tag"],
    ['registry: { role: source, mutableTags: [""] }', "invalid-mutable-tag"],
    ["registry: { role: source, mutableTags: [a/b] }", "invalid-mutable-tag"],
    ["registry: { role: external, host: ghcr.io }", undefined],
    ["registry: { role: external, host: ghcr.io/acme/shop }", undefined],
    ['registry: { role: external, host: "localhost:5000" }', undefined],
    ["registry: { role: external, host: ghcr.io/ }", "invalid-host"],
    ["registry: { role: external, host: ghcr.io/Acme }", "invalid-host"],
    ["registry: { role: external, host: GHCR.io }", "invalid-host"],
    ['registry: { role: external, host: "https://ghcr.io" }', "invalid-host"],
    ['registry: { role: external, host: "u:p@ghcr.io" }', "invalid-host"],
    ['registry: { role: external, host: "" }', "invalid-host"],
    ['webhook: { url: "https://hooks.acme.example/a?b=c" }', undefined],
    ['webhook: { url: "https://hooks.acme.example:8443" }', undefined],
    ['webhook: { url: "http://hooks.acme.example" }', "invalid-webhook-url"],
    ['webhook: { url: "https://u:p@hooks.acme.example" }', "invalid-webhook-url"],
    ['webhook: { url: "https://hooks.acme.example/a b" }', "invalid-webhook-url"],
    ['webhook: { url: "https://" }', "invalid-webhook-url"],
    ['webhook: { url: "https://hooks.acme.example", scope: team }', "invalid-value"],
    ["templates: { bucket: acme.templates-1 }", undefined],
    ["templates: { bucket: Acme }", "invalid-bucket"],
    ["templates: { bucket: ab }", "invalid-bucket"],
    [`templates: { bucket: ${"a".repeat(64)} }`, "invalid-bucket"],
    ["templates: { bucket: acme, versions: every }", "invalid-value"],
    ["charts: { orders: 1.4.0 }", undefined],
    ["charts: { orders: ^1.4 }", "invalid-chart-version"],
    ["charts: { orders: latest }", "invalid-chart-version"],
    ["charts: { orders: 1.4 }", "invalid-type"],
    ["versions: { orders: 1.10 }", "invalid-type"],
    ["versions: { orders: v1.2.x }", "invalid-pin"],
    ['versions: { "bad name": v1 }', "invalid-name"],
    ["holds: { orders: {} }", "missing-key"],
    ['holds: { orders: { reason: "" } }', "empty-value"],
    ["holds: { orders: slow }", "invalid-type"],
    ["cluster: {}", "missing-key"],
    ["cluster: { context: [a] }", "invalid-type"],
    ["select: { names: [a, b], team: shop }", undefined],
    ["select: { names: a }", "invalid-type"],
    ["previews: { domain: a.example, max: 0 }", "invalid-value"],
    ["previews: { domain: a.example, ttl: 2 days }", "invalid-duration"],
    ["colour: blue", "unknown-key"],
    ["cluster: { context: a, kubeconfig: b }", "unknown-key"],
  ] as const;
  for (const [line, expected] of values) {
    it(`${expected === undefined ? "takes" : `finds ${expected} in`} ${line.slice(0, 60)}`, () => {
      const { values } = parse(`${START}  releases:${line}\n`);
      assert.ok(values);
      const findings = new Findings(values.from);
      checkStackValues(values, findings);
      assert.deepEqual(
        findings.issues.map(({ code }) => code),
        expected === undefined ? [] : [expected],
      );
    });
  }

  for (const region of ["Ireland", "eu-west-1a", "7", "[eu-west-1]", '{ secure: "v1:..." }']) {
    it(`refuses the region ${region}`, () => {
      const { issues } = check(`${START}  aws:region: ${region}\n`);
      assert.deepEqual(
        issues.map((issue) => issue.split(" ").slice(0, 2).join(" ")),
        ["Pulumi.testing.yaml:3:15 invalid-region"],
      );
    });
  }

  it("doesn't repeat the credentials of a webhook's address", () => {
    const { issues } = check(
      `${START}  releases:webhook: { url: "https://ci:hunter2@hooks.acme.example" }\n`,
    );
    assert.equal(issues.length, 1);
    assert.doesNotMatch(issues[0] ?? "", /hunter2/);
  });

  it("says of a missing role that it is missing", () => {
    const { issues } = check(`${START}  releases:registry: {}\n`);
    assert.deepEqual(
      issues.map((issue) => issue.split(" ")[1]),
      ["missing-key"],
    );
  });

  const hosts = [
    ['webhook: { url: "https://?" }', "invalid-webhook-url"],
    ['webhook: { url: "https://:80" }', "invalid-webhook-url"],
    ["registry: { role: external, host: a..b }", "invalid-host"],
    ['registry: { role: external, host: "ghcr.io:99999" }', "invalid-host"],
  ] as const;
  for (const [line, expected] of hosts) {
    it(`finds ${expected} in ${line}`, () => {
      assert.deepEqual(
        check(`${START}  releases:${line}\n`).issues.map((issue) => issue.split(" ")[1]),
        [expected],
      );
    });
  }
});
