import { asMapping, type Mapping } from "../core/mapping";

/** Where Sigstore's public instance issues certificates. */
export const PUBLIC_AUTHORITY = "https://fulcio.sigstore.dev";

/** Whether `trusted_root.json` is of Sigstore's public instance, which clusters know by themselves. */
export function isPublicInstance(json: string): boolean {
  return authoritiesOf(json, "certificateAuthorities").every(({ uri }) => uri === PUBLIC_AUTHORITY);
}

/**
 * Returns what counts on a day of `trusted_root.json` of an instance without logs, as the TrustRoot of
 * policy-controller has it, which knows no periods: what has ended would count forever. Undefined where no authority
 * counts on that day.
 */
export function sigstoreKeys(json: string, at: Date): object | undefined {
  const [certificateAuthorities = [], timestampAuthorities] = (
    ["certificateAuthorities", "timestampAuthorities"] as const
  ).map((key) =>
    authoritiesOf(json, key)
      .filter(({ validFor }) => holds(asMapping(validFor), at))
      .map(authorityOf),
  );
  if (certificateAuthorities.length === 0) return undefined;
  return { certificateAuthorities, timestampAuthorities };
}

function authoritiesOf(
  json: string,
  key: "certificateAuthorities" | "timestampAuthorities",
): Mapping[] {
  return listOf(asMapping(JSON.parse(json))[key]);
}

/** Both ends belong to a period; without an end it goes on. */
function holds({ start, end }: Mapping, at: Date): boolean {
  return new Date(textOf(start)) <= at && (typeof end !== "string" || at <= new Date(end));
}

function authorityOf({ subject, uri, certChain }: Mapping): object {
  const { organization, commonName } = asMapping(subject);
  const chain = listOf(asMapping(certChain)["certificates"]).map(({ rawBytes }) => {
    const lines = textOf(rawBytes).match(/.{1,64}/g) ?? [];
    return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----\n"].join("\n");
  });
  return {
    subject: { organization: named(organization), commonName: named(commonName) },
    uri: named(uri),
    certChain: Buffer.from(chain.join("")).toString("base64"),
  };
}

/** Returns a name that policy-controller asks for and doesn't use. */
function named(value: unknown): string {
  return textOf(value) || "unknown";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown): Mapping[] {
  return Array.isArray(value) ? value.map(asMapping) : [];
}
