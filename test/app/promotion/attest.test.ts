import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import type { Attached } from "../../../src/adapters/oci/image-registries";
import { sha256Of } from "../../../src/adapters/sigstore/sha256";
import { keySigner, type StatementSigner } from "../../../src/adapters/sigstore/signing";
import { readTrustedRoot } from "../../../src/adapters/sigstore/trusted-root";
import type { CheckSource } from "../../../src/app/promotion/checks";
import { attest, type AttestRequest } from "../../../src/app/promotion/attest";
import { EnvironmentReader } from "../../../src/app/environments";
import { SILENT } from "../../../src/app/reporter";
import { asMapping } from "../../../src/core/mapping";
import { digestOf } from "../../support/model";
import { SigstoreAuthority } from "../../support/sigstore-authority";
import { definition, shopFiles } from "../../support/shop";
import { changeAt, HELM_RELEASES, worldOf, type TestWorld, type Texts } from "../../support/world";

const NOW = "2026-11-21T12:00:00Z";
const OLD = `v1.0.0@${digestOf("a")}`;
const NEW = `v1.1.0@${digestOf("b")}`;
const IMAGE = `ghcr.io/acme/orders@${digestOf("b")}`;
const PAGE = "https://github.com/acme/releases";
const RECORD = `${PAGE}/promotion/production/v1`;
const SUMMARY = "https://slsa.dev/verification_summary/v1";

const pathOf = (verify: string, more = ""): string => `environments:
  testing: { accepts: [release] }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, ref: main, accepts: [release], soak: 24h, verify: ${verify}${more} }
`;

function keyPair() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return keySigner(privateKey.export({ format: "pem", type: "pkcs8" }).toString());
}

/** Who signs the service's images, and who attests to promotions. */
const [builder, promoter] = [keyPair(), keyPair()];

const KEY = "{ mode: require, identities: [{ key: trust/builder.pub }] }";

/** A bundle that is attached to an image. */
function attachedBundle(text: string): Attached {
  const bytes = Buffer.from(text);
  return { place: "referrers", kind: "bundle", bytes, annotations: {}, digest: sha256Of(bytes) };
}

async function signature(digest = digestOf("b")): Promise<Attached> {
  const statement = JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.slice("sha256:".length) } }],
    predicateType: "https://sigstore.dev/cosign/sign/v1",
    predicate: {},
  });
  return attachedBundle(await builder.signer.sign(statement));
}

interface Setup {
  readonly verify?: string;
  readonly attached?: readonly Attached[];
  readonly stagingRan?: boolean;
  readonly breakGlass?: string;
  readonly stagedAt?: string;
  readonly from?: string;
  readonly list?: string;
  /** Further keys of production. */
  readonly production?: string;
}

function setup({
  verify = KEY,
  attached = [],
  stagingRan = true,
  stagedAt = "2026-11-01T10:00:00Z",
  from = OLD,
  breakGlass,
  list = definition("orders"),
  production: own = "",
}: Setup = {}): TestWorld {
  const environments = pathOf(verify, own);
  const filesOf = (production: string): Texts => {
    const pins = {
      testing: [`orders: "${NEW}"`],
      staging: [`orders: "${stagingRan ? NEW : OLD}"`],
      production: [`orders: "${production}"`],
    };
    return { ...shopFiles({ list, environments, pins }), "trust/builder.pub": builder.publicKey };
  };
  const before = filesOf(from);
  const staged = stagingRan ? [changeAt(stagedAt, "staging", "orders", [OLD, NEW])] : [];
  const promoted =
    from === NEW ? [] : [changeAt(NOW, "production", "orders", [OLD, NEW], { pullRequest: 7 })];
  return worldOf({
    files: filesOf(NEW),
    now: NOW,
    github: null,
    registries: {},
    attached: { [IMAGE]: attached },
    engine: HELM_RELEASES,
    git: {
      branches: { base: "c0", HEAD: "c1", main: "c1" },
      commits: { c0: before, c1: filesOf(NEW) },
      histories: { testing: [], staging: staged, production: promoted },
      ancestors: { "c0ffee in c0": true },
      breakGlass:
        breakGlass === undefined ? [] : [{ commit: "c1", parents: ["c0"], value: breakGlass }],
    },
  });
}

function run(world: TestWorld, more: Partial<AttestRequest> = {}) {
  const { signer, publicKey } = promoter;
  const trusted = { trust: { key: publicKey }, digest: sha256Of(publicKey) };
  const request = { stack: "production", since: "c0", page: PAGE, signer, trusted, ...more };
  return attest(world, new EnvironmentReader(world, SILENT), request, SILENT);
}

