import assert from "node:assert/strict";
import {
  planStatusOf,
  startedAgain,
  waitsUntil,
  type PlanStatus,
} from "../../../src/core/promotion/plan-status";

const [EARLY, LATE] = ["2026-11-21T09:00:00.000Z", "2026-11-22T09:00:00.000Z"];
const soak = { gate: "soak", service: "orders", passesAt: EARLY } as const;
const freeze = { gate: "freeze", service: "catalog", passesAt: LATE } as const;
const order = { gate: "order", service: "orders", passesAt: null } as const;

describe("planStatusOf", () => {
  it("waits for the last of what passes by itself", () => {
    assert.deepEqual(planStatusOf([soak, freeze, { ...soak, service: "web" }], []), {
      state: "pending",
      description: `waits for freeze, soak until ${LATE}`,
    });
  });

  it("fails where something else refuses as well, and succeeds where nothing does", () => {
    assert.deepEqual(planStatusOf([soak, order], []), {
      state: "failure",
      description: "order refuses orders",
    });
    assert.deepEqual(planStatusOf([soak], ["v9 isn't a commit of main"]), {
      state: "failure",
      description: "v9 isn't a commit of main",
    });
    assert.deepEqual(planStatusOf([], []), {
      state: "success",
      description: "no gate refuses the plan",
    });
  });
});

describe("waitsUntil", () => {
  it("reads what planStatusOf says, and nothing else", () => {
    assert.deepEqual(waitsUntil(planStatusOf([soak, freeze], [])), new Date(LATE));
    const others: PlanStatus[] = [
      planStatusOf([order], []),
      planStatusOf([], []),
      startedAgain(new Date(EARLY)),
      { state: "success", description: `waits for soak until ${EARLY}` },
      { state: "pending", description: "waits for soak until tomorrow" },
      { state: "pending", description: "" },
    ];
    for (const status of others) assert.equal(waitsUntil(status), undefined, status.description);
  });
});
