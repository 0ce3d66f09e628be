import assert from "node:assert/strict";
import { diff } from "../../src/app/diff";
import { definition, shopFiles } from "../support/shop";
import { digestOf } from "../support/model";
import { errorOf, listener, worldOf } from "../support/world";

const A = digestOf("a");

describe("diff", () => {
  it("returns what a promotion would move, each after what it requires", () => {
    const files = shopFiles({
      list:
        definition("cart", ", requires: { orders: '>=1.1' }") +
        definition("catalog") +
        definition("orders"),
      pins: {
        testing: ["cart: v2.0.0-rc.1", `orders: v1.1.0@${A}`, "catalog: v1.0.0"],
        staging: ["cart: v1.0.0", "orders: v1.0.1", "catalog: v1.0.0"],
      },
    });
    const report = listener();
    const { from, to, moves } = diff(worldOf({ files }), "testing", "staging", report);
    assert.deepEqual([from.environment.name, to.environment.name], ["testing", "staging"]);
    const nothing = { stack: "staging", fromDigest: null, toDigest: null };
    assert.deepEqual(moves, [
      { name: "orders", from: "v1.0.1", to: "v1.1.0", step: "minor", ...nothing, toDigest: A },
      { name: "cart", from: "v1.0.0", to: "v2.0.0-rc.1", step: "major", ...nothing },
    ]);
    assert.deepEqual(report.notices, []);
  });

  it("is nothing between environments that run the same", () => {
    const world = worldOf({ files: shopFiles() });
    assert.deepEqual(diff(world, "staging", "production", listener()).moves, []);
  });

  it("shows values that differ, which isn't a move", () => {
    const files = shopFiles({
      list: definition("catalog", ", values: { replicaCount: 1, env: { LEVEL: info } }"),
      pins: { testing: [], staging: [] },
      more: { staging: "  releases:values: { catalog: { replicaCount: 3, env: null } }\n" },
    });
    const { moves, values } = diff(worldOf({ files }), "testing", "staging", listener());
    assert.deepEqual(moves, []);
    assert.deepEqual(values, [
      { stack: "staging", name: "catalog", path: "replicaCount", from: 1, to: 3 },
      { stack: "staging", name: "catalog", path: "env", from: { LEVEL: "info" }, to: null },
    ]);
  });

  it("refuses an environment that isn't known", () => {
    const world = worldOf({ files: shopFiles() });
    assert.throws(
      () => diff(world, "testing", "prodution", listener()),
      errorOf("usage", 'unknown environment "prodution"; did you mean "production"?'),
    );
  });
});
