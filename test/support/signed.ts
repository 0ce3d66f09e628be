import type { Attached } from "../../src/adapters/oci/image-registries";
import { digestOfBytes } from "./attach";
import { GITHUB, WORKFLOW, type SigstoreAuthority, type Signing } from "./sigstore-authority";

/** Returns how the release workflow of a repository on GitHub signs. */
export const signingOf = (repository: string): Signing => ({
  subject: WORKFLOW.replace("acme/orders", repository),
  claims: { 8: GITHUB, 12: `https://github.com/${repository}`, 14: "refs/tags/v1.2.0" },
});

/** Returns the bundle of an image as `cosign sign` writes it. */
export async function signedImage(
  authority: SigstoreAuthority,
  digest: string,
  signing: Signing = signingOf("acme/orders"),
): Promise<string> {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    predicateType: "https://sigstore.dev/cosign/sign/v1",
    subject: [{ digest: { sha256: digest.replace("sha256:", "") } }],
    predicate: {},
  };
  return (await authority.sign({ statement }, signing)).bundle;
}

/** Returns a bundle as a registry lists it among what refers to an image. */
export function attachedBundle(bundle: string): Attached {
  const bytes = Buffer.from(bundle);
  const digest = digestOfBytes(bytes);
  return { place: "referrers", kind: "bundle", annotations: {}, bytes, digest };
}
