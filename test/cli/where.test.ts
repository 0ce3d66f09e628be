import assert from "node:assert/strict";
import { releases } from "../support/cli";
import { hasGit } from "../support/git";
import { digestOf } from "../support/model";
import { pin, shop } from "../support/shop";

describe("releases where", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  const pinned = `v1.1.0@${digestOf("a")}`;

  it("prints the contract's fields", async () => {
    const folder = shop({ at: "2026-11-01T12:00:00Z" });
    pin(folder, "production", "orders: v1.0.0", `orders: ${pinned}`, {
      at: "2026-11-02T12:00:00Z",
    });
    const commit = folder.git("rev-parse", "HEAD");
    const run = await releases(folder.path, "where", "aaaaaaaaaaaa", "--json");
    assert.deepEqual([run.code, run.stderr], [0, ""]);
    assert.deepEqual(JSON.parse(run.stdout), [
      {
        service: "orders",
        environment: "production",
        stack: "production",
        version: "v1.1.0",
        digest: digestOf("a"),
        from: "2026-11-02T12:00:00.000Z",
        until: null,
        commit,
        file: "Pulumi.production.yaml",
      },
    ]);
  });

  it("prints a table, and finds what a commit of the repository brought", async () => {
    const folder = shop({ at: "2026-11-01T12:00:00Z" });
    pin(folder, "production", "orders: v1.0.0", `orders: ${pinned}`, {
      at: "2026-11-02T12:00:00Z",
    });
    const [before, after] = ["HEAD~1", "HEAD"].map((name) => folder.git("rev-parse", name));
    const { stdout } = await releases(folder.path, "where", "orders@v1.0.0");
    const [start, end] = [before?.slice(0, 12) ?? "", after?.slice(0, 12) ?? ""];
    assert.equal(
      stdout,
      `  SERVICE  ENVIRONMENT  STACK       VERSION  DIGEST  FROM               UNTIL              COMMIT        FILE
  orders   staging      staging     v1.0.0           2026-11-01T12:00Z  runs now           ${start}  Pulumi.staging.yaml
  orders   testing      testing     v1.0.0           2026-11-01T12:00Z  runs now           ${start}  Pulumi.testing.yaml
  orders   production   production  v1.0.0           2026-11-01T12:00Z  2026-11-02T12:00Z  ${start}  Pulumi.production.yaml\n`,
    );
    const brought = await releases(folder.path, "where", end);
    assert.deepEqual(
      brought.stdout.split("\n").map((line) => line.trim().split(/ +/).slice(0, 2).join(" ")),
      [
        "SERVICE ENVIRONMENT",
        "(all) production",
        "(all) staging",
        "(all) testing",
        "orders production",
        "",
      ],
    );
  });

  it("exits with 1 and says where it looked, with 2 for what names nothing", async () => {
    const folder = shop();
    const { code, stdout, stderr } = await releases(folder.path, "where", "v9.9.9", "--json");
    assert.deepEqual([code, stdout], [1, "[]\n"]);
    assert.equal(
      stderr,
      "v9.9.9 neither runs nor ran in testing, staging, production; 6 pins and charts of their history were searched\n",
    );
    assert.match(
      (await releases(folder.path, "where", "0123456789AB")).stderr,
      /^0123456789AB neither .* searched; of an image for several platforms give its index's digest\n$/,
    );
    assert.equal((await releases(folder.path, "where", "latest")).code, 2);
  });
});
