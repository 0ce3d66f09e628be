import { GITHUB_ISSUER, NO_ISSUER } from "./signed-by";

/**
 * Returns what a rule about a part of a certificate has to be, where nobody's certificate could have what it says, or
 * anybody's could; undefined where somebody's may.
 */
export const nobodys = { issuer, repository, workflow, ref, subject } as const;

/** Issuers are addresses. A pattern may begin with a group. */
function issuer(rule: string): string | undefined {
  if (rule === NO_ISSUER || rule === GITHUB_ISSUER) return undefined;
  const isGithubs = /^(?:https?:\/\/)?token\.actions\.githubusercontent\.com\/?$/i.test(rule);
  if (isGithubs) return `GitHub's issuer as certificates name it, ${GITHUB_ISSUER}`;
  return /^(?:\^[(?:]*)?https?\b/.test(rule)
    ? undefined
    : "an issuer, which is an address, as https://accounts.google.com";
}

/** The owner is named: a pattern leaves open the name alone. */
function repository(rule: string): string | undefined {
  return /^\^?[A-Za-z0-9-]+\/[^/]+$/.test(rule) && !/\.git\$?$/.test(rule)
    ? undefined
    : "an owner and a name, such as acme/orders, the owner without a pattern";
}

function workflow(rule: string): string | undefined {
  const isFile = /^(?:[^/@:]+\/[^/@:]+\/)?\.github\/workflows\/[^/@]+\.ya?ml$/.test(rule);
  return isFile || rule.startsWith("^")
    ? undefined
    : "a file of a repository without its ref, such as .github/workflows/release.yml or acme/ci/.github/workflows/build.yml";
}

function ref(rule: string): string | undefined {
  return /^(?:refs\/|\^[(?:]*(?:refs\b|[^A-Za-z0-9(?:]))/.test(rule)
    ? undefined
    : "a whole ref, such as refs/heads/main or refs/tags/v1.2.0";
}

/** Of the names that GitHub's workflows have, a pattern leaves open what follows the owner alone. */
function subject(rule: string): string | undefined {
  const [, owner] = /^\^https?:\/\/github\\\.com\/(.*)$/.exec(rule.replaceAll("\\/", "/")) ?? [];
  return owner === undefined || /^[A-Za-z0-9-]+\//.test(owner)
    ? undefined
    : "a pattern that names the owner, such as ^https://github\\.com/acme/.+$";
}
