import { PUBLIC_MIRROR, trustRootFrom } from "../adapters/sigstore/tuf";
import type { EnvironmentReader } from "../app/environments";
import { trustIssues } from "../app/verify/lint-evidence";
import { refreshRoot, type RefreshedRoot } from "../app/verify/refresh-root";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import { hasErrors } from "../core/input/issue";
import { Ref } from "../core/ref";
import { formatNewerRoot } from "../format/signatures";
import { proposeFiles, withdraw, type ProposedInto } from "./proposed-files";

const BRANCH = "trust/newer-root";

/**
 * Proposes the newer trust root of TUF repositories by pull request, with the records that it verifies; nothing where
 * they have the one of today: then an open pull request is closed, with a comment. Returns what was done, a line each.
 * @param mirrors addresses of TUF repositories
 * @throws ReleasesError of kind `outside` where one of them can't be asked, or has what can't be trusted
 */
export async function proposeNewerRoot(
  world: World,
  reader: EnvironmentReader,
  mirrors: readonly string[],
  { github, into }: ProposedInto,
  report: Reporter,
): Promise<string[]> {
  const before = world.git.commitOf(Ref.remote("origin", BRANCH).fullName);
  const source = {
    ...{ mirrors, known: PUBLIC_MIRROR, fetch: trustRootFrom },
    proposed: (file: string) => {
      return before === undefined ? undefined : world.git.textAt(before, file);
    },
  };
  const refreshed = await refreshRoot(world, reader, source, report);
  if (refreshed.roots.length === 0) {
    // Of a trust root that can't be read it isn't known whether a newer one repairs it.
    if (hasErrors(trustIssues(world, reader.current))) {
      return ["no trust root is newer", ...refreshed.unknown];
    }
    const why = "The trust root is the one of today: there is none to propose.";
    const closed = await withdraw({ branch: BRANCH, into }, why, github);
    return ["no trust root is newer", ...closed, ...refreshed.unknown];
  }
  const proposed = await propose(world, refreshed, into, github);
  return [proposed, ...refreshed.lost, ...refreshed.unknown];
}

function propose(
  world: World,
  refreshed: RefreshedRoot,
  into: string,
  github: ProposedInto["github"],
): Promise<string> {
  const { files } = refreshed;
  const message = formatNewerRoot(refreshed);
  return proposeFiles(world, { branch: BRANCH, into, message, files }, github);
}
