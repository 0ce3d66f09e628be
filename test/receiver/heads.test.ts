import assert from "node:assert/strict";
import type { Pending } from "../../src/adapters/intents/intent-store";
import { reportedHeads } from "../../src/receiver/heads";

describe("what pushes reported", () => {
  function push(receivedAt: number, before: string | null, after: string | null): Pending {
    const intent = { kind: "push", repository: "acme/orders", branch: "x", before, after } as const;
    return { id: `${receivedAt}`, intent, receivedAt, due: 0, failures: 0 };
  }

  it("is in the order in which it came: what was worked on already waits among the others", () => {
    const other: Pending = { ...push(2, null, null), intent: { kind: "everything" } };
    const of = { repository: "acme/orders", branch: "x" };
    assert.deepEqual(
      reportedHeads([push(3, "B", "A"), other, push(1, "A", "B"), push(4, "A", null)]),
      [
        { ...of, before: "A", after: "B" },
        { ...of, before: "B", after: "A" },
        { ...of, before: "A" },
      ],
    );
  });
});
