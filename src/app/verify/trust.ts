import { readTrustedRoot, type TrustRoot } from "../../adapters/sigstore/trusted-root";
import { sha256Of } from "../../adapters/sigstore/sha256";
import type { Trusted } from "../../adapters/sigstore/proofs";
import { trustFiles, type Policy } from "../../core/verify/policy";
import type { World } from "../world";

/** Returns the text of a file of the repository, as a commit or the working tree has it; undefined where there is none. */
export type ReadFile = (file: string) => string | undefined;

/** Returns what reads files of the working tree, of which some may be missing. */
export function readerOf(files: Pick<World["files"], "exists" | "text">): ReadFile {
  return (file) => (files.exists(file) ? files.text(file) : undefined);
}

/** What a policy trusts, as files of the repository have it. */
export interface TrustOf {
  readonly trusted: readonly Trusted[];
  /** Files that can't be used, a clause each. */
  readonly problems: readonly string[];
}

/** Returns what a policy trusts: the trust root where it names somebody with a certificate, and its keys. */
export function trustOf(policy: Policy, read: ReadFile): TrustOf {
  const { roots, keys } = trustFiles(policy);
  const trusted: Trusted[] = [];
  const problems: string[] = [];
  for (const file of roots) {
    const root = rootOf(file, read);
    if ("problem" in root) problems.push(root.problem);
    else trusted.push({ trust: { root }, digest: root.digest });
  }
  for (const file of keys) {
    const key = read(file);
    if (key === undefined) problems.push(`${file} is missing, which is to be a public key`);
    else trusted.push({ trust: { key }, file, digest: sha256Of(key) });
  }
  return { trusted, problems };
}

/** Returns the trust root of a file, or why it can't be used. */
export function rootOf(file: string, read: ReadFile): TrustRoot | { readonly problem: string } {
  const text = read(file);
  if (text === undefined) return { problem: `${file} is missing, which is to be the trust root` };
  const root = readTrustedRoot(text, file);
  return "problem" in root ? { problem: `${file}:${root.line}: ${root.problem}` } : root;
}

/** Returns the digests of the files that a policy trusts, readable or not: what a record must be verified with. */
export function trustedDigests(policy: Policy, read: ReadFile): Set<string> {
  const { roots, keys } = trustFiles(policy);
  return new Set([...roots, ...keys].flatMap((file) => read(file) ?? []).map(sha256Of));
}
