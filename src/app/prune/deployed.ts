import { outsideError } from "../../core/error";
import type { Repository } from "../../core/repository";
import { environmentOf } from "../../core/stack/config";
import type { Reporter } from "../reporter";
import type { World } from "../world";

/** A stack, and the commit that it was deployed at. */
export interface Deployed {
  readonly stack: string;
  readonly commit: string;
}

/**
 * Returns where GitHub says that stacks were deployed last: a ref may have moved on, and what it brings may wait for its
 * approval, or may never have had it. Commits don't tell: a push brings old ones at once. None without a token, which is
 * said, and where origin is elsewhere.
 * @throws ReleasesError of kind `outside` when GitHub can't be asked, and for a commit that isn't in this clone
 */
export async function deployedStacks(
  world: World,
  { stacks }: Repository,
  report: Reporter,
): Promise<Deployed[]> {
  const { git } = world;
  const page = git.isRepository() ? git.githubPage() : undefined;
  if (page === undefined) return [];
  const github = await world.github();
  if (github === undefined) {
    report.notice({ kind: "no-github-token", about: "deployments" });
    return [];
  }
  const records = github.repository(new URL(page).pathname.slice(1));
  const found: Deployed[] = [];
  for (const [stack, values] of stacks) {
    const recorded = await records.lastDeployed({ stack, environment: environmentOf(values) });
    if (recorded === undefined) continue;
    const commit = git.commitOf(recorded);
    if (commit === undefined) {
      throw outsideError(
        `${stack} runs ${recorded} by GitHub's record, which isn't in this clone, so it isn't known what runs there; fetch it with git fetch origin ${recorded}`,
      );
    }
    found.push({ stack, commit });
  }
  return found;
}
