import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import { ADMISSION_TOOLS, admissionOf, printedPolicies, type Pod } from "../support/admission";
import { BUNDLE_TYPE, DSSE_TYPE, Pusher, SIMPLE_TYPE } from "../support/attach";
import { digestOf } from "../support/model";
import { missingRegistryTool, Registry } from "../support/registry";
import { SigstoreAuthority } from "../support/sigstore-authority";
import { TufRepository } from "../support/tuf";

const ENGINE = "policy-controller";
const PROVENANCE = "https://slsa.dev/provenance/v1";
const OTHER = digestOf("a");
const [own, stranger] = [pair(), pair()];

function pair() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/** A tag next to an image, by its ending, or a referrer of it. */
interface Given {
  readonly ending: "sig" | "att" | "bundle";
  readonly payload: string;
  readonly signature: string;
}

/** As cosign signs an image with a key before its version 3. */
function simple(digest: string, key: KeyObject): Given {
  const payload = JSON.stringify({
    critical: {
      identity: { "docker-reference": "" },
      image: { "docker-manifest-digest": digest },
      type: "cosign container image signature",
    },
    optional: null,
  });
  const signature = sign("sha256", Buffer.from(payload), key).toString("base64");
  return { ending: "sig", payload, signature };
}

/** As it attests to one. */
function envelope(digest: string, key: KeyObject, predicateType = PROVENANCE): Given {
  const payloadType = "application/vnd.in-toto+json";
  const statement = JSON.stringify({
    _type: "https://in-toto.io/Statement/v0.1",
    subject: [{ name: "orders", digest: { sha256: digest.slice("sha256:".length) } }],
    predicateType,
    predicate: {},
  });
  const signed = `DSSEv1 ${payloadType.length} ${payloadType} ${statement.length} ${statement}`;
  const sig = sign("sha256", Buffer.from(signed), key).toString("base64");
  const payload = Buffer.from(statement).toString("base64");
  const text = JSON.stringify({ payloadType, payload, signatures: [{ keyid: "", sig }] });
  return { ending: "att", payload: text, signature: "" };
}

/** As it does so since then. */
function bundle(digest: string, key: KeyObject): Given {
  const dsseEnvelope: unknown = JSON.parse(envelope(digest, key).payload);
  const verificationMaterial = { publicKey: { hint: "" }, tlogEntries: [] };
  const payload = JSON.stringify({ mediaType: BUNDLE_TYPE, verificationMaterial, dsseEnvelope });
  return { ending: "bundle", payload, signature: "" };
}

/** What an image of a digest has, and whether it may run, by what happened to it. */
const IMAGES: Readonly<Record<string, readonly [(digest: string) => Given[], boolean]>> = {
  "a signature": [(digest) => [simple(digest, own.privateKey)], true],
  provenance: [(digest) => [envelope(digest, own.privateKey)], true],
  "the signature of a stranger": [(digest) => [simple(digest, stranger.privateKey)], false],
  "the provenance of a stranger": [(digest) => [envelope(digest, stranger.privateKey)], false],
  "the signature of another digest": [() => [simple(OTHER, own.privateKey)], false],
  "the provenance of another digest": [() => [envelope(OTHER, own.privateKey)], false],
  "an attestation of another type": [
    (digest) => [envelope(digest, own.privateKey, "https://acme.example/tested/v1")],
    false,
  ],
  // The notes of the policies say so.
  "a signature of cosign 3": [(digest) => [bundle(digest, own.privateKey)], false],
  nothing: [() => [], false],
};

describe("what a cluster admits by policy-controller, signed with a key before cosign 3", function () {
  this.timeout(120_000);

  const admission = admissionOf(ENGINE);
  const missing =
    missingRegistryTool ?? (admission === undefined ? ADMISSION_TOOLS[ENGINE] : undefined);
  if (missing !== undefined || admission === undefined) {
    it(`is skipped: there is no ${missing} in PATH`, function () {
      this.skip();
    });
    return;
  }

  let registry: Registry;
  let refused: Map<string, string[]>;

  before(async () => {
    registry = await Registry.start();
    const pods = new Map<string, Pod>();
    for (const [index, [given]] of Object.values(IMAGES).entries()) {
      const digest = await pushed(given);
      pods.set(`image-${index}`, { containers: [`${registry.host}/acme/orders@${digest}`] });
    }
    const key = own.publicKey.export({ format: "pem", type: "spki" }).toString();
    const policies = printedPolicies(
      ENGINE,
      registry.host,
      {
        identities: "identities: [{ key: trust/own.pub }]",
        files: { "trust/own.pub": key },
      },
      "testing",
    );
    const tuf = await TufRepository.start((await SigstoreAuthority.start()).root, "");
    refused = await admission(policies, pods, tuf);
    tuf.stop();
  });
  after(() => registry.stop());

  async function pushed(given: (digest: string) => Given[]): Promise<string> {
    const pusher = new Pusher(registry.host, "acme/orders");
    const image = await pusher.image(randomUUID());
    const { digest } = image;
    for (const { ending, payload, signature } of given(digest)) {
      if (ending === "bundle") await pusher.bundle(payload, image);
      else {
        const type = ending === "sig" ? SIMPLE_TYPE : DSSE_TYPE;
        const annotations = { "dev.cosignproject.cosign/signature": signature };
        const layers = [await pusher.blob(payload, type, annotations)];
        await pusher.manifest({ layers }, `${digest.replace(":", "-")}.${ending}`);
      }
    }
    return digest;
  }

  for (const [index, [image, [, isAdmitted]]] of Object.entries(IMAGES).entries()) {
    it(`${isAdmitted ? "admits" : "refuses"} an image with ${image}`, () => {
      const policies = isAdmitted ? [] : ["releases-testing-orders"];
      assert.deepEqual(refused.get(`image-${index}`), policies);
    });
  }
});
