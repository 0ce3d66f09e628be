import * as fs from "node:fs";
import { cloneInto } from "./clone";
import { gitElsewhere, git } from "./git";

/** A token of GitHub, or undefined to take git's own credentials. */
type Token = string | undefined;

/**
 * Brings a clone up to date that belongs to this program alone, and checks out the newest commit of its default
 * branch, whose name is returned. Where there is no clone, or one that a process left half done, it is made. All
 * branches and tags are there.
 * @param folder of the clone
 * @param address as `cloneAddress` returns it
 * @throws ReleasesError of kind `outside` with git's own message
 */
export function bringClone(folder: string, address: string, token?: Token): string {
  if (fs.existsSync(folder) && isBrought(folder, address, token)) return defaultBranch(folder);
  const fresh = `${folder}.new`;
  fs.rmSync(fresh, { recursive: true, force: true });
  fs.mkdirSync(fresh, { recursive: true });
  cloneInto(fresh, address, ADVICE, variablesFor(address, token));
  checkOut(fresh);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.renameSync(fresh, folder);
  return defaultBranch(folder);
}

function defaultBranch(folder: string): string {
  const head = git(folder, ["symbolic-ref", "refs/remotes/origin/HEAD"]).toString("utf8").trim();
  return head.replace("refs/remotes/origin/", "");
}

const ADVICE = "check the address, and what the token may read";

/** Fetches into a clone. Returns whether that went well; where it didn't, a clone from anew tells why. */
function isBrought(folder: string, address: string, token: Token): boolean {
  try {
    const variables = variablesFor(address, token);
    const fetch = ["fetch", "--quiet", "--prune", "--prune-tags", "--tags", "--force", "origin"];
    gitElsewhere(folder, fetch, ADVICE, variables);
    gitElsewhere(folder, ["remote", "set-head", "origin", "--auto"], ADVICE, variables);
    checkOut(folder);
    return true;
  } catch {
    return false;
  }
}

/**
 * Checks a commit of a clone out.
 * @param commit by default the newest one of the default branch, as it was brought
 */
export function checkOut(folder: string, commit = "refs/remotes/origin/HEAD"): void {
  git(folder, ["checkout", "--quiet", "--force", "--detach", commit]);
}

/** Returns git's variables that give it a token for an address: no file and no command line has it. */
export function variablesFor(address: string, token: Token): NodeJS.ProcessEnv {
  if (token === undefined || !address.startsWith("https://")) return {};
  const login = Buffer.from(`x-access-token:${token}`).toString("base64");
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${new URL(address).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${login}`,
  };
}
