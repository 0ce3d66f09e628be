import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { findTool } from "../../src/adapters/find-tool";
import { Registries } from "../../src/adapters/oci/regctl";
import { keySigner, type StatementSigner } from "../../src/adapters/sigstore/signing";
import { clusterPolicy } from "../../src/app/cluster-policy";
import { SILENT } from "../../src/app/reporter";
import { COSIGN_SIGNATURE, type Subject } from "../../src/core/verify/judge";
import { promotionStatements, SUMMARY_TYPE, type Promotion } from "../../src/core/verify/promotion";
import { formatClusterPolicy } from "../../src/format/cluster-policy";
import { Pusher } from "../support/attach";
import { setEnvironment } from "../support/environment";
import { folderOf } from "../support/folder";
import { digestOf } from "../support/model";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "../support/registry";
import { RegistryFront } from "../support/registry-front";
import { definition, shopFiles } from "../support/shop";
import { worldOf } from "../support/world";

const GO_BIN = path.join(process.env["HOME"] ?? "", "go/bin");
const kyverno = findTool("kyverno", [GO_BIN]);
const PAGE = "https://github.com/acme/releases";

const PATH = `environments:
  testing: { accepts: [release] }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, ref: main, accepts: [release], verify: { mode: require, identities: [{ key: trust/builder.pub }] } }
`;

function keyPair() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return keySigner(privateKey.export({ format: "pem", type: "pkcs8" }).toString());
}

const [builder, promoter, stranger] = [keyPair(), keyPair(), keyPair()];

/** What is attached to an image: a statement, and who signs it. */
interface Given {
  readonly predicateType: string;
  readonly statement: string;
  readonly by: StatementSigner;
}

function signature(digest: string, by = builder.signer): Given {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.slice("sha256:".length) } }],
    predicateType: COSIGN_SIGNATURE,
    predicate: {},
  };
  return { predicateType: COSIGN_SIGNATURE, statement: JSON.stringify(statement), by };
}

function verdict(digest: string, more: Partial<Promotion> = {}, by = promoter.signer): Given[] {
  const promotion: Promotion = {
    page: PAGE,
    environment: "production",
    from: ["staging"],
    stack: "production",
    service: "orders",
    version: `v1.0.0@${digest}`,
    commit: "c1",
    policy: "0".repeat(64),
    gates: ["order", "soak", "verified"],
    isVerified: true,
    inputs: [],
    at: new Date(),
    ...more,
  };
  const subject: Subject = { kind: "image", name: "ghcr.io/acme/orders", digest };
  return promotionStatements(promotion, subject).map((one) => ({ ...one, by }));
}

/** What is attached to an image of a digest, and whether it may run. */
const CASES: Readonly<Record<string, [(digest: string) => Given[], boolean]>> = {
  "signed and promoted": [(d) => [signature(d), ...verdict(d)], true],
  "signed, never promoted": [(d) => [signature(d)], false],
  "promoted, unsigned": [(d) => verdict(d), false],
  nothing: [() => [], false],
  "signed by another key": [(d) => [signature(d, stranger.signer), ...verdict(d)], false],
  "promoted by another key": [(d) => [signature(d), ...verdict(d, {}, builder.signer)], false],
  "promoted to staging": [(d) => [signature(d), ...verdict(d, { environment: "staging" })], false],
  "another repository": [(d) => [signature(d), ...verdict(d, { page: `${PAGE}-2` })], false],
  "verdict of another digest": [(d) => [signature(d), ...verdict(digestOf("a"))], false],
  "signature of another digest": [(d) => [signature(digestOf("a")), ...verdict(d)], false],
};

describe("Kyverno", function () {
  this.timeout(120_000);
  let registry: Registry;
  let front: RegistryFront;
  let registries: Registries;
  let restore: () => void;
  let policies: string;
  before(async () => {
    registry = await Registry.start();
    front = await RegistryFront.start(registry.host);
    restore = setEnvironment({ PATH: PATH_WITH_REGCTL });
    registries = new Registries();
    const hosts = { production: `${front.host}/acme` };
    const files = shopFiles({ list: definition("orders"), environments: PATH, hosts, pins: { testing: ["orders: v1.0.0"], staging: ["orders: v1.0.0"], production: ["orders: v1.0.0"] } });
    const world = worldOf({ files: { ...files, "trust/builder.pub": builder.publicKey, "trust/promoter.pub": promoter.publicKey } });
    const policy = clusterPolicy(world, { environment: "production", repository: "acme/releases", key: "trust/promoter.pub" }, SILENT);
    assert.deepEqual(policy.problems, []);
    policies = formatClusterPolicy(policy, "kyverno");
    fs.writeFileSync("/tmp/pol/policies.yaml", policies);
  });
  after(async () => {
    registries.close();
    restore();
    front.stop();
    await registry.stop();
  });
  let n = 0;
  for (const [name, [given, admitted]] of Object.entries(CASES)) {
    it(name, async () => {
      const { digest } = await new Pusher(front.host, "acme/orders").image(name);
      const image = { host: front.host, repository: "acme/orders", digest };
      for (const { statement, predicateType, by } of given(digest)) {
        await registries.attach(image, { text: await by.sign(statement), predicateType, at: new Date() });
      }
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "one", namespace: "default" }, spec: { containers: [{ name: "one", image: `${front.host}/acme/orders@${digest}` }] } };
      const folder = folderOf({ "policies.yaml": policies, "pod.json": JSON.stringify(pod) });
      const { stdout, stderr } = await promisify(execFile)(kyverno ?? "", ["apply", "policies.yaml", "--resource", "pod.json", "--remove-color", "--detailed-results", "--table"], { cwd: folder, env: { ...process.env, HOME: folder } }).catch((e) => e);
      fs.writeFileSync(`/tmp/pol/out-${n++}.txt`, name + "\n" + stdout + stderr);
      console.log(name, admitted, /pass: .*/.exec(stdout)?.[0]);
    });
  }
});
