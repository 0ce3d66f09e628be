import type { IntentStore, Pending } from "../adapters/intents/intent-store";
import { isError } from "../core/error";
import type { Intent } from "../core/receive/intent";
import type { ReceiverLog } from "./log";
import type { Metrics } from "./metrics";

/** What is to happen with an intent that isn't done. */
export type Again =
  /** Work on it failed, and is tried again. */
  | "failed"
  /** It is worked on again at a time, in milliseconds since 1970; changed, or as it was. */
  | { readonly at: number; readonly intent?: Intent };

/**
 * Works on the intents that are due. Returns those that aren't done, by id, and others that it found to be worked on.
 * Whatever it throws, all that are due are worked on again.
 * @param others what waits for its time
 */
export type Work = (
  due: readonly Pending[],
  others: readonly Pending[],
) => Promise<ReadonlyMap<string, Again>>;

/** What isn't done, on the disk. */
export type Intents = Pick<IntentStore, "keep" | "pending" | "settle" | "postpone" | "forget">;

/** The time, which tests set. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Waits, at most until the signal. It returns in both cases. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Hints that come together are worked on together: a release has several events, and several images. In milliseconds. */
const GATHERING = 500;
/** After a failure the next try is in so many milliseconds, then in twice as many, up to the longest. */
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 15 * 60_000;
/** No timer of Node.js waits longer than 2^31 ms; a clock that is set anew is noticed within this time as well. */
const LONGEST_SLEEP = 60_000;
/** What is done is forgotten after this time, in milliseconds: GitHub sends nothing again that is older than 3 days. */
const REMEMBERED = 7 * 24 * 3_600_000;
/** The id of the intent that looks at everything. */
const SWEEP = "sweep";

/** Works on the intents of a store when they are due, one round after the other. */
export class Worker {
  readonly #store: Intents;
  readonly #work: Work;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #log: ReceiverLog;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #hasWorked = false;
  #swept = -Infinity;

  constructor(
    store: Intents,
    work: Work,
    { clock, metrics, log }: { clock: Clock; metrics: Metrics; log: ReceiverLog },
  ) {
    this.#store = store;
    this.#work = work;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#log = log;
  }

  /** Returns why nothing was worked on yet; undefined once something was. What is accepted before waits. */
  unready(): string | undefined {
    return this.#hasWorked ? undefined : "the repository wasn't read yet";
  }

  /** Keeps an intent and begins to work on it. Returns false where a delivery of this id is done. */
  async accept(id: string, intent: Intent): Promise<boolean> {
    const now = this.#clock.now();
    const due = intent.kind === "everything" ? now : now + GATHERING;
    const isNew = await this.#store.keep({ id, intent, receivedAt: now, due, failures: 0 });
    if (isNew) this.#wake.abort();
    return isNew;
  }

  /**
   * Works until `stop`. While the disk refuses what is to be kept, it waits.
   * @param every looks at everything so often, in milliseconds, because deliveries are lost
   */
  async run(every: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#wake = new AbortController();
      try {
        await this.#turn(every);
      } catch (error) {
        if (!isError(error, "outside")) throw error;
        this.#metrics.worked("failed");
        this.#log.error({ outcome: "tried again", error });
        await this.#clock.wait(FIRST_PAUSE, this.#stop.signal);
      }
    }
  }

  /** Works on what is due, or sleeps until something is. */
  async #turn(every: number): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#swept >= every) {
      await this.#store.forget(now - REMEMBERED);
      // One that failed is still there, and is tried again.
      const isThere = (await this.#store.pending()).some(isSweep);
      if (!isThere) await this.accept(`${SWEEP} ${now}`, { kind: "everything" });
      this.#swept = now;
    }
    const pending = await this.#store.pending();
    this.#metrics.waiting(pending, now);
    const due = pending.filter((one) => one.due <= now).sort(byAge);
    const others = pending.filter((one) => one.due > now);
    if (due.length > 0) await this.#workOn(due, others);
    else await this.#sleep(Math.min(this.#swept + every, ...pending.map((one) => one.due)) - now);
  }

  /** Ends after the round that is under way. What isn't done is worked on by the next process. */
  stop(): void {
    this.#stop.abort();
  }

  async #workOn(due: readonly Pending[], others: readonly Pending[]): Promise<void> {
    try {
      const again = await this.#work(due, others);
      const now = this.#clock.now();
      const all = [...due, ...foundIn(again, due, now)];
      await this.#store.postpone(all.flatMap((one) => postponed(one, again.get(one.id), now)));
      await this.#store.settle(
        due.flatMap(({ id }) => (again.has(id) ? [] : id)),
        now,
      );
      this.#hasWorked = true;
      this.#metrics.worked("done");
    } catch (error) {
      this.#metrics.worked("failed");
      this.#log.error({ outcome: "tried again", intents: due.map(({ id }) => id), error });
      const now = this.#clock.now();
      await this.#store.postpone(due.map((one) => afterFailure(one, now)));
    }
  }

  async #sleep(milliseconds: number): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#wake.signal]);
    await this.#clock.wait(Math.max(0, Math.min(milliseconds, LONGEST_SLEEP)), signal);
  }
}

function isSweep({ intent }: Pending): boolean {
  return intent.kind === "everything";
}

function byAge(a: Pending, b: Pending): number {
  return a.receivedAt - b.receivedAt || (a.id < b.id ? -1 : 1);
}

/** Returns the intents that nothing was known of. */
function foundIn(
  again: ReadonlyMap<string, Again>,
  due: readonly Pending[],
  now: number,
): Pending[] {
  const known = new Set(due.map(({ id }) => id));
  return [...again].flatMap(([id, one]) => {
    if (known.has(id) || one === "failed" || one.intent === undefined) return [];
    return [{ id, intent: one.intent, receivedAt: now, due: one.at, failures: 0 }];
  });
}

function postponed(one: Pending, again: Again | undefined, now: number): Pending[] {
  if (again === undefined) return [];
  if (again === "failed") return [afterFailure(one, now)];
  const { at, intent = one.intent } = again;
  return [{ ...one, intent, due: at, failures: 0 }];
}

/** Returns an intent after work on it failed: the pause grows each time. */
export function afterFailure(one: Pending, now: number): Pending {
  const pause = Math.min(FIRST_PAUSE * 2 ** one.failures, LONGEST_PAUSE);
  return { ...one, failures: one.failures + 1, due: now + pause };
}
