import assert from "node:assert/strict";
import { releases } from "../support/cli";
import { hasGit } from "../support/git";
import { shop } from "../support/shop";

const PATH = `environments:
  testing: { ref: testing, accepts: [release] }
  staging: { ref: main, from: testing, accepts: [release] }
  production: { ref: "v*", from: staging, accepts: [release] }
`;

describe("attacked by a tag", function () {
  if (!hasGit) {
    it("is skipped: it takes git", function () {
      this.skip();
    });
    return;
  }

  /** Returns what runs in production by tags, and what happened there. */
  async function production(tag: string): Promise<{ version: unknown; history: string }> {
    const folder = shop({ environments: PATH });
    folder.git("branch", "testing");
    folder.git("tag", "v1.0.0");
    folder.git("checkout", "--quiet", "-b", "mallory");
    folder.shell("sed -i 's/orders: v1.0.0/orders: v9.9.9/' Pulumi.production.yaml");
    folder.commit("of nobody");
    folder.git("tag", tag);
    folder.git("checkout", "--quiet", "main");
    const { stdout } = await releases(folder.path, "status", "--json");
    const { services } = JSON.parse(stdout) as {
      services: { name: string; cells: Record<string, { version: string }> }[];
    };
    const orders = services.find(({ name }) => name === "orders");
    const history = await releases(folder.path, "history", "orders", "--stack", "production");
    return { version: orders?.cells["production"]?.version, history: history.stdout };
  }

  for (const [tag, what] of [
    ["v9.9.9", "on a commit of no branch"],
    ["v9.9.9-test", "that may move"],
    ["v9.9.9-beta", "that GitHub can't tell from one that may move"],
  ] as const) {
    it(`${what}: production is what it was`, async () => {
      const { version, history } = await production(tag);
      assert.equal(version, "v1.0.0");
      assert.doesNotMatch(history, /v9\.9\.9/);
    });
  }
});
