import { ClassicLevel } from "classic-level";
import { outsideError } from "../../core/error";
import type { Intent } from "../../core/receive/intent";

/** A hint that is still to be worked on. */
export interface Pending {
  /** Of the delivery. The same delivery has the same one each time that it is sent. */
  readonly id: string;
  readonly intent: Intent;
  /** When it came first, in milliseconds since 1970. */
  readonly receivedAt: number;
  /** When it is to be worked on, in milliseconds since 1970. */
  readonly due: number;
  /** How often work on it failed. */
  readonly failures: number;
}

/**
 * The intents that aren't done, on the disk. What `keep` has returned from outlives the process and the power.
 * One process at a time has the folder.
 */
export class IntentStore {
  readonly #level: ClassicLevel<string, unknown>;
  readonly #pending;
  readonly #done;

  private constructor(level: ClassicLevel<string, unknown>) {
    this.#level = level;
    this.#pending = level.sublevel<string, Pending>("pending", { valueEncoding: "json" });
    this.#done = level.sublevel<string, number>("done", { valueEncoding: "json" });
  }

  /**
   * Opens the store of a folder, which is made where there is none.
   * @throws ReleasesError of kind `outside` where another process has it, or the disk refuses
   */
  static async open(folder: string): Promise<IntentStore> {
    const level = new ClassicLevel<string, unknown>(folder, { valueEncoding: "json" });
    try {
      await level.open();
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
      throw outsideError(
        `the intents in ${folder} can't be opened: ${reason}; is another one running?`,
      );
    }
    return new IntentStore(level);
  }

  /** Keeps an intent. Returns whether it is to be worked on: not where a delivery of its id is done. */
  async keep(pending: Pending): Promise<boolean> {
    if ((await this.#done.get(pending.id)) !== undefined) return false;
    await this.postpone([pending]);
    return true;
  }

  /** Returns all that isn't done, in no order. */
  pending(): Promise<Pending[]> {
    return this.#pending.values().all();
  }

  /** Records that intents are done. */
  async settle(ids: readonly string[], at: number): Promise<void> {
    const changes = ids.flatMap((key) => [
      { type: "del", sublevel: this.#pending, key } as const,
      { type: "put", sublevel: this.#done, key, value: at } as const,
    ]);
    await this.#level.batch<string, Pending | number>(changes, { sync: true });
  }

  /** Replaces intents that are to be worked on again. */
  async postpone(changed: readonly Pending[]): Promise<void> {
    const changes = changed.map(
      (value) => ({ type: "put", sublevel: this.#pending, key: value.id, value }) as const,
    );
    await this.#level.batch<string, Pending>(changes, { sync: true });
  }

  /** Forgets what was done before a time: GitHub sends nothing again that is older. */
  async forget(before: number): Promise<void> {
    for await (const [id, at] of this.#done.iterator()) {
      if (at < before) await this.#done.del(id);
    }
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}
