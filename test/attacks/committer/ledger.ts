import type { Run } from "./tree";

/** A time for which something ran, in milliseconds since 1970. */
export interface Time {
  readonly from: number;
  /** Absent where it still runs. */
  readonly until?: number;
}

/** What the stacks of an environment run: services by stack. */
export type EnvironmentRuns = ReadonlyMap<string, ReadonlyMap<string, Run>>;

/** What really ran in environments: a line for each deployment that happened. */
export class Ledger {
  readonly #lines = new Map<string, { at: number; stacks: EnvironmentRuns }[]>();

  record(environment: string, at: number, stacks: EnvironmentRuns): void {
    this.#lines.set(environment, [...(this.#lines.get(environment) ?? []), { at, stacks }]);
  }

  /** Returns what the stacks of an environment that run a service run of it now. */
  running(environment: string, service: string): Map<string, Run> {
    const stacks =
      this.#lines.get(environment)?.at(-1)?.stacks ?? new Map<string, ReadonlyMap<string, Run>>();
    return new Map(
      [...stacks].flatMap(([stack, runs]) => {
        const run = runs.get(service);
        return run === undefined ? [] : [[stack, run] as const];
      }),
    );
  }

  /** Returns when a service ran in a way in any stack of an environment. */
  everywhere(environment: string, service: string, isIt: (run: Run) => boolean): Time[] {
    const lines = this.#lines.get(environment) ?? [];
    const stacks = new Set(lines.flatMap((line) => [...line.stacks.keys()]));
    return [...stacks].flatMap((stack) => this.times(environment, stack, service, isIt));
  }

  /** Returns when the last stack of an environment ended to run a service; undefined where none did. */
  left(environment: string, service: string): number | undefined {
    const ends = this.everywhere(environment, service, () => true).flatMap(
      ({ until }) => until ?? [],
    );
    return ends.length === 0 ? undefined : Math.max(...ends);
  }

  /** Returns when a service ran in a way in one stack, oldest first. */
  times(environment: string, stack: string, service: string, isIt: (run: Run) => boolean): Time[] {
    const times: { from: number; until?: number }[] = [];
    for (const { at, stacks } of this.#lines.get(environment) ?? []) {
      const run = stacks.get(stack)?.get(service);
      const ran = run !== undefined && isIt(run);
      const last = times.at(-1);
      const goesOn = last !== undefined && last.until === undefined;
      if (ran && !goesOn) times.push({ from: at });
      if (!ran && goesOn) last.until = at;
    }
    return times;
  }
}