/** Returns the statements that are attached to the image, by predicate type. */
async function statements(world: TestWorld): Promise<Map<string, Record<string, unknown>>> {
  const registries = world.registries();
  const [repository, digest] = ["acme/orders", digestOf("b")];
  const found = await registries.attachedTo({ host: "ghcr.io", repository, digest });
  registries.close();
  return new Map(
    found.map(({ bytes }) => {
      const { dsseEnvelope } = JSON.parse(bytes.toString()) as {
        dsseEnvelope: { payload: string };
      };
      const payload = Buffer.from(dsseEnvelope.payload, "base64").toString();
      const statement = JSON.parse(payload) as Record<string, unknown>;
      return [String(statement["predicateType"]), statement];
    }),
  );
}

describe("attest", () => {
  it("attests to what was promoted: a summary and a record, once", async () => {
    const signed = await signature();
    const world = setup({ attached: [signed] });
    const attached = [SUMMARY, RECORD];
    assert.deepEqual(await run(world), {
      attested: [{ service: "orders", name: IMAGE, attached }],
      left: [],
      refused: [],
    });
    const found = await statements(world);
    const sha256 = digestOf("b").slice("sha256:".length);
    const subject = [{ name: "ghcr.io/acme/orders", digest: { sha256 } }];
    const policy = {
      uri: `${PAGE}/blob/c1/environments.yaml`,
      digest: { sha256: sha256Of(world.files.text("environments.yaml")).slice("sha256:".length) },
    };
    assert.deepEqual(found.get(SUMMARY), {
      _type: "https://in-toto.io/Statement/v1",
      subject,
      predicateType: SUMMARY,
      predicate: {
        verifier: { id: PAGE },
        timeVerified: "2026-11-21T12:00:00.000Z",
        resourceUri: IMAGE,
        policy,
        inputAttestations: [{ digest: { sha256: signed.digest.slice("sha256:".length) } }],
        verificationResult: "PASSED",
        verifiedLevels: [
          "RELEASES_ENVIRONMENT_PRODUCTION",
          "RELEASES_ORDER",
          "RELEASES_SOAK",
          "RELEASES_VERIFIED",
        ],
      },
    });
    const { gates, ...record } = asMapping(found.get(RECORD)?.["predicate"]);
    assert.ok(Array.isArray(gates) && gates.includes("order") && gates.includes("soak"));
    assert.deepEqual(record, {
      from: ["staging"],
      to: "production",
      stack: "production",
      service: "orders",
      version: NEW,
      commit: "c1",
      pinnedBy: "c0ffee",
      pullRequest: 7,
      policy,
      breakGlass: null,
      at: "2026-11-21T12:00:00.000Z",
    });
    assert.deepEqual(await run(world), {
      attested: [{ service: "orders", name: IMAGE, attached: [] }],
      left: [],
      refused: [],
    });
    assert.equal(world.brought.length, 2);
    assert.equal(world.open(), 0);
  });

  it("says of checks that they are green where GitHub says so, and attests to nothing where they aren't", async () => {
    const production = ", checks: [smoke]";
    const sourceOf = (state: string): CheckSource => ({
      checksOn: (commit, names) => {
        assert.deepEqual([commit, names], ["c0", ["smoke"]]);
        return Promise.resolve(new Map([["smoke", { isGreen: state === "success", state }]]));
      },
    });
    const outcome = async (checks?: CheckSource) => {
      const world = setup({ attached: [await signature()], production });
      const { refused } = await run(world, checks && { checks });
      const { gates = null } = asMapping((await statements(world)).get(RECORD)?.["predicate"]);
      return { refused, saysSo: Array.isArray(gates) && gates.includes("checks") };
    };
    assert.deepEqual(await outcome(sourceOf("success")), { refused: [], saysSo: true });
    assert.deepEqual(await outcome(), { refused: [], saysSo: false });
    const { refused, saysSo } = await outcome(sourceOf("failure"));
    assert.match(refused.join(), /^checks refuses orders: smoke is failure on c0,/);
    assert.equal(saysSo, false);
  });

  it("attests to nothing that never ran upstream", async () => {
    const world = setup({ attached: [await signature()], stagingRan: false });
    const { attested, refused } = await run(world);
    assert.deepEqual(attested, []);
    assert.ok(
      refused.some((line) => line.startsWith("order refuses orders: ")),
      refused.join(),
    );
    assert.deepEqual(world.brought, []);
  });

  it("attests to nothing whose signature doesn't count", async () => {
    for (const attached of [[], [await signature(digestOf("c"))]]) {
      const world = setup({ attached });
      const { attested, refused } = await run(world);
      assert.deepEqual(attested, []);
      assert.match(refused.join("\n"), /^orders: .* that counts/);
      assert.deepEqual(world.brought, []);
    }
  });

  it("leaves out that it is verified where a signature is missing that is only warned of", async () => {
    const world = setup({ verify: KEY.replace("require", "warn") });
    await run(world);
    const summary = asMapping((await statements(world)).get(SUMMARY)?.["predicate"]);
    assert.deepEqual(summary["verifiedLevels"], [
      "RELEASES_ENVIRONMENT_PRODUCTION",
      "RELEASES_ORDER",
      "RELEASES_SOAK",
    ]);
  });

  it("names no gate of what ran there already", async () => {
    const world = setup({ attached: [await signature()], from: NEW });
    await run(world);
    const record = asMapping((await statements(world)).get(RECORD)?.["predicate"]);
    assert.deepEqual(record["gates"], []);
  });

  it("writes again what another key attests to, and what another policy judged", async () => {
    const signed = await signature();
    const other = setup({ attached: [signed] });
    const stranger = keyPair();
    const trusted = { trust: { key: stranger.publicKey }, digest: sha256Of(stranger.publicKey) };
    await run(other, { signer: stranger.signer, trusted });
    const registries = other.registries();
    const image = { host: "ghcr.io", repository: "acme/orders", digest: digestOf("b") };
    const attached = await registries.attachedTo(image);
    const world = setup({ attached });
    const { attested } = await run(world);
    assert.deepEqual(attested[0]?.attached, [SUMMARY, RECORD]);
    const changed = setup({
      attached: await world.registries().attachedTo(image),
      verify: KEY.replace("require", "warn"),
    });
    assert.deepEqual((await run(changed)).attested[0]?.attached, [SUMMARY, RECORD]);
  });

  it("adds the one of both that is missing", async () => {
    const signed = await signature();
    const first = setup({ attached: [signed] });
    await run(first);
    const image = { host: "ghcr.io", repository: "acme/orders", digest: digestOf("b") };
    const [, summary, record] = await first.registries().attachedTo(image);
    assert.ok(summary && record);
    const half = setup({ attached: [signed, summary] });
    assert.deepEqual((await run(half)).attested[0]?.attached, [RECORD]);
    const other = setup({ attached: [signed, record] });
    assert.deepEqual((await run(other)).attested[0]?.attached, [SUMMARY]);
  });

  it("says what a registry took and doesn't show", async () => {
    const world = setup({ attached: [await signature()] });
    const deaf = {
      ...world,
      registries: () => ({ ...world.registries(), attach: () => Promise.resolve() }),
    };
    await assert.rejects(run(deaf), {
      kind: "outside",
      message: `${IMAGE} doesn't show what was attached to it; check its registry`,
    });
  });

  it("attaches nothing that wouldn't count", async () => {
    const world = setup({ attached: [await signature()] });
    const trusted = { trust: { key: builder.publicKey }, digest: sha256Of(builder.publicKey) };
    await assert.rejects(run(world, { trusted }), {
      kind: "outside",
      message:
        /^what was signed for ghcr\.io\/acme\/orders@sha256:b+ wouldn't count: .*; nothing is attached$/,
    });
    assert.deepEqual(world.brought, []);
  });

  it("signs as the workflow that deploys, and as no other one", async () => {
    const authority = await SigstoreAuthority.start();
    const root = readTrustedRoot(authority.root, "trust/root.jsonl");
    assert.ok(!("problem" in root));
    const trusted = { trust: { root }, digest: root.digest };
    const as = (subject: string): StatementSigner => ({
      sign: async (statement) => {
        const signed = { payloadType: "application/vnd.in-toto+json", payload: statement };
        return (await authority.sign(signed, { subject })).bundle;
      },
    });
    const workflow = `${PAGE}/.github/workflows/deploy.yml@refs/heads/main`;
    const world = setup({ attached: [await signature()] });
    for (const other of [
      workflow.replace("main", "mine"),
      workflow.replace("heads", "tags"),
      workflow.replace("deploy.yml", "drift.yml"),
      workflow.replace("acme/releases", "evil/releases"),
    ]) {
      await assert.rejects(run(world, { trusted, signer: as(other) }), {
        kind: "outside",
        message: `what was signed for ${IMAGE} wouldn't count: ${other} isn't the workflow that deploys production; nothing is attached`,
      });
    }
    assert.deepEqual(world.brought, []);
    const first = await run(world, { trusted, signer: as(workflow) });
    assert.deepEqual(first.attested[0]?.attached, [SUMMARY, RECORD]);
    const second = await run(world, { trusted, signer: as(workflow) });
    assert.deepEqual(second.attested[0]?.attached, []);
  });

  it("attests to each name of an image, and says what it leaves", async () => {
    const list = definition("orders", ", aliases: [orders-arm]");
    const world = setup({ attached: [await signature()], list });
    const { attested } = await run(world);
    assert.deepEqual(
      attested.map(({ name }) => name),
      [IMAGE, IMAGE.replace("orders", "orders-arm")],
    );
    const off = setup({ verify: "{ mode: off }" });
    const left = ["production demands no signature"];
    assert.deepEqual(await run(off), { attested: [], left, refused: [] });
  });
});
