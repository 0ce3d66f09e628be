import assert from "node:assert/strict";
import { IntentStore, type Pending } from "../../src/adapters/intents/intent-store";
import { outsideError } from "../../src/core/error";
import type { Intent } from "../../src/core/receive/intent";
import { receiverLog } from "../../src/receiver/log";
import { Metrics } from "../../src/receiver/metrics";
import { afterFailure, Worker, type Intents, type Work } from "../../src/receiver/worker";
import { temporaryFolder } from "../support/folder";

const NINE = Date.parse("2027-01-04T09:00:00Z");
const DAY = 24 * 3_600_000;
const RELEASE: Intent = { kind: "release", repository: "acme/a", tag: "v1", isGone: false };

/** A clock that jumps to whatever is waited for. It ends a worker when it would go beyond the end. */
class JumpingClock {
  time: number;
  readonly #end: number;
  onEnd: () => void = () => undefined;
  /** Called once, at its time. */
  at: { time: number; act: () => Promise<unknown> } | undefined;

  constructor(start: number, end: number) {
    this.time = start;
    this.#end = end;
  }

  now = (): number => this.time;

  wait = async (milliseconds: number): Promise<void> => {
    const { at } = this;
    const until = this.time + milliseconds;
    if (at !== undefined && at.time <= until) {
      this.time = Math.max(this.time, at.time);
      this.at = undefined;
      await at.act();
    } else if (until > this.#end) this.onEnd();
    else this.time = until;
  };
}

describe("receiver's worker", () => {
  let folder: string;
  let store: IntentStore;
  let lines: string[];

  beforeEach(async () => {
    folder = temporaryFolder();
    store = await IntentStore.open(folder);
    lines = [];
  });
  afterEach(() => store.close());

  function worker(work: Work, clock: JumpingClock, intents: Intents = store): Worker {
    const log = receiverLog(
      (line) => lines.push(line),
      () => new Date(clock.now()),
    );
    const made = new Worker(intents, work, { clock, metrics: new Metrics(), log });
    clock.onEnd = () => made.stop();
    return made;
  }

  /** Work that does everything at once, and remembers when it did what. */
  function recorder(clock: JumpingClock, rounds: [number, string[]][]): Work {
    return (due) => {
      rounds.push([clock.now(), due.map(({ id }) => id)]);
      return Promise.resolve(new Map());
    };
  }

  it("looks at everything at once, and then every so often", async () => {
    const clock = new JumpingClock(0, 3_500_000);
    const rounds: [number, string[]][] = [];
    await worker(recorder(clock, rounds), clock).run(600_000);
    assert.deepEqual(
      rounds.map(([at]) => at),
      [0, 600_000, 1_200_000, 1_800_000, 2_400_000, 3_000_000],
    );
  });

  it("works together on what comes together, once", async () => {
    const clock = new JumpingClock(0, 400_000);
    const rounds: [number, string[]][] = [];
    const made = worker(recorder(clock, rounds), clock);
    clock.at = {
      time: 10_000,
      act: async () => {
        await made.accept("a", RELEASE);
        await made.accept("b", RELEASE);
        await made.accept("a", RELEASE);
      },
    };
    await made.run(DAY);
    assert.deepEqual(rounds, [
      [0, ["sweep 0"]],
      [10_500, ["a", "b"]],
    ]);
    assert.equal(await made.accept("a", RELEASE), false);
  });

  it("tries again what failed, with longer and longer pauses, and tells why", async () => {
    const clock = new JumpingClock(0, 100_000);
    const rounds: number[] = [];
    const work: Work = () => {
      rounds.push(clock.now());
      return rounds.length < 4
        ? Promise.reject(outsideError("GitHub is away"))
        : Promise.resolve(new Map());
    };
    await worker(work, clock).run(DAY);
    assert.deepEqual(rounds, [0, 5_000, 15_000, 35_000]);
    assert.match(lines[0] ?? "", /"error":"GitHub is away"/);
    assert.deepEqual(await store.pending(), []);
  });

  it("looks at everything once at a time, however long that fails", async () => {
    const clock = new JumpingClock(0, 4_000_000);
    const rounds: number[] = [];
    const work: Work = (due) => {
      rounds.push(due.length);
      return Promise.reject(outsideError("GitHub is away"));
    };
    await worker(work, clock).run(60_000);
    assert.deepEqual(new Set(rounds), new Set([1]));
    assert.equal((await store.pending()).length, 1);
  });

  it("survives a bug, and tells where it is", async () => {
    const clock = new JumpingClock(0, 1_000);
    await worker(() => Promise.reject(new TypeError("x is undefined")), clock).run(DAY);
    assert.match(lines[0] ?? "", /TypeError: x is undefined\\n +at /);
    assert.equal((await store.pending()).length, 1);
  });

  it("waits while the disk refuses, and then does what there is to do", async () => {
    const clock = new JumpingClock(0, 20_000);
    const rounds: [number, string[]][] = [];
    const refused = <T>(answer: () => Promise<T>) => {
      return clock.now() < 10_000 ? Promise.reject(outsideError("the disk is full")) : answer();
    };
    const full: Intents = {
      keep: (one) => refused(() => store.keep(one)),
      pending: () => store.pending(),
      settle: (all, at) => refused(() => store.settle(all, at)),
      postpone: (all) => refused(() => store.postpone(all)),
      forget: (before) => store.forget(before),
    };
    await store.keep({ id: "a", intent: RELEASE, receivedAt: 0, due: 0, failures: 0 });
    await worker(recorder(clock, rounds), clock, full).run(DAY);
    assert.deepEqual(rounds, [[10_000, ["a", "sweep 10000"]]]);
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? "", /"outcome":"tried again","error":"the disk is full"/);
  });

  it("keeps what it finds that nobody said, and works on it at its time", async () => {
    const clock = new JumpingClock(0, 300_000);
    const rounds: [number, string[]][] = [];
    const work: Work = (due) => {
      rounds.push([clock.now(), due.map(({ id }) => id)]);
      const found = { at: 200_000, intent: RELEASE };
      return Promise.resolve(new Map(clock.now() === 0 ? [["waits 42 production", found]] : []));
    };
    await worker(work, clock).run(DAY);
    assert.deepEqual(rounds, [
      [0, ["sweep 0"]],
      [200_000, ["waits 42 production"]],
    ]);
    assert.deepEqual(await store.pending(), []);
  });

  it("never waits longer than a quarter of an hour", () => {
    const one: Pending = { id: "a", intent: RELEASE, receivedAt: 0, due: 0, failures: 60 };
    assert.deepEqual(afterFailure(one, 1), { ...one, failures: 61, due: 900_001 });
  });

  it("does at its time what was put off, once, also where it was killed in between", async () => {
    const opened: number[] = [];
    const gate: Work = (due) => {
      const again = due.filter(
        ({ intent }) => intent.kind === "protection-rule" && clock.now() < NINE,
      );
      if (again.length === 0 && due.some(({ id }) => id === "gate")) opened.push(clock.now());
      return Promise.resolve(new Map(again.map(({ id }) => [id, { at: NINE }])));
    };
    const rule: Intent = {
      ...{ kind: "protection-rule", repository: "acme/releases", environment: "production" },
      ...{ run: 1, commit: "a".repeat(40) },
    };
    let clock = new JumpingClock(NINE - 2 * DAY, NINE - DAY);
    const first = worker(gate, clock);
    await first.accept("gate", rule);
    await first.run(3 * DAY);
    assert.deepEqual(opened, []);
    // The process is gone without a word; the next one opens its folder.
    await store.close();
    store = await IntentStore.open(folder);
    clock = new JumpingClock(NINE - 3_600_000, NINE + 3_600_000);
    const second = worker(gate, clock);
    await second.run(3 * DAY);
    assert.equal(opened.length, 1);
    const [at = 0] = opened;
    assert.ok(at >= NINE && at <= NINE + 5_000, new Date(at).toISOString());
    assert.equal(await second.accept("gate", rule), false);
  });
});
