import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import Ajv from "ajv";
import { parseAllDocuments } from "yaml";
import { clusterPolicy } from "../../src/app/verify/cluster-policy";
import { SILENT } from "../../src/app/reporter";
import { asMapping } from "../../src/core/mapping";
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

/** The kinds of each engine, with the number of them that a company has. */
const KINDS = {
  kyverno: { "image-validating-policy": 6 },
  "policy-controller": { "trust-root": 1, "cluster-image-policy": 6 },
} as const;

function definitionOf(file: string): Definition {
  return JSON.parse(textOf(`${file}.json`)) as Definition;
}

function textOf(file: string): string {
  return fs.readFileSync(path.join(FIXTURES, file), "utf8");
}

/** Of Sigstore's public instance, and of one without logs, one of whose authorities has ended. */
const ROOT = textOf("root.jsonl");

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

function acme({ key, root = ROOT }: { key?: string; root?: string } = {}) {
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
  const world = worldOf({
    files: { ...files, "trust/legacy.pub": KEY, "trust/root.jsonl": root },
    now: "2026-11-26T12:00:00Z",
  });
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
      const documents = parseAllDocuments(formatClusterPolicy(acme(), engine));
      for (const document of documents) assert.deepEqual(document.errors, []);
      const values = documents.map((document) => asMapping(document.toJS()));
      const names = values.map(({ metadata }) => asMapping(metadata)["name"]);
      assert.equal(new Set(names).size, names.length);
      const checked = Object.entries(KINDS[engine]).map(([file, count]) => {
        const { group, version, kind, spec } = definitionOf(file);
        const check = new Ajv({ strict: false }).compile(spec);
        const own = values.filter((value) => value["kind"] === kind);
        assert.equal(own.length, count);
        for (const value of own) {
          assert.equal(value["apiVersion"], `${group}/${version}`);
          assert.ok(check(value["spec"]), JSON.stringify(check.errors));
        }
        return count;
      });
      assert.equal(
        documents.length,
        checked.reduce((sum, count) => sum + count, 0),
      );
    });
  }

  it("says where nothing is demanded", () => {
    const nothing = { environment: "testing", at: new Date(), demands: [], problems: [] };
    assert.equal(
      formatClusterPolicy(nothing, "kyverno"),
      "# testing demands no signature: there is nothing that a cluster would have to refuse.",
    );
  });

  it("has policy-controller refuse what it can't read", () => {
    const policy = acme({ key: "trust/legacy.pub" });
    assert.deepEqual(engineProblems(policy, "kyverno"), []);
    assert.deepEqual(engineProblems(policy, "policy-controller"), [
      "releases-production-promoted: policy-controller reads no bundle that is signed with a key; use Kyverno",
      "releases-production-promoted-2: policy-controller reads no bundle that is signed with a key; use Kyverno",
    ]);
  });

  it("gives a TrustRoot what counts on the day it is made", () => {
    const [roots = [], ...others] = ["TrustRoot", "ClusterImagePolicy"].map((kind) =>
      parseAllDocuments(formatClusterPolicy(acme(), "policy-controller"))
        .map((document) => asMapping(document.toJS()))
        .filter((value) => value["kind"] === kind),
    );
    const keys = asMapping(asMapping(asMapping(roots[0])["spec"])["sigstoreKeys"]);
    const [, own = ""] = ROOT.trim().split("\n");
    const chains = (key: string) => chainsOf(JSON.parse(own), key).slice(1);
    assert.equal(chainsOf(JSON.parse(own), "certificateAuthorities").length, 2);
    for (const key of ["certificateAuthorities", "timestampAuthorities"]) {
      const printed = keys[key] as readonly { readonly certChain: string }[];
      assert.deepEqual(
        printed.map(({ certChain }) =>
          Buffer.from(certChain, "base64")
            .toString()
            .match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g)
            ?.map((pem) => new X509Certificate(pem).raw.toString("base64")),
        ),
        chains(key),
      );
    }
    assert.equal(others.flat().length, 6);
  });

  it("has policy-controller refuse a trust root that it can't have", () => {
    const [own = "", unlogged = ""] = ROOT.trim().split("\n");
    const names = ["catalog", "catalog-2", "orders", "promoted", "promoted-2"];
    const problems = (root: string) => engineProblems(acme({ root }), "policy-controller");
    assert.deepEqual(problems(`${own}\n${unlogged}`), []);
    const other = own.replaceAll("fulcio.sigstore.dev", "fulcio.acme.example");
    assert.deepEqual(
      problems(other),
      names.map(
        (name) =>
          `releases-production-${name}: policy-controller reads no log but Sigstore's public one; use Kyverno`,
      ),
    );
    const ended = unlogged.replaceAll(
      '"2026-06-01T00:00:00Z"}',
      '"2026-06-01T00:00:00Z","end":"2026-11-25T00:00:00Z"}',
    );
    assert.deepEqual(
      problems(ended),
      names.map(
        (name) =>
          `releases-production-${name}: an instance of the trust root has no authority of today; take it anew`,
      ),
    );
    assert.deepEqual(engineProblems(acme({ root: other }), "kyverno"), []);
  });
});

/** Returns the certificates of each authority, in base64. */
function chainsOf(root: unknown, key: string): string[][] {
  const authorities = asMapping(root)[key] as readonly {
    readonly certChain: { readonly certificates: readonly { readonly rawBytes: string }[] };
  }[];
  return authorities.map(({ certChain }) => certChain.certificates.map(({ rawBytes }) => rawBytes));
}
