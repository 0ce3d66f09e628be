import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import Ajv from "ajv";
import { parseAllDocuments } from "yaml";
import { clusterPolicy } from "../../src/app/cluster-policy";
import { SILENT } from "../../src/app/reporter";
import { engineProblems, ENGINES, formatClusterPolicy } from "../../src/format/cluster-policy";
import { definition, shopFiles } from "../support/shop";
import { worldOf } from "../support/world";

const FIXTURES = path.join(__dirname, "../fixtures/crds");

/** A definition of a resource, as its project publishes it. */
interface Definition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly spec: object;
}

const DEFINITIONS = {
  kyverno: "image-validating-policy",
  "policy-controller": "cluster-image-policy",
} as const;

function definitionOf(engine: keyof typeof DEFINITIONS): Definition {
  const file = path.join(FIXTURES, `${DEFINITIONS[engine]}.json`);
  return JSON.parse(fs.readFileSync(file, "utf8")) as Definition;
}

const KEY = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n";

/** Two services by their workflow, one of them with a predicate of its own, and one by a key. */
const VERIFY = String.raw`
      mode: require
      services:
        catalog:
          identities:
            - issuer: https://token.actions.githubusercontent.com
              workflow: .github/workflows/release.yml
              ref: ^refs/tags/v[0-9].*$
            - { issuer: https://accounts.example, subject: release@acme.example }
          predicates: [https://slsa.dev/provenance/v1, https://spdx.dev/Document]
        legacy: { mode: warn, identities: [{ key: trust/legacy.pub }] }
`;

function acme(key?: string) {
  const environments = `environments:
  staging: { accepts: [release] }
  production:
    from: staging
    ref: main
    accepts: [release]
    verify:${VERIFY}`;
  const list = ["catalog", "orders", "legacy"].map((name) => definition(name)).join("");
  const pins = { production: ["catalog: v1.0.0", "orders: v1.0.0", "legacy: v1.0.0"] };
  const { ["Pulumi.testing.yaml"]: _testing, ...files } = shopFiles({ list, environments, pins });
  const world = worldOf({ files: { ...files, "trust/legacy.pub": KEY } });
  const request = { environment: "production", repository: "acme/releases", key };
  return clusterPolicy(world, request, SILENT);
}

describe("formatClusterPolicy", () => {
  for (const engine of ENGINES) {
    it(`prints the policies of a company for ${engine}, byte for byte`, () => {
      const file = path.join(FIXTURES, `production.${engine}.yaml`);
      const printed = `${formatClusterPolicy(acme(), engine)}\n`;
      if (process.env["GOLDENS"] === "write") fs.writeFileSync(file, printed);
      assert.equal(printed, fs.readFileSync(file, "utf8"));
    });

    it(`prints what the definitions of ${engine} take`, () => {
      const { group, version, kind, spec } = definitionOf(engine);
      const check = new Ajv({ strict: false }).compile(spec);
      const documents = parseAllDocuments(formatClusterPolicy(acme(), engine));
      assert.equal(documents.length, 6);
      const names = documents.map((one) => one.getIn(["metadata", "name"]));
      assert.equal(new Set(names).size, names.length);
      for (const document of documents) {
        assert.deepEqual(document.errors, []);
        const value = document.toJS() as Record<string, object>;
        assert.equal(value["apiVersion"], `${group}/${version}`);
        assert.equal(value["kind"], kind);
        assert.ok(check(value["spec"]), JSON.stringify(check.errors));
      }
    });
  }

  it("says where nothing is demanded", () => {
    const nothing = { environment: "testing", demands: [], problems: [] };
    assert.equal(
      formatClusterPolicy(nothing, "kyverno"),
      "# testing demands no signature: there is nothing that a cluster would have to refuse.",
    );
  });

  it("has policy-controller refuse what it can't read", () => {
    const policy = acme("trust/legacy.pub");
    assert.deepEqual(engineProblems(policy, "kyverno"), []);
    assert.deepEqual(engineProblems(policy, "policy-controller"), [
      "releases-production-promoted: policy-controller reads no bundle that is signed with a key; use Kyverno",
      "releases-production-promoted-2: policy-controller reads no bundle that is signed with a key; use Kyverno",
    ]);
  });
});
