import { createPublicKey, verify, type KeyObject } from "node:crypto";
import type { Bundle } from "@sigstore/bundle";
import type { SignedEntity, TrustMaterial } from "@sigstore/verify";
import { isPublicKeyText } from "../../core/verify/public-key";
import { signerOf, type Signer } from "../../core/verify/signer";
import { library, messageOf } from "./library";
import { verifyDigest } from "./signed-digest";
import type { Instance, TrustRoot } from "./trusted-root";

/** What is to be signed: bytes, or what has a digest, `sha256:` and 64 lower-case hexadecimal digits. */
export type Artifact = { readonly digest: string } | { readonly bytes: Uint8Array };

/**
 * Who is believed. `root`: signers with a certificate of one of its authorities. `key`: the owner of a public key
 * in PEM; log entries and times of such a bundle must be true where a root is given, and don't count without one.
 */
export type Trust =
  { readonly root: TrustRoot } | { readonly key: string; readonly root?: TrustRoot };

/** Why something isn't proven: a clause about a bundle, such as `its certificate has several names`. */
export interface Problem {
  readonly problem: string;
}

/** What the signature, certificate, log entries and times of a bundle prove. */
export interface Proof {
  readonly signer: Signer;
  /** The earliest time that a log or an authority for times proves. */
  readonly signedAt?: Date;
}

/** Returns who signed a bundle, and when; else the first problem. What it signs is for others to read. */
export function prove(bundle: Bundle, artifact: Artifact, trust: Trust): Proof | Problem {
  const hasKey = bundle.verificationMaterial.content.$case === "publicKey";
  if ("key" in trust) {
    return hasKey
      ? proveByKey(bundle, artifact, trust)
      : { problem: "it is signed with a certificate, not with the key" };
  }
  return hasKey
    ? { problem: "it is signed with a key, not with a certificate" }
    : proveByOneOf(trust.root, bundle, ({ material, thresholds }) =>
        proveWith(bundle, artifact, material, thresholds),
      );
}

/** Returns what the first instance proves that can; else the problem that the likely one has. */
function proveByOneOf(
  { instances }: TrustRoot,
  bundle: Bundle,
  proveBy: (instance: Instance) => Proof | Problem,
): Proof | Problem {
  const { tlogEntries } = bundle.verificationMaterial;
  const isOld = tlogEntries.some(
    ({ kindVersion }) => kindVersion?.kind === "intoto" && kindVersion.version === "0.0.1",
  );
  if (isOld) return { problem: OLD_ENTRY };
  // A bundle without a log entry is hardly one of an instance with a log.
  const isLikely = ({ thresholds }: Instance) =>
    thresholds.tlogThreshold > 0 === tlogEntries.length > 0;
  const likely = instances.filter(isLikely);
  const others = instances.filter((instance) => !isLikely(instance));
  let first: Problem | undefined;
  for (const instance of [...likely, ...others]) {
    const proven = proveBy(instance);
    if (!("problem" in proven)) return proven;
    first ??= proven;
  }
  return first ?? { problem: "the trust root is empty" };
}

/** Such an entry doesn't have the signature, so it says nothing of when this one was made. */
const OLD_ENTRY =
  "it has an entry of the old kind intoto 0.0.1, which can't be verified; sign it again with cosign 3";

function proveByKey(bundle: Bundle, artifact: Artifact, trust: Extract<Trust, { key: string }>) {
  const key = publicKeyOf(trust.key);
  if (key === undefined) return { problem: "the key isn't a public key in PEM" };
  // The repository says that the key is trusted, so the bundle's hint for one doesn't matter.
  const publicKey = () => ({ publicKey: key, validFor: () => true });
  const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
  return trust.root === undefined
    ? proveWith(withoutProofs(bundle), artifact, () => ({ ...NOBODY, publicKey }), thresholds)
    : proveByOneOf(trust.root, bundle, ({ material }) =>
        proveWith(bundle, artifact, () => ({ ...material(), publicKey }), thresholds),
      );
}

const NOBODY = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };

/** Returns a bundle without what only a trust root could confirm. */
function withoutProofs(bundle: Bundle): Bundle {
  const { content } = bundle.verificationMaterial;
  return {
    ...bundle,
    verificationMaterial: { content, tlogEntries: [], timestampVerificationData: undefined },
  };
}

function proveWith(
  bundle: Bundle,
  artifact: Artifact,
  material: () => TrustMaterial,
  thresholds: Instance["thresholds"],
): Proof | Problem {
  const { Verifier } = library().verify;
  try {
    const trusted = material();
    const verifier = new Verifier(trusted, thresholds);
    const known = withKnownLogs(entityOf(bundle, artifact), trusted);
    const { entity, identity } = verified(verifier, known);
    const signer = identity === undefined ? ({ kind: "key" } as const) : keylessOf(identity);
    if ("problem" in signer) return signer;
    const signedAt = signedAtOf(entity);
    return { signer, ...(signedAt && { signedAt }) };
  } catch (cause) {
    if (cause instanceof NeedsBytes) return { problem: cause.message };
    const isMalformed = cause instanceof TypeError || cause instanceof RangeError;
    return {
      problem: `it can't be verified: ${isMalformed ? "it is malformed" : messageOf(cause)}`,
    };
  }
}

