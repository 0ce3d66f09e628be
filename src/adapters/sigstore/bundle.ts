import { createHash } from "node:crypto";
import type { Bundle, MessageSignature } from "@sigstore/bundle";
import { printable } from "../../core/printable";
import { checkSubject, parseStatement, type Statement } from "../../core/verify/statement";
import { library, messageOf } from "./library";
import { prove, type Artifact, type Problem, type Proof, type Trust } from "./proof";
import { sha256Of } from "./sha256";

/** A signature that is true, and what it says. Whether this signer was to sign is for the policy. */
export interface VerifiedBundle extends Proof {
  /** Absent: a signature over the bytes themselves. */
  readonly statement?: Statement;
  readonly predicateType?: string;
  /** Of the bundle's bytes: `sha256:0123...`. */
  readonly bundleDigest: string;
}

/**
 * Returns what a bundle of Sigstore proves about bytes; else its first problem. Nothing of a bundle is believed
 * before: neither who signed nor what a statement is about.
 * @param bundle as JSON
 * @throws ReleasesError of kind `outside` where the packages that verify can't be loaded
 */
export function verifyBundle(
  bundle: string | Uint8Array,
  artifact: Artifact,
  trust: Trust,
): VerifiedBundle | Problem {
  if ("digest" in artifact && !/^sha256:[0-9a-f]{64}$/.test(artifact.digest)) {
    return { problem: printable(`"${artifact.digest}" isn't a whole sha256 digest`) };
  }
  const parsed = parseBundle(bundle);
  if ("problem" in parsed) return parsed;
  const content = contentOf(parsed, artifact);
  if ("problem" in content) return content;
  const proven = prove(parsed, artifact, trust);
  if ("problem" in proven) return proven;
  const { statement } = content;
  return {
    ...proven,
    ...(statement && { statement, predicateType: statement.predicateType }),
    bundleDigest: sha256Of(bundle),
  };
}

function parseBundle(text: string | Uint8Array): Bundle | Problem {
  const { bundle } = library();
  try {
    const json: unknown = JSON.parse(
      typeof text === "string" ? text : Buffer.from(text).toString(),
    );
    return withoutEmptyProofs(bundle.bundleFromJSON(json));
  } catch (cause) {
    const fields = cause instanceof bundle.ValidationError ? ` (${cause.fields.join(", ")})` : "";
    return { problem: `it isn't a bundle of Sigstore: ${messageOf(cause)}${fields}` };
  }
}

/**
 * Returns a bundle without proofs of inclusion that no log signed. Bundles of the first version alone may have one:
 * there the log's promise is what counts, and the library expects a checkpoint in every proof.
 */
function withoutEmptyProofs(bundle: Bundle): Bundle {
  const { verificationMaterial } = bundle;
  const tlogEntries = verificationMaterial.tlogEntries.map((entry) => {
    const isEmpty =
      entry.inclusionPromise !== undefined && entry.inclusionProof?.checkpoint === undefined;
    return isEmpty ? { ...entry, inclusionProof: undefined } : entry;
  });
  return { ...bundle, verificationMaterial: { ...verificationMaterial, tlogEntries } } as Bundle;
}

/** Returns the statement of a bundle that is about an artifact, or nothing of one that signs its bytes. */
function contentOf({ content }: Bundle, artifact: Artifact): { statement?: Statement } | Problem {
  if (content.$case === "messageSignature") {
    const problem = checkMessage(content.messageSignature, artifact);
    return problem === undefined ? {} : { problem };
  }
  const { payloadType, payload } = content.dsseEnvelope;
  const statement = parseStatement(payloadType, payload);
  if ("problem" in statement) return { problem: printable(statement.problem) };
  const problem = checkSubject(statement, ...digestsOf(artifact));
  return problem === undefined ? { statement } : { problem: printable(problem) };
}

/** Names of hashes in Node.js. */
function hashOf(algorithm: number): string | undefined {
  const { HashAlgorithm } = library().specs;
  return new Map<number, string>([
    [HashAlgorithm.SHA2_256, "sha256"],
    [HashAlgorithm.SHA2_384, "sha384"],
    [HashAlgorithm.SHA2_512, "sha512"],
  ]).get(algorithm);
}

/** Returns the problem of a signature that says to be of other bytes. */
function checkMessage({ messageDigest }: MessageSignature, artifact: Artifact): string | undefined {
  const hash = hashOf(messageDigest.algorithm);
  if (hash === undefined) return "it signs a digest of an unknown kind";
  const signed = `${hash}:${messageDigest.digest.toString("hex")}`;
  if ("digest" in artifact && hash !== "sha256") {
    return `it signs a ${hash} digest, which can't be compared with ${artifact.digest}; give the file`;
  }
  const own =
    "digest" in artifact
      ? artifact.digest
      : `${hash}:${createHash(hash).update(artifact.bytes).digest("hex")}`;
  return signed === own ? undefined : `it signs ${signed}, not ${own}`;
}

/** Returns the digests by which a subject may name an artifact. */
function digestsOf(artifact: Artifact): [string, ...string[]] {
  if ("digest" in artifact) return [artifact.digest];
  const sha512 = createHash("sha512").update(artifact.bytes).digest("hex");
  return [sha256Of(artifact.bytes), `sha512:${sha512}`];
}
