import type { ClusterDemand, ClusterSigner } from "../core/verify/cluster-demand";
import { COSIGN_SIGNATURE } from "../core/verify/judge";
import { identityOf } from "./kyverno";

/** Returns a demand as Sigstore's ClusterImagePolicy: one of its authorities is enough. */
export function imagePolicies({ name, mode, images, types, signers }: ClusterDemand): object {
  const authorities = signers.flatMap((signer) => types.map((type) => ({ signer, type })));
  return {
    apiVersion: "policy.sigstore.dev/v1beta1",
    kind: "ClusterImagePolicy",
    metadata: { name },
    spec: {
      mode: mode === "require" ? "enforce" : "warn",
      // An image without a tag has the tag latest there.
      images: images.flatMap((image) => [`${image}:**`, `${image}@**`].map((glob) => ({ glob }))),
      authorities: authorities.map(({ signer, type }, index) => ({
        name: `authority${index + 1}`,
        ...authorityOf(signer, type),
      })),
    },
  };
}

function authorityOf(signer: ClusterSigner, predicateType: string): object {
  const attestations = [{ name: "attestation", predicateType }];
  if (signer.kind === "keyless") {
    const keyless = { url: "https://fulcio.sigstore.dev", identities: [identityOf(signer)] };
    return { signatureFormat: "bundle", keyless, attestations };
  }
  const key = { data: `${signer.pem}\n`, hashAlgorithm: "sha256" };
  // In the formats before cosign 3 a signature is no attestation.
  return predicateType === COSIGN_SIGNATURE ? { key } : { key, attestations };
}
