import assert from "node:assert/strict";
import { withoutRenames } from "../../../src/core/history/renames";
import { formatPin } from "../../../src/core/version";
import { changeAt } from "../../support/world";

const AT = "2026-11-21T10:00:00Z";

/** Returns a change of orders in a stack of production, as one of a commit. */
function change(stack: string, from: string | null, to: string | null, commit = "c0ffee") {
  return { ...changeAt(AT, "production", "orders", [from, to]), stack, commit };
}

function told(...changes: ReturnType<typeof change>[]): string[] {
  return withoutRenames(changes).map(({ stack, from, to }) => {
    const [before, after] = [from, to].map((pin) => (pin ? formatPin(pin) : "nothing"));
    return `${stack} ${before ?? ""} -> ${after ?? ""}`;
  });
}

describe("a stack of another name", () => {
  it("is no change of what runs", () => {
    assert.deepEqual(told(change("eu", null, "v1.0.0"), change("us", "v1.0.0", null)), []);
    assert.deepEqual(told(change("eu", "v1.0.0", null), change("us", null, "v1.0.0")), []);
  });

  it("goes on from what the other one ran", () => {
    assert.deepEqual(told(change("eu", null, "v1.1.0"), change("us", "v1.0.0", null)), [
      "eu v1.0.0 -> v1.1.0",
    ]);
  });

  it("is one of the same commit, and of no other", () => {
    const changes = [change("eu", null, "v1.0.0"), change("us", "v1.0.0", null, "decade")];
    assert.deepEqual(told(...changes), ["eu nothing -> v1.0.0", "us v1.0.0 -> nothing"]);
  });

  it("takes the place of one, and others begin", () => {
    const changes = [
      change("eu", null, "v1.0.0"),
      change("ap", null, "v1.0.0"),
      change("us", "v1.0.0", null),
    ];
    assert.deepEqual(told(...changes), ["ap nothing -> v1.0.0"]);
  });
});
