import assert from "node:assert/strict";
import { releases } from "../support/cli";
import { folderOf } from "../support/folder";
import { hasGit } from "../support/git";
import { pin, shop } from "../support/shop";

describe("releases history", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("prints the contract's fields, newest first", async () => {
    const folder = shop({ at: "2026-11-01T12:00:00Z" });
    pin(folder, "production", "orders: v1.0.0", "orders: v1.1.0", {
      at: "2026-11-02T12:00:00Z",
      author: "Grace",
    });
    const commit = folder.git("rev-parse", "HEAD");
    const { code, stdout, stderr } = await releases(folder.path, "history", "orders", "--json");
    assert.deepEqual([code, stderr], [0, ""]);
    const entries = JSON.parse(stdout) as Record<string, unknown>[];
    assert.deepEqual(entries[0], {
      at: "2026-11-02T12:00:00.000Z",
      environment: "production",
      stack: "production",
      service: "orders",
      from: "v1.0.0",
      to: "v1.1.0",
      fromDigest: null,
      toDigest: null,
      commit,
      author: "Grace",
      pullRequest: null,
      reason: null,
    });
    assert.equal(entries.length, 4);
  });

  it("is about one service, or one stack", async () => {
    const folder = shop({ at: "2026-11-01T12:00:00Z" });
    assert.equal((await releases(folder.path, "history")).stdout.trim().split("\n").length, 7);
    const { stdout } = await releases(folder.path, "history", "orders", "--stack", "staging");
    assert.equal(
      stdout,
      `  AT                 ENVIRONMENT  SERVICE  FROM  TO      BY   PR  COMMIT        REASON
  2026-11-01T12:00Z  staging      orders         v1.0.0  Ada      ${folder.git("rev-parse", "--short=12", "HEAD")}\n`,
    );
  });

  it("says that a clone is shallow", async () => {
    const folder = shop();
    pin(folder, "production", "orders: v1.0.0", "orders: v1.1.0");
    const clone = folderOf({});
    folder.git("clone", "--quiet", "--depth", "1", `file://${folder.path}`, clone);
    const { code, stdout, stderr } = await releases(clone, "history");
    assert.equal(code, 0);
    assert.equal(stdout, "No service ran yet.\n");
    assert.equal(
      stderr,
      "this clone is shallow, so its history is incomplete; run git fetch --unshallow\n",
    );
  });

  it("is empty before the first commit", async () => {
    const folder = shop();
    folder.removeGit();
    folder.git("init", "--quiet");
    assert.deepEqual(await releases(folder.path, "history"), {
      code: 0,
      stdout: "No service ran yet.\n",
      stderr: "",
    });
  });

  it("exits with 3 outside of git, and with 2 for what never was", async () => {
    const folder = shop();
    const unknown = await releases(folder.path, "history", "nothing");
    assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
    assert.match(unknown.stderr, /unknown service "nothing"; known are /);
    assert.equal((await releases(folder.path, "history", "--stack", "x")).code, 2);
    folder.removeGit();
    const outside = await releases(folder.path, "history");
    assert.equal(outside.code, 3);
    assert.match(outside.stderr, /^releases: .* is not in a git repository\n$/);
  });
});
