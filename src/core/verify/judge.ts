import { formatSigner, mismatches, namesRepository, signatoryOfSigner } from "./match";
import { formatSignatory, type Policy, type Signatory } from "./policy";
import type { BuildSource, SignedBy } from "./signed-by";

/** What is signed: bytes by their digest. */
export interface Subject {
  readonly kind: "image" | "chart" | "asset";
  /** `ghcr.io/acme/orders`, or an asset's name. */
  readonly name: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Of a chart: the digest of the image that it deploys, which it may name; absent where none is pinned. */
  readonly image?: string;
}

/** What provenance says of a build. */
export interface Provenance extends BuildSource {
  /** The builder's name. */
  readonly builder?: string | undefined;
}

/** A signature or an attestation of a subject that its cryptography proves. */
export interface Proven {
  /** Where it was found: `referrers`, `GitHub`, `release`. */
  readonly place: string;
  /** Digest of the bundle. */
  readonly bundle: string;
  /** Digest of the trust root, or of the public key, that it was verified with. */
  readonly trust: string;
  readonly signer: SignedBy;
  /** Absent where it signs the bytes and says nothing about them. */
  readonly predicate?: string;
  readonly provenance?: Provenance;
  /** When it was signed, where a log or a time stamp says so. */
  readonly signedAt?: Date;
}

/** One that proves nothing, and why. */
export interface Unproven {
  readonly place: string;
  readonly problem: string;
}

/** A proof that counts, and whom it counts for. */
export interface Accepted extends Proven {
  readonly signatory: Signatory;
}

/** What is known of a subject under a policy. */
export interface SubjectVerdict {
  readonly subject: Subject;
  readonly pass: boolean;
  /** The proofs that count: of all that is demanded where it passes. */
  readonly accepted: readonly Accepted[];
  /** All proofs by somebody who may sign, whether one of these is enough or not. */
  readonly counted: readonly Accepted[];
  /** Who signed, or why it isn't verified and what to do. */
  readonly reason: string;
}

/** Predicate type of what `cosign sign` writes: it says that the subject is signed, and nothing else. */
export const COSIGN_SIGNATURE = "https://sigstore.dev/cosign/sign/v1";

/** Predicate types of provenance: where something was built, and from what. The newest first. */
export const PROVENANCE_TYPES: readonly string[] = ["1", "0.2", "0.1"].map(
  (version) => `https://slsa.dev/provenance/v${version}`,
);

/** Whether a predicate type is one of provenance. */
export function isProvenance(predicate: string): boolean {
  return PROVENANCE_TYPES.includes(predicate);
}

/**
 * Returns whether proofs of a subject are what a policy demands: each predicate type that it names, by somebody
 * who may sign; where it names none, a signature, or provenance.
 */
export function judge(
  subject: Subject,
  proven: readonly Proven[],
  unproven: readonly Unproven[],
  policy: Policy,
): SubjectVerdict {
  const refused = unproven.map(({ place, problem }) => `in ${place}: ${problem}`);
  const counted = proven.flatMap((proof): Accepted[] => {
    const signatory = signatoryOfSigner(policy.signatories, proof.signer);
    const problem =
      signatory === undefined
        ? mismatches(policy.signatories, proof.signer)
        : contradiction(proof, signatory);
    if (signatory !== undefined && problem === undefined) return [{ ...proof, signatory }];
    refused.push(`in ${proof.place}: ${problem ?? ""}`);
    return [];
  });
  const { predicates } = policy;
  const demanded = predicates.length === 0 ? [undefined] : predicates;
  const found = demanded.map((predicate) =>
    counted.find((proof) => isDemanded(predicate, proof.predicate)),
  );
  if (policy.signatories.length === 0) {
    return { subject, pass: false, accepted: [], counted, reason: NOBODY };
  }
  const missing = demanded.filter((_, index) => found[index] === undefined);
  const accepted = found.flatMap((proof) => proof ?? []);
  if (missing.length === 0) {
    const by = [...new Set(accepted.map(({ signatory }) => formatSignatory(signatory)))];
    return { subject, pass: true, accepted, counted, reason: `signed by ${by.join(" and ")}` };
  }
  const others = counted.flatMap(({ predicate, place, signer }) =>
    predicates.includes(predicate ?? "")
      ? []
      : `in ${place}: ${predicate ?? "a signature"} by ${formatSigner(signer)}`,
  );
  const why = [...new Set([...refused, ...others])];
  const what = missing.map((predicate) => predicate ?? "signature or provenance").join(", ");
  const reason = `no ${what} that counts${why.length === 0 ? "" : `: ${why.join("; ")}`}`;
  return { subject, pass: false, accepted, counted, reason };
}

/** Nobody is named, and the service's repository isn't known, so that it has no workflow of its own. */
const NOBODY =
  "nobody may sign it; name somebody in verify.identities, or the owner of its repository in releases:github";

/** Whether a proof is of a demanded predicate type; where none is named, a signature or provenance. */
function isDemanded(demanded: string | undefined, predicate: string | undefined): boolean {
  if (demanded !== undefined) return demanded === predicate;
  return predicate === undefined || predicate === COSIGN_SIGNATURE || isProvenance(predicate);
}

/**
 * Returns where provenance says something else than the one who signed it: a build of another repository, or a
 * workflow of GitHub as its builder that isn't the signer.
 */
function contradiction({ signer, provenance }: Proven, signatory: Signatory): string | undefined {
  if (provenance === undefined) return undefined;
  const { builder, repository, ref } = provenance;
  if (signatory.kind === "workflow") {
    const isOther = repository !== undefined && !namesRepository(signatory.repository, repository);
    if (isOther) {
      return `its provenance is of ${repository}, not of ${signatory.repository.text}`;
    }
    if (ref !== undefined && signatory.ref !== undefined && !signatory.ref.matches(ref)) {
      return `its provenance is of ${ref}, not of ${signatory.ref.text}`;
    }
  }
  const isWorkflow = builder?.includes("/.github/workflows/") === true;
  if (signer.kind === "keyless" && isWorkflow && builder !== signer.subject) {
    return `its provenance names the builder ${builder}, and ${signer.subject} signed it`;
  }
  return undefined;
}
