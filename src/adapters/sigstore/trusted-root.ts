import { createPublicKey, X509Certificate } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { TrustMaterial, VerifierOptions } from "@sigstore/verify";
import { z } from "zod";
import { jsonDocuments, parseJson } from "./json-lines";
import { library } from "./library";
import { sha256Of } from "./sha256";

/** Who is trusted to name signers, logs and times, as a file of the repository has it. */
export interface TrustRoot {
  /** The file's path, for messages. */
  readonly file: string;
  /** Of the file's bytes: `sha256:0123...`. */
  readonly digest: string;
  /** At least one. Each is trusted for itself: an authority of one with a log of another proves nothing. */
  readonly instances: readonly Instance[];
}

/** One instance of Sigstore: its authorities and logs, and how many proofs a signature needs. */
export interface Instance {
  /** As the file has it, on one line. */
  readonly json: string;
  readonly thresholds: Required<Omit<VerifierOptions, "tsaThreshold">>;
  /** When its authorities may have named signers. */
  readonly periods: readonly Period[];
  /** Returns what the library verifies with; made when it is asked for first. */
  readonly material: () => TrustMaterial;
}

/** Both ends belong to it; without an end it goes on. */
export interface Period {
  readonly start: Date;
  readonly end?: Date;
}

/** What is wrong with a trust root, with the line. It counts from 1. */
export interface TrustRootProblem {
  readonly problem: string;
  readonly line: number;
}

/** One log entry, one certificate timestamp and one time: what the public instance has for each signature. */
const WITH_LOGS = { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 };

/** GitHub's instance for private repositories keeps no logs. Its times are signed by its own authority. */
const WITHOUT_LOGS = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 1 };

const day = z.iso.datetime({ offset: true, error: "a date" }).transform((text) => new Date(text));

/** Without a start the library would trust from 1970 on. */
const period = z.object(
  { start: day, end: day.nullish().transform((end) => end ?? undefined) },
  { error: "an object with a start" },
);

const certificate = z
  .object({ rawBytes: z.base64({ error: "base64" }) })
  .transform(({ rawBytes }, context) => {
    try {
      return new X509Certificate(Buffer.from(rawBytes, "base64"));
    } catch {
      context.addIssue({ code: "custom", message: "a certificate" });
      return z.NEVER;
    }
  });

const authority = z.object({
  validFor: period,
  certChain: z.object({ certificates: z.array(certificate).min(1, "at least one certificate") }),
});

const log = z.object({
  publicKey: z.object({
    rawBytes: z.base64({ error: "base64" }).refine(isPublicKey, "a public key"),
    validFor: period,
  }),
});

const trustedRoot = z.object(
  {
    mediaType: z
      .string("application/vnd.dev.sigstore.trustedroot+json;version=0.1")
      .regex(
        /^application\/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.1|\.v0\.[12]\+json)$/,
        "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      ),
    certificateAuthorities: z.array(authority, "a list").min(1, "at least one"),
    timestampAuthorities: z.array(authority, "a list").default([]),
    tlogs: z.array(log, "a list").default([]),
    ctlogs: z.array(log, "a list").default([]),
  },
  { error: "a JSON object" },
);

/**
 * Returns the trust root of a file's text: `trusted_root.json` of Sigstore, or several in JSON Lines, as
 * `gh attestation trusted-root` writes them. Returns the first problem of a text that can't be trusted: no
 * authority, an authority or a log without a start, a key that is none.
 * @param file its path, for messages
 */
export function readTrustedRoot(text: string, file: string): TrustRoot | TrustRootProblem {
  const instances: Instance[] = [];
  for (const { json, line } of jsonDocuments(text)) {
    const root = parseJson(json);
    if (root === undefined) return { problem: "the trust root isn't JSON", line };
    const read = trustedRoot.safeParse(root);
    if (!read.success) return { problem: problemOf(read.error), line };
    instances.push(instanceOf(root, read.data));
  }
  if (instances.length === 0) return { problem: "the trust root is empty", line: 1 };
  return { file, digest: sha256Of(text), instances };
}

/**
 * Returns the text of a trust root in which newer ones stand for the instances that they are of: those with which they
 * share an authority. Texts that say the same stay as they are, and so do instances of which there is no newer one.
 * @param text a trust root that can be read
 */
export function withNewerRoots(
  text: string,
  newer: readonly string[],
): { text: string; unknown: number } {
  const documents = jsonDocuments(text);
  const lines = text.split("\n");
  let unknown = 0;
  for (const { json, line } of documents) {
    const old = parseJson(json);
    const found = newer.find((one) => sharesAuthority(parseJson(one), old));
    if (found === undefined) unknown++;
    else if (isDeepStrictEqual(parseJson(found), old)) continue;
    else if (json === text) return { text: found, unknown };
    else lines[line - 1] = JSON.stringify(parseJson(found));
  }
  return { text: lines.join("\n"), unknown };
}

function sharesAuthority(one: unknown, other: unknown): boolean {
  const known = certificatesOf(one);
  return certificatesOf(other).some((certificate) => known.includes(certificate));
}

function certificatesOf(root: unknown): string[] {
  const { data } = trustedRoot.safeParse(root);
  return (data?.certificateAuthorities ?? []).flatMap(({ certChain }) =>
    certChain.certificates.map(({ fingerprint256 }) => fingerprint256),
  );
}

/** Whether an authority of a trust root may name signers on a day, as `lint` asks it of today. */
export function coversToday({ instances }: TrustRoot, now: Date): boolean {
  return instances.some(({ periods }) =>
    periods.some(({ start, end }) => start <= now && (end === undefined || now <= end)),
  );
}

function instanceOf(root: unknown, read: z.output<typeof trustedRoot>): Instance {
  let made: TrustMaterial | undefined;
  const hasLogs = read.tlogs.length > 0 || read.ctlogs.length > 0;
  return {
    json: JSON.stringify(root),
    thresholds: hasLogs ? WITH_LOGS : WITHOUT_LOGS,
    periods: read.certificateAuthorities.flatMap(periodOf),
    material: () => (made ??= materialOf(root)),
  };
}

function materialOf(root: unknown): TrustMaterial {
  const { verify, specs } = library();
  return verify.toTrustMaterial(specs.TrustedRoot.fromJSON(root));
}

/** Returns the time in which an authority is trusted and all its certificates are valid, if there is one. */
function periodOf({ validFor, certChain }: z.output<typeof authority>): Period[] {
  const { certificates } = certChain;
  const starts = certificates.map(({ validFrom }) => Date.parse(validFrom));
  const ends = certificates.map(({ validTo }) => Date.parse(validTo));
  const start = new Date(Math.max(validFor.start.getTime(), ...starts));
  const end = new Date(Math.min(validFor.end?.getTime() ?? Infinity, ...ends));
  return start <= end ? [{ start, end }] : [];
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  const place = (issue?.path ?? [])
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .slice(1);
  const where = place === "" ? "the trust root" : `${place} of the trust root`;
  return `${where} must be ${issue?.message ?? "readable"}; take it anew from its source`;
}

function isPublicKey(base64: string): boolean {
  const key = Buffer.from(base64, "base64");
  return (["spki", "pkcs1"] as const).some((type) => {
    try {
      return createPublicKey({ key, format: "der", type }).type === "public";
    } catch {
      return false;
    }
  });
}
