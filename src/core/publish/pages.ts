import { GITHUB_OWNER, isGithubName } from "../limits";

/** The branch that a chart repository on GitHub Pages is served from, as Helm's chart releaser has it. */
export const PAGES_BRANCH = "gh-pages";

/**
 * Returns the repository on GitHub that a chart repository is the page of: `acme/charts` of
 * `https://acme.github.io/charts`; undefined for any other address, also for a folder of a page.
 * @param spelled repositories whose names are known, which are taken as they are spelled there
 */
export function pagesRepository(
  address: string,
  spelled: readonly (string | undefined)[] = [],
): string | undefined {
  const [, owner = "", name = ""] =
    /^https:\/\/([^/.]+)\.github\.io\/([^/?#]+)\/?$/i.exec(address) ?? [];
  if (!GITHUB_OWNER.test(owner) || !isGithubName(name)) return undefined;
  const repository = `${owner}/${name}`;
  const isSame = (other: string | undefined) => other?.toLowerCase() === repository.toLowerCase();
  return spelled.find(isSame) ?? repository;
}

/** Whether two repositories on GitHub have the same owner, whatever the case of its letters. */
export function hasSameOwner(repository: string, other: string): boolean {
  const [own, others] = [repository, other].map((name) => name.split("/")[0]?.toLowerCase());
  return own === others;
}
