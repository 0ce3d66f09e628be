/** Types of manifests and layers that others sign by: https://github.com/notaryproject/specifications */
const NOTATION = [
  "application/vnd.cncf.notary.signature",
  "application/vnd.cncf.notary.v2.signature",
];

/**
 * Returns why a signature isn't looked at, by the type of its artifact, so that an image isn't called unsigned;
 * undefined for every other type.
 */
export function foreignSignature(artifactType: string): string | undefined {
  return NOTATION.includes(artifactType)
    ? "it is signed by AWS Signer or Notation, which isn't verified here; sign it with cosign as well"
    : undefined;
}
