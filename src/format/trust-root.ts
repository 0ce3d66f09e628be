import { asMapping, type Mapping } from "../core/mapping";

/** Keys of logs that policy-controller reads. One that it can't read would make all of a TrustRoot unreadable. */
const READABLE_KEY = /^PK(?:IX_ECDSA|IX_RSA|CS1_RSA)/;

/**
 * Returns what counts on a day of `trusted_root.json` of Sigstore, as the TrustRoot of policy-controller has it, which
 * knows no periods: what has ended would count forever. Undefined where no authority counts on that day.
 */
export function sigstoreKeys(json: string, at: Date): object | undefined {
  const root = asMapping(JSON.parse(json));
  const authorities = (key: string) =>
    listOf(root[key])
      .filter(({ validFor }) => holds(validFor, at))
      .map(authorityOf);
  const logs = (key: string) =>
    listOf(root[key])
      .filter(({ publicKey }) => isReadable(asMapping(publicKey), at))
      .map(logOf);
  const certificateAuthorities = authorities("certificateAuthorities");
  if (certificateAuthorities.length === 0) return undefined;
  return {
    certificateAuthorities,
    timestampAuthorities: authorities("timestampAuthorities"),
    tLogs: logs("tlogs"),
    ctLogs: logs("ctlogs"),
  };
}

function isReadable({ keyDetails, validFor }: Mapping, at: Date): boolean {
  return READABLE_KEY.test(textOf(keyDetails)) && holds(validFor, at);
}

/** Both ends belong to a period; without an end it goes on. */
function holds(validFor: unknown, at: Date): boolean {
  const { start, end } = asMapping(validFor);
  const hasEnded = typeof end === "string" && new Date(end) < at;
  return typeof start === "string" && new Date(start) <= at && !hasEnded;
}

function authorityOf({ subject, uri, certChain }: Mapping): object {
  const { organization, commonName } = asMapping(subject);
  const certificates = listOf(asMapping(certChain)["certificates"]);
  const chain = certificates.map(({ rawBytes }) => pemOf("CERTIFICATE", textOf(rawBytes)));
  return {
    subject: { organization: named(organization), commonName: named(commonName) },
    uri: named(uri),
    certChain: base64(chain.join("")),
  };
}

function logOf({ baseUrl, publicKey }: Mapping): object {
  const { rawBytes, keyDetails } = asMapping(publicKey);
  const kind = textOf(keyDetails).startsWith("PKCS1") ? "RSA PUBLIC KEY" : "PUBLIC KEY";
  return {
    baseURL: named(baseUrl),
    hashAlgorithm: "sha-256",
    publicKey: base64(pemOf(kind, textOf(rawBytes))),
  };
}

/** Returns a text that policy-controller asks for and doesn't use. */
function named(value: unknown): string {
  return textOf(value) || "unknown";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown): Mapping[] {
  return Array.isArray(value) ? value.map(asMapping) : [];
}

function pemOf(kind: string, bytes: string): string {
  const lines = bytes.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`, ""].join("\n");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
