import assert from "node:assert/strict";
import { releases } from "../support/cli";
import { hasGit, type GitFolder } from "../support/git";
import { digestOf } from "../support/model";
import {
  assertRefused,
  attacked,
  daysAgo,
  edit,
  FREEZE,
  judged,
  strictPath,
} from "../support/attacked";

const PRODUCTION = "Pulumi.production.yaml";
const CLUSTER = /^ {2}releases:cluster: .*\n/m;
const [OWN, OTHER] = ["d", "f"].map(digestOf) as [string, string];
const CHART = `chart: { name: oci://ghcr.io/acme/catalog, version: 1.0.0, digest: "${OWN}" }`;
const LIST = `- { github: catalog, docker: catalog, deploy: { release: v1.0.0 }, ${CHART} }
- { github: orders, docker: orders, deploy: { release: v1.0.0 } }
`;

describe("clusters, attacked", function () {
  this.timeout(60_000);
  if (!hasGit) {
    it("are skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  const repository = (path = strictPath()): GitFolder =>
    attacked({ environments: path, list: LIST });

  it("by taking one away: said first, every release is shown as deleted, and its protection", async () => {
    const folder = repository();
    edit(folder, PRODUCTION, CLUSTER, "");
    const { path, stacks } = await judged(folder);
    assert.deepEqual(path, [
      "cluster of the stack production: production -> nothing: every Helm release of production is deleted",
    ]);
    const changes = stacks["production"]?.changes.map(({ op, name }) => `${op} ${name}`);
    assert.deepEqual(changes?.sort(), ["delete catalog", "delete kubernetes", "delete orders"]);
    assert.deepEqual(stacks["production"]?.moves, []);
    const { stdout } = await releases(folder.path, "plan", "--since", "base");
    assert.ok(
      stdout.indexOf("every Helm release of production is deleted") < stdout.indexOf("delete"),
    );
    assert.match(stdout, /catalog is protected: up doesn't delete it before/);
  });

  it("by taking one away in a freeze: the freeze refuses each release", async () => {
    const folder = repository(strictPath({ production: FREEZE }));
    edit(folder, PRODUCTION, CLUSTER, "");
    const holidays = /the holidays/;
    await assertRefused(folder, [
      ["freeze", "kubernetes", holidays],
      ["freeze", "catalog", holidays],
      ["freeze", "orders", holidays],
    ]);
  });

  it("by taking one away from all stacks at once, in Pulumi.yaml", async () => {
    const folder = repository();
    for (const stack of ["testing", "staging", "production"]) {
      edit(folder, `Pulumi.${stack}.yaml`, CLUSTER, "");
    }
    folder.write(
      "Pulumi.yaml",
      "name: releases\nruntime: nodejs\nconfig:\n  releases:cluster: { value: { context: all } }\n",
    );
    folder.commit("one cluster of all");
    folder.git("tag", "shared");
    folder.write("Pulumi.yaml", "name: releases\nruntime: nodejs\n");
    const { path } = await judged(folder, "shared");
    assert.deepEqual(
      path.map((line) => line.split(" of the stack ")[1]?.split(":")[0]),
      ["testing", "staging", "production"],
    );
  });

  it("by a chart that comes with a cluster: it ran nowhere, so order and soak refuse it", async () => {
    const folder = repository();
    edit(folder, PRODUCTION, CLUSTER, "");
    folder.commit("no cluster any more", daysAgo(5));
    folder.git("tag", "without");
    edit(
      folder,
      PRODUCTION,
      /$/,
      `  releases:cluster: { context: production }\n  releases:charts: { catalog: "9.9.9@${OTHER}" }\n`,
    );
    const evil =
      /runs the chart oci:\/\/ghcr\.io\/acme\/catalog 1\.0\.0@\S+, not the chart oci:\/\/ghcr\.io\/acme\/catalog 9\.9\.9/;
    await assertRefused(
      folder,
      [
        ["order", "catalog", evil],
        ["soak", "catalog", /9\.9\.9@\S+ never ran in staging/],
      ],
      { since: "without" },
    );
  });

  it("by a cluster that upstream has not: it runs no chart there, whatever it ran", async () => {
    const folder = repository();
    edit(folder, "Pulumi.staging.yaml", CLUSTER, "");
    edit(folder, PRODUCTION, CLUSTER, "");
    folder.commit("no clusters any more", daysAgo(5));
    folder.git("tag", "without");
    edit(folder, PRODUCTION, /$/, "  releases:cluster: { context: production }\n");
    const none = /^staging runs no chart, not the chart /;
    await assertRefused(
      folder,
      [
        ["order", "catalog", none],
        ["soak", "catalog", /never ran in staging/],
        ["order", "orders", none],
        ["soak", "orders", /never ran in staging/],
      ],
      { since: "without" },
    );
  });

  it("by a chart whose soak began before upstream had a cluster: it counts from the cluster on", async () => {
    const folder = repository();
    edit(folder, "Pulumi.staging.yaml", CLUSTER, "");
    edit(folder, PRODUCTION, /$/, `  releases:charts: { catalog: "0.9.0@${OTHER}" }\n`);
    folder.commit("staging has no cluster", daysAgo(5));
    edit(folder, "Pulumi.staging.yaml", /$/, "  releases:cluster: { context: staging }\n");
    const { at } = daysAgo(0.5);
    folder.commit("staging has one again", { at });
    folder.git("tag", "regained");
    edit(folder, PRODUCTION, `0.9.0@${OTHER}`, `1.0.0@${OWN}`);
    const since = new RegExp(`running in staging since ${at.slice(0, 10)}.*; 24h required`);
    await assertRefused(folder, [["soak", "catalog", since]], { since: "regained" });
  });

  it("in honest hands: a cluster comes to one environment after the other", async () => {
    const folder = repository();
    for (const stack of ["testing", "staging", "production"]) {
      edit(folder, `Pulumi.${stack}.yaml`, CLUSTER, "");
    }
    folder.commit("no clusters", daysAgo(9));
    for (const [stack, days] of [
      ["testing", 8],
      ["staging", 5],
      ["production", 2],
    ] as const) {
      folder.git("tag", "--force", "before");
      edit(folder, `Pulumi.${stack}.yaml`, /$/, `  releases:cluster: { context: ${stack} }\n`);
      const { code, path, stacks } = await judged(folder, "before");
      assert.deepEqual([code, stacks[stack]?.refused], [0, []]);
      assert.deepEqual(path, [`cluster of the stack ${stack}: nothing -> ${stack}`]);
      folder.commit(`${stack} has a cluster`, daysAgo(days));
    }
  });
});
