import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { clusterPolicy, type ClusterPolicyRequest } from "../../../src/app/verify/cluster-policy";
import { SILENT } from "../../../src/app/reporter";
import { definition, shopFiles } from "../../support/shop";
import { errorOf, worldOf } from "../../support/world";

/** Sigstore's public instance, and one without logs. */
const ROOT = fs.readFileSync(path.join(__dirname, "../../fixtures/crds/root.jsonl"), "utf8");

const NOW = "2026-11-26T12:00:00Z";

const KEY = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----";

function pathOf(verify: string, production = "ref: main,"): string {
  return `environments:
  testing: { ref: testing, accepts: [release], verify: ${verify} }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, ${production} accepts: [release], verify: ${verify} }
`;
}

function policy(environments: string, more: Partial<ClusterPolicyRequest> = {}, root = ROOT) {
  const list = definition("catalog") + definition("orders", ", aliases: [orders-arm]");
  const files = {
    ...shopFiles({ list, environments }),
    "trust/acme.pub": `${KEY}\n`,
    ...(root !== "" && { "trust/root.jsonl": root }),
  };
  const request = { environment: "production", repository: "acme/releases", key: undefined };
  return clusterPolicy(worldOf({ files, now: NOW }), { ...request, ...more }, SILENT);
}

describe("clusterPolicy", () => {
  it("demands what each service's policy does, and that it was promoted", () => {
    const { demands, problems } = policy(pathOf("{ mode: require }"));
    assert.deepEqual(problems, []);
    assert.deepEqual(
      demands.map(({ name, mode, images, types }) => [name, mode, images, types.length]),
      [
        ["releases-production-catalog", "require", ["ghcr.io/acme/catalog"], 4],
        [
          "releases-production-orders",
          "require",
          ["ghcr.io/acme/orders", "ghcr.io/acme/orders-arm"],
          4,
        ],
        [
          "releases-production-promoted",
          "require",
          ["ghcr.io/acme/catalog", "ghcr.io/acme/orders", "ghcr.io/acme/orders-arm"],
          1,
        ],
      ],
    );
    const last = demands.at(-1);
    assert.deepEqual(last?.types, ["https://github.com/acme/releases/promotion/production/v1"]);
    assert.deepEqual(last.signers, [
      {
        kind: "keyless",
        roots: ROOT.trim()
          .split("\n")
          .map((json, index) => ({ json, hasLogs: index === 0 })),
        issuer: { exact: "https://token.actions.githubusercontent.com" },
        subject: {
          exact: "https://github.com/acme/releases/.github/workflows/deploy.yml@refs/heads/main",
        },
      },
    ]);
  });

  it("demands no promotion where the path begins", () => {
    const { demands, problems } = policy(pathOf("{ mode: require }"), { environment: "testing" });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      demands.map(({ name }) => name),
      ["releases-testing-catalog", "releases-testing-orders"],
    );
  });

  it("takes the workflow at tags by their pattern, and joins what is demanded alike", () => {
    const identity =
      "{ mode: warn, identities: [{ key: trust/acme.pub }], predicates: ['https://a/1', 'https://a/2'] }";
    const { demands } = policy(pathOf(identity, "ref: 'v*',"));
    assert.deepEqual(
      demands.map(({ name, mode, images, types }) => [name, mode, images.length, types]),
      [
        ["releases-production-catalog", "warn", 3, ["https://a/1"]],
        ["releases-production-catalog-2", "warn", 3, ["https://a/2"]],
        [
          "releases-production-promoted",
          "warn",
          3,
          ["https://github.com/acme/releases/promotion/production/v1"],
        ],
      ],
    );
    assert.deepEqual(demands[0]?.signers, [{ kind: "key", file: "trust/acme.pub", pem: KEY }]);
    const [workflow] = demands[2]?.signers ?? [];
    assert.ok(workflow?.kind === "keyless" && "pattern" in workflow.subject);
    const pattern = new RegExp(workflow.subject.pattern);
    const at = "https://github.com/acme/releases/.github/workflows/deploy.yml@refs/tags/";
    assert.ok(pattern.test(`${at}v1.2.0`));
    assert.ok(!pattern.test(`${at}v1/x`));
    assert.ok(!pattern.test(`${at}w1`));
  });

  it("demands nothing of what is off", () => {
    const off = "{ mode: off, services: { orders: { mode: require } } }";
    assert.deepEqual(
      policy(pathOf(off)).demands.flatMap(({ images }) => images),
      ["ghcr.io/acme/orders", "ghcr.io/acme/orders-arm"]
        .flatMap((one) => one)
        .concat(["ghcr.io/acme/orders", "ghcr.io/acme/orders-arm"]),
    );
    assert.deepEqual(policy(pathOf("{ mode: off }")).demands, []);
  });

  it("tells what can't be demanded", () => {
    const require = "{ mode: require }";
    assert.deepEqual(policy(pathOf(require), { repository: undefined }).problems, [
      "nobody knows which repository deploys; give it as --repository owner/name",
    ]);
    assert.deepEqual(policy(pathOf(require, "")).problems, [
      "production has no ref, so no workflow deploys it; give --key",
    ]);
    assert.deepEqual(policy(pathOf(require, ""), { key: "trust/acme.pub" }).problems, []);
    assert.deepEqual(policy(pathOf(require), { key: "trust/none.pub" }).problems, [
      "trust/none.pub isn't a public key in PEM",
    ]);
    assert.deepEqual(policy(pathOf(require), {}, "").problems, [
      "trust/root.jsonl is missing, which is to be the trust root",
    ]);
    assert.deepEqual(policy(pathOf(require), {}, "{").problems, [
      "trust/root.jsonl:1: the trust root isn't JSON",
    ]);
    assert.deepEqual(
      policy(
        pathOf("{ mode: require, identities: [{ key: trust/acme.pub }] }"),
        { key: "trust/acme.pub" },
        "",
      ).problems,
      [],
    );
    const reused =
      "{ mode: require, identities: [{ issuer: 'https://token.actions.githubusercontent.com', workflow: acme/build/.github/workflows/b.yml }] }";
    assert.deepEqual(
      policy(pathOf(reused)).problems.map((problem) => problem.split(";")[0]),
      [
        "catalog: clusters can't see that acme/build/.github/workflows/b.yml ran for acme/catalog",
        "orders: clusters can't see that acme/build/.github/workflows/b.yml ran for acme/orders",
      ],
    );
  });

  it("refuses an environment that isn't there", () => {
    assert.throws(
      () => policy(pathOf("{ mode: require }"), { environment: "prodution" }),
      errorOf("usage", 'unknown environment "prodution"; did you mean "production"?'),
    );
  });
});
