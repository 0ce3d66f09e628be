import type { Trailer } from "../../adapters/git/refs";
import type { GithubRepositoryApi } from "../../adapters/github/repository";
import { isError } from "../../core/error";
import type { BreakGlass } from "../../core/promotion/gate";
import type { EnvironmentReader } from "../environments";
import { changesBetween, chartFilesIn, evaluated, movesOf } from "../report/stack-change";
import type { Reporter } from "../reporter";
import type { World } from "../world";

/** The trailer of a commit that overrides soak and freeze, for what that commit changes. */
export const BREAK_GLASS = "Break-glass";

/** Who knows whether a reason was approved. */
export type Approvals = Pick<GithubRepositoryApi, "approvedBy">;

/** The reasons for breaking the glass in the commits of a change, and what each of them is about. */
export class BrokenGlass {
  readonly #world: World;
  readonly #reader: EnvironmentReader;
  readonly #report: Reporter;
  readonly #approvals: Approvals | undefined;
  readonly #trailers: readonly Trailer[];
  readonly #names = new Map<string, ReadonlySet<string>>();

  /**
   * @param since the commit that the change is compared with
   * @param approvals asked where teams have to approve; without it nobody knows yet
   */
  constructor(
    world: World,
    reader: EnvironmentReader,
    since: string,
    report: Reporter,
    approvals?: Approvals,
  ) {
    this.#world = world;
    this.#reader = reader;
    this.#report = report;
    this.#approvals = approvals;
    this.#trailers = world.git.trailersSince(since, BREAK_GLASS);
  }

  /** All reasons, newest first; null without any. */
  get reasons(): string | null {
    return this.#trailers.length === 0 ? null : this.#trailers.map(({ value }) => value).join("; ");
  }

  /**
   * Returns the reasons by the names of services and resources of a stack: a reason is about what its own
   * commit changes against its first parent, and about nothing else.
   * @param teams of which a member must have approved a reason; without it every reason counts
   */
  async of(
    stack: string,
    teams: readonly string[] | undefined,
  ): Promise<ReadonlyMap<string, BreakGlass>> {
    const found = new Map<string, BreakGlass>();
    for (const trailer of this.#trailers) {
      const names = await this.#namesOf(trailer, stack);
      if (names.size === 0) continue;
      const glass = { reason: trailer.value, ...(await this.#approval(trailer, teams)) };
      for (const name of names) found.set(name, joined(found.get(name), glass));
    }
    return found;
  }

  /** Returns the names of what a trailer's own commit changes of a stack. */
  async #namesOf({ commit, parents }: Trailer, stack: string): Promise<ReadonlySet<string>> {
    const [parent] = parents;
    if (parent === undefined) return new Set();
    const key = `${commit} ${stack}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const [old, now] = [
      await evaluated(this.#world, this.#reader.at(parent), stack, this.#report),
      await evaluated(this.#world, this.#reader.at(commit), stack, this.#report),
    ];
    const chartFiles = chartFilesIn(this.#world, parent, commit);
    const changes = [...movesOf(old, now), ...changesBetween(old, now, chartFiles)];
    const names = new Set(changes.map(({ name }) => name));
    this.#names.set(key, names);
    return names;
  }

  async #approval(
    { commit, value }: Trailer,
    teams: readonly string[] | undefined,
  ): Promise<Omit<BreakGlass, "reason">> {
    if (teams === undefined) return { approved: true };
    if (this.#approvals === undefined) return {};
    try {
      const text = `${BREAK_GLASS}: ${value}`;
      return { approved: await this.#approvals.approvedBy({ commit, text }, teams) };
    } catch (cause) {
      if (!isError(cause, "outside")) throw cause;
      return { approved: false, problem: cause.message };
    }
  }
}

/** Returns two reasons about one name: what was approved counts alone. */
function joined(known: BreakGlass | undefined, other: BreakGlass): BreakGlass {
  if (known === undefined || (other.approved === true && known.approved !== true)) return other;
  if (known.approved === true && other.approved !== true) return known;
  return { ...other, ...known, reason: `${known.reason}; ${other.reason}` };
}
