import assert from "node:assert/strict";
import { openRepository } from "../../../src/app/open";
import { deployedStacks } from "../../../src/app/prune/deployed";
import { SILENT, type Reporter } from "../../../src/app/reporter";
import { definition, shopFiles } from "../../support/shop";
import { errorOf, listener, worldOf, type WorldValues } from "../../support/world";

const files = shopFiles({ list: definition("orders") });
const page = "https://github.com/acme/releases";
const deployed = { "acme/releases production production": "d1" };

const stacksOf = (more: Partial<WorldValues>, report: Reporter = SILENT) => {
  const world = worldOf({ files, git: { page, commits: { d1: files } }, github: {}, ...more });
  return deployedStacks(world, openRepository(world), report);
};

describe("deployedStacks", () => {
  it("returns where GitHub says that each stack was deployed last", async () => {
    assert.deepEqual(await stacksOf({ deployed }), [{ stack: "production", commit: "d1" }]);
  });

  it("returns none where nobody can say", async () => {
    for (const more of [{}, { deployed, git: {} }, { deployed, git: null }]) {
      const report = listener();
      assert.deepEqual(await stacksOf(more, report), []);
      assert.deepEqual(report.notices, []);
    }
  });

  it("says that nobody was asked without a token", async () => {
    const report = listener();
    assert.deepEqual(await stacksOf({ deployed, github: null }, report), []);
    assert.deepEqual(report.notices, [{ kind: "no-github-token", about: "deployments" }]);
  });

  it("refuses a commit that isn't in the clone", async () => {
    await assert.rejects(
      stacksOf({ deployed, git: { page } }),
      errorOf(
        "outside",
        "production runs d1 by GitHub's record, which isn't in this clone, so it isn't known what runs there; fetch it with git fetch origin d1",
      ),
    );
  });
});
