import assert from "node:assert/strict";
import { openRepository } from "../../src/app/open";
import { planStacks, type PlannedStack } from "../../src/app/plan-stacks";
import { formatStack } from "../../src/format/plan";
import { GITHUB_ISSUER } from "../../src/core/verify/signed-by";
import type { Reporter } from "../../src/app/reporter";
import { definition, shopFiles } from "../support/shop";
import {
  errorOf,
  HELM_RELEASES,
  helmRelease,
  listener,
  worldOf,
  type Texts,
} from "../support/world";

function plan(
  files: Texts,
  names: readonly string[],
  report: Reporter = listener(),
): Promise<Map<string, PlannedStack>> {
  const world = worldOf({ files, engine: HELM_RELEASES });
  return planStacks(world, openRepository(world), names, report);
}

describe("planStacks", () => {
  it("returns what a stack declares", async () => {
    const files = shopFiles({
      list: definition("orders"),
      pins: { staging: ["orders: v1.2.0"] },
      more: { staging: "  releases:holds: { orders: { reason: audit } }\n" },
    });
    assert.deepEqual(
      await plan(files, ["staging"]),
      new Map([
        [
          "staging",
          {
            services: [
              {
                name: "orders",
                version: "v1.2.0",
                digest: null,
                chart: "./charts/service/0.1.0",
                chartVersion: "0.1.0",
                held: true,
              },
            ],
            resources: [helmRelease("staging", "orders", "v1.2.0")],
            outputs: {
              environment: "staging",
              services: { orders: { version: "v1.2.0" } },
              repositories: {},
              webhooks: {},
            },
          },
        ],
      ]),
    );
  });

  it("says whose signatures an environment demands, and nothing where it has no policy", async () => {
    const of = `issuer: "${GITHUB_ISSUER}", workflow: .github/workflows/release.yml`;
    const path = `environments:
  testing: { accepts: [release] }
  staging: { accepts: [release], verify: { mode: warn } }
  production:
    accepts: [release]
    verify:
      mode: require
      identities: [{ ${of}, repository: acme/shop, ref: '^refs/tags/v.*$' }]
      services: { web: { mode: off }, infra: { identities: [{ key: trust/infra.pub }] } }
`;
    const names = ["catalog", "infra", "orders", "web"];
    const pins = names.map((name) => `${name}: v1.0.0`);
    const files = shopFiles({
      list: names.map((name) => definition(name)).join(""),
      environments: path,
      pins: { testing: pins, staging: pins, production: pins },
    });
    const planned = await plan(files, []);
    const shop =
      "require: GitHub Actions in acme/shop (.github/workflows/release.yml) at ^refs/tags/v.*$";
    const demands = [...planned].map(([stack, { services }]) => [
      stack,
      services.map(({ name, ...service }) => [name, service.verify]),
    ]);
    const own = names.map((name) => [name, `warn: GitHub Actions in acme/${name}`]);
    assert.deepEqual(demands, [
      ["testing", names.map((name) => [name, undefined])],
      ["staging", own],
      [
        "production",
        [
          ["catalog", shop],
          ["infra", "require: the key trust/infra.pub"],
          ["orders", shop],
          ["web", "off"],
        ],
      ],
    ]);
    const [testing, , production] = [...planned].map(([stack, one]) => formatStack(stack, one));
    assert.doesNotMatch(testing ?? "", /SIGNATURES/);
    const lines = (production ?? "").split("\n");
    const first = lines.findIndex((line) => line.includes("SIGNATURES"));
    assert.deepEqual(
      lines.slice(first + 1, first + 4).map((line) => line.trim()),
      [
        `${shop}  catalog, orders`,
        `${"require: the key trust/infra.pub".padEnd(shop.length)}  infra`,
        `${"off".padEnd(shop.length)}  web`,
      ],
    );
    assert.equal("verify" in (planned.get("testing")?.services[0] ?? {}), false);
  });

  it("takes all stacks in the order of the path, or those asked for in their order", async () => {
    const keys = async (...names: string[]) => [...(await plan(shopFiles(), names)).keys()];
    assert.deepEqual(await keys(), ["testing", "staging", "production"]);
    assert.deepEqual(await keys("production", "testing", "production"), ["production", "testing"]);
  });

  it("takes an environment for all of its stacks", async () => {
    const { "Pulumi.testing.yaml": whole = "", ...files } = shopFiles();
    const shard = (context: string, name: string): string =>
      whole
        .replace("context: testing", `context: ${context}`)
        .replace(/ {2}releases:versions[^]*/, "") +
      `  releases:environment: testing\n  releases:select: { names: [${name}] }\n`;
    const shards = {
      "Pulumi.one.yaml": shard("one", "orders"),
      "Pulumi.two.yaml": shard("two", "catalog"),
    };
    assert.deepEqual(
      [...(await plan({ ...files, ...shards }, ["testing"])).keys()],
      ["one", "two"],
    );
  });

  it("refuses a name that is neither, and a repository without stacks", async () => {
    await assert.rejects(
      plan(shopFiles(), ["stagin"]),
      errorOf("usage", 'unknown stack "stagin"; did you mean "staging"?'),
    );
    await assert.rejects(
      plan({ "service/shop.yaml": definition("orders") }, []),
      errorOf("usage", "there is no stack config, Pulumi.<stack>.yaml"),
    );
  });

  it("is stopped by an error of the stack itself, and not by one of another", async () => {
    const files = shopFiles({ pins: { staging: ["orders: 1.0", "catalog: v1.0.0"] } });
    assert.deepEqual([...(await plan(files, ["testing"])).keys()], ["testing"]);
    for (const names of [["staging"], []]) {
      await assert.rejects(plan(files, names), errorOf("findings", "1 finding"));
    }
  });

  it("tells warnings", async () => {
    const report = listener();
    const path = "environments:\n  testing: { accepts: [release], minimumAge: 3d }\n";
    await plan(shopFiles({ environments: path }), ["testing"], report);
    assert.deepEqual(
      report.notices.map((notice) => notice.kind === "finding" && notice.issue.code),
      ["key-without-effect"],
    );
  });
});
