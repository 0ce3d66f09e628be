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

/** A change of what is kept: an intent is to be worked on, is done at a time, or is forgotten. */
type Change =
  | { readonly pending: Pending }
  | { readonly done: string; readonly at: number }
  | { readonly forgotten: string };

/**
 * The intents that aren't done, on the disk. What `keep` has returned from outlives the process and the power.
 * One process at a time has the folder.
 *
 * Every method throws a ReleasesError of kind `outside` where the disk refuses. A log that ends in half of a change hides
 * what is written behind it, so changes are written one after the other, and the folder is opened anew after a failure.
 */
export class IntentStore {
  readonly #folder: string;
  /** Undefined after a failure, until somebody asks. */
  #opened: Promise<Opened> | undefined;
  #closed: Promise<unknown> = Promise.resolve();
  readonly #waiting: Change[] = [];
  /** Ends when what waits is written. */
  #next: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Opens the store of a folder, which is made where there is none.
   * @throws ReleasesError of kind `outside` where another process has it, or the disk refuses
   */
  static async open(folder: string): Promise<IntentStore> {
    const store = new IntentStore(folder);
    await store.#ask(() => undefined);
    return store;
  }

  /**
   * Keeps an intent. Returns whether it is to be worked on: not where a delivery of its id is done. One that is kept
   * already becomes due, and stays what it is otherwise.
   */
  async keep(pending: Pending): Promise<boolean> {
    const { id } = pending;
    // Both are in memory as a rule: the way through a thread of the pool takes longer than the look.
    const { at, known } = await this.#ask(({ done, pending }) => ({
      at: done.getSync(id),
      known: pending.getSync(id),
    }));
    if (at !== undefined) return false;
    const { intent, receivedAt } = known ?? pending;
    await this.postpone([{ ...pending, intent, receivedAt }]);
    return true;
  }

  /** Returns all that isn't done, in no order. */
  pending(): Promise<Pending[]> {
    return this.#ask(({ pending }) => pending.values().all());
  }

  /** Records that intents are done. */
  settle(ids: readonly string[], at: number): Promise<void> {
    return this.#write(ids.map((done) => ({ done, at })));
  }

  /** Replaces intents that are to be worked on again. */
  postpone(changed: readonly Pending[]): Promise<void> {
    return this.#write(changed.map((pending) => ({ pending })));
  }

  /** Forgets what was done before a time: GitHub sends nothing again that is older. */
  async forget(before: number): Promise<void> {
    const all = await this.#ask(({ done }) => done.iterator().all());
    await this.#write(all.flatMap(([id, at]) => (at < before ? [{ forgotten: id }] : [])));
  }

  async close(): Promise<void> {
    const opened = await this.#opened;
    await opened?.level.close();
  }

  /** Writes changes with all others that wait, once those before are written. */
  #write(changes: readonly Change[]): Promise<void> {
    this.#waiting.push(...changes);
    if (this.#next === undefined) {
      this.#next = this.#last.then(() => {
        this.#next = undefined;
        const all = this.#waiting.splice(0);
        return this.#ask((opened) => put(all, opened));
      });
      this.#last = this.#next.catch(() => undefined);
    }
    return this.#next;
  }

  #open(): Promise<Opened> {
    this.#opened ??= this.#closed.then(() => opened(this.#folder));
    return this.#opened;
  }

  async #ask<T>(act: (opened: Opened) => T | Promise<T>): Promise<T> {
    const opening = this.#open();
    try {
      return await act(await opening);
    } catch (cause) {
      // All that failed together leave it closed once.
      if (this.#opened === opening) {
        this.#opened = undefined;
        this.#closed = opening.then(({ level }) => level.close()).catch(() => undefined);
      }
      throw refusal(this.#folder, cause);
    }
  }
}

type Opened = Awaited<ReturnType<typeof opened>>;

async function opened(folder: string) {
  const level = new ClassicLevel<string, unknown>(folder, { valueEncoding: "json" });
  await level.open();
  const pending = level.sublevel<string, Pending>("pending", { valueEncoding: "json" });
  const done = level.sublevel<string, number>("done", { valueEncoding: "json" });
  // Parts open by themselves a little later, and are asked at once.
  await Promise.all([pending.open(), done.open()]);
  return { level, pending, done };
}

/** Writes changes, all or none. */
async function put(changes: readonly Change[], { level, pending, done }: Opened): Promise<void> {
  const batch = level.batch();
  for (const change of changes) {
    if ("pending" in change) {
      batch.put(change.pending.id, change.pending, { sublevel: pending });
    } else if ("forgotten" in change) batch.del(change.forgotten, { sublevel: done });
    else {
      batch.del(change.done, { sublevel: pending });
      batch.put(change.done, change.at, { sublevel: done });
    }
  }
  await batch.write({ sync: true });
}

/** What is said where there is no other advice. */
const [KEPT, ROOM] = ["can't be kept", "make room on the disk, and check who may write there"];

/** What is said by the store's own codes. */
const ADVICE: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["LEVEL_LOCKED", ["can't be opened", "is another one running?"]],
  ["LEVEL_CORRUPTION", ["can't be read", "delete the folder: what is lost is found by asking"]],
]);

/** Returns what the disk refuses as an error of the outside, and every other error as it is. */
function refusal(folder: string, error: unknown): unknown {
  if (!(error instanceof Error) || !codeOf(error).startsWith("LEVEL_")) return error;
  // That of the system, where the folder can't be made.
  const reason = error.cause instanceof Error ? error.cause : error;
  const [failed, advice] = ADVICE.get(codeOf(reason)) ?? [KEPT, ROOM];
  return outsideError(`the intents in ${folder} ${failed}: ${reason.message}; ${advice}`);
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}
