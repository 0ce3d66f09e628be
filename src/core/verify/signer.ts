import { DER, derValue, derValues, utf8 } from "./der";
import { GITHUB_ISSUER } from "./signed-by";

/** Who made a signature: somebody whom an issuer knows, for whom a certificate was made, or a key's owner. */
export type Signer = KeylessSigner | { readonly kind: "key" };

/** The one for whom a certificate was made, as the certificate says. */
export interface KeylessSigner {
  readonly kind: "keyless";
  /**
   * Who vouched: `https://token.actions.githubusercontent.com`. Absent where the authority knows the signer itself,
   * as GitHub's knows what attests to its releases.
   */
  readonly issuer?: string;
  /** The name: a workflow at its ref, or an email address. */
  readonly subject: string;
  readonly claims: SignerClaims;
}

/** What the issuer said of a build; what it didn't say is absent. */
export type SignerClaims = { readonly [name in ClaimName]?: string };

/** One extension of a certificate. */
export interface CertificateExtension {
  /** Such as `2.5.29.17`. */
  readonly oid: string;
  readonly value: Uint8Array;
}

const FULCIO = "1.3.6.1.4.1.57264.1";

/**
 * Claims by the last number of their extension, a text in DER:
 * https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 */
const CLAIMS = {
  9: "buildSigner",
  10: "buildSignerDigest",
  11: "runner",
  12: "sourceRepository",
  13: "sourceDigest",
  14: "sourceRef",
  15: "sourceRepositoryId",
  16: "sourceOwner",
  17: "sourceOwnerId",
  18: "buildConfig",
  19: "buildConfigDigest",
  20: "trigger",
  21: "run",
  22: "sourceVisibility",
  23: "deploymentEnvironment",
  24: "tokenSubject",
} as const;

/** The same for the extensions of before 2023, whose bytes are the text. Newer ones are taken first. */
const OLD_CLAIMS = {
  2: "trigger",
  3: "sourceDigest",
  4: "workflowName",
  5: "sourceRepository",
  6: "sourceRef",
} as const;

type ClaimName =
  (typeof CLAIMS)[keyof typeof CLAIMS] | (typeof OLD_CLAIMS)[keyof typeof OLD_CLAIMS];

const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const BASIC_CONSTRAINTS = "2.5.29.19";

/** 1.3.6.1.5.5.7.3.3 in DER. */
const CODE_SIGNING = "43,6,1,5,5,7,3,3";
/** 1.3.6.1.4.1.57264.1.7 in DER: a name that is neither an address nor a URI. */
const OTHER_NAME = "43,6,1,4,1,131,191,48,1,7";

/**
 * Returns who a certificate was made for, from its extensions. What two readers could take for two signers is a
 * problem: an extension twice, several names, a name or claim that isn't text.
 */
export function signerOf(
  extensions: readonly CertificateExtension[],
): KeylessSigner | { readonly problem: string } {
  const values = new Map(extensions.map(({ oid, value }) => [oid, value]));
  if (values.size < extensions.length) return { problem: "its certificate has an extension twice" };
  if (!isForCode(values)) return { problem: "its certificate isn't one for signing code" };
  const subject = subjectOf(values.get(SUBJECT_ALTERNATIVE_NAME));
  if ("problem" in subject) return subject;
  const claims: Record<string, string> = {};
  for (const { name, text } of claimsOf(values)) {
    if (text === undefined) return { problem: `its certificate has a ${name} that isn't text` };
    claims[name] ??= text;
  }
  const { issuer, ...others } = claims;
  const { sourceRepository } = others;
  // The old extensions of this issuer name a repository without its host.
  const isBare = issuer === GITHUB_ISSUER && sourceRepository?.includes("://") === false;
  return {
    kind: "keyless",
    ...(issuer !== undefined && { issuer }),
    subject: subject.name,
    claims: isBare
      ? { ...others, sourceRepository: `https://github.com/${sourceRepository}` }
      : others,
  };
}

/** Whether a certificate is for signing code, and for no further certificates. */
function isForCode(values: ReadonlyMap<string, Uint8Array>): boolean {
  const usage = values.get(EXTENDED_KEY_USAGE);
  const purposes = usage && derValue(usage, DER.sequence);
  const isForCode =
    purposes !== undefined &&
    derValues(purposes)?.some(
      ({ tag, content }) => tag === DER.objectId && content.join() === CODE_SIGNING,
    ) === true;
  const constraints = values.get(BASIC_CONSTRAINTS);
  // Empty: neither an authority nor a depth.
  const isAuthority =
    constraints !== undefined && derValue(constraints, DER.sequence)?.length !== 0;
  return isForCode && !isAuthority;
}

/** Returns the claims with the issuer, newer extensions first; a text is undefined where there is none. */
function claimsOf(values: ReadonlyMap<string, Uint8Array>) {
  const inDer = Object.entries({ 8: "issuer", ...CLAIMS }).map(
    ([number, name]) => [number, name, (value: Uint8Array) => derValue(value, DER.utf8)] as const,
  );
  const raw = Object.entries({ 1: "issuer", ...OLD_CLAIMS }).map(
    ([number, name]) => [number, name, (value: Uint8Array) => value] as const,
  );
  return [...inDer, ...raw].flatMap(([number, name, contentOf]) => {
    const value = values.get(`${FULCIO}.${number}`);
    if (value === undefined) return [];
    const content = contentOf(value);
    return [{ name, text: content && utf8(content) }];
  });
}

/** Returns the one name that a certificate is for: a URI, an email address, or a name of another kind. */
function subjectOf(value: Uint8Array | undefined): { name: string } | { problem: string } {
  const content = value && derValue(value, DER.sequence);
  const [only, ...others] = (content && derValues(content)) ?? [];
  if (only === undefined) return { problem: "its certificate has no name" };
  if (others.length > 0) return { problem: "its certificate has several names" };
  const name = nameOf(only.tag, only.content);
  return name === undefined || name === ""
    ? { problem: "its certificate has a name of an unknown kind" }
    : { name };
}

/** Returns a name by the kinds of RFC 5280 §4.2.1.6. */
function nameOf(tag: number, content: Uint8Array): string | undefined {
  switch (tag) {
    case 0x81:
    case 0x86:
      return content.every((byte) => byte > 0x1f && byte < 0x7f) ? utf8(content) : undefined;
    case 0xa0: {
      const [kind, value, ...others] = derValues(content) ?? [];
      const isOurs = kind?.tag === DER.objectId && kind.content.join() === OTHER_NAME;
      if (!isOurs || value?.tag !== 0xa0 || others.length > 0) return undefined;
      const text = derValue(value.content, DER.utf8);
      return text && utf8(text);
    }
    default:
      return undefined;
  }
}
