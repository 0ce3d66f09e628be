import { readTrustedRoot } from "../adapters/sigstore/trusted-root";
import { sha256Of } from "../adapters/sigstore/sha256";
import type { Trusted } from "../adapters/sigstore/proofs";
import type { Policy } from "../core/verify/policy";

/** What a policy trusts, as files of the repository have it. */
export interface TrustOf {
  readonly trusted: readonly Trusted[];
  /** Files that can't be used, a clause each. */
  readonly problems: readonly string[];
}

/**
 * Returns what a policy trusts: the trust root where it names somebody with a certificate, and its keys.
 * @param read returns the text of a file of the repository; undefined where there is none
 */
export function trustOf(
  { root, signatories }: Policy,
  read: (file: string) => string | undefined,
): TrustOf {
  const trusted: Trusted[] = [];
  const problems: string[] = [];
  if (signatories.some(({ kind }) => kind !== "key")) {
    const text = read(root);
    const found = text === undefined ? undefined : readTrustedRoot(text, root);
    if (found === undefined) problems.push(`${root} is missing, which is to be the trust root`);
    else if ("problem" in found) problems.push(`${root}:${found.line}: ${found.problem}`);
    else trusted.push({ trust: { root: found }, digest: found.digest });
  }
  const keys = signatories.flatMap((one) => (one.kind === "key" ? one.file : []));
  for (const file of new Set(keys)) {
    const key = read(file);
    if (key === undefined) problems.push(`${file} is missing, which is to be a public key`);
    else trusted.push({ trust: { key }, file, digest: sha256Of(key) });
  }
  return { trusted, problems };
}

/** Returns the digests of the files that a policy trusts, readable or not: what a record must be verified with. */
export function trustedDigests(
  { root, signatories }: Policy,
  read: (file: string) => string | undefined,
): Set<string> {
  const files = signatories.map((one) => (one.kind === "key" ? one.file : root));
  return new Set(files.flatMap((file) => read(file) ?? []).map(sha256Of));
}
