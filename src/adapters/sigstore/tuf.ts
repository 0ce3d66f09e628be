import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { outsideError } from "../../core/error";
import { messageOf } from "./library";

/** The TUF repository of Sigstore's public instance, of whose initial root the packages have a copy. */
export const PUBLIC_MIRROR = "https://tuf-repo-cdn.sigstore.dev";

/** The TUF repository of GitHub's own instance. */
export const GITHUB_MIRROR = "https://tuf-repo.github.com";

/** The target that all repositories of Sigstore have. */
const TARGET = "trusted_root.json";

/**
 * Returns the trust root that a TUF repository has today, as text. Each of its roots was signed by the one before, from
 * the initial one on; it keeps nothing for the next time.
 * @param mirror the repository's address
 * @param initial the root that is trusted to begin with. Default: the packages' own copy for the public instance
 * @throws ReleasesError of kind `outside` where the repository can't be asked, or its signatures aren't as they must be
 */
export async function trustRootFrom(mirror: string, initial: string | undefined): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "releases-tuf-"));
  try {
    const rootPath = path.join(folder, "initial.json");
    if (initial !== undefined) await fs.writeFile(rootPath, initial);
    const { initTUF } = await import("@sigstore/tuf");
    const client = await initTUF({
      mirrorURL: mirror,
      cachePath: path.join(folder, "cache"),
      ...(initial !== undefined && { rootPath }),
    });
    return await client.getTarget(TARGET);
  } catch (cause) {
    throw outsideError(`${mirror} gives no trust root: ${messageOf(cause)}`);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
