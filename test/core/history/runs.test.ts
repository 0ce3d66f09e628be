import assert from "node:assert/strict";
import type { Change, PartChange } from "../../../src/core/history/replay";
import { chartRuns, pinRuns, recentRuns, type Run } from "../../../src/core/history/runs";
import { Version } from "../../../src/core/version";

const at = (day: number): Date => new Date(Date.UTC(2026, 0, day));
const pin = (text: string | undefined) =>
  text === undefined ? undefined : { version: Version.of(text) };

function change(day: number, from: string | undefined, to: string | undefined): Change {
  const file = { commit: `c${day}`, path: "Pulumi.testing.yaml", held: undefined };
  return {
    at: at(day),
    stack: "testing",
    service: "orders",
    from: pin(from),
    to: pin(to),
    ...file,
  };
}

function chart(day: number, from: string, to: string): PartChange {
  const file = { commit: `c${day}`, path: "service/shop.yaml", part: "chart" as const };
  return { at: at(day), stack: "testing", service: "orders", from, to, ...file };
}

const lineOf = (what: string, { from, until }: Run<unknown>): string =>
  `${what} ${from.getUTCDate()}..${until?.getUTCDate() ?? ""}`;

/** Runs, ends, and runs again. */
const CHANGES = [
  change(9, "v1.1.0", "v1.2.0"),
  change(7, undefined, "v1.1.0"),
  change(5, "v1.1.0", undefined),
  change(3, "v1.0.0", "v1.1.0"),
  change(1, undefined, "v1.0.0"),
];

describe("pinRuns", () => {
  it("has the time of each pin, and none after a service ended", () => {
    assert.deepEqual(
      pinRuns(CHANGES).map((run) => lineOf(run.what.version.text, run)),
      ["v1.2.0 9..", "v1.1.0 7..9", "v1.1.0 3..5", "v1.0.0 1..3"],
    );
  });
});

describe("chartRuns", () => {
  it("begins and ends charts with their service, and changes them in between", () => {
    const parts = [
      chart(8, "b", "c"),
      chart(4, "a", "b"),
      { ...chart(2, "x", "y"), part: "image" as const },
    ];
    assert.deepEqual(
      chartRuns(CHANGES, parts, () => "c").map((run) => lineOf(run.what, run)),
      ["c 8..", "b 7..8", "b 4..5", "a 1..4"],
    );
  });

  it("takes the chart of now where none has changed, and knows nothing of one that ended", () => {
    assert.deepEqual(
      chartRuns(CHANGES, [], () => "now").map((run) => lineOf(run.what, run)),
      ["now 7.."],
    );
    assert.deepEqual(
      chartRuns(CHANGES, [], () => undefined),
      [],
    );
  });

  it("begins in the middle in a shallow clone", () => {
    const begin = [change(9, "v1.1.0", "v1.2.0")];
    assert.deepEqual(
      chartRuns(begin, [], () => "now").map((run) => lineOf(run.what, run)),
      ["now 9.."],
    );
  });
});

describe("recentRuns", () => {
  const recent = (depth: number, since: number): string[] =>
    recentRuns(pinRuns(CHANGES), { depth, since: at(since) }, ({ version }) => version.text).map(
      (run) => lineOf(run.what.version.text, run),
    );

  it("has the newest different ones besides that of now", () => {
    assert.deepEqual(recent(0, 20), ["v1.2.0 9.."]);
    assert.deepEqual(recent(1, 20), ["v1.2.0 9..", "v1.1.0 7..9", "v1.1.0 3..5"]);
    assert.equal(recent(2, 20).length, 4);
  });

  it("has all that ended after a time", () => {
    assert.deepEqual(recent(0, 9), ["v1.2.0 9..", "v1.1.0 7..9"]);
    assert.deepEqual(recent(0, 4), ["v1.2.0 9..", "v1.1.0 7..9", "v1.1.0 3..5"]);
  });
});
