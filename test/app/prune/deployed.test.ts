import assert from "node:assert/strict";
import { deployedStacks } from "../../../src/app/prune/deployed";
import { definition, shopFiles } from "../../support/shop";
import { errorOf, worldOf, type WorldValues } from "../../support/world";

const files = shopFiles({ list: definition("orders") });
const page = "https://github.com/acme/releases";
const deployed = { "acme/releases production production": "d1" };

const stacksOf = (more: Partial<WorldValues>) =>
  deployedStacks(worldOf({ files, git: { page, commits: { d1: files } }, github: {}, ...more }));

describe("deployedStacks", () => {
  it("returns where GitHub says that each stack was deployed last", async () => {
    assert.deepEqual(await stacksOf({ deployed }), [{ stack: "production", commit: "d1" }]);
  });

  it("returns none where nobody can say", async () => {
    for (const more of [{}, { deployed, github: null }, { deployed, git: {} }]) {
      assert.deepEqual(await stacksOf(more), []);
    }
    assert.deepEqual(await stacksOf({ deployed, git: null }), []);
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
