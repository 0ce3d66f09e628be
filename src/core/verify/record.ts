import { z } from "zod";
import { compareText } from "../compare-text";
import { judge, type Accepted, type Proven, type Subject, type SubjectVerdict } from "./judge";
import type { Policy } from "./policy";

/** The folder of recorded evidence. It has the owners of environments.yaml. */
export const EVIDENCE_FOLDER = "evidence";

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

/** A proof that counted, and the digest of what it was verified with. */
export interface TrustedProof {
  readonly proof: Accepted;
  readonly trust: string;
}

/**
 * Returns a record with proofs added. One that is there, of the same bundle and the same trust, stays as it is,
 * so that a second run changes nothing; of the same bundle and another trust, the newer one stays.
 */
export function recordWith(
  former: EvidenceRecord | undefined,
  { kind, name, digest }: Subject,
  proofs: readonly TrustedProof[],
  now: Date,
): EvidenceRecord {
  const found = new Map((former?.proofs ?? []).map((proof) => [keyOf(proof), proof]));
  for (const { proof, trust } of proofs) {
    const recorded = recordedProof(proof, trust, now);
    if (found.get(keyOf(recorded))?.trust !== trust) found.set(keyOf(recorded), recorded);
  }
  const sorted = [...found.values()].sort((a, b) => compareText(keyOf(a), keyOf(b)));
  return { kind: former?.kind ?? kind, name: former?.name ?? name, digest, proofs: sorted };
}

function keyOf({ bundle, predicate = "", signer }: RecordedProof): string {
  return [bundle, predicate, signer.kind === "key" ? signer.file : signer.subject].join(" ");
}

function recordedProof(
  { place, bundle, signer, predicate, provenance, signedAt }: Proven,
  trust: string,
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

/** Judges a subject by its record alone, under the policy of today. Without a record nothing is proven. */
export function judgeRecord(
  subject: Subject,
  former: EvidenceRecord | undefined,
  policy: Policy,
): SubjectVerdict {
  return judge(subject, (former?.proofs ?? []).map(provenOf), [], policy);
}

function provenOf({
  place,
  bundle,
  signer,
  predicate,
  provenance,
  signedAt,
}: RecordedProof): Proven {
  return {
    place,
    bundle,
    signer,
    ...(predicate !== undefined && { predicate }),
    ...(provenance !== undefined && { provenance }),
    ...(signedAt !== undefined && { signedAt: new Date(signedAt) }),
  };
}

/** Whether every proof of a record was verified with what the repository trusts today. */
export function isOfToday(former: EvidenceRecord, trusted: ReadonlySet<string>): boolean {
  return former.proofs.every(({ trust }) => trusted.has(trust));
}
