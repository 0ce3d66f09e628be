import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { verifyBundle, type VerifiedBundle } from "../../../src/adapters/sigstore/bundle";
import type { Artifact, Problem, Trust } from "../../../src/adapters/sigstore/proof";
import { readTrustedRoot, type TrustRoot } from "../../../src/adapters/sigstore/trusted-root";
import { PROGRAM } from "../../../src/app/open";
import { checkPredicate } from "../../../src/core/verify/statement";
import { publicRoot } from "../../../tools/sigstore-conformance";
import {
  GITHUB,
  SigstoreAuthority,
  WORKFLOW,
  type Signed,
  type Signing,
} from "../../support/sigstore-authority";

const HEX = "a".repeat(64);
const DIGEST = `sha256:${HEX}`;
const PROVENANCE = "https://slsa.dev/provenance/v1";

/** Returns a statement about a digest; the fields of another replace its own. */
function statement(other: object = {}): Signed {
  const subject = [{ name: "orders", digest: { sha256: HEX } }];
  const _type = "https://in-toto.io/Statement/v1";
  return { statement: { _type, subject, predicateType: PROVENANCE, predicate: {}, ...other } };
}

const FIRST = "application/vnd.dev.sigstore.bundle+json;version=0.1";
const LATEST = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** What of a bundle a test edits. */
interface Editable {
  readonly verificationMaterial: {
    readonly certificate: object;
    readonly tlogEntries: readonly Entry[];
    readonly timestampVerificationData: { readonly rfc3161Timestamps: readonly unknown[] };
  };
}

interface Entry {
  inclusionPromise?: object;
  inclusionProof: { readonly hashes: string[]; checkpoint?: object };
}

function rootOf(text: string): TrustRoot {
  const root = readTrustedRoot(text, "trust/root.jsonl");
  assert.ok(!("problem" in root), JSON.stringify(root));
  return root;
}

function verified(result: VerifiedBundle | Problem): VerifiedBundle {
  assert.ok(!("problem" in result), JSON.stringify(result));
  return result;
}

const problem = (result: VerifiedBundle | Problem) =>
  "problem" in result ? result.problem : undefined;

const sha256 = (bytes: string) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

