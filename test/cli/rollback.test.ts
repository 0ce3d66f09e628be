import assert from "node:assert/strict";
import { releases } from "../support/cli";
import { hasGit } from "../support/git";
import { configOf, pin, PLAIN_PATH, shop } from "../support/shop";
import { digestOf } from "../support/model";

const A = digestOf("a");
const BACK = ["rollback", "orders", "--stack", "production", "--reason", "it is slow"];

describe("releases rollback", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("goes back to what ran before, holds it there, and promote doesn't undo it", async () => {
    const folder = shop({ pins: { production: ["catalog: v1.0.0", `orders: v1.0.0@${A}`] } });
    pin(folder, "staging", "orders: v1.0.0", "orders: v1.1.0");
    const before = configOf(folder, "production");
    pin(folder, "production", `orders: v1.0.0@${A}`, "orders: v1.1.0");
    assert.deepEqual(await releases(folder.path, ...BACK), {
      code: 0,
      stderr: "",
      stdout: `  SERVICE  FROM    TO      STEP
  orders   v1.1.0  v1.0.0  downgrade

Pulumi.production.yaml  releases:versions.orders: v1.1.0 -> v1.0.0@${A}
Pulumi.production.yaml  releases:holds.orders: (nothing) -> it is slow

Commit it with:

  rollback(production): orders v1.1.0 -> v1.0.0

  it is slow

  https://github.com/acme/orders/compare/v1.1.0...v1.0.0
`,
    });
    const hold = "  releases:holds:\n    orders:\n      reason: it is slow\n";
    assert.equal(configOf(folder, "production"), before + hold);
    folder.commit("rollback");
    const again = ["orders", "--from", "staging", "--to", "production", "--offline"];
    const refused = await releases(folder.path, "promote", ...again);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^hold refuses orders: held: it is slow/);
    assert.equal(
      (await releases(folder.path, "unhold", "orders", "--stack", "production")).code,
      0,
    );
    folder.commit("unhold");
    assert.equal((await releases(folder.path, "promote", ...again)).code, 0);
    assert.match(configOf(folder, "production"), /orders: v1\.1\.0\n/);
  });

  it("never goes forward: a second rollback goes further back", async () => {
    const folder = shop();
    for (const [from, to] of [
      ["v1.0.0", "v1.1.0"],
      ["v1.1.0", "v1.2.0"],
      ["v1.2.0", "v1.1.0"],
    ]) {
      pin(folder, "production", `orders: ${from ?? ""}`, `orders: ${to ?? ""}`);
    }
    assert.equal((await releases(folder.path, ...BACK)).code, 0);
    assert.match(configOf(folder, "production"), /orders: v1\.0\.0\n/);
  });

  it("goes to a version that is named, with the digest that ran", async () => {
    const folder = shop({ pins: { production: ["catalog: v1.0.0", `orders: v0.9.0@${A}`] } });
    pin(folder, "production", `orders: v0.9.0@${A}`, "orders: v1.1.0");
    pin(folder, "production", "orders: v1.1.0", "orders: v1.2.0");
    const { code } = await releases(
      folder.path,
      ...BACK,
      "--to",
      "v0.9.0",
      "--until",
      "2126-01-01",
    );
    assert.equal(code, 0);
    const config = configOf(folder, "production");
    assert.match(config, new RegExp(`orders: v0\\.9\\.0@${A}\n`));
    assert.match(config, /reason: it is slow\n {6}until: "2126-01-01"\n/);
  });

  it("passes freezes and another hold, and nothing that lint would refuse", async () => {
    const frozen = PLAIN_PATH.replace(
      "accepts: [release] }",
      "accepts: [release], freeze: [{ from: 2020-01-01, until: 2120-01-01, reason: always }] }",
    );
    const folder = shop({
      environments: frozen,
      more: { production: "  releases:holds:\n    orders: { reason: before }\n" },
    });
    pin(folder, "production", "orders: v1.0.0", "orders: v1.1.0");
    const { code, stdout } = await releases(folder.path, ...BACK, "--dry-run", "--json");
    assert.equal(code, 0);
    const { gates } = JSON.parse(stdout) as { gates: { gate: string; reason: string }[] };
    assert.equal(gates.find(({ gate }) => gate === "freeze")?.reason, "a rollback passes a freeze");
    const prerelease = await releases(folder.path, ...BACK, "--to", "v1.0.0-rc.1");
    assert.equal(prerelease.code, 1);
    assert.match(prerelease.stderr, /^prerelease refuses orders/);
  });

  it("says when there is nothing to go back to, and what it is called with wrongly", async () => {
    const folder = shop();
    const nothing = await releases(folder.path, ...BACK);
    assert.equal(nothing.code, 2);
    assert.match(
      nothing.stderr,
      /git has no version of orders that ran in production before v1\.0\.0; give one with --to/,
    );
    assert.match(
      (await releases(folder.path, "rollback", "orders", "--stack", "production")).stderr,
      /--reason/,
    );
    assert.match(
      (await releases(folder.path, ...BACK, "--to", "1.0")).stderr,
      /"1\.0" is not a pin/,
    );
    folder.removeGit();
    assert.equal((await releases(folder.path, ...BACK)).code, 3);
    assert.equal((await releases(folder.path, ...BACK, "--to", `v0.9.0@${A}`)).code, 0);
  });
});
