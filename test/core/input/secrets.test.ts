import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { hasSecret, plainSecrets } from "../../../src/core/input/secrets";
import { formatIssue } from "../../../src/core/input/issue";
import { openRepository } from "../../../src/app/open";
import { realWorld } from "../../../src/app/real-world";
import { checkRepository } from "../../../src/core/repository";
import { ACME } from "../../support/acme";
import { issuesOf } from "../../support/repository";
import { serviceYaml, stackConfigYaml } from "../../support/yaml";

/** Joined here, so that no scanner takes this file for a leak. */
const made = (prefix: string, length: number): string =>
  prefix + "A1b2C3d4E5f6G7h8J9k0".repeat(5).slice(0, length);

const FORMS = {
  "a token of GitHub": made("ghp" + "_", 36),
  "a fine-grained one": made("github" + "_pat_", 40),
  "a key of AWS": "AKIA" + "IOSFODNN7EXAMPLE",
  "a token of Slack": made("xoxb" + "-", 20),
  "a webhook of Slack": "https://hooks.slack" + ".com/services/T01/B01/" + made("", 24),
  "a key of Stripe": made("sk" + "_live_", 24),
  "a token of GitLab": made("glpat" + "-", 20),
  "a key of Google": made("AI" + "za", 35),
  "a token of npm": made("npm" + "_", 36),
  "a token of Vault": made("hvs" + ".", 24),
  "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE",
  "a token of three parts": `${made("eyJ", 20)}.${made("eyJ", 30)}.${made("", 20)}`,
  "a password in an address": "postgres://shop:hunter2@db.acme.example/shop",
};

const HONEST: Record<string, unknown> = {
  digest: `sha256:${"0123456789abcdef".repeat(4)}`,
  commit: "8ccf84aa1a9106d57e472103cd0a8e2cee6c730d",
  image: "111111111111.dkr.ecr.eu-west-1.amazonaws.com/releases/shop/orders:v1.2.3",
  id: "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
  token: "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
  icon: `data:image/png;base64,${Buffer.from("x".repeat(500)).toString("base64")}`,
  existingSecret: "shop-database-credentials-2",
  tlsSecret: "shop-tls-2026-production-cert",
  passwordKey: "password",
  secretKeyRef: { name: "database", key: "password" },
  password: { valueFrom: { secretKeyRef: { name: "database", key: "password" } } },
  DB_PASSWORD: "$(DATABASE_PASSWORD)",
  ADMIN_PASSWORD: "{{ .Values.other }}",
  VAULT_TOKEN: "vault:secret/data/shop#token",
  url: "postgres://shop:$(PASSWORD)@db/shop",
  tokenUrl: "https://login.acme.example/oauth/token",
  publicKey: "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkq",
  automountToken: false,
  secret: "",
  jwtSecret: "kubernetes.io/service-account",
  topic: "eyJ",
};

describe("plainSecrets", () => {
  for (const [what, secret] of Object.entries(FORMS)) {
    it(`finds ${what}, whatever its key`, () => {
      assert.deepEqual(plainSecrets({ a: ["x", { b: `x ${secret}` }] }), [["a", 1, "b"]]);
    });
  }

  it("finds what a key calls a password or a secret", () => {
    const random = made("", 24);
    const values = {
      password: "hunter2",
      env: { DB_PASSWORD: "x", AWS_SECRET_ACCESS_KEY: random, apiToken: random },
      list: [{ name: "SMTP_PASSWORD", value: "hunter2" }],
    };
    assert.deepEqual(
      plainSecrets(values).map((path) => path.join(".")),
      ["password", "env.DB_PASSWORD", "env.AWS_SECRET_ACCESS_KEY", "env.apiToken", "list.0.value"],
    );
  });

  for (const [key, value] of Object.entries(HONEST)) {
    it(`leaves ${key} alone`, () => assert.deepEqual(plainSecrets({ [key]: value }), []));
  }

  it("leaves 20,000 digests, ids and images alone", () => {
    for (let index = 0; index < 5000; index++) {
      const hash = createHash("sha256").update(String(index));
      const [hex, base64] = [hash.copy().digest("hex"), hash.digest("base64")];
      const values = [hex, randomUUID(), `ghcr.io/acme/a-${hex}:v1.2.3@sha256:${hex}`, base64];
      assert.deepEqual(plainSecrets({ values, icon: base64, version: hex.slice(0, 40) }), []);
    }
  });

  it("ends on a long text", () => {
    for (const part of ["eyJ-", "a.", "a://", "a://b:", "x-eyJaaaaaaaaaaaa.", "-----BEGIN A "]) {
      const text = part.repeat(1_000_000 / part.length);
      assert.deepEqual(plainSecrets({ icon: "x", text }).length, 0, part);
    }
  });
});

describe("hasSecret", () => {
  const addresses = [
    ["https://hooks.acme.example/a?token=hunter2", true],
    ["https://hooks.acme.example/a?x-api-key=1", true],
    [`https://hooks.acme.example/a?x=${made("", 24)}`, true],
    ["https://hooks.acme.example/a?sig=abc", true],
    [FORMS["a webhook of Slack"], true],
    ["https://hooks.acme.example/testing", false],
    ["https://hooks.acme.example/a?stack=testing&format=json", false],
    ["https://hooks.acme.example/a?token=", false],
  ] as const;
  for (const [address, expected] of addresses) {
    it(`${expected ? "finds one" : "finds none"} in ${address.slice(0, 50)}`, () => {
      assert.equal(hasSecret(address), expected);
    });
  }
});

describe("checkRepository on secrets in plain text", () => {
  it("warns of them, and repeats none", () => {
    const found = issuesOf({
      "service/a.yaml": serviceYaml("api", "  values: { env: { DB_PASSWORD: MARKED } }\n"),
      "Pulumi.testing.yaml": stackConfigYaml(`  releases:github: { owner: acme }
  releases:webhook: { url: "https://hooks.acme.example/a?token=MARKED" }
  releases:webhookSecret: { secure: "v1:..." }
  releases:templates:
    bucket: acme-templates
    parameters: { Password: MARKED, Other: { secure: "v1:..." } }
`),
    }).map(formatIssue);
    assert.deepEqual(
      found.map((line) => line.replace(/ looks like.*| has what.*/, "")),
      [
        'Pulumi.testing.yaml:8:23 plain-secret warning: "webhook.url"',
        'Pulumi.testing.yaml:12:19 plain-secret warning: "templates.parameters.Password"',
        'service/a.yaml:4:20 plain-secret warning: definition 1 (api): "values.env.DB_PASSWORD"',
      ],
    );
    assert.doesNotMatch(found.join("\n"), /MARKED/);
  });

  it("finds none in the list of a whole company", () => {
    const found = checkRepository(openRepository(realWorld(ACME)));
    assert.deepEqual(
      found.filter(({ code }) => code === "plain-secret"),
      [],
    );
  });
});