describe("verifyBundle", () => {
  let open: SigstoreAuthority;
  let closed: SigstoreAuthority;
  before(async () => {
    open = await SigstoreAuthority.start();
    closed = await SigstoreAuthority.start("none");
  });

  /** Verifies what the public instance's like signs, against its root. */
  async function ofOpen(
    signed: Signed,
    signing?: Signing,
    artifact: Artifact = { digest: DIGEST },
  ) {
    const { bundle } = await open.sign(signed, signing);
    return verifyBundle(bundle, artifact, { root: rootOf(open.root) });
  }

  /** Verifies what an instance as GitHub's own signs, against its root. */
  async function ofClosed(signed: Signed, signing?: Signing) {
    const { bundle } = await closed.sign(signed, signing);
    return verifyBundle(bundle, { digest: DIGEST }, { root: rootOf(closed.root) });
  }

  describe("a statement", () => {
    it("proves who signed it, what it says, and when", async () => {
      const from = Math.floor(Date.now() / 1000) * 1000;
      const { bundle } = await open.sign(statement(), {
        claims: { 8: GITHUB, 12: "https://github.com/acme/orders", 14: "refs/tags/v1.2.0" },
      });
      const result = verified(
        verifyBundle(bundle, { digest: DIGEST }, { root: rootOf(open.root) }),
      );
      const { signedAt, ...others } = result;
      assert.deepEqual(others, {
        signer: {
          kind: "keyless",
          issuer: GITHUB,
          subject: WORKFLOW,
          claims: {
            sourceRepository: "https://github.com/acme/orders",
            sourceRef: "refs/tags/v1.2.0",
          },
        },
        statement: {
          predicateType: PROVENANCE,
          predicate: {},
          subjects: [{ name: "orders", digest: { sha256: HEX } }],
        },
        predicateType: PROVENANCE,
        bundleDigest: sha256(bundle),
      });
      assert.ok(signedAt && signedAt.getTime() >= from && signedAt.getTime() <= Date.now());
    });

    it("is proven by the newer log with a signed time, and not without one", async () => {
      assert.ok(verified(await ofOpen(statement(), { entry: "v2" })).signedAt);
      assert.equal(
        problem(await ofOpen(statement(), { entry: "v2", minutes: undefined })),
        "it can't be verified: expected 1 timestamps, got 0",
      );
    });

    it("is proven by the log's promise, where its first version has a proof that no log signed", async () => {
      const { bundle } = await open.sign(statement());
      const edited = (edit: (entry: Entry) => void, mediaType = FIRST) => {
        const json = JSON.parse(bundle) as Editable;
        const { certificate, ...material } = json.verificationMaterial;
        const x509CertificateChain = { certificates: [certificate] };
        material.tlogEntries.forEach(edit);
        const verificationMaterial =
          mediaType === LATEST ? json.verificationMaterial : { ...material, x509CertificateChain };
        const text = JSON.stringify({ ...json, mediaType, verificationMaterial });
        return verifyBundle(text, { digest: DIGEST }, { root: rootOf(open.root) });
      };
      const unsigned = (entry: Entry) => delete entry.inclusionProof.checkpoint;
      assert.ok(verified(edited(unsigned)).signedAt);
      for (const mediaType of [FIRST.replace("0.1", "0.2"), LATEST]) {
        assert.match(
          problem(edited(unsigned, mediaType)) ?? "",
          /^it isn't a bundle of Sigstore: .*inclusionProof\.checkpoint/,
        );
      }
      const unpromised = (entry: Entry) => {
        unsigned(entry);
        delete entry.inclusionPromise;
      };
      assert.match(problem(edited(unpromised)) ?? "", /^it isn't a bundle .*inclusionPromise/);
      const broken = (entry: Entry) => entry.inclusionProof.hashes.push("AAAA");
      assert.match(problem(edited(broken)) ?? "", /^it can't be verified: /);
    });

    it("counts no time that nobody trusted has signed, beside one that does count", async () => {
      const timesIn = (bundle: string): unknown[] => {
        const { verificationMaterial } = JSON.parse(bundle) as Editable;
        return [...verificationMaterial.timestampVerificationData.rfc3161Timestamps];
      };
      const others = await Promise.all(
        [open, closed].map((one) => one.sign(statement(), { entry: "v2", minutes: -60 })),
      );
      const withOthers = async (signing: Signing) => {
        const from = Math.floor(Date.now() / 1000) * 1000;
        const { bundle } = await open.sign(statement(), signing);
        const json = JSON.parse(bundle) as Editable;
        const rfc3161Timestamps = [bundle, ...others.map((one) => one.bundle)].flatMap(timesIn);
        const timestampVerificationData = { rfc3161Timestamps };
        const verificationMaterial = { ...json.verificationMaterial, timestampVerificationData };
        const text = JSON.stringify({ ...json, verificationMaterial });
        const result = verifyBundle(text, { digest: DIGEST }, { root: rootOf(open.root) });
        if ("signedAt" in result) assert.ok(result.signedAt.getTime() >= from);
        return result;
      };
      verified(await withOthers({}));
      verified(await withOthers({ entry: "v2" }));
      assert.equal(
        problem(await withOthers({ entry: "v2", minutes: undefined })),
        "it can't be verified: timestamp could not be verified",
      );
      assert.match(
        problem(await withOthers({ minutes: 24 * 60 })) ?? "",
        /^it can't be verified: .*certificate/,
      );
    });

    it("counts no entry of a log that nobody trusts, beside one that does count", async () => {
      const other = await SigstoreAuthority.start();
      const [own, foreign] = await Promise.all([open, other].map((one) => one.sign(statement())));
      const json = JSON.parse(own?.bundle ?? "") as Editable;
      const { tlogEntries } = (JSON.parse(foreign?.bundle ?? "") as Editable).verificationMaterial;
      const having = (entries: readonly Entry[]) => {
        const verificationMaterial = { ...json.verificationMaterial, tlogEntries: entries };
        const text = JSON.stringify({ ...json, verificationMaterial });
        return verifyBundle(text, { digest: DIGEST }, { root: rootOf(open.root) });
      };
      verified(having([...json.verificationMaterial.tlogEntries, ...tlogEntries]));
      assert.match(
        problem(having(tlogEntries)) ?? "",
        /^it can't be verified: .*inclusion promise/,
      );
    });

    it("has the earliest of its times", async () => {
      const result = verified(await ofOpen(statement(), { minutes: 5 }));
      assert.ok(result.signedAt && result.signedAt.getTime() <= Date.now());
    });

    it("is proven of bytes by their digest", async () => {
      const subject = [{ digest: { sha256: sha256("orders").slice(7) } }];
      const artifact = { bytes: Buffer.from("orders") };
      verified(await ofOpen(statement({ subject }), {}, artifact));
    });

    it("is proven of bytes by another digest of theirs, as npm's are", async () => {
      const sha512 = createHash("sha512").update("orders").digest("hex");
      const subject = [{ digest: { sha512 } }];
      verified(await ofOpen(statement({ subject }), {}, { bytes: Buffer.from("orders") }));
      assert.equal(
        problem(await ofOpen(statement({ subject }), {}, { bytes: Buffer.from("other") })),
        `it is about things without a sha256 digest, not about ${sha256("other")}`,
      );
      assert.equal(
        problem(await ofOpen(statement({ subject }), {}, { digest: sha256("orders") })),
        `it is about things without a sha256 digest, not about ${sha256("orders")}`,
      );
    });

    it("is about the digest alone that it names", async () => {
      const other = `sha256:${"b".repeat(64)}`;
      const expected = `it is about ${DIGEST}, not about ${other}`;
      assert.equal(problem(await ofOpen(statement(), {}, { digest: other })), expected);
      assert.equal(
        problem(await ofOpen(statement(), {}, { bytes: Buffer.from("other") })),
        `it is about ${DIGEST}, not about ${sha256("other")}`,
      );
    });

    it("is asked about a whole digest alone", async () => {
      for (const digest of [HEX, "sha256:", "sha256:undefined", `sha512:${HEX}`, `${DIGEST}a`]) {
        const expected = `"${digest}" isn't a whole sha256 digest`;
        assert.equal(problem(await ofOpen(statement(), {}, { digest })), expected);
      }
    });

    it("has a subject behind others that are null", async () => {
      const subject = [null, { digest: { sha256: HEX } }];
      verified(await ofOpen(statement({ subject })));
      assert.equal(
        problem(await ofOpen(statement({ subject: [null] }))),
        "its statement is about nothing",
      );
    });

    it("is one by the type of its payload", async () => {
      const payload = JSON.stringify("statement" in statement() ? statement() : {});
      const signed = { payloadType: "application/vnd.in-toto+json;v=1", payload };
      assert.equal(
        problem(await ofOpen(signed)),
        `its payload is "application/vnd.in-toto+json;v=1", not a statement (application/vnd.in-toto+json)`,
      );
    });

    it("isn't of the demanded type where another is signed", async () => {
      const result = verified(
        await ofOpen(statement({ predicateType: "https://acme.example/sbom" })),
      );
      const expected = `it is https://acme.example/sbom, not ${PROVENANCE}`;
      assert.equal(checkPredicate(result.statement, PROVENANCE), expected);
    });
  });

  describe("a signer", () => {
    it("is whom the certificate names, whole, so that a lookalike is another", async () => {
      for (const subject of [
        "https://github.com/acme/orders-x/.github/workflows/release.yml@refs/tags/v1.2.0",
        "https://github.com/acme/orders/.github/workflows/test.yml@refs/tags/v1.2.0",
        `${WORKFLOW}-rc.1`,
        `https://evil.example/?${WORKFLOW}`,
      ]) {
        const { signer } = verified(await ofOpen(statement(), { subject }));
        assert.equal(signer.kind === "keyless" && signer.subject, subject);
      }
    });

    it("has an extension once", async () => {
      const extensions = [{ oid: "1.3.6.1.4.1.57264.1.8", value: "https://evil.example" }];
      const expected = "its certificate has an extension twice";
      assert.equal(problem(await ofOpen(statement(), { extensions })), expected);
    });

    it("has one name", async () => {
      const subject = `https://a.example${"a".repeat(30)}`;
      const [first, second] = ["https://a.example/b", "https://a.example/a"];
      const names = Buffer.concat([name(first), name(second.padEnd(subject.length - 2 - 19, "a"))]);
      const edit = (certificate: Buffer) => replaced(certificate, name(subject), names);
      assert.equal(
        problem(await ofClosed(statement(), { subject, edit })),
        "its certificate has several names",
      );
    });

    it("has a certificate for signing code", async () => {
      const edit = (certificate: Buffer) =>
        replaced(certificate, hex("2b06010505070303"), hex("2b06010505070308"));
      assert.equal(
        problem(await ofClosed(statement(), { edit })),
        "its certificate isn't one for signing code",
      );
    });

    it("has a certificate that was valid when it signed", async () => {
      const expected =
        "it can't be verified: Failed to verify certificate chain: certificate is not valid or expired at the specified date";
      assert.equal(problem(await ofClosed(statement(), { minutes: 11 })), expected);
      assert.equal(problem(await ofOpen(statement(), { entry: "v2", minutes: 11 })), expected);
      // One true time doesn't make up for another.
      assert.equal(problem(await ofOpen(statement(), { minutes: 11 })), expected);
    });

    it("has a certificate with a proof of when it signed", async () => {
      const expected = "it can't be verified: expected 1 timestamps, got 0";
      assert.equal(problem(await ofClosed(statement(), { minutes: undefined })), expected);
      assert.equal(
        problem(await ofOpen(statement(), { entry: "none", minutes: undefined })),
        expected,
      );
    });

    it("has a log entry where the instance keeps a log", async () => {
      assert.equal(
        problem(await ofOpen(statement(), { entry: "none", minutes: 0 })),
        "it can't be verified: expected 1 tlog entries, got 0",
      );
    });
  });

  describe("an instance", () => {
    it("is trusted for itself, with the proofs that it has", async () => {
      const ofLogs = await open.sign(statement());
      const ofNone = await closed.sign(statement());
      const say = (bundle: string, ...roots: string[]) =>
        problem(verifyBundle(bundle, { digest: DIGEST }, { root: rootOf(roots.join("\n")) }));
      const path =
        "it can't be verified: Failed to verify certificate chain: no valid certificate path found";
      assert.equal(say(ofLogs.bundle, open.root, closed.root), undefined);
      assert.equal(say(ofNone.bundle, open.root, closed.root), undefined);
      assert.equal(say(ofNone.bundle, closed.root), undefined);
      assert.equal(say(ofLogs.bundle, closed.root), path);
      assert.equal(
        say(ofNone.bundle, open.root),
        "it can't be verified: timestamp could not be verified",
      );
    });

    it("without a log doesn't lend its proofs to one with a log", async () => {
      const { bundle } = await open.sign(statement(), { entry: "none", minutes: 0 });
      const both = rootOf(`${closed.root}\n${open.root}`);
      assert.equal(
        problem(verifyBundle(bundle, { digest: DIGEST }, { root: both })),
        "it can't be verified: timestamp could not be verified",
      );
    });

    it("with a log asks for a log entry, whichever of its lists is empty", async () => {
      for (const list of ["tlogs", "ctlogs"]) {
        const { bundle } = await closed.sign(statement());
        const root = { ...object(closed.root), [list]: object(open.root)[list] };
        assert.match(
          problem(
            verifyBundle(bundle, { digest: DIGEST }, { root: rootOf(JSON.stringify(root)) }),
          ) ?? "",
          /expected 1 (?:SCTs|tlog entries), got 0$/,
        );
      }
    });
  });

  describe("a signature over bytes", () => {
    const BYTES = { bytes: Buffer.from("orders") };
    const signed: Signed = { bytes: "orders" };

    it("is proven by the bytes, and by their digest alone", async () => {
      for (const artifact of [BYTES, { digest: sha256("orders") }]) {
        for (const entry of ["v1", "v2"] as const) {
          const result = verified(await ofOpen(signed, { entry, minutes: 0 }, artifact));
          assert.equal(result.signer.kind, "keyless");
          assert.equal(result.statement, undefined);
          assert.equal(result.predicateType, undefined);
        }
      }
    });

    it("is of no other bytes", async () => {
      for (const artifact of [{ bytes: Buffer.from("other") }, { digest: sha256("other") }]) {
        const expected = `it signs ${sha256("orders")}, not ${sha256("other")}`;
        assert.equal(problem(await ofOpen(signed, {}, artifact)), expected);
      }
    });

    it("is true, and not only said to be of these bytes", async () => {
      const { bundle } = await closed.sign(signed);
      const other = JSON.parse(bundle) as { messageSignature: { messageDigest: object } };
      other.messageSignature.messageDigest = {
        algorithm: "SHA2_256",
        digest: Buffer.from(sha256("other").slice(7), "hex").toString("base64"),
      };
      for (const artifact of [{ bytes: Buffer.from("other") }, { digest: sha256("other") }]) {
        const root = rootOf(closed.root);
        assert.equal(
          problem(verifyBundle(JSON.stringify(other), artifact, { root })),
          "it can't be verified: signature verification failed",
        );
      }
    });

    it("of another hash needs the file", async () => {
      const { bundle } = await open.sign(signed);
      const other = bundle.replace("SHA2_256", "SHA2_512");
      const root = rootOf(open.root);
      const hash = `sha512:${sha256("orders").slice(7)}`;
      assert.equal(
        problem(verifyBundle(other, { digest: sha256("orders") }, { root })),
        `it signs a sha512 digest, which can't be compared with ${sha256("orders")}; give the file`,
      );
      const own = createHash("sha512").update("orders").digest("hex");
      assert.equal(
        problem(verifyBundle(other, BYTES, { root })),
        `it signs ${hash}, not sha512:${own}`,
      );
      assert.equal(
        problem(verifyBundle(bundle.replace("SHA2_256", "SHA3_256"), BYTES, { root })),
        "it signs a digest of an unknown kind",
      );
    });
  });

  describe("a key", () => {
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const others = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = (key: KeyObject) => key.export({ format: "pem", type: "spki" }).toString();
    const trust: Trust = { key: pem(keys.publicKey) };

    it("proves its owner, of statements and of bytes, without a log", async () => {
      for (const [signed, digest] of [
        [statement(), DIGEST],
        [{ bytes: "orders" }, sha256("orders")],
      ] as const) {
        const { bundle } = await closed.sign(signed, { key: keys.privateKey, minutes: undefined });
        const result = verified(verifyBundle(bundle, { digest }, trust));
        assert.deepEqual(result.signer, { kind: "key" });
        assert.equal(result.signedAt, undefined);
        verified(verifyBundle(bundle, { digest }, { ...trust, root: rootOf(open.root) }));
      }
    });

    it("is the one that signed", async () => {
      const { bundle } = await closed.sign(statement(), { key: others.privateKey });
      assert.equal(
        problem(verifyBundle(bundle, { digest: DIGEST }, trust)),
        "it can't be verified: signature verification failed",
      );
    });

    it("has the time of its log entry where a root confirms it, and none without a root", async () => {
      const { bundle } = await open.sign(statement(), { key: keys.privateKey });
      const root = rootOf(open.root);
      assert.ok(verified(verifyBundle(bundle, { digest: DIGEST }, { ...trust, root })).signedAt);
      assert.equal(verified(verifyBundle(bundle, { digest: DIGEST }, trust)).signedAt, undefined);
    });

    it("has no log entry that the root doesn't know", async () => {
      const { bundle } = await open.sign(statement(), { key: keys.privateKey });
      const root = rootOf(closed.root);
      assert.equal(
        problem(verifyBundle(bundle, { digest: DIGEST }, { ...trust, root })),
        "it can't be verified: inclusion promise could not be verified",
      );
    });

    it("doesn't stand for a certificate, nor a certificate for it", async () => {
      const [byKey, byName] = [
        await open.sign(statement(), { key: keys.privateKey }),
        await open.sign(statement()),
      ];
      const root = rootOf(open.root);
      assert.equal(
        problem(verifyBundle(byKey.bundle, { digest: DIGEST }, { root })),
        "it is signed with a key, not with a certificate",
      );
      assert.equal(
        problem(verifyBundle(byName.bundle, { digest: DIGEST }, { ...trust, root })),
        "it is signed with a certificate, not with the key",
      );
    });

    it("is a public key in PEM", async () => {
      const { bundle } = await closed.sign(statement(), { key: keys.privateKey });
      const secret = keys.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
      for (const key of ["", secret, trust.key.slice(0, 60)]) {
        const expected = "the key isn't a public key in PEM";
        assert.equal(problem(verifyBundle(bundle, { digest: DIGEST }, { key })), expected);
      }
    });

    it("that signs bytes and not their digest needs the bytes", async () => {
      const { privateKey, publicKey } = generateKeyPairSync("ed25519");
      const { bundle } = await closed.sign({ bytes: "orders" }, { key: privateKey });
      const key = pem(publicKey);
      verified(verifyBundle(bundle, { bytes: Buffer.from("orders") }, { key }));
      assert.equal(
        problem(verifyBundle(bundle, { digest: sha256("orders") }, { key })),
        "its key signs the bytes, which a digest doesn't replace; give the file",
      );
    });
  });

  describe("a text", () => {
    it("that is no bundle is refused in one line", () => {
      const root = rootOf(open.root);
      for (const [text, expected] of [
        ["", /^it isn't a bundle of Sigstore: Unexpected end of JSON input$/],
        ["[]", /^it isn't a bundle of Sigstore: invalid bundle \(mediaType, content, /],
        ["null", /^it isn't a bundle of Sigstore: /],
        ['{"mediaType":"\u001b[2J"}', /^it isn't a bundle of Sigstore: [ -~]+$/],
      ] as const) {
        assert.match(problem(verifyBundle(text, { digest: DIGEST }, { root })) ?? "", expected);
      }
    });

    it("with any byte of a signed bundle changed proves nothing else", async () => {
      const { bundle } = await open.sign(statement());
      const root = rootOf(open.root);
      const whole = verified(verifyBundle(bundle, { digest: DIGEST }, { root }));
      for (let at = 0; at < bundle.length; at += 97) {
        const changed = `${bundle.slice(0, at)}${bundle[at] === "A" ? "B" : "A"}${bundle.slice(at + 1)}`;
        const result = verifyBundle(changed, { digest: DIGEST }, { root });
        if ("problem" in result) continue;
        // Where a byte doesn't matter, such as the name of a field that nobody reads, the rest is as it was.
        assert.deepEqual(
          { ...result, bundleDigest: "" },
          { ...whole, bundleDigest: "" },
          `at ${at}`,
        );
      }
    });

    it("with an entry of the old kind is named", async () => {
      const { bundle } = await open.sign(statement());
      const old = bundle.replace('"kind":"dsse"', '"kind":"intoto"');
      assert.equal(
        problem(verifyBundle(old, { digest: DIGEST }, { root: rootOf(open.root) })),
        "it has an entry of the old kind intoto 0.0.1, which can't be verified; sign it again with cosign 3",
      );
    });
  });
});

describe("bundles that others signed", () => {
  const folder = path.join(PROGRAM, "test/fixtures/sigstore");
  const read = (name: string) => fs.readFileSync(path.join(folder, name), "utf8");
  const line = (text: string) => JSON.stringify(JSON.parse(text));
  const github = read("github-trusted-root.json");
  const sigstore = publicRoot();
  const both = rootOf(`${line(sigstore)}\n${line(github)}\n`);

  for (const [name, digest, signer] of [
    [
      "github-private-instance",
      "ae57936def59bc4c75edd3a837d89bcefc6d3a5e31d55a6fa7a71624f92c3c3b",
      "https://github.com/actions/attest-demo/.github/workflows/build-python.yml@refs/heads/main",
    ],
    [
      "github-release",
      "fabce7391876734f9574e5dd3a247b65ce507d234a6c75991b24c903b24c470d",
      "https://dotcom.releases.github.com",
    ],
    [
      "reusable-workflow",
      "49a3aa6075e0f49f82843e74b5baa614ad2a588e6675612bf108a0a008c5ac25",
      "https://github.com/github/artifact-attestations-workflows/.github/workflows/attest.yml@09b495c3f12c7881b3cc17209a327792065c1a1d",
    ],
    [
      "custom-issuer",
      "afa27b44d43b02a9fea41d13cedc2e4016cfcf87c5dbf990e593669aa8ce286d",
      "https://github.com/too-legit/attest/.github/workflows/integration.yml@refs/heads/main",
    ],
  ] as const) {
    it(`${name} is proven`, () => {
      const text = read(`${name}.sigstore.json`);
      const result = verified(verifyBundle(text, { digest: `sha256:${digest}` }, { root: both }));
      assert.equal(result.signer.kind === "keyless" && result.signer.subject, signer);
    });
  }

  it("of GitHub's own instance aren't proven by the public one's root, and the other way round", () => {
    const ask = (name: string, digest: string, root: string) =>
      problem(
        verifyBundle(
          read(`${name}.sigstore.json`),
          { digest: `sha256:${digest}` },
          { root: rootOf(root) },
        ),
      );
    const own = "ae57936def59bc4c75edd3a837d89bcefc6d3a5e31d55a6fa7a71624f92c3c3b";
    const open = "49a3aa6075e0f49f82843e74b5baa614ad2a588e6675612bf108a0a008c5ac25";
    assert.equal(
      ask("github-private-instance", own, sigstore),
      "it can't be verified: timestamp could not be verified",
    );
    assert.equal(
      ask("reusable-workflow", open, github),
      "it can't be verified: Failed to verify certificate chain: no valid certificate path found",
    );
  });

  it("have the issuer of an enterprise whole, and none for a release", () => {
    const issuer = (name: string, digest: string) => {
      const text = read(`${name}.sigstore.json`);
      const { signer } = verified(
        verifyBundle(text, { digest: `sha256:${digest}` }, { root: both }),
      );
      return signer.kind === "keyless" ? signer.issuer : "a key";
    };
    assert.equal(
      issuer("custom-issuer", "afa27b44d43b02a9fea41d13cedc2e4016cfcf87c5dbf990e593669aa8ce286d"),
      `${GITHUB}/hammer-time`,
    );
    assert.equal(
      issuer("github-release", "fabce7391876734f9574e5dd3a247b65ce507d234a6c75991b24c903b24c470d"),
      undefined,
    );
  });
});

function name(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x86, text.length]), Buffer.from(text)]);
}

function hex(text: string): Buffer {
  return Buffer.from(text, "hex");
}

function object(json: string): Record<string, unknown> {
  return JSON.parse(json) as Record<string, unknown>;
}

/** Returns bytes with others of the same length in place of some that they have once. */
function replaced(bytes: Buffer, from: Buffer, to: Buffer): Buffer {
  const at = bytes.indexOf(from);
  assert.ok(at >= 0 && from.length === to.length);
  return Buffer.concat([bytes.subarray(0, at), to, bytes.subarray(at + to.length)]);
}
