/** Who made a signature, as its cryptography proves it. */
export type SignedBy = SignedByName | SignedByKey;

/** The issuer of the identities of GitHub's workflows. */
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";

/**
 * The issuer of who is known to the authority itself, as GitHub's knows what attests to its releases. No issuer has
 * this name, which isn't an address.
 */
export const NO_ISSUER = "none";

/** Somebody whose certificate names an identity. */
export interface SignedByName {
  readonly kind: "keyless";
  /** Of the identity, by the extension 1.3.6.1.4.1.57264.1.8 or 1.1; else `NO_ISSUER`. */
  readonly issuer: string;
  /** The one subject alternative name, as a text. */
  readonly subject: string;
  /** What was built, where a workflow signed. */
  readonly source: BuildSource;
}

/** What a build was made from. */
export interface BuildSource {
  /** `owner/name`. */
  readonly repository?: string | undefined;
  readonly ref?: string | undefined;
}

/** Somebody who has the private key of a public key. */
export interface SignedByKey {
  readonly kind: "key";
  /** The public key's file in the repository. */
  readonly file: string;
}
