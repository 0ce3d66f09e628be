import type { Run } from "./tree";

/** A time for which something ran, in milliseconds since 1970. */
export interface Time {
  readonly from: number;
  /** Absent where it still runs. */
  readonly until?: number;
}

/** What really ran in environments: a line for each deployment that happened. */
export class Ledger {
  readonly #lines = new Map<string, { at: number; runs: ReadonlyMap<string, Run> }[]>();

  record(environment: string, at: number, runs: ReadonlyMap<string, Run>): void {
    this.#lines.set(environment, [...(this.#lines.get(environment) ?? []), { at, runs }]);
  }

  /** Whether an environment runs a service, in whatever version. */
  runs(environment: string, service: string): boolean {
    return this.#lines.get(environment)?.at(-1)?.runs.has(service) === true;
  }

  /** Returns when a service ran in a way, oldest first. */
  times(environment: string, service: string, isIt: (run: Run) => boolean): Time[] {
    const times: { from: number; until?: number }[] = [];
    for (const { at, runs } of this.#lines.get(environment) ?? []) {
      const run = runs.get(service);
      const ran = run !== undefined && isIt(run);
      const last = times.at(-1);
      const goesOn = last !== undefined && last.until === undefined;
      if (ran && !goesOn) times.push({ from: at });
      if (!ran && goesOn) last.until = at;
    }
    return times;
  }
}
