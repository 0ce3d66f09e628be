import { usageError } from "../error";
import { GITHUB_OWNER, isGithubName } from "../limits";

/** A host, which is never an option of the program that is started to reach it. */
const HOST = "[A-Za-z0-9][A-Za-z0-9.-]*";

/** The addresses that git may clone. What is a path in them begins like one. */
const ADDRESSES: readonly RegExp[] = [
  new RegExp(`^https://${HOST}(?::\\d+)?/[!-~]+$`),
  new RegExp(`^ssh://(?:[A-Za-z0-9][\\w.-]*@)?${HOST}(?::\\d+)?/[!-~]+$`),
  new RegExp(`^git@${HOST}:[\\w./~][!-~]*$`),
  /^file:\/\/\/[^\0-\x1f]+$/,
];

/** What no name of a folder is: an option, a scheme, a helper such as `ext::`, a host with a path. */
const LIKE_ADDRESS = /^-|:/;

/**
 * Returns the address of a repository, for git to clone: `https://`, `ssh://` or `file:///`, `git@host:path`, and
 * `acme/releases` for one on github.com. Undefined for what can only be a folder.
 * @param option whose value it is, for the error
 * @throws ReleasesError of kind `usage` for every other address: for some git starts a program, and others are
 *   options to it
 */
export function cloneAddress(text: string, option = "--from-kayron"): string | undefined {
  if (ADDRESSES.some((address) => address.test(text))) return text;
  if (LIKE_ADDRESS.test(text)) {
    throw usageError(
      `${option} takes no such address; give a folder, owner/name on GitHub, https://..., ssh://... or ` +
        "git@host:path, without a password: git has its own",
    );
  }
  const [owner = "", name = "", ...more] = text.split("/");
  const isOnGithub = more.length === 0 && GITHUB_OWNER.test(owner) && isGithubName(name);
  return isOnGithub ? `https://github.com/${text}` : undefined;
}
