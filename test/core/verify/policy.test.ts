import assert from "node:assert/strict";
import { parseEnvironments } from "../../../src/core/environments";
import { formatIssue } from "../../../src/core/input/issue";
import { formatPolicy, policyOf } from "../../../src/core/verify/policy";
import { service, yamlFile } from "../../support/model";
import { text } from "../../support/text";

const GITHUB = "https://token.actions.githubusercontent.com";

/** environments.yaml with one environment of which `verify` is given as YAML in one line. */
function parse(verify: string): ReturnType<typeof parseEnvironments> {
  const path = text`
    environments:
      production: { accepts: [release], verify: ${verify} }
  `;
  return parseEnvironments(yamlFile(path, "environments.yaml"));
}

function policy(verify: string, owner: string | undefined = "acme"): string {
  const { environments, issues } = parse(verify);
  const production = environments?.get("production");
  assert.ok(production, issues.map(formatIssue).join("\n"));
  return formatPolicy(policyOf(production, service("orders"), owner));
}

function finding(verify: string): string {
  const [issue, ...others] = parse(verify).issues;
  assert.deepEqual(others, []);
  return issue === undefined ? "" : `${issue.code}: ${issue.message}`;
}

describe("verify", () => {
  it("trusts GitHub Actions in the service's own repository by default", () => {
    assert.equal(policy("{ mode: require }"), "require: GitHub Actions in acme/orders");
  });

  it("lets nobody sign a service whose repository nobody names", () => {
    const { environments } = parse("{ mode: require }");
    const production = environments?.get("production");
    assert.ok(production);
    const found = policyOf(production, service("orders", { github: "" }), "acme");
    assert.deepEqual(found.signatories, []);
    assert.deepEqual(policyOf(production, service("orders"), undefined).signatories, []);
  });

  it("says what an identity demands, with the service's repository where it names none", () => {
    const identity = `{ issuer: "${GITHUB}", workflow: .github/workflows/release.yml, ref: '^refs/tags/v.*$' }`;
    assert.equal(
      policy(`{ mode: warn, identities: [${identity}] }`),
      "warn: GitHub Actions in acme/orders (.github/workflows/release.yml) at ^refs/tags/v.*$",
    );
  });

  it("takes one of several, keys and names as well", () => {
    const identities = `[{ key: trust/orders.pub }, { issuer: "https://accounts.acme.example", subject: release@acme.example }]`;
    assert.equal(
      policy(
        `{ mode: require, identities: ${identities}, predicates: ["https://slsa.dev/provenance/v1"] }`,
      ),
      "require: the key trust/orders.pub or release@acme.example of https://accounts.acme.example, https://slsa.dev/provenance/v1",
    );
  });

  it("is different for a service that says so", () => {
    const own = "{ mode: off, identities: [{ key: a.pub }] }";
    assert.equal(policy(`{ mode: require, services: { orders: ${own} } }`), "off");
    assert.equal(
      policy("{ mode: off, services: { orders: { mode: require } } }"),
      "require: GitHub Actions in acme/orders",
    );
  });

  const REFUSED: Readonly<Record<string, readonly [verify: string, finding: RegExp]>> = {
    "the old word": [
      "required",
      /^invalid-type: .* expected a mapping, such as \{ mode: require \}/,
    ],
    "no mode": ["{ root: trust/root.jsonl }", /^missing-key: /],
    "another mode": ["{ mode: enforce }", /expected one of off, warn, require/],
    "an identity without an issuer": [
      "{ mode: require, identities: [{ repository: acme/orders }] }",
      /^invalid-identity: .*expected an issuer, or a key/,
    ],
    "an empty identity": ["{ mode: require, identities: [{}] }", /^invalid-identity: .*an issuer/],
    "no identity": ["{ mode: require, identities: [] }", /at least one identity/],
    "a key and an issuer": [
      `{ mode: require, identities: [{ key: a.pub, issuer: "${GITHUB}" }] }`,
      /^invalid-identity: .*not both; remove issuer/,
    ],
    "a subject and a repository": [
      `{ mode: require, identities: [{ issuer: "${GITHUB}", subject: x, repository: acme/orders }] }`,
      /^invalid-identity: .*not both; remove repository/,
    ],
    "a pattern without its end": [
      `{ mode: require, identities: [{ issuer: "${GITHUB}", ref: ^refs/tags/v }] }`,
      /^invalid-identity: .*isn't anchored at both ends/,
    ],
    "a glob": [
      `{ mode: require, identities: [{ issuer: "${GITHUB}", ref: refs/tags/v* }] }`,
      /^invalid-identity: .*write a pattern as/,
    ],
    "any issuer": [
      "{ mode: require, identities: [{ issuer: '^.*$' }] }",
      /^invalid-identity: .*matches anybody's/,
    ],
    "any owner": [
      `{ mode: require, identities: [{ issuer: "${GITHUB}", repository: '^.+/orders$' }] }`,
      /^invalid-identity: .*owner without a pattern/,
    ],
    "a repository without an owner": [
      `{ mode: require, identities: [{ issuer: "${GITHUB}", repository: orders }] }`,
      /^invalid-identity: .*an owner and a name/,
    ],
    "a key outside of the repository": [
      "{ mode: require, identities: [{ key: ../orders.pub }] }",
      /^invalid-path: /,
    ],
    "an absolute path": ["{ mode: require, root: /etc/root.json }", /^invalid-path: /],
    "an address as a root": [
      "{ mode: require, root: 'https://a.example/root' }",
      /^invalid-path: /,
    ],
    "a predicate that is no type": [
      "{ mode: require, predicates: [slsaprovenance] }",
      /a predicate type/,
    ],
    "an unknown key": [
      "{ mode: require, identity: [] }",
      /^unknown-key: .*known are mode, root, identities/,
    ],
  };

  for (const [name, [verify, expected]] of Object.entries(REFUSED)) {
    it(`refuses ${name}`, () => {
      assert.match(finding(verify), expected);
    });
  }
});
