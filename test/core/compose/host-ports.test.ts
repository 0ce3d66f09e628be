import assert from "node:assert/strict";
import fc from "fast-check";
import { hostPorts } from "../../../src/core/compose/host-ports";

const NAMES = Array.from({ length: 2_000 }, (_, index) => `service-${index}`);

describe("hostPorts", () => {
  it("gives each name a port of its own, whatever the order", () => {
    const ports = hostPorts(NAMES);
    assert.equal(ports.size, NAMES.length);
    assert.equal(new Set(ports.values()).size, NAMES.length);
    assert.ok([...ports.values()].every((port) => port >= 11_000 && port <= 29_999));
    assert.deepEqual(hostPorts([...NAMES].reverse()), ports);
  });

  it("keeps a name's port when others come and go, but for few", () => {
    const all = hostPorts(NAMES.slice(0, 200));
    const few = hostPorts(NAMES.slice(0, 100));
    const moved = [...few].filter(([name, port]) => all.get(name) !== port);
    // 100 names that come want the port of one of 100 others in about half a pair.
    assert.ok(moved.length <= 2, String(moved));
    assert.deepEqual(
      hostPorts(["orders", "catalog"]),
      new Map([
        ["catalog", 29837],
        ["orders", 19346],
      ]),
    );
    assert.equal(hostPorts(["orders", "catalog", "inventory"]).get("orders"), 19346);
  });

  it("ends where there are more names than their rows reach", () => {
    const names = Array.from({ length: 18_999 }, (_, index) => `s${index}`);
    assert.equal(new Set(hostPorts(names).values()).size, names.length);
  });

  it("depends on no order for any names", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 50 }), (names) => {
        assert.deepEqual(hostPorts([...names].sort()), hostPorts(names));
      }),
    );
  });
});
