import { foreignSignature } from "../../core/verify/foreign-signatures";
import { isProvenance, type Proven, type Unproven } from "../../core/verify/judge";
import { provenanceOf } from "../../core/verify/provenance";
import { NO_ISSUER, type SignedBy } from "../../core/verify/signed-by";
import type { Signer } from "../../core/verify/signer";
import { verifyBundle, type VerifiedBundle } from "./bundle";
import { DSSE_ENVELOPE, SIMPLE_SIGNING, verifyLayer } from "./legacy";
import type { Problem, Trust } from "./proof";

/** A signature or an attestation as it was found: nothing of it is verified. */
export interface FoundSignature {
  /** Where, as messages name it. */
  readonly place: string;
  readonly kind: "bundle" | "simple-signing" | "dsse" | "notation" | "unreadable";
  readonly bytes: Uint8Array;
  /** Of a layer of a registry, in which older formats have the signature. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What signatures are verified with. */
export interface Trusted {
  readonly trust: Trust;
  /** The public key's file; absent for a trust root. */
  readonly file?: string;
  /** Of the file's bytes. */
  readonly digest: string;
}

/**
 * Returns what a signature proves about a digest by the first of those that are trusted; else why it proves
 * nothing, to each of them.
 * @throws ReleasesError of kind `outside` where the packages that verify can't be loaded
 */
export function proofOf(
  found: FoundSignature,
  digest: string,
  trusted: readonly Trusted[],
): Proven | Unproven {
  const { place } = found;
  const problems = new Set<string>();
  for (const one of trusted) {
    const verified = verifyFound(found, digest, one.trust);
    if (!("problem" in verified)) return provenOf(verified, found, one);
    problems.add(verified.problem);
  }
  return { place, problem: [...problems].join("; ") || "nobody is trusted" };
}

function verifyFound(
  { kind, bytes, annotations = {} }: FoundSignature,
  digest: string,
  trust: Trust,
): VerifiedBundle | Problem {
  switch (kind) {
    case "bundle":
      return verifyBundle(bytes, { digest }, trust);
    case "simple-signing":
      return verifyLayer({ mediaType: SIMPLE_SIGNING, bytes, annotations }, digest, trust);
    case "dsse":
      return verifyLayer({ mediaType: DSSE_ENVELOPE, bytes, annotations }, digest, trust);
    case "notation":
      return { problem: foreignSignature("application/vnd.cncf.notary.signature") ?? kind };
    case "unreadable":
      return { problem: "it is too large, or its registry doesn't have its bytes" };
  }
}

function provenOf(
  { signer, statement, predicateType, bundleDigest, signedAt }: VerifiedBundle,
  { place }: FoundSignature,
  { file, digest }: Trusted,
): Proven {
  return {
    place,
    bundle: bundleDigest,
    trust: digest,
    signer: signedBy(signer, file),
    ...(predicateType !== undefined && { predicate: predicateType }),
    ...(isProvenance(predicateType ?? "") && { provenance: provenanceOf(statement?.predicate) }),
    ...(signedAt !== undefined && { signedAt }),
  };
}

function signedBy(signer: Signer, file: string | undefined): SignedBy {
  if (signer.kind === "key") return { kind: "key", file: file ?? "" };
  const { issuer = NO_ISSUER, subject, claims } = signer;
  const { sourceRepository = "", sourceRef: ref } = claims;
  const [, host = "", repository] = /^(https:\/\/[^/]+\/)(.+)$/.exec(sourceRepository) ?? [];
  // A workflow of another host would be another one's.
  const isOfHost = subject.startsWith(host);
  return {
    kind: "keyless",
    issuer,
    subject,
    source: {
      ...(isOfHost && repository !== undefined && { repository }),
      ...(ref !== undefined && { ref }),
    },
  };
}
