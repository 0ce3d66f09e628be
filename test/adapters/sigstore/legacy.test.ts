import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import {
  DSSE_ENVELOPE,
  SIMPLE_SIGNING,
  verifyLayer,
  type SignatureLayer,
} from "../../../src/adapters/sigstore/legacy";
import { readTrustedRoot, type TrustRoot } from "../../../src/adapters/sigstore/trusted-root";
import {
  SigstoreAuthority,
  WORKFLOW,
  type Signature,
  type Signing,
} from "../../support/sigstore-authority";

const HEX = "a".repeat(64);
const DIGEST = `sha256:${HEX}`;
const OTHER = `sha256:${"b".repeat(64)}`;

const signedImage = (digest: string, type = "cosign container image signature") =>
  JSON.stringify({
    critical: {
      identity: { "docker-reference": "registry.example/acme/orders" },
      image: { "docker-manifest-digest": digest },
      type,
    },
    optional: null,
  });

const STATEMENT = {
  _type: "https://in-toto.io/Statement/v0.1",
  subject: [{ name: "registry.example/acme/orders", digest: { sha256: HEX } }],
  predicateType: "https://slsa.dev/provenance/v0.2",
  predicate: {},
};

describe("a layer of cosign's older formats", () => {
  let authority: SigstoreAuthority;
  let root: TrustRoot;
  before(async () => {
    authority = await SigstoreAuthority.start();
    const read = readTrustedRoot(authority.root, "trust/root.jsonl");
    assert.ok(!("problem" in read));
    root = read;
  });

  /** Returns what cosign keeps beside a signature. */
  function annotations({ signature, certificate, logged }: Signature) {
    return {
      "dev.cosignproject.cosign/signature": signature.toString("base64"),
      ...(certificate !== undefined && { "dev.sigstore.cosign/certificate": certificate }),
      ...(logged !== undefined && { "dev.sigstore.cosign/bundle": logged }),
    };
  }

  async function sig(payload: string, signing?: Signing): Promise<SignatureLayer> {
    const signature = await authority.sign({ bytes: payload }, signing);
    return {
      mediaType: SIMPLE_SIGNING,
      bytes: Buffer.from(payload),
      annotations: annotations(signature),
    };
  }

  async function att(signing?: Signing): Promise<SignatureLayer> {
    const signature = await authority.sign({ statement: STATEMENT }, signing);
    const { dsseEnvelope } = JSON.parse(signature.bundle) as { dsseEnvelope: object };
    const { "dev.cosignproject.cosign/signature": _in, ...others } = annotations(signature);
    return {
      mediaType: DSSE_ENVELOPE,
      bytes: Buffer.from(JSON.stringify(dsseEnvelope)),
      annotations: { "dev.cosignproject.cosign/signature": "", ...others },
    };
  }

  const problem = (layer: SignatureLayer, digest = DIGEST, trust = { root }) => {
    const result = verifyLayer(layer, digest, trust);
    return "problem" in result ? result.problem : undefined;
  };

  it("proves a signature of an image", async () => {
    const result = verifyLayer(await sig(signedImage(DIGEST)), DIGEST, { root });
    assert.ok(!("problem" in result), JSON.stringify(result));
    assert.equal(result.signer.kind === "keyless" && result.signer.subject, WORKFLOW);
    assert.equal(result.statement, undefined);
    assert.ok(result.signedAt);
    assert.match(result.bundleDigest, /^sha256:[0-9a-f]{64}$/);
  });

  it("proves an attestation of an image", async () => {
    const result = verifyLayer(await att(), DIGEST, { root });
    assert.ok(!("problem" in result), JSON.stringify(result));
    assert.equal(result.predicateType, "https://slsa.dev/provenance/v0.2");
  });

  it("proves what a key signed, without a log", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = publicKey.export({ format: "pem", type: "spki" }).toString();
    const signing: Signing = { key: privateKey, entry: "none", minutes: undefined };
    for (const layer of [await sig(signedImage(DIGEST), signing), await att(signing)]) {
      const result = verifyLayer(layer, DIGEST, { key });
      assert.ok(!("problem" in result), JSON.stringify(result));
      assert.deepEqual(result.signer, { kind: "key" });
      assert.equal(problem(layer), "it is signed with a key, not with a certificate");
    }
  });

  it("is of the image that it names alone", async () => {
    const layer = await sig(signedImage(DIGEST));
    assert.equal(problem(layer, OTHER), `it is about ${DIGEST}, not about ${OTHER}`);
    assert.equal(problem(await att(), OTHER), `it is about ${DIGEST}, not about ${OTHER}`);
  });

  it("is of an image, by its type", async () => {
    const expected = "it signs something that isn't an image";
    assert.equal(problem(await sig(signedImage(DIGEST, "atomic container signature"))), expected);
    assert.equal(problem(await sig("{}")), expected);
    assert.equal(problem(await sig("orders")), expected);
  });

  it("is refused with a payload that wasn't signed", async () => {
    const layer = await sig(signedImage(OTHER));
    const changed = { ...layer, bytes: Buffer.from(signedImage(DIGEST)) };
    assert.equal(problem(changed), "it can't be verified: digest mismatch");
    const without = { ...layer.annotations };
    delete without["dev.sigstore.cosign/bundle"];
    assert.equal(
      problem({ ...changed, annotations: without }),
      "it can't be verified: expected 1 timestamps, got 0",
    );
  });

  it("is refused with the annotations of another", async () => {
    const [one, two] = [await sig(signedImage(DIGEST)), await sig(signedImage(OTHER))];
    assert.equal(
      problem({ ...one, annotations: two.annotations }),
      "it can't be verified: digest mismatch",
    );
    const mixed = {
      ...one.annotations,
      "dev.sigstore.cosign/bundle": two.annotations["dev.sigstore.cosign/bundle"] ?? "",
    };
    assert.equal(
      problem({ ...one, annotations: mixed }),
      "it can't be verified: signature mismatch",
    );
  });

  it("with an entry of the old kind intoto 0.0.1 is named", async () => {
    const layer = await att();
    const logged = JSON.parse(layer.annotations["dev.sigstore.cosign/bundle"] ?? "") as {
      Payload: { body: string };
    };
    const body = Buffer.from(logged.Payload.body, "base64").toString();
    logged.Payload.body = Buffer.from(body.replace('"dsse"', '"intoto"')).toString("base64");
    const changed = { ...layer.annotations, "dev.sigstore.cosign/bundle": JSON.stringify(logged) };
    assert.equal(
      problem({ ...layer, annotations: changed }),
      "it has an entry of the old kind intoto 0.0.1, which can't be verified; sign it again with cosign 3",
    );
  });

  for (const [annotation, value, expected] of [
    ["certificate", "none", "its certificate isn't one in PEM"],
    ["bundle", "{}", "its log entry can't be read"],
    ["bundle", "none", "its log entry can't be read"],
    ["rfc3161timestamp", "{}", "its time can't be read"],
  ] as const) {
    it(`is refused with "${value}" for its ${annotation}`, async () => {
      const layer = await sig(signedImage(DIGEST));
      const changed = { ...layer.annotations, [`dev.sigstore.cosign/${annotation}`]: value };
      assert.equal(problem({ ...layer, annotations: changed }), expected);
    });
  }

  it("of another type, or without an envelope, is named", async () => {
    const layer = await att();
    assert.equal(
      problem({ ...layer, mediaType: "application/octet-stream" }),
      "its layer is application/octet-stream, which isn't known",
    );
    assert.equal(problem({ ...layer, bytes: Buffer.from("none") }), "its envelope isn't JSON");
  });

  it("has the time of an authority for times", async () => {
    const signature = await authority.sign({ bytes: signedImage(DIGEST) }, { minutes: 1 });
    const { verificationMaterial } = JSON.parse(signature.bundle) as {
      verificationMaterial: {
        timestampVerificationData: { rfc3161Timestamps: { signedTimestamp: string }[] };
      };
    };
    const [time] = verificationMaterial.timestampVerificationData.rfc3161Timestamps;
    const timestamp = JSON.stringify({ SignedRFC3161Timestamp: time?.signedTimestamp });
    const layer: SignatureLayer = {
      mediaType: SIMPLE_SIGNING,
      bytes: Buffer.from(signedImage(DIGEST)),
      annotations: {
        ...annotations(signature),
        "dev.sigstore.cosign/rfc3161timestamp": timestamp,
      },
    };
    assert.equal(problem(layer), undefined);
    const other = await authority.sign({ bytes: "other" }, { minutes: 1 });
    const mixed = { ...layer.annotations, ...annotations(other) };
    assert.notEqual(problem({ ...layer, annotations: mixed }), undefined);
  });
});
