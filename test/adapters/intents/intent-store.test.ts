import assert from "node:assert/strict";
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

  it("postpones", async () => {
    await store.keep(pending("a"));
    await store.postpone([{ ...pending("a"), due: 7, failures: 2 }]);
    assert.deepEqual(await store.pending(), [{ ...pending("a"), due: 7, failures: 2 }]);
  });
});
