import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { gitElsewhere } from "./git";

/**
 * Clones a repository into an empty folder: all branches and tags, and no file of a commit.
 * @param advice what to do where it fails
 * @param variables of git, for this call
 */
export function cloneInto(
  folder: string,
  address: string,
  advice: string,
  variables?: NodeJS.ProcessEnv,
): void {
  // Neither a hook nor a filter of anybody runs: templates have hooks, and files are written by filters.
  const args = ["--quiet", "--no-checkout", "--template=", "--origin=origin", "--", address, "."];
  gitElsewhere(folder, ["clone", ...args], advice, variables);
}

/**
 * Clones a repository, and returns what is read of it: all branches and tags, and no file of a commit. Afterwards
 * the clone is removed. Credentials are those that git has.
 * @param address as `cloneAddress` returns it
 * @throws ReleasesError of kind `outside` with git's own message, where it can't be cloned
 */
export function withClone<Result>(address: string, read: (folder: string) => Result): Result {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "releases-clone-"));
  try {
    cloneInto(folder, address, "clone it yourself, and give the folder");
    return read(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
