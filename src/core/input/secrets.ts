import type { Path } from "./source";

/**
 * Texts that are secrets by their form. The lengths are bounded, so that no text takes long.
 *
 * - GitHub: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 * - AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 * - Slack: https://docs.slack.dev/authentication/tokens
 * - Stripe: https://docs.stripe.com/keys
 * - GitLab: https://docs.gitlab.com/security/tokens/#token-prefixes
 * - Google: https://cloud.google.com/docs/authentication/api-keys
 * - npm: https://github.blog/security/announcing-npms-new-access-token-format/
 * - Vault: https://developer.hashicorp.com/vault/docs/concepts/tokens
 * - Private keys: RFC 7468; tokens of three parts: RFC 7519
 */
const FORMS = new RegExp(
  [
    "-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----",
    "\\bgh[pousr]_[A-Za-z0-9]{36}",
    "\\bgithub_pat_[A-Za-z0-9_]{22}",
    "\\b(?:AKIA|ASIA)[A-Z2-7]{16}\\b",
    "\\bxox[abeoprs]-[A-Za-z0-9-]{10}",
    "\\bhooks\\.slack\\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16}",
    "\\b[sr]k_(?:live|test)_[A-Za-z0-9]{16}",
    "\\bglpat-[A-Za-z0-9_-]{20}",
    "\\bAIza[A-Za-z0-9_-]{35}",
    "\\bnpm_[A-Za-z0-9]{36}",
    "\\bpypi-AgEI[A-Za-z0-9_-]{50}",
    "\\bdckr_pat_[A-Za-z0-9_-]{27}",
    "\\bhv[sb]\\.[A-Za-z0-9_-]{24}",
    "\\bpul-[0-9a-f]{40}\\b",
    "\\bSG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}",
    "\\bsk-(?:ant|proj)-[A-Za-z0-9_-]{20}",
    "\\beyJ[A-Za-z0-9_-]{10,500}\\.eyJ[A-Za-z0-9_-]{10}",
    // A password in an address, unless it is a variable.
    "\\b[a-z][a-z0-9+.-]{0,20}://[^\\s/:@?#]{0,200}:[^\\s/@$<{*][^\\s/@]{0,200}@",
  ].join("|"),
);

/** Keys of secrets. What only refers to one ends otherwise: `passwordKey`, `secretName`, `tokenPath`. */
const PASSWORD_KEY = /(?:password|passwd|passphrase)$/i;
const SECRET_KEY = /(?:secret|token|(?:api|access|private|signing)[-_]?key|credentials?)$/i;

/** A variable, a template, or a reference to where a secret is kept. */
const REFERENCE = /^(?:[$<*[{]|%|vault:|ref\+|arn:|op:\/\/|file:|\/)|\$[({]|\{\{/;

/** Fewest characters of a random text, and the fewest bits that each of them has on average. */
const MIN_RANDOM_LENGTH = 20;
const MIN_RANDOM_BITS = 3.3;

/**
 * Returns the paths of texts in a value that look like secrets: by their form, or by a key that says so and
 * a text that could be one.
 */
export function plainSecrets(value: unknown, path: Path = [], key = ""): Path[] {
  if (typeof value === "string") return isSecret(key, value) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => plainSecrets(item, [...path, index], key));
  }
  // A variable of a container is a mapping of its name and its value.
  const { name } = value as { name?: unknown };
  return Object.entries(value).flatMap(([part, inner]: [string, unknown]) => {
    const said = part === "value" && typeof name === "string" ? name : part;
    return plainSecrets(inner, [...path, part], said);
  });
}

function isSecret(key: string, text: string): boolean {
  if (FORMS.test(text)) return true;
  if (text === "" || REFERENCE.test(text)) return false;
  return PASSWORD_KEY.test(key) || (SECRET_KEY.test(key) && isRandom(text));
}

/** Whether an address has a secret in its query, or one by its form. */
export function hasSecret(address: string): boolean {
  const query = URL.canParse(address) ? new URL(address).searchParams : [];
  return (
    FORMS.test(address) ||
    [...query].some(
      ([key, text]) =>
        text !== "" &&
        (/^(?:sig|signature|code|key|auth)$/i.test(key) || isSecretKey(key) || isRandom(text)),
    )
  );
}

function isSecretKey(key: string): boolean {
  return PASSWORD_KEY.test(key) || SECRET_KEY.test(key);
}

/** Whether nobody would have made up a text: neither words, nor an id that is no secret. */
function isRandom(text: string): boolean {
  return (
    text.length >= MIN_RANDOM_LENGTH &&
    /^[A-Za-z0-9+/=_.-]+$/.test(text) &&
    /\d/.test(text) &&
    /[A-Za-z]/.test(text) &&
    !WORDS.test(text) &&
    !UUID.test(text) &&
    bitsPerCharacter(text) >= MIN_RANDOM_BITS
  );
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Names such as `shop-database-2`, whose parts are short. */
const WORDS = /^[A-Za-z0-9]{1,15}(?:[._/-][A-Za-z0-9]{1,15})+$/;

/** Returns Shannon's entropy of a text's characters. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => {
    const share = count / text.length;
    return bits - share * Math.log2(share);
  }, 0);
}
