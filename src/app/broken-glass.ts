import type { Trailer } from "../adapters/git/refs";
import type { EnvironmentReader } from "./environments";
import { changesBetween, chartFilesIn, evaluated, movesOf } from "./stack-change";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** The trailer of a commit that overrides soak and freeze, for what that commit changes. */
export const BREAK_GLASS = "Break-glass";

/** The reasons for breaking the glass in the commits of a change, and what each of them is about. */
export class BrokenGlass {
  readonly #world: World;
  readonly #reader: EnvironmentReader;
  readonly #report: Reporter;
  readonly #trailers: readonly Trailer[];

  /** @param since the commit that the change is compared with */
  constructor(world: World, reader: EnvironmentReader, since: string, report: Reporter) {
    this.#world = world;
    this.#reader = reader;
    this.#report = report;
    this.#trailers = world.git.trailersSince(since, BREAK_GLASS);
  }

  /** All reasons, newest first; null without any. */
  get reasons(): string | null {
    return this.#trailers.length === 0 ? null : this.#trailers.map(({ value }) => value).join("; ");
  }

  /**
   * Returns the reasons by the names of services and resources of a stack: a reason is about what its own
   * commit changes against its first parent, and about nothing else.
   */
  async of(stack: string): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const { commit, parents, value } of this.#trailers) {
      const [parent] = parents;
      if (parent === undefined) continue;
      const [old, now] = [
        await evaluated(this.#world, this.#reader.at(parent), stack, this.#report),
        await evaluated(this.#world, this.#reader.at(commit), stack, this.#report),
      ];
      const changes = changesBetween(old, now, chartFilesIn(this.#world, parent, commit));
      const names = new Set([...movesOf(old, now), ...changes].map(({ name }) => name));
      for (const name of names) {
        const known = found.get(name);
        found.set(name, known === undefined ? value : `${known}; ${value}`);
      }
    }
    return found;
  }
}
