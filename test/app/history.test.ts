import assert from "node:assert/strict";
import { history } from "../../src/app/history";
import { shopFiles } from "../support/shop";
import { changeAt, errorOf, listener, worldOf } from "../support/world";

const first = changeAt("2026-11-20T10:00:00Z", "testing", "orders", ["v1.0.0", "v1.1.0"]);
const second = changeAt("2026-11-21T10:00:00Z", "staging", "orders", ["v1.0.0", "v1.1.0"]);
const third = changeAt("2026-11-22T10:00:00Z", "testing", "catalog", ["v1.0.0", null]);
const removed = changeAt("2026-11-23T10:00:00Z", "staging", "basket", ["v0.9.0", null]);

const world = worldOf({
  files: shopFiles(),
  git: { histories: { testing: [third, first], staging: [removed, second], production: [] } },
});
const of = (service?: string, stack?: string) =>
  history(world, { service, stack }, listener()).entries;

describe("history", () => {
  it("returns the changes of all environments, newest first", () => {
    assert.deepEqual(of(), [removed, third, second, first]);
  });

  it("returns those of a service, of a stack, and of both", () => {
    assert.deepEqual(of("orders"), [second, first]);
    assert.deepEqual(of(undefined, "testing"), [third, first]);
    assert.deepEqual(of("orders", "staging"), [second]);
    assert.deepEqual(of("orders", "production"), []);
  });

  it("knows a service that was in the list, and refuses one that never was", () => {
    assert.deepEqual(of("basket"), [removed]);
    assert.throws(
      () => of("order"),
      errorOf("usage", 'unknown service "order"; did you mean "orders"?'),
    );
    assert.throws(
      () => of("orders", "moon"),
      errorOf("usage", 'unknown environment "moon"; known are testing, staging, production'),
    );
  });

  it("orders changes of one second by their place in the history", () => {
    const at = "2026-11-20T10:00:00Z";
    const older = changeAt(at, "testing", "orders", ["v1.0.0", "v1.1.0"], { order: 3 });
    const newer = changeAt(at, "staging", "orders", ["v1.0.0", "v1.1.0"], { order: 4 });
    const git = { histories: { testing: [older], staging: [newer], production: [] } };
    const found = worldOf({ files: shopFiles(), git });
    const request = { service: undefined, stack: undefined };
    assert.deepEqual(history(found, request, listener()).entries, [newer, older]);
  });

  it("is needed from git", () => {
    const outside = worldOf({ files: shopFiles(), git: null });
    assert.throws(
      () => history(outside, { service: undefined, stack: undefined }, listener()),
      errorOf("outside", "/shop is not in a git repository"),
    );
  });
});
