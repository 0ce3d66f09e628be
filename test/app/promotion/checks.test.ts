import assert from "node:assert/strict";
import { AskedChecks, checkSource, type CheckSource } from "../../../src/app/promotion/checks";
import { unrestrictedEnvironment } from "../../../src/core/promotion/gate-input";
import type { Upstream } from "../../../src/core/promotion/gate";
import { shopFiles } from "../../support/shop";
import { listener, pinOf, worldOf } from "../../support/world";

const PRODUCTION = { ...unrestrictedEnvironment("production"), checks: ["smoke"] };

const ranAt = (commit: string): Upstream => ({
  environment: "staging",
  pin: pinOf("v1.0.0"),
  parts: [{ what: "v1.0.0", runs: "v1.0.0", ran: { since: new Date(0), commit } }],
});

function source(): CheckSource & { readonly asked: string[] } {
  const asked: string[] = [];
  const green = new Map([["smoke", { isGreen: true, state: "success" }]]);
  const checksOn: CheckSource["checksOn"] = (commit, names) => {
    asked.push(`${names.join(", ")} on ${commit}`);
    return Promise.resolve(green);
  };
  return { asked, checksOn };
}

describe("AskedChecks", () => {
  it("asks about each commit once, and about none where no checks are required", async () => {
    const github = source();
    const checks = new AskedChecks(() => Promise.resolve(github));
    const { checks: _checks, ...free } = PRODUCTION;
    assert.equal(await checks.of(free, [ranAt("a")]), undefined);
    assert.equal(await checks.of(PRODUCTION, []), undefined);
    const found = await checks.of(PRODUCTION, [ranAt("a"), ranAt("b"), ranAt("a")]);
    await checks.of(PRODUCTION, [ranAt("a")]);
    assert.deepEqual([...(found?.keys() ?? [])], ["a", "b"]);
    assert.deepEqual(github.asked, ["smoke on a", "smoke on b"]);
  });

  it("tells once that nobody can be asked", async () => {
    const told = listener();
    const checks = new AskedChecks(undefined, told);
    assert.equal(await checks.of(PRODUCTION, [ranAt("a")]), undefined);
    assert.equal(await checks.of(PRODUCTION, [ranAt("b")]), undefined);
    assert.deepEqual(told.notices, [
      { kind: "unasked-checks", environment: "production", checks: ["smoke"] },
    ]);
  });
});

describe("checkSource", () => {
  it("is GitHub where origin is there, with a token", async () => {
    const page = "https://github.com/acme/releases";
    const of = (git: object, github: Record<string, string[]> | null) =>
      checkSource(
        worldOf({ files: shopFiles(), git, github, checks: { a: { smoke: "failure" } } }),
      );
    assert.equal(await of({}, {}), undefined);
    assert.equal(await of({ page }, null), undefined);
    const found = await (await of({ page }, {}))?.checksOn("a", ["smoke"]);
    assert.deepEqual(found?.get("smoke"), { isGreen: false, state: "failure" });
  });
});
