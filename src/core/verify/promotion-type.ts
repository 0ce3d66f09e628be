/**
 * Returns the predicate type of the record that something was promoted to an environment. The environment is a part
 * of it: engines that keep one attestation of each type couldn't tell those of two environments apart.
 * @param page of the repository that promotes: `https://github.com/acme/releases`
 */
export function promotionType(page: string, environment: string): string {
  // GitHub's names are the same whatever the case of their letters, and types are not.
  return `${page.toLowerCase()}/promotion/${environment}/v1`;
}

/** Whether a predicate type is that of such a record. */
export function isPromotionType(type: string): boolean {
  return /\/promotion\/[^/]+\/v1$/.test(type);
}

/** The file of the workflow that deploys, which attests to what it deploys. */
export const DEPLOY_WORKFLOW = ".github/workflows/deploy.yml";
