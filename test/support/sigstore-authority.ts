import {
  createHash,
  generateKeyPairSync,
  sign,
  X509Certificate,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from "node:crypto";
import { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from "@sigstore/mock";

/** What a signature is of: a statement, the payload of one with any type, or bytes. */
export type Signed =
  | { readonly statement: object }
  | { readonly payloadType: string; readonly payload: string }
  | { readonly bytes: string };

/** How a signature is made; what is left out is as the Sigstore project's own tools do it. */
export interface Signing {
  /** The name in the certificate. Default: a workflow of acme/orders. */
  readonly subject?: string;
  /** Texts by the last number of their extension, in DER. Default: the issuer of GitHub's workflows. */
  readonly claims?: Readonly<Record<number, string>>;
  /** Further extensions, whose bytes are the text. */
  readonly extensions?: readonly { readonly oid: string; readonly value: string }[];
  /** Changes bytes of the certificate before it is signed. They keep their length. */
  readonly edit?: (certificate: Buffer) => Buffer;
  /** With a key and without a certificate. */
  readonly key?: KeyObject;
  /** Which kind of log entry, or none. Default: `v1` where the authority has a log. */
  readonly entry?: "v1" | "v2" | "none";
  /** Minutes from now at which a signed time says it was made; none where undefined. Default: 0 without a log. */
  readonly minutes?: number | undefined;
}

/** The bundle of a signature, and the parts of which older formats are made. */
export interface Signature {
  readonly bundle: string;
  readonly signature: Buffer;
  /** In PEM; none of a signature with a key. */
  readonly certificate?: string;
  /** The log's answer, as cosign keeps it in an annotation. */
  readonly logged?: string;
}

export const GITHUB = "https://token.actions.githubusercontent.com";
export const WORKFLOW =
  "https://github.com/acme/orders/.github/workflows/release.yml@refs/tags/v1.2.0";

const FULCIO = "1.3.6.1.4.1.57264.1";
const REKOR = "https://rekor.example";
const SHA256 = "2.16.840.1.101.3.4.2.1";
const MINUTE = 60_000;

/**
 * An instance of Sigstore of its own: an authority for certificates, one for times, and logs or none, as GitHub's
 * instance for private repositories has none. Of the Sigstore project's own stand-ins; it asks no network.
 */
export class SigstoreAuthority {
  /** `trusted_root.json` in one line. */
  readonly root: string;
  readonly #parts: Awaited<ReturnType<typeof partsOf>>;

  private constructor(parts: Awaited<ReturnType<typeof partsOf>>) {
    this.#parts = parts;
    this.root = JSON.stringify(rootOf(parts));
  }

  /** @param logs `none` is an instance as GitHub's own. Default: `all` */
  static async start(logs: "all" | "none" = "all"): Promise<SigstoreAuthority> {
    return new SigstoreAuthority(await partsOf(logs === "all"));
  }

  async sign(signed: Signed, signing: Signing = {}): Promise<Signature> {
    const { log } = this.#parts;
    const keys = pair();
    const certificate =
      signing.key === undefined ? await this.#certificate(keys, signing) : undefined;
    const pem = certificate && new X509Certificate(certificate).toString();
    const made = contentOf(signed, signing.key ?? keys.privateKey);
    const kind = log === undefined ? "none" : (signing.entry ?? "v1");
    const key = pem ?? "";
    const body = kind === "none" ? undefined : bodyOf(kind, made, key);
    const entry = body && log && (await entryOf(log, body));
    const minutes = "minutes" in signing || kind === "v1" ? signing.minutes : 0;
    const bundle = {
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      verificationMaterial: {
        ...(certificate === undefined
          ? { publicKey: { hint: "any" } }
          : { certificate: { rawBytes: certificate.toString("base64") } }),
        tlogEntries: entry ? [kind === "v2" ? withoutPromise(entry.entry) : entry.entry] : [],
        timestampVerificationData: {
          rfc3161Timestamps:
            minutes === undefined ? [] : [{ signedTimestamp: await this.#time(made, minutes) }],
        },
      },
      ...made.content,
    };
    return {
      bundle: JSON.stringify(bundle),
      signature: made.signature,
      ...(pem !== undefined && { certificate: pem }),
      ...(entry && { logged: entry.logged }),
    };
  }

  async #certificate(keys: KeyPairKeyObjectResult, signing: Signing): Promise<Buffer> {
    const { claims = { 8: GITHUB }, extensions = [], subject = WORKFLOW, edit } = signing;
    const issued = await this.#parts.ca.issueCertificate({
      publicKey: keys.publicKey.export({ format: "der", type: "spki" }),
      subjectAltName: subject,
      extensions: [
        ...Object.entries(claims).map(([number, value]) => ({ oid: `${FULCIO}.${number}`, value })),
        ...extensions.map((extension) => ({ ...extension, legacy: true })),
      ],
    });
    const der = Buffer.from(issued.buffer, issued.byteOffset, issued.byteLength);
    return edit === undefined ? der : signedAgain(edit(der), this.#parts.caKeys.privateKey);
  }

  async #time({ signature }: Made, minutes: number): Promise<string> {
    const clock = new Date(Date.now() + minutes * MINUTE);
    // A fraction of a second has three digits or none, or the library can't read it.
    clock.setMilliseconds(0);
    // The authority's clock stands still, so each time has an authority of its own, with the same key.
    const tsa = await initializeTSA(this.#parts.tsaKeys, clock);
    const answer = await tsa.timestamp({
      artifactHash: createHash("sha256").update(signature).digest(),
      hashAlgorithmOID: SHA256,
      nonce: 1,
      policyOID: "1.3.6.1.4.1.57264.2",
    });
    return base64(answer);
  }
}

function pair(): KeyPairKeyObjectResult {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

async function partsOf(hasLogs: boolean) {
  const [caKeys, ctKeys, logKeys, tsaKeys] = [pair(), pair(), pair(), pair()];
  const ctLog = hasLogs ? await initializeCTLog(ctKeys) : undefined;
  return {
    caKeys,
    tsaKeys,
    ctLog,
    ca: await initializeCA(caKeys, ctLog),
    log: hasLogs ? await initializeTLog(REKOR, logKeys) : undefined,
    tsa: await initializeTSA(tsaKeys),
  };
}

function rootOf({ ca, log, ctLog, tsa }: Awaited<ReturnType<typeof partsOf>>): object {
  const validFor = { start: new Date(Date.now() - 1440 * MINUTE).toISOString() };
  const logOf = (publicKey: Uint8Array) => ({
    baseUrl: REKOR,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(publicKey), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
    logId: { keyId: createHash("sha256").update(publicKey).digest("base64") },
  });
  const chain = (...certificates: ArrayBufferView[]) => ({
    subject: { organization: "sigstore.mock", commonName: "sigstore" },
    certChain: { certificates: certificates.map((view) => ({ rawBytes: base64(view) })) },
    validFor,
  });
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: log ? [logOf(log.publicKey)] : [],
    certificateAuthorities: [chain(ca.rootCertificate)],
    ctlogs: ctLog ? [logOf(ctLog.publicKey)] : [],
    timestampAuthorities: [chain(tsa.intCertificate, tsa.rootCertificate)],
  };
}

interface Made {
  readonly content: object;
  readonly signature: Buffer;
  readonly payload: Buffer;
  readonly isStatement: boolean;
}

function contentOf(signed: Signed, key: KeyObject): Made {
  if ("bytes" in signed) {
    const payload = Buffer.from(signed.bytes);
    const signature = sign(hashFor(key), payload, key);
    const digest = createHash("sha256").update(payload).digest("base64");
    const messageDigest = { algorithm: "SHA2_256", digest };
    const messageSignature = { messageDigest, signature: signature.toString("base64") };
    return { content: { messageSignature }, signature, payload, isStatement: false };
  }
  const payloadType = "payloadType" in signed ? signed.payloadType : "application/vnd.in-toto+json";
  const payload = Buffer.from(
    "payload" in signed ? signed.payload : JSON.stringify(signed.statement),
  );
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  const signature = sign(hashFor(key), Buffer.concat([Buffer.from(head), payload]), key);
  const signatures = [{ sig: signature.toString("base64"), keyid: "" }];
  const dsseEnvelope = { payload: payload.toString("base64"), payloadType, signatures };
  return { content: { dsseEnvelope }, signature, payload, isStatement: true };
}

function hashFor({ asymmetricKeyType }: KeyObject): string | null {
  return asymmetricKeyType === "ed25519" ? null : "sha256";
}

/** Returns the body of a log entry, as the two versions of the log have it. */
function bodyOf(version: "v1" | "v2", made: Made, key: string) {
  const { payload, signature, isStatement } = made;
  const kind = isStatement ? "dsse" : "hashedrekord";
  const sha256 = createHash("sha256").update(payload).digest();
  const envelope = createHash("sha256").update(JSON.stringify(made.content)).digest("hex");
  const content = signature.toString("base64");
  const publicKey = { content: Buffer.from(key).toString("base64") };
  const hash = { algorithm: "sha256", value: sha256.toString("hex") };
  const digest = { algorithm: "SHA2_256", digest: sha256.toString("base64") };
  const v1 = isStatement
    ? {
        // Our library doesn't look at it, and others read no entry without it.
        envelopeHash: { algorithm: "sha256", value: envelope },
        payloadHash: hash,
        signatures: [{ signature: content, verifier: publicKey.content }],
      }
    : { data: { hash }, signature: { content, publicKey } };
  const v2 = isStatement
    ? { dsseV002: { payloadHash: digest, signatures: [{ content }] } }
    : { hashedRekordV002: { data: digest, signature: { content } } };
  return version === "v1"
    ? { apiVersion: "0.0.1", kind, spec: v1 }
    : { apiVersion: "0.0.2", kind, spec: v2 };
}

/** An entry as the log's first version answers with it. */
interface LogAnswer {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly inclusionProof: { readonly rootHash: string; readonly checkpoint: string };
    readonly signedEntryTimestamp: string;
  };
}

async function entryOf(
  log: Awaited<ReturnType<typeof initializeTLog>>,
  body: { apiVersion: string; kind: string; spec: object },
) {
  // Its type is of a package that isn't installed.
  const answers: unknown = await log.log(body);
  const [answer] = Object.values(answers as Readonly<Record<string, LogAnswer>>);
  if (answer === undefined) throw new Error("the log has no entry");
  const { body: canonicalizedBody, logIndex, logID, integratedTime, verification } = answer;
  const { inclusionProof, signedEntryTimestamp } = verification;
  return {
    entry: {
      logIndex: String(logIndex),
      logId: { keyId: Buffer.from(logID, "hex").toString("base64") },
      kindVersion: { kind: body.kind, version: body.apiVersion },
      integratedTime: String(integratedTime),
      inclusionPromise: { signedEntryTimestamp },
      inclusionProof: {
        logIndex: "0",
        treeSize: "1",
        rootHash: Buffer.from(inclusionProof.rootHash, "hex").toString("base64"),
        hashes: [],
        checkpoint: { envelope: inclusionProof.checkpoint },
      },
      canonicalizedBody,
    },
    logged: JSON.stringify({
      SignedEntryTimestamp: signedEntryTimestamp,
      Payload: { body: canonicalizedBody, integratedTime, logIndex, logID },
    }),
  };
}

/** The newer log promises nothing and tells no time. */
function withoutPromise<T extends object>(entry: T): object {
  return { ...entry, inclusionPromise: undefined, integratedTime: "0" };
}

/** Returns a certificate with a signature over what it says now. */
function signedAgain(certificate: Buffer, key: KeyObject): Buffer {
  const header = certificate.readUInt8(1) === 0x82 ? 4 : 3;
  const tbs = certificate.subarray(header, header + 4 + certificate.readUInt16BE(header + 2));
  const algorithm = certificate.subarray(header + tbs.length);
  const signature = sign("sha384", tbs, key);
  const bits = Buffer.concat([Buffer.from([0x03, signature.length + 1, 0]), signature]);
  const content = Buffer.concat([tbs, algorithm.subarray(0, 2 + algorithm.readUInt8(1)), bits]);
  const length = Buffer.from([0x30, 0x82, content.length >> 8, content.length & 0xff]);
  return Buffer.concat([length, content]);
}

function base64(view: ArrayBufferView): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64");
}