/**
 * Returns an entity without the entries of logs that nobody trusts, where another one counts: as with times, they refuse
 * nothing.
 */
function withKnownLogs(entity: SignedEntity, { tlogs }: TrustMaterial): SignedEntity {
  const isKnown = ({ logId }: SignedEntity["tlogEntries"][number]): boolean =>
    tlogs.some(({ logID }) => logID.equals(logId.keyId));
  const tlogEntries = entity.tlogEntries.filter(isKnown);
  if (tlogEntries.length === 0) return entity;
  const timestamps = entity.timestamps.filter((one) => {
    return one.$case === "timestamp-authority" || isKnown(one.tlogEntry);
  });
  return { ...entity, tlogEntries, timestamps };
}

type Verifier = InstanceType<typeof import("@sigstore/verify").Verifier>;

/** Each is verified by itself. Sigstore's client in Go takes as many. */
const MAX_TIMES = 32;

/**
 * Verifies a signature. Returns who signed, and the entity with the times that count. One that no trusted authority
 * signed doesn't count where another one does, as in Sigstore's other clients: a publisher may have a time of a further
 * authority, and whoever wants may take it away. A true one at which the certificate wasn't valid refuses.
 */
function verified(
  verifier: Verifier,
  entity: SignedEntity,
): ReturnType<Verifier["verify"]> & { readonly entity: SignedEntity } {
  try {
    return { ...verifier.verify(entity), entity };
  } catch (cause) {
    if (entity.timestamps.length > MAX_TIMES) throw cause;
    const timestamps = entity.timestamps.filter((one) => isTrusted(verifier, entity, one));
    const isSame = timestamps.length === entity.timestamps.length;
    if (isSame || timestamps.length === 0) throw cause;
    const counting = { ...entity, timestamps };
    return { ...verifier.verify(counting), entity: counting };
  }
}

/** Whether a time is of a trusted authority, whatever else the bundle is. */
function isTrusted(
  verifier: Verifier,
  entity: SignedEntity,
  timestamp: SignedEntity["timestamps"][number],
): boolean {
  try {
    verifier.verify({ ...entity, timestamps: [timestamp] });
    return true;
  } catch (cause) {
    const { VerificationError } = library().verify;
    return !(cause instanceof VerificationError && cause.code === "TIMESTAMP_ERROR");
  }
}

type Identity = NonNullable<ReturnType<Verifier["verify"]>["identity"]>;

function keylessOf({ oids = [] }: Identity) {
  return signerOf(oids.map(({ oid, value }) => ({ oid: (oid?.id ?? []).join("."), value })));
}

/** Returns what the library verifies, with signatures over bytes that it doesn't know how to. */
function entityOf(bundle: Bundle, artifact: Artifact): SignedEntity {
  const { toSignedEntity } = library().verify;
  const bytes = "bytes" in artifact ? Buffer.from(artifact.bytes) : undefined;
  const entity = toSignedEntity(bundle, bytes);
  if (bundle.content.$case === "dsseEnvelope") return entity;
  const { signature } = entity;
  return {
    ...entity,
    signature: {
      signature: signature.signature,
      compareSignature: (other) => signature.compareSignature(other),
      compareDigest: (other) => signature.compareDigest(other),
      compareSignedDigest: (other) => signature.compareSignedDigest(other),
      verifySignature: (key) => {
        if ("digest" in artifact) {
          return verifySignedDigest(key, artifact.digest, signature.signature);
        }
        // Such a key hashes by itself; the library names a hash, and then Node.js refuses.
        return key.asymmetricKeyType === "ed25519"
          ? verify(null, artifact.bytes, key, signature.signature)
          : signature.verifySignature(key);
      },
    },
  };
}

function verifySignedDigest(key: KeyObject, digest: string, signature: Buffer): boolean {
  const isTrue = verifyDigest(key, Buffer.from(digest.slice("sha256:".length), "hex"), signature);
  if (isTrue === undefined) throw new NeedsBytes();
  return isTrue;
}

/** The signature is of a kind that no digest verifies. */
class NeedsBytes extends Error {
  constructor() {
    super("its key signs the bytes, which a digest doesn't replace; give the file");
  }
}

/** Returns the earliest time of an entity. Each was verified. */
function signedAtOf({ timestamps }: SignedEntity): Date | undefined {
  const times = timestamps.flatMap((timestamp) => {
    if (timestamp.$case === "timestamp-authority") return [timestamp.timestamp.signingTime];
    const { integratedTime, inclusionPromise } = timestamp.tlogEntry;
    // The promise is what signs the time of an entry.
    return inclusionPromise === undefined ? [] : [new Date(Number(integratedTime) * 1000)];
  });
  const [earliest] = times.sort((a, b) => a.getTime() - b.getTime());
  return earliest;
}

function publicKeyOf(pem: string): KeyObject | undefined {
  if (!isPublicKeyText(pem)) return undefined;
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}
