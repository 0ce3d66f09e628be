import assert from "node:assert/strict";
import { releases } from "../support/cli";
import { hasGit, type GitFolder } from "../support/git";
import {
  assertRefused,
  attacked,
  daysAgo,
  edit,
  EVIL,
  FREEZE,
  judged,
  pinEvil,
  RUNS,
  strictPath,
} from "../support/attacked";

const US = "Pulumi.staging-us.yaml";

/** Writes a further stack of an environment, which runs what another stack runs. */
function addStack(folder: GitFolder, name: string, like: string, environment: string): void {
  const config = folder
    .read(`Pulumi.${like}.yaml`)
    .replace(/context: .* \}/, `context: ${name} }`)
    .replace(/^ {2}releases:environment: .*\n/m, "")
    .replace("config:\n", `config:\n  releases:environment: ${environment}\n`);
  folder.write(`Pulumi.${name}.yaml`, config);
}

/** A repository in which staging has two replicas, for nine days. */
function twoReplicas(environments = strictPath()): GitFolder {
  const folder = attacked({ environments });
  addStack(folder, "staging-us", "staging", "staging");
  folder.commit("a replica", daysAgo(9));
  return folder;
}

/** Commits as the commit that changes are compared with. */
function commitBase(folder: GitFolder, message: string, days: number): void {
  folder.commit(message, daysAgo(days));
  folder.git("tag", "--force", "base");
}

describe("stacks of an environment, attacked", function () {
  this.timeout(60_000);
  if (!hasGit) {
    it("are skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("by a new replica upstream that pins the new version in the same change: it ran nowhere", async () => {
    const folder = attacked();
    addStack(folder, "staging-us", "staging", "staging");
    pinEvil(folder, "staging-us");
    pinEvil(folder);
    await assertRefused(folder, [
      ["order", "catalog", /^staging runs v1\.0\.0, not v9\.9\.9$/],
      ["soak", "catalog", /^v9\.9\.9 never ran in staging; 24h required$/],
    ]);
  });

  it("by a replica upstream that has run it for days while another one lags", async () => {
    const folder = twoReplicas();
    pinEvil(folder, "staging-us");
    commitBase(folder, "a wave", 5);
    pinEvil(folder);
    await assertRefused(folder, [
      ["order", "catalog", /^staging \(staging\) runs v1\.0\.0, not v9\.9\.9$/],
      ["soak", "catalog", /^v9\.9\.9 never ran in staging \(staging\); 24h required$/],
    ]);
  });

  it("by removing the stack that lags in the same change: what was declared before counts", async () => {
    const folder = twoReplicas();
    pinEvil(folder, "staging-us");
    commitBase(folder, "a wave", 5);
    folder.remove("Pulumi.staging.yaml");
    pinEvil(folder);
    await assertRefused(folder, [
      ["order", "catalog", /^staging \(staging\) runs v1\.0\.0, not v9\.9\.9$/],
      ["soak", "catalog", /^v9\.9\.9 never ran in staging \(staging\); 24h required$/],
    ]);
  });

  for (const [how, act] of [
    ["removing the stack that lags", (folder: GitFolder) => folder.remove("Pulumi.staging.yaml")],
    [
      "moving the stack that lags to testing",
      (folder: GitFolder) => {
        addStack(folder, "testing-eu", "staging", "testing");
        folder.remove("Pulumi.staging.yaml");
      },
    ],
    [
      "taking the service from the stack that lags",
      (folder: GitFolder) => {
        edit(folder, "Pulumi.staging.yaml", / {4}catalog: .*\n/, "");
        const config = folder.read("Pulumi.staging.yaml");
        folder.write("Pulumi.staging.yaml", `${config}  releases:select: { names: [orders] }\n`);
      },
    ],
  ] as const) {
    it(`by ${how} an hour before: the environment soaks from then on`, async () => {
      const folder = twoReplicas();
      pinEvil(folder, "staging-us");
      folder.commit("a wave", daysAgo(5));
      act(folder);
      commitBase(folder, "the other one goes", 1 / 24);
      pinEvil(folder);
      await assertRefused(folder, [
        ["soak", "catalog", /^has been running in staging since 20.*; 24h required$/],
      ]);
    });
  }

  it("by moving a stack that has run it elsewhere into the environment: it soaks from then on", async () => {
    const folder = attacked();
    addStack(folder, "load", "testing", "testing");
    pinEvil(folder, "load");
    folder.commit("in testing", daysAgo(5));
    edit(folder, "Pulumi.load.yaml", "environment: testing", "environment: staging");
    folder.remove("Pulumi.staging.yaml");
    commitBase(folder, "into staging", 1 / 24);
    pinEvil(folder);
    await assertRefused(folder, [
      ["soak", "catalog", /^has been running in staging since 20.*; 24h required$/],
    ]);
  });

  it("by a replica whose config can't be read: order refuses, whatever the other one ran", async () => {
    const folder = twoReplicas();
    pinEvil(folder, "staging");
    folder.write(US, "config: [");
    commitBase(folder, "broken", 5);
    addStack(folder, "staging-us", "staging", "staging");
    pinEvil(folder);
    await assertRefused(folder, [
      [
        "order",
        "catalog",
        /^staging: a stack config of it can't be read: Pulumi\.staging-us\.yaml:1:10 yaml-syntax /,
      ],
    ]);
  });

  it("by a new replica of production, which is no first deployment, in a freeze", async () => {
    const folder = attacked({ environments: strictPath({ production: FREEZE }) });
    addStack(folder, "production-us", "production", "production");
    pinEvil(folder, "production-us");
    const { stacks } = await judged(folder);
    const refused = stacks["production-us"]?.refused ?? [];
    const others = refused.filter(({ gate }) => gate !== "freeze");
    assert.deepEqual(
      others.map(({ gate, service }) => `${gate} ${service}`),
      ["order catalog", "soak catalog"],
    );
    const frozen = refused.filter(({ gate }) => gate === "freeze").map(({ service }) => service);
    assert.ok(frozen.includes("catalog") && frozen.includes("orders"));
  });

  it("by a rollback of one region to what another one ran: it is no rollback there", async () => {
    const folder = attacked({ environments: strictPath({ production: FREEZE }) });
    addStack(folder, "production-us", "production", "production");
    folder.commit("a region", daysAgo(9));
    edit(folder, "Pulumi.production.yaml", `catalog: ${RUNS}`, `catalog: ${EVIL}`);
    folder.commit("it ran there once", daysAgo(8));
    edit(folder, "Pulumi.production.yaml", `catalog: ${EVIL}`, `catalog: ${RUNS}`);
    commitBase(folder, "and back", 7);
    pinEvil(folder, "production-us");
    const held = folder.read("Pulumi.production-us.yaml");
    folder.write(
      "Pulumi.production-us.yaml",
      `${held}  releases:holds: { catalog: { reason: keep } }\n`,
    );
    const found = await judged(folder, "base", "production-us");
    const gates = found.stacks["production-us"]?.refused.map(({ gate }) => gate) ?? [];
    assert.deepEqual(gates, ["hold", "order", "soak", "freeze"]);
  });

  it("by the name of another environment: nobody is led to the wrong stack", async () => {
    const folder = attacked();
    addStack(folder, "staging", "testing", "testing");
    const { stderr } = await releases(folder.path, "plan", "--since", "base");
    assert.match(stderr, /stack-named-like-environment the stack staging is one of testing/);
  });
});
