import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mockFulcio, mockRekor, mockTSA } from "@sigstore/mock";
import { verifyBundle } from "../../../src/adapters/sigstore/bundle";
import {
  keySigner,
  runningWorkflow,
  workflowSigner,
  type SigningInstance,
} from "../../../src/adapters/sigstore/signing";
import { setEnvironment } from "../../support/environment";
import { digestOf } from "../../support/model";

const statementOf = (digest: string): string =>
  JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "orders", digest: { sha256: digest.slice("sha256:".length) } }],
    predicateType: "https://example.com/v1",
    predicate: {},
  });

const pemOf = (key: KeyObject): string => key.export({ format: "pem", type: "pkcs8" }).toString();

const KEYS: Readonly<Record<string, () => KeyObject>> = {
  "P-256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  RSA: () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  Ed25519: () => generateKeyPairSync("ed25519").privateKey,
};

describe("keySigner", () => {
  for (const [kind, make] of Object.entries(KEYS)) {
    it(`signs with a key of ${kind} what the public key verifies, for that digest alone`, async () => {
      const { signer, publicKey } = keySigner(pemOf(make()));
      const [digest, other] = [digestOf("a"), digestOf("b")];
      const bundle = await signer.sign(statementOf(digest));
      const trust = { key: publicKey };
      const verified = verifyBundle(bundle, { digest }, trust);
      assert.ok(!("problem" in verified), JSON.stringify(verified));
      assert.equal(verified.predicateType, "https://example.com/v1");
      assert.ok("problem" in verifyBundle(bundle, { digest: other }, trust));
      const stranger = keySigner(pemOf(make())).publicKey;
      assert.ok("problem" in verifyBundle(bundle, { digest }, { key: stranger }));
      const { mediaType } = JSON.parse(bundle) as { mediaType: string };
      assert.equal(mediaType, "application/vnd.dev.sigstore.bundle.v0.3+json");
    });
  }

  it("refuses what is no private key", () => {
    assert.throws(() => keySigner("secret"), {
      kind: "usage",
      message: "the key isn't a private key in PEM without a passphrase",
    });
  });
});

describe("workflowSigner", () => {
  /** A token as the pipeline gives it; the stand-ins don't verify it. */
  const token = [
    "{}",
    JSON.stringify({ sub: "repo:acme/releases", iss: "https://idp.example" }),
    "",
  ]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");

  async function signedBy(instance: SigningInstance) {
    const restore = setEnvironment({ SIGSTORE_ID_TOKEN: token, ACTIONS_ID_TOKEN_REQUEST_URL: "" });
    try {
      const text = await workflowSigner(instance).sign(statementOf(digestOf("a")));
      const { verificationMaterial: material } = JSON.parse(text) as {
        verificationMaterial: {
          certificate?: object;
          tlogEntries?: object[];
          timestampVerificationData?: { rfc3161Timestamps: object[] };
        };
      };
      const times = material.timestampVerificationData?.rfc3161Timestamps ?? [];
      assert.ok(material.certificate);
      return { entries: material.tlogEntries?.length ?? 0, times: times.length };
    } finally {
      restore();
    }
  }

  it("takes the public instance, which logs it", async () => {
    await mockFulcio({ baseURL: "https://fulcio.sigstore.dev", strict: false });
    await mockRekor({ baseURL: "https://rekor.sigstore.dev", strict: false });
    assert.deepEqual(await signedBy("public"), { entries: 1, times: 0 });
  });

  it("takes GitHub's own instance for a private repository, and asks no public log", async () => {
    await mockFulcio({ baseURL: "https://fulcio.githubapp.com", strict: false });
    await mockTSA({ baseURL: "https://timestamp.githubapp.com", strict: false });
    assert.deepEqual(await signedBy("github"), { entries: 0, times: 1 });
  });
});

describe("runningWorkflow", () => {
  const tokenOf = (claims: object): string => {
    return ["{}", JSON.stringify(claims), ""]
      .map((part) => Buffer.from(part).toString("base64url"))
      .join(".");
  };

  async function runningWith(token: string): Promise<string | undefined> {
    const restore = setEnvironment({ SIGSTORE_ID_TOKEN: token, ACTIONS_ID_TOKEN_REQUEST_URL: "" });
    try {
      return await runningWorkflow();
    } finally {
      restore();
    }
  }

  it("is the workflow of the token, which another one may have called", async () => {
    const workflow = "acme/shared/.github/workflows/build.yml@refs/heads/main";
    assert.equal(await runningWith(tokenOf({ job_workflow_ref: workflow })), workflow);
    assert.equal(await runningWith(tokenOf({ sub: "x" })), undefined);
    assert.equal(await runningWith("none"), undefined);
  });

  it("needs a token", async () => {
    await assert.rejects(runningWith(""), {
      kind: "outside",
      message:
        /^GitHub gives no token to sign with: .*; give the job the permission id-token: write$/,
    });
  });
});
