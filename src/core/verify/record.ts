import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { compareText } from "../compare-text";
import type { Proven, Subject } from "./judge";

/** The folder of recorded evidence. It has the owners of environments.yaml. */
const EVIDENCE_FOLDER = "evidence";

const source = z.strictObject({ repository: z.string().optional(), ref: z.string().optional() });

const proof = z.strictObject({
  /** When it was verified. */
  at: z.iso.datetime(),
  place: z.string(),
  /** Digest of the bundle. */
  bundle: z.string(),
  /** Digest of the trust root, or of the public key, that it was verified with. */
  trust: z.string(),
  signer: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("keyless"),
      issuer: z.string(),
      subject: z.string(),
      source,
    }),
    z.strictObject({ kind: z.literal("key"), file: z.string() }),
  ]),
  predicate: z.string().optional(),
  provenance: source.extend({ builder: z.string().optional() }).optional(),
  signedAt: z.iso.datetime().optional(),
});

const record = z.strictObject({
  kind: z.enum(["image", "chart", "asset"]),
  name: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** Of a chart: digests of the images that it names, or leaves to values. */
  images: z.array(z.string()).optional(),
  proofs: z.array(proof).min(1),
});

/** What was verified of one digest: enough to judge it again without asking anybody, and to redo it. */
export type EvidenceRecord = z.infer<typeof record>;

type RecordedProof = EvidenceRecord["proofs"][number];

/** Returns the file of a digest's record: `evidence/sha256-<hex>.json`, as registries spell it in tags. */
export function recordFile(digest: string): string {
  return `${EVIDENCE_FOLDER}/${digest.replace(":", "-")}.json`;
}

/** Returns the record of a file of a digest; undefined where it isn't one, or is another digest's. */
export function parseRecord(text: string, digest: string): EvidenceRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data } = record.safeParse(value);
  return data?.digest === digest ? data : undefined;
}

/**
 * Returns a record with proofs added. One that is there, of the same bundle and the same trust, stays as it is,
 * so that a second run changes nothing; of the same bundle and another trust, the newer one stays.
 */
export function recordWith(
  former: EvidenceRecord | undefined,
  { kind, name, digest, image }: Subject,
  proofs: readonly Proven[],
  now: Date,
): EvidenceRecord {
  const found = new Map((former?.proofs ?? []).map((proof) => [keyOf(proof), proof]));
  for (const proof of proofs) {
    const recorded = recordedProof(proof, now);
    if (found.get(keyOf(recorded))?.trust !== proof.trust) found.set(keyOf(recorded), recorded);
  }
  const sorted = [...found.values()].sort((a, b) => compareText(keyOf(a), keyOf(b)));
  const images = [...new Set([...(former?.images ?? []), ...(image === undefined ? [] : [image])])];
  return {
    kind: former?.kind ?? kind,
    name: former?.name ?? name,
    digest,
    ...(images.length > 0 && { images: images.sort(compareText) }),
    proofs: sorted,
  };
}

/** Whether two records say the same, whenever each was verified. */
export function saysSame(one: EvidenceRecord, other: EvidenceRecord): boolean {
  const timeless = ({ proofs, ...record }: EvidenceRecord) => ({
    ...record,
    proofs: proofs.map((proof) => ({ ...proof, at: "" })),
  });
  return isDeepStrictEqual(timeless(one), timeless(other));
}

/** Returns a record without the proofs of bundles that don't count any more; undefined where none is left. */
export function recordWithout(
  record: EvidenceRecord,
  counts: (bundle: string) => boolean,
): EvidenceRecord | undefined {
  const proofs = record.proofs.filter(({ bundle }) => counts(bundle));
  return proofs.length === 0 ? undefined : { ...record, proofs };
}

function keyOf({ bundle, predicate = "", signer }: RecordedProof): string {
  return [bundle, predicate, signer.kind === "key" ? signer.file : signer.subject].join(" ");
}

function recordedProof(
  { place, bundle, trust, signer, predicate, provenance, signedAt }: Proven,
  now: Date,
): RecordedProof {
  return {
    at: now.toISOString(),
    place,
    bundle,
    trust,
    signer,
    ...(predicate !== undefined && { predicate }),
    ...(provenance !== undefined && { provenance }),
    ...(signedAt !== undefined && { signedAt: signedAt.toISOString() }),
  };
}

/** Returns the text of a record's file. */
export function formatRecord(value: EvidenceRecord): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Returns the proofs of a record, to be judged again by the policy of today. */
export function provenIn({ proofs }: EvidenceRecord): Proven[] {
  return proofs.map(provenOf);
}

function provenOf({
  place,
  bundle,
  trust,
  signer,
  predicate,
  provenance,
  signedAt,
}: RecordedProof): Proven {
  return {
    place,
    bundle,
    trust,
    signer,
    ...(predicate !== undefined && { predicate }),
    ...(provenance !== undefined && { provenance }),
    ...(signedAt !== undefined && { signedAt: new Date(signedAt) }),
  };
}
