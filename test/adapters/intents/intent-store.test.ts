import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { IntentStore, type Pending } from "../../../src/adapters/intents/intent-store";
import { ReleasesError } from "../../../src/core/error";
import { temporaryFolder } from "../../support/folder";

const EVERYTHING = { kind: "everything" } as const;

function pending(id: string, due = 0): Pending {
  return { id, intent: EVERYTHING, receivedAt: 0, due, failures: 0 };
}

describe("store of intents", () => {
  let folder: string;
  let store: IntentStore;

  beforeEach(async () => {
    folder = temporaryFolder();
    store = await IntentStore.open(folder);
  });
  afterEach(() => store.close());

  const ids = async (): Promise<string[]> => (await store.pending()).map(({ id }) => id).sort();

  it("has what was kept after it was opened again", async () => {
    assert.equal(await store.keep(pending("a")), true);
    await store.close();
    store = await IntentStore.open(folder);
    assert.deepEqual(await store.pending(), [pending("a")]);
  });

  it("keeps a delivery once that isn't done, and never one that is", async () => {
    await store.keep(pending("a"));
    assert.equal(await store.keep(pending("a", 5)), true);
    assert.deepEqual(await ids(), ["a"]);
    await store.settle(["a"], 10);
    assert.equal(await store.keep(pending("a")), false);
    assert.deepEqual(await ids(), []);
  });

  it("keeps when a delivery came first, and what became of it, though it comes again", async () => {
    const { intent, ...first } = pending("a");
    const rule = { kind: "protection-rule", repository: "acme/a", environment: "x" } as const;
    const waits = { ...rule, run: 1, commit: "c", said: "frozen" };
    await store.keep({ ...first, intent: waits });
    await store.keep({ id: "a", intent, receivedAt: 9, due: 9, failures: 0 });
    assert.deepEqual(await store.pending(), [{ ...first, intent: waits, due: 9 }]);
  });

  it("remembers what is done after it was opened again, until it is forgotten", async () => {
    await store.keep(pending("a"));
    await store.settle(["a"], 10);
    await store.close();
    store = await IntentStore.open(folder);
    await store.forget(10);
    assert.equal(await store.keep(pending("a")), false);
    await store.forget(11);
    assert.equal(await store.keep(pending("a")), true);
  });

  it("is of one process at a time", async () => {
    await assert.rejects(IntentStore.open(folder), (error) => {
      assert.ok(error instanceof ReleasesError);
      assert.equal(error.kind, "outside");
      assert.match(error.message, /can't be opened.*is another one running\?$/);
      return true;
    });
  });

  it("says why a folder can't be made", async () => {
    const file = path.join(folder, "file");
    fs.writeFileSync(file, "");
    await assert.rejects(IntentStore.open(path.join(file, "intents")), {
      name: "ReleasesError",
      message: /can't be kept: .*ENOTDIR.*; make room on the disk, and check who may write there$/,
    });
  });

  it("postpones", async () => {
    await store.keep(pending("a"));
    await store.postpone([{ ...pending("a"), due: 7, failures: 2 }]);
    assert.deepEqual(await store.pending(), [{ ...pending("a"), due: 7, failures: 2 }]);
  });

  describe("on a disk that is full for a while", () => {
    // Files may not grow any more: Linux refuses to write, as on a full disk.
    const limitFiles = (bytes: number | "unlimited"): void => {
      const limit = `--fsize=${bytes}:`;
      execFileSync("prlimit", ["--pid", String(process.pid), limit]);
    };
    const survive = (): void => undefined;

    before(function () {
      if (spawnSync("prlimit", ["--version"]).status !== 0) this.skip();
      process.on("SIGXFSZ", survive);
    });
    after(() => process.off("SIGXFSZ", survive));
    afterEach(() => limitFiles("unlimited"));

    async function keep(from: number, to: number): Promise<string[]> {
      const all = Array.from({ length: to - from }, (_, number) => `${number + from}`);
      const results = await Promise.allSettled(all.map((id) => store.keep(pending(id))));
      return all.filter((_id, number) => results[number]?.status === "fulfilled");
    }

    it("tells that it can't keep, goes on once there is room, and has all that it kept", async () => {
      const kept = await keep(0, 10);
      limitFiles(4_000);
      for (let from = 10; from < 100; from += 10) kept.push(...(await keep(from, from + 10)));
      assert.ok(kept.length < 100, "the disk was never full");
      await assert.rejects(store.keep(pending("x".repeat(5_000))), (error) => {
        assert.ok(error instanceof ReleasesError);
        assert.equal(error.kind, "outside");
        assert.match(error.message, /^the intents in .* can't be kept: .*; make room on the disk/);
        return true;
      });
      limitFiles("unlimited");
      kept.push(...(await keep(100, 110)));
      assert.ok(kept.includes("109"));
      await store.close();
      store = await IntentStore.open(folder);
      const found = new Set(await ids());
      assert.deepEqual(
        kept.filter((id) => !found.has(id)),
        [],
      );
    });
  });
});
