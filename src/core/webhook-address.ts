import { DNS_LABEL } from "./limits";

/**
 * Returns what GitHub would take in place of an address of webhooks, in words; undefined for one that it takes.
 * It sends deliveries over the public Internet alone, and over IPv4:
 * https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
 */
export function expectedWebhookAddress(text: string): string | undefined {
  if (!/^https:\/\//.test(text)) return "an https address";
  if (!ADDRESS.test(text) || !URL.canParse(text)) {
    return `an address as RFC 3986 writes it: no spaces, quotes or letters beyond ASCII, and a port up to 65535`;
  }
  const { hostname, password, port, username } = new URL(text);
  if (username !== "" || password !== "" || /^[^/?#]*@/.test(text.slice("https://".length))) {
    return "an https address without credentials; the signature by webhookSecret is the proof";
  }
  if (port === "0" || !isPublicHost(hostname.replace(/\.$/, ""))) {
    return "a host that GitHub reaches over the public Internet: a name with a dot, or a public IPv4 address";
  }
  return undefined;
}

/** A scheme, then the characters of RFC 3986; square brackets are for IPv6 alone. */
const ADDRESS =
  /^https:\/\/(?:[A-Za-z0-9\-._~!$&'()*+,;=%:@]+|\[[0-9A-Fa-f:.]+\](?::\d*)?)(?:[/?#](?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?$/;

/** Top-level names that public DNS never has: RFC 6761, 6762, 7686, 8375, and ICANN's resolution 2024.07.29.06. */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|invalid|onion|test|home\.arpa)$/;

/** IPv4 addresses that aren't global: https://www.iana.org/assignments/iana-ipv4-special-registry */
const SPECIAL_IPV4 =
  /^(?:0|10|127|22[4-9]|2[3-5]\d)\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\.|^192\.(?:0\.[02]|168|88\.99)\.|^198\.(?:1[89]|51\.100)\.|^203\.0\.113\./;

/** @param host as `URL` writes it: in lower case, an IPv4 address in four numbers, an IPv6 address in brackets */
function isPublicHost(host: string): boolean {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return !SPECIAL_IPV4.test(host);
  const labels = host.split(".");
  return (
    labels.length > 1 &&
    host.length <= MAX_HOST &&
    labels.every((label) => DNS_LABEL.test(label)) &&
    !PRIVATE_NAME.test(host)
  );
}

/** Characters of a host's name in DNS (RFC 1035, without the last dot). */
const MAX_HOST = 253;
