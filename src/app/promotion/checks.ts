import type { GithubRepositoryApi } from "../../adapters/github/repository";
import type { Environment } from "../../core/environments";
import type { Check, Checks, Upstream } from "../../core/promotion/gate";
import { deployedIn } from "../../core/promotion/upstream-gates";
import type { Reporter } from "../reporter";
import type { World } from "../world";

/** Who knows what GitHub checked. */
export type CheckSource = Pick<GithubRepositoryApi, "checksOn">;

/** What GitHub says of commits that were deployed upstream, each of which is asked about once. */
export class AskedChecks {
  readonly #connect: () => Promise<CheckSource | undefined>;
  readonly #report: Pick<Reporter, "notice"> | undefined;
  #source: Promise<CheckSource | undefined> | undefined;
  readonly #known = new Map<string, Promise<ReadonlyMap<string, Check>>>();
  readonly #told = new Set<string>();

  /**
   * @param connect returns who is asked; by default nobody is
   * @param report told of each environment whose checks nobody can be asked about
   */
  constructor(
    connect: () => Promise<CheckSource | undefined> = () => Promise.resolve(undefined),
    report?: Pick<Reporter, "notice">,
  ) {
    this.#connect = connect;
    this.#report = report;
  }

  /**
   * Returns what GitHub says of the commits of what an environment takes; undefined where it requires no checks, or
   * nobody can be asked.
   * @throws ReleasesError of kind `outside` where GitHub can't be reached or refuses
   */
  async of(
    { name, checks }: Environment,
    upstreams: readonly Upstream[],
  ): Promise<Checks | undefined> {
    const commits = [...new Set(deployedIn(upstreams).map(({ commit }) => commit))];
    if (checks === undefined || commits.length === 0) return undefined;
    const source = await (this.#source ??= this.#connect());
    if (source === undefined) {
      if (!this.#told.has(name)) {
        this.#report?.notice({ kind: "unasked-checks", environment: name, checks });
      }
      this.#told.add(name);
      return undefined;
    }
    const found = new Map<string, ReadonlyMap<string, Check>>();
    for (const commit of commits) found.set(commit, await this.#on(source, commit, checks));
    return found;
  }

  #on(source: CheckSource, commit: string, names: readonly string[]) {
    const key = JSON.stringify([commit, names]);
    const known = this.#known.get(key) ?? source.checksOn(commit, names);
    this.#known.set(key, known);
    return known;
  }
}

/** Returns who knows what GitHub checked of this repository; undefined without a token, and where origin is elsewhere. */
export async function checkSource({
  git,
  github,
}: Pick<World, "git" | "github">): Promise<CheckSource | undefined> {
  const page = git.githubPage();
  if (page === undefined) return undefined;
  return (await github())?.checks(new URL(page).pathname.slice(1));
}
