/** The branches that make GitHub releases by their names, as workflows filter them. */
export const RELEASE_BRANCHES = "releases/*/*";

/** Returns the tag of a branch's release: `beta-new-api` of `releases/beta/new-api`; undefined for other branches. */
export function tagOfReleaseBranch(branch: string): string | undefined {
  return /^releases\/([^/]+\/[^/]+)$/.exec(branch)?.[1]?.replace("/", "-");
}
