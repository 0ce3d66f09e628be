import assert from "node:assert/strict";
import { rollback, type RollbackRequest } from "../../src/app/rollback";
import { digestOf } from "../support/model";
import { PLAIN_PATH, shopFiles } from "../support/shop";
import { changeAt, errorOf, listener, textOf, worldOf, type TestWorld } from "../support/world";

const FILE = "Pulumi.production.yaml";
const A = digestOf("a");
const FROZEN = PLAIN_PATH.replace(
  "from: staging, accepts: [release] }",
  "from: staging, accepts: [release], freeze: [{ from: 2026-11-20, until: 2026-11-23, reason: sale }] }",
);

/** Moves of orders in production, oldest first. */
const moved = (...pins: readonly string[]) =>
  pins
    .map((pin, index) => {
      const from = pins[index - 1] ?? null;
      return changeAt(`2026-11-0${index + 1}T10:00:00Z`, "production", "orders", [from, pin]);
    })
    .reverse();

function worldAt(running: string, ...ran: readonly string[]): TestWorld {
  return worldOf({
    files: shopFiles({
      environments: FROZEN,
      pins: { production: ["catalog: v1.0.0", `orders: ${running}`] },
    }),
    git: { histories: { production: moved(...ran) } },
    now: "2026-11-21T12:00:00Z",
  });
}

function back(world: TestWorld, more: Partial<RollbackRequest> = {}) {
  const request = {
    ...{ service: "orders", stack: "production", environment: undefined },
    ...{ reason: "it fails", until: undefined },
    ...{ dryRun: false, to: undefined, ...more },
  };
  return rollback(world, request, listener());
}

/** Returns what a rollback pins orders to. */
async function target(world: TestWorld, to?: string): Promise<string | undefined> {
  const { proposal } = await back(world, { to });
  const [move] = proposal.moves;
  return move && (move.toDigest === null ? move.to : `${move.to}@${move.toDigest}`);
}

describe("rollback", () => {
  it("goes back to the last version that ran, and holds it there, in a freeze as well", async () => {
    const world = worldAt("v1.2.0", "v1.0.0", `v1.1.0@${A}`, "v1.2.0");
    const result = await back(world);
    const { proposal, isRefused } = result;
    const text = textOf(result);
    assert.equal(isRefused, false);
    const { gates, ...rest } = proposal;
    assert.deepEqual(rest, {
      moves: [
        {
          ...{
            stack: "production",
            name: "orders",
            from: "v1.2.0",
            to: "v1.1.0",
            step: "downgrade",
          },
          ...{ fromDigest: null, toDigest: A },
        },
      ],
      edits: [
        {
          ...{ stack: "production", file: FILE, path: "releases:versions.orders" },
          ...{ from: "v1.2.0", to: `v1.1.0@${A}` },
        },
        {
          ...{ stack: "production", file: FILE, path: "releases:holds.orders" },
          ...{ from: null, to: "it fails" },
        },
      ],
      artifacts: [],
      message:
        "rollback(production): orders v1.2.0 -> v1.1.0\n\nit fails\n\nhttps://github.com/acme/orders/compare/v1.2.0...v1.1.0",
    });
    assert.deepEqual(
      gates.find(({ gate }) => gate === "freeze"),
      {
        ...{ gate: "freeze", stack: "production", service: "orders", pass: true },
        ...{ reason: "a rollback passes a freeze", passesAt: null },
      },
    );
    assert.deepEqual(world.edits, [{ file: FILE, text }]);
  });

  it("never goes forward: right after one, it goes back further", async () => {
    assert.equal(await target(worldAt("v1.1.0", "v1.0.0", "v1.1.0", "v1.2.0", "v1.1.0")), "v1.0.0");
  });

  it("says so where nothing earlier ran", async () => {
    for (const ran of [["v1.0.0"], ["v1.0.0", "v1.1.0", "v1.0.0"], []]) {
      await assert.rejects(
        back(worldAt("v1.0.0", ...ran)),
        errorOf(
          "usage",
          "git has no version of orders that ran in production before v1.0.0; give one with --to",
        ),
      );
    }
  });

  it("goes to a given version, at the digest that ran", async () => {
    const world = () => worldAt("v1.2.0", `v1.0.0@${A}`, "v1.1.0", "v1.2.0");
    assert.equal(await target(world(), "v1.0.0"), `v1.0.0@${A}`);
    assert.equal(await target(world(), "v0.9.0"), "v0.9.0");
    const B = digestOf("b");
    assert.equal(await target(world(), `v1.0.0@${B}`), `v1.0.0@${B}`);
  });

  it("doesn't go forward to a given version, which would pass order, soak and freeze", async () => {
    const world = worldAt("v1.1.0", "v1.0.0", "v1.1.0", "v1.2.0", "v1.1.0");
    for (const to of ["v1.2.0", `v1.2.0@${A}`]) {
      await assert.rejects(
        target(world, to),
        errorOf(
          "usage",
          "v1.2.0 comes after v1.1.0, which runs in production; a rollback goes back, so promote it",
        ),
      );
    }
    assert.deepEqual(world.edits, []);
  });

  it("writes nothing in a dry run", async () => {
    const world = worldAt("v1.1.0", "v1.0.0", "v1.1.0");
    await back(world, { dryRun: true });
    assert.deepEqual(world.edits, []);
  });

  it("does what a hold keeps others from, and gives the hold its new reason", async () => {
    const world = worldAt("v1.2.0", "v1.0.0", "v1.1.0", "v1.2.0");
    await back(world);
    const again = await back(world, { to: "v1.0.0", reason: "this fails as well" });
    assert.equal(again.isRefused, false);
    assert.deepEqual(
      again.proposal.edits.map(({ path, to }) => [path, to]),
      [
        ["releases:versions.orders", "v1.0.0"],
        ["releases:holds.orders", "this fails as well"],
      ],
    );
  });
});
