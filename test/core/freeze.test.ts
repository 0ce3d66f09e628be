import assert from "node:assert/strict";
import { frozenUntil, isZone, parseWeekly } from "../../src/core/freeze";
import { required } from "../../src/core/required";

function until(every: string, zone: string, now: string): string | undefined {
  const freeze = { every: required(parseWeekly(every), every), zone, reason: "weekend" };
  return frozenUntil(freeze, new Date(now))?.toISOString();
}

describe("a freeze of each week", () => {
  const WEEKEND = "Fri 16:00 - Mon 08:00";

  for (const [now, end] of [
    ["2026-11-27T14:59:59Z", undefined],
    ["2026-11-27T15:00:00Z", "2026-11-30T07:00:00.000Z"],
    ["2026-11-29T23:30:00Z", "2026-11-30T07:00:00.000Z"],
    ["2026-11-30T06:59:59Z", "2026-11-30T07:00:00.000Z"],
    ["2026-11-30T07:00:00Z", undefined],
    ["2026-12-31T23:00:00Z", undefined],
    ["2027-01-02T00:00:00Z", "2027-01-04T07:00:00.000Z"],
  ] as const) {
    it(`${WEEKEND} in Berlin is ${end === undefined ? "off" : `on until ${end}`} at ${now}`, () => {
      assert.equal(until(WEEKEND, "Europe/Berlin", now), end);
    });
  }

  it("follows the clocks of its zone where they are set forward: 29 March 2026", () => {
    assert.equal(
      until(WEEKEND, "Europe/Berlin", "2026-03-27T15:00:00Z"),
      "2026-03-30T06:00:00.000Z",
    );
    assert.equal(
      until(WEEKEND, "Europe/Berlin", "2026-03-30T05:59:00Z"),
      "2026-03-30T06:00:00.000Z",
    );
    assert.equal(until(WEEKEND, "Europe/Berlin", "2026-03-30T06:00:00Z"), undefined);
    // There is no 02:30 on that day: it starts when the clocks would show it.
    assert.equal(
      until("Sun 02:30 - Sun 06:00", "Europe/Berlin", "2026-03-29T00:59:00Z"),
      undefined,
    );
    assert.equal(
      until("Sun 02:30 - Sun 06:00", "Europe/Berlin", "2026-03-29T01:30:00Z"),
      "2026-03-29T04:00:00.000Z",
    );
  });

  it("follows the clocks of its zone where they are set back: 25 October 2026", () => {
    assert.equal(
      until(WEEKEND, "Europe/Berlin", "2026-10-23T14:00:00Z"),
      "2026-10-26T07:00:00.000Z",
    );
    assert.equal(
      until(WEEKEND, "Europe/Berlin", "2026-10-26T06:59:00Z"),
      "2026-10-26T07:00:00.000Z",
    );
    // 02:30 comes twice: frozen from the first until the second.
    const night = "Sun 02:30 - Sun 06:00";
    assert.equal(until(night, "Europe/Berlin", "2026-10-25T00:29:00Z"), undefined);
    assert.equal(until(night, "Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-25T05:00:00.000Z");
    const until230 = "Sat 22:00 - Sun 02:30";
    assert.equal(
      until(until230, "Europe/Berlin", "2026-10-25T01:29:00Z"),
      "2026-10-25T01:30:00.000Z",
    );
  });

  it("may be a part of a day, and longer than from Monday to Sunday", () => {
    assert.equal(
      until("Wed 09:00 - Wed 10:00", "UTC", "2026-11-25T09:30:00Z"),
      "2026-11-25T10:00:00.000Z",
    );
    assert.equal(until("Wed 09:00 - Wed 10:00", "UTC", "2026-11-25T10:00:00Z"), undefined);
    assert.equal(
      until("Tue 10:00 - Tue 09:00", "UTC", "2026-11-25T10:00:00Z"),
      "2026-12-01T09:00:00.000Z",
    );
    assert.equal(until("Tue 10:00 - Tue 09:00", "UTC", "2026-11-24T09:30:00Z"), undefined);
  });

  it("is no other text", () => {
    for (const text of [
      "",
      "Fri - Mon",
      "fri 16:00 - mon 08:00",
      "Fri 24:00 - Mon 08:00",
      "Fri 16:00 - Fri 16:00",
      "Fri 16:00-Mon 08:00",
    ]) {
      assert.equal(parseWeekly(text), undefined, text);
    }
    assert.deepEqual(["Europe/Berlin", "UTC", "Berlin", "Mars/Phobos", ""].map(isZone), [
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
