import assert from "node:assert/strict";
import { hold, unhold, type HoldRequest } from "../../src/app/hold";
import { definition, shopFiles } from "../support/shop";
import { SILENT } from "../../src/app/reporter";
import { errorOf, textOf, worldOf } from "../support/world";

const FILE = "Pulumi.staging.yaml";
const NOW = "2026-11-21T12:00:00Z";

const request = (more: Partial<HoldRequest> = {}): HoldRequest => {
  return {
    ...{ services: { name: "orders" }, stack: "staging", environment: undefined, dryRun: false },
    ...{ reason: "audit", until: undefined },
    ...more,
  };
};

describe("hold", () => {
  it("holds a service at its pin", async () => {
    const world = worldOf({ now: NOW, files: shopFiles() });
    const { proposal, isRefused } = await hold(world, request({ until: "2026-12-01" }), SILENT);
    assert.equal(isRefused, false);
    assert.deepEqual(proposal, {
      moves: [],
      gates: [],
      edits: [
        { stack: "staging", file: FILE, path: "releases:holds.orders", from: null, to: "audit" },
      ],
      artifacts: [],
      message: "hold(staging): orders at v1.0.0\n\naudit",
    });
    const lines =
      '  releases:holds:\n    orders:\n      reason: audit\n      until: "2026-12-01"\n';
    assert.deepEqual(world.edits, [{ file: FILE, text: (shopFiles()[FILE] ?? "") + lines }]);
  });

  it("pins a service that ran at its definition's release, which would move with it", async () => {
    const world = worldOf({
      now: NOW,
      files: shopFiles({ pins: { staging: ["catalog: v1.0.0"] } }),
    });
    const { proposal } = await hold(world, request(), SILENT);
    assert.deepEqual(proposal.edits, [
      { stack: "staging", file: FILE, path: "releases:holds.orders", from: null, to: "audit" },
      { stack: "staging", file: FILE, path: "releases:versions.orders", from: null, to: "v1.0.0" },
    ]);
  });

  it("changes nothing where the same hold is there, and nothing in a dry run", async () => {
    const world = worldOf({ now: NOW, files: shopFiles() });
    await hold(world, request(), SILENT);
    const { proposal } = await hold(world, request(), SILENT);
    assert.deepEqual(proposal.edits, []);
    await hold(world, request({ reason: "another", dryRun: true }), SILENT);
    assert.equal(world.edits.length, 1);
  });

  it("refuses to end in the past, whatever the zone", async () => {
    const world = worldOf({ now: NOW, files: shopFiles() });
    for (const until of [
      "2020-01-01",
      "2026-11-21",
      "2026-11-21T12:00:00Z",
      "2026-11-21T12:30:00+01:00",
    ]) {
      await assert.rejects(
        hold(world, request({ until }), SILENT),
        errorOf("usage", `--until is ${until}, which is past; give a later time, or none`),
      );
    }
    assert.deepEqual(world.edits, []);
    await hold(world, request({ until: "2026-11-21T12:30:00-01:00" }), SILENT);
    assert.equal(world.edits.length, 1);
  });

  it("refuses a service that doesn't run in the stack", async () => {
    const list = definition("orders", ", environments: [testing]") + definition("catalog");
    const pins = { staging: ["catalog: v1.0.0"], production: ["catalog: v1.0.0"] };
    const world = worldOf({ now: NOW, files: shopFiles({ list, pins }) });
    await assert.rejects(
      hold(world, request(), SILENT),
      errorOf("usage", `"orders" doesn't run in staging`),
    );
  });

  it("holds the services of a team, or all, in each stack that runs one", async () => {
    const list =
      definition("catalog", ", team: shop") +
      definition("orders", ", team: shop") +
      definition("web");
    const files = shopFiles({
      list,
      pins: { staging: ["catalog: v1.0.0", "orders: v1.0.0", "web: v1.0.0"] },
    });
    const team = await hold(
      worldOf({ now: NOW, files }),
      request({ services: { team: "shop" } }),
      SILENT,
    );
    assert.deepEqual(
      team.proposal.edits.map(({ path, to }) => [path, to]),
      [
        ["releases:holds.catalog", "audit"],
        ["releases:holds.orders", "audit"],
      ],
    );
    assert.equal(
      team.proposal.message,
      "hold(staging): 2 services\n\naudit\n\n- catalog at v1.0.0\n- orders at v1.0.0",
    );
    const all = await hold(worldOf({ now: NOW, files }), request({ services: "all" }), SILENT);
    assert.equal(all.proposal.edits.length, 3);
    await assert.rejects(
      hold(worldOf({ now: NOW, files }), request({ services: { team: "nobody" } }), SILENT),
      errorOf("usage", 'no service of the team "nobody" runs in staging'),
    );
    await assert.rejects(
      hold(worldOf({ now: NOW, files }), request({ services: "all", stack: undefined }), SILENT),
      errorOf("usage", "--stack or --environment is required"),
    );
  });

  it("refuses what lint would refuse", async () => {
    const world = worldOf({ now: NOW, files: shopFiles() });
    await assert.rejects(
      hold(world, request({ until: "tomorrow" }), SILENT),
      errorOf("findings", "1 finding"),
    );
    assert.deepEqual(world.edits, []);
  });
});

describe("unhold", () => {
  const files = shopFiles({
    more: { staging: "  releases:holds: { orders: { reason: audit } }\n" },
  });

  it("lifts a hold, and leaves the pin", async () => {
    const world = worldOf({ now: NOW, files });
    const result = await unhold(world, request(), SILENT);
    const { proposal } = result;
    const text = textOf(result);
    assert.deepEqual(proposal, {
      moves: [],
      gates: [],
      edits: [
        { stack: "staging", file: FILE, path: "releases:holds.orders", from: "audit", to: null },
      ],
      artifacts: [],
      message: "unhold(staging): orders",
    });
    assert.deepEqual(world.edits, [{ file: FILE, text }]);
    assert.equal(text, `${shopFiles()[FILE] ?? ""}  releases:holds: {}\n`);
  });

  it("refuses a service that isn't held", async () => {
    await assert.rejects(
      unhold(worldOf({ now: NOW, files }), request({ services: { name: "catalog" } }), SILENT),
      errorOf("usage", `"catalog" isn't held in staging for "audit"`),
    );
  });

  it("lifts those of several that have a reason, and no other", async () => {
    const holds =
      "  releases:holds: { orders: { reason: sale }, catalog: { reason: it failed } }\n";
    const several = () => worldOf({ now: NOW, files: shopFiles({ more: { staging: holds } }) });
    const { proposal } = await unhold(
      several(),
      request({ services: "all", reason: "sale" }),
      SILENT,
    );
    assert.deepEqual(
      proposal.edits.map(({ path }) => path),
      ["releases:holds.orders"],
    );
    await assert.rejects(
      unhold(several(), request({ services: "all", reason: "audit" }), SILENT),
      errorOf("usage", 'no such service is held in staging for "audit"'),
    );
  });
});
