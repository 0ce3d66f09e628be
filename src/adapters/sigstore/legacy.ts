import { z } from "zod";
import { printable } from "../../core/printable";
import { utf8 } from "../../core/verify/der";
import { parseJson } from "./json-lines";
import { verifyBundle, type VerifiedBundle } from "./bundle";
import type { Problem, Trust } from "./proof";
import { sha256Of } from "./sha256";

/** A layer of an image `sha256-<hex>.sig` or `sha256-<hex>.att`, in which cosign kept signatures before bundles. */
export interface SignatureLayer {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The layer of a signature: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
export const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";

/** The layer of an attestation: https://github.com/sigstore/cosign/blob/main/specs/ATTESTATION_SPEC.md */
export const DSSE_ENVELOPE = "application/vnd.dsse.envelope.v1+json";

/** What cosign signs for an image; an image's digest and this type make the payload one of its signatures. */
const payload = z.object({
  critical: z.object({
    image: z.object({ "docker-manifest-digest": z.string() }),
    type: z.literal("cosign container image signature"),
  }),
});

/** What a log said of an entry, as cosign keeps it. */
const logged = z.object({
  SignedEntryTimestamp: z.base64(),
  Payload: z.object({
    body: z.base64(),
    integratedTime: z.int().nonnegative(),
    logIndex: z.int().nonnegative(),
    logID: z.hex(),
  }),
});

const timestamped = z.object({ SignedRFC3161Timestamp: z.base64() });

const entryBody = z.object({ kind: z.string(), apiVersion: z.string() });

/**
 * Returns what a layer of cosign's older formats proves about an image; else its problem. A bundle is made of the
 * layer and its annotations, and verified as any other; its digest is the made bundle's.
 * @param digest the image's: `sha256:0123...`
 */
export function verifyLayer(
  layer: SignatureLayer,
  digest: string,
  trust: Trust,
): VerifiedBundle | Problem {
  switch (layer.mediaType) {
    case SIMPLE_SIGNING:
      return verifySignature(layer, digest, trust);
    case DSSE_ENVELOPE:
      return verifyAttestation(layer, digest, trust);
    default:
      return { problem: printable(`its layer is ${layer.mediaType}, which isn't known`) };
  }
}

function verifySignature(layer: SignatureLayer, digest: string, trust: Trust) {
  const signature = layer.annotations["dev.cosignproject.cosign/signature"] ?? "";
  const bundle = bundleOf(layer, {
    messageSignature: {
      messageDigest: {
        algorithm: "SHA2_256",
        digest: Buffer.from(sha256Of(layer.bytes).slice("sha256:".length), "hex").toString(
          "base64",
        ),
      },
      signature,
    },
  });
  if ("problem" in bundle) return bundle;
  const verified = verifyBundle(bundle.text, { bytes: layer.bytes }, trust);
  if ("problem" in verified) return verified;
  const read = payload.safeParse(parseJson(utf8(layer.bytes) ?? ""));
  if (!read.success) return { problem: "it signs something that isn't an image" };
  const signed = read.data.critical.image["docker-manifest-digest"];
  return signed === digest
    ? verified
    : { problem: printable(`it is about ${signed}, not about ${digest}`) };
}

function verifyAttestation(layer: SignatureLayer, digest: string, trust: Trust) {
  const envelope = parseJson(utf8(layer.bytes) ?? "");
  if (envelope === undefined) return { problem: "its envelope isn't JSON" };
  const bundle = bundleOf(layer, { dsseEnvelope: envelope });
  return "problem" in bundle ? bundle : verifyBundle(bundle.text, { digest }, trust);
}

/** Returns a bundle of the first version, with what annotations say of a signature. */
function bundleOf(
  { annotations }: SignatureLayer,
  content: Readonly<Record<string, unknown>>,
): { text: string } | Problem {
  const certificate = annotations["dev.sigstore.cosign/certificate"] ?? "";
  const entries = entriesOf(annotations["dev.sigstore.cosign/bundle"] ?? "");
  const times = timesOf(annotations["dev.sigstore.cosign/rfc3161timestamp"] ?? "");
  const rawBytes = certificate === "" ? undefined : derOf(certificate);
  if (certificate !== "" && rawBytes === undefined) {
    return { problem: "its certificate isn't one in PEM" };
  }
  if (entries === undefined) return { problem: "its log entry can't be read" };
  if (times === undefined) return { problem: "its time can't be read" };
  const bundle = {
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    verificationMaterial: {
      ...(rawBytes === undefined
        ? { publicKey: { hint: "" } }
        : { x509CertificateChain: { certificates: [{ rawBytes }] } }),
      tlogEntries: entries,
      timestampVerificationData: { rfc3161Timestamps: times },
    },
    ...content,
  };
  return { text: JSON.stringify(bundle) };
}

/** Returns the log entry that an annotation has, as bundles have it; undefined for one that can't be read. */
function entriesOf(annotation: string): object[] | undefined {
  if (annotation === "") return [];
  const read = logged.safeParse(parseJson(annotation));
  if (!read.success) return undefined;
  const { SignedEntryTimestamp, Payload } = read.data;
  const body = entryBody.safeParse(parseJson(Buffer.from(Payload.body, "base64").toString()));
  if (!body.success) return undefined;
  return [
    {
      logIndex: String(Payload.logIndex),
      logId: { keyId: Buffer.from(Payload.logID, "hex").toString("base64") },
      kindVersion: { kind: body.data.kind, version: body.data.apiVersion },
      integratedTime: String(Payload.integratedTime),
      inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
      canonicalizedBody: Payload.body,
    },
  ];
}

function timesOf(annotation: string): object[] | undefined {
  if (annotation === "") return [];
  const read = timestamped.safeParse(parseJson(annotation));
  return read.success ? [{ signedTimestamp: read.data.SignedRFC3161Timestamp }] : undefined;
}

/** Returns the DER of one certificate in PEM, in base64; undefined for none and for several. */
function derOf(pem: string): string | undefined {
  const [, base64] =
    /^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----$/.exec(pem.trim()) ??
    [];
  return base64?.replaceAll(/\s/g, "");
}
