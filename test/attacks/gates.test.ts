import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { releases } from "../support/cli";
import { hasGit, type GitFolder } from "../support/git";
import { digestOf } from "../support/model";
import { definition, type Shop } from "../support/shop";
import {
  assertRefused,
  attacked,
  daysAgo,
  edit,
  EVIL,
  EVIL_DIGEST,
  FREEZE,
  judged,
  pinEvil,
  RUNS,
  type Refusal,
  strictPath,
} from "../support/attacked";

const NEVER_RAN = /^staging runs v1\.0\.0, not v9\.9\.9$/;
const NEVER_SOAKED = /^v9\.9\.9 never ran in staging; 24h required$/;
const FROZEN = /^production is frozen: the holidays; a hotfix passes with --break-glass REASON$/;
const HOLD = "  releases:holds: { catalog: { reason: keep } }\n";
const LIST = "service/shop.yaml";
const PRODUCTION = "Pulumi.production.yaml";

describe("gates, attacked", function () {
  if (!hasGit) {
    it("are skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  describe("by a move", () => {
    it("that is nothing else: order and soak refuse it", async () => {
      const folder = attacked();
      pinEvil(folder);
      await assertRefused(folder, [
        ["order", "catalog", NEVER_RAN],
        ["soak", "catalog", NEVER_SOAKED],
      ]);
    });

    it("with a hold beside it, in a freeze: it is no rollback", async () => {
      const folder = attacked({ environments: strictPath({ production: FREEZE }) });
      pinEvil(folder);
      fs.appendFileSync(path.join(folder.path, PRODUCTION), HOLD);
      await assertRefused(folder, [
        [
          "hold",
          "catalog",
          /^held: keep; lift it with releases unhold catalog --stack production$/,
        ],
        ["order", "catalog", NEVER_RAN],
        ["soak", "catalog", NEVER_SOAKED],
        ["freeze", "catalog", FROZEN],
      ]);
    });

    it("as a rollback to a version that ran, with bytes that nobody pinned: the registry is asked", async () => {
      const folder = attacked({
        environments: strictPath({ staging: FREEZE }),
      });
      const STAGING = "Pulumi.staging.yaml";
      edit(folder, STAGING, "catalog: v1.0.0", "catalog: v1.1.0");
      folder.commit("later", daysAgo(5));
      folder.git("tag", "--force", "base");
      edit(folder, STAGING, "catalog: v1.1.0", `catalog: v1.0.0@${EVIL_DIGEST}`);
      fs.appendFileSync(path.join(folder.path, STAGING), HOLD);
      const { staging } = (await judged(folder)).stacks;
      assert.deepEqual(staging?.refused, []);
      assert.deepEqual(
        staging.pending.map(({ gate, service, reason }) => [gate, service, reason]),
        [
          [
            "same-digest",
            "catalog",
            "staging pins no digest; the registry is asked before it is deployed",
          ],
        ],
      );
    });

    it("as a rollback that takes nothing but the digest away: it is no rollback", async () => {
      const folder = attacked({
        environments: strictPath({ staging: FREEZE }),
      });
      const STAGING = "Pulumi.staging.yaml";
      edit(folder, STAGING, "catalog: v1.0.0", `catalog: ${RUNS}`);
      folder.commit("pinned", daysAgo(5));
      folder.git("tag", "--force", "base");
      edit(folder, STAGING, `catalog: ${RUNS}`, "catalog: v1.0.0");
      fs.appendFileSync(path.join(folder.path, STAGING), HOLD);
      const { staging } = (await judged(folder)).stacks;
      assert.deepEqual(
        staging?.refused.map(({ gate }) => gate),
        ["hold", "freeze"],
      );
    });

    it("by releases rollback --to what is newer: nothing is written", async () => {
      const folder = attacked();
      const args = ["catalog", "--stack", "production", "--to", EVIL, "--reason", "hotfix"];
      const { code, stderr } = await releases(folder.path, "rollback", ...args);
      assert.equal(code, 2);
      assert.match(stderr, /v9\.9\.9/);
      assert.equal(folder.git("status", "--porcelain"), "");
    });

    for (const [how, refs] of [
      ["without refs", {}],
      ["with one ref", { testing: "ref: main", staging: "ref: main", production: "ref: main" }],
    ] as const) {
      for (const committed of [false, true]) {
        const when = committed ? "committed" : "not committed";
        it(`in every stack at once, ${how}, ${when}: it ran nowhere`, async () => {
          const folder = attacked({ environments: strictPath(refs) });
          for (const stack of ["testing", "staging", "production"]) pinEvil(folder, stack);
          if (committed) folder.commit("all at once", daysAgo(9));
          const what = "doesn't run v9\\.9\\.9 yet: it comes with the same change";
          const coming = new RegExp(`^staging ${what}$`);
          const soak =
            /^running time in staging is unknown: it comes with the same change; 24h required$/;
          await assertRefused(folder, [
            ["order", "catalog", coming],
            ["soak", "catalog", soak],
          ]);
          await assertRefused(folder, [["order", "catalog", new RegExp(`^testing ${what}$`)]], {
            stack: "staging",
          });
        });
      }
    }

    for (const name of ["a-first", "z-last"]) {
      it(`that one of two stacks of staging ran, ${name}: the environment didn't run it`, async () => {
        const folder = attacked();
        const config = folder
          .read("Pulumi.staging.yaml")
          .replace("context: staging", `context: ${name}`)
          .replace("config:\n", "config:\n  releases:environment: staging\n");
        folder.write(`Pulumi.${name}.yaml`, config);
        pinEvil(folder, name);
        folder.commit("a stack", daysAgo(5));
        folder.write(`Pulumi.${name}.yaml`, config);
        const since = folder.commit("as the other one", daysAgo(2));
        pinEvil(folder);
        await assertRefused(
          folder,
          [
            ["order", "catalog", /^staging \(staging\) runs v1\.0\.0, not v9\.9\.9$/],
            ["soak", "catalog", /^v9\.9\.9 never ran in staging \(staging\); 24h required$/],
          ],
          { since },
        );
      });
    }

    it("of the same version to other bytes: same-digest refuses it", async () => {
      const folder = attacked();
      edit(folder, PRODUCTION, `catalog: ${RUNS}`, `catalog: v1.0.0@${EVIL_DIGEST}`);
      await assertRefused(folder, [
        ["same-digest", "catalog", /^production runs v1\.0\.0@.* other bytes needs a new number$/],
      ]);
    });

    it("to a soaked version with bytes that nobody pinned upstream: it is pending", async () => {
      const folder = attacked();
      edit(folder, "Pulumi.staging.yaml", "catalog: v1.0.0", "catalog: v1.1.0");
      edit(folder, "Pulumi.testing.yaml", "catalog: v1.0.0", "catalog: v1.1.0");
      const since = folder.commit("staging", daysAgo(5));
      edit(folder, PRODUCTION, `catalog: ${RUNS}`, `catalog: v1.1.0@${EVIL_DIGEST}`);
      const { stacks } = await judged(folder, since);
      assert.deepEqual(stacks["production"]?.refused, []);
      assert.deepEqual(stacks["production"].pending, [
        {
          gate: "same-digest",
          service: "catalog",
          reason: "staging pins no digest; the registry is asked before it is deployed",
          passesAt: null,
          version: "v1.1.0",
        },
      ]);
    });

    it("to a rejected version, which the same change takes from the rejected ones", async () => {
      const rejected = "rejected: { catalog: [{ version: v1.1.0, reason: loses orders }] }\n";
      const folder = attacked({ environments: strictPath() + rejected });
      edit(folder, "Pulumi.staging.yaml", "catalog: v1.0.0", "catalog: v1.1.0");
      const since = folder.commit("staging", daysAgo(5));
      edit(folder, PRODUCTION, `catalog: ${RUNS}`, `catalog: v1.1.0@${EVIL_DIGEST}`);
      const reason = "v1\\.1\\.0 is rejected: loses orders";
      await assertRefused(folder, [["rejected", "catalog", new RegExp(`^${reason}`)]], { since });
      edit(folder, "environments.yaml", rejected, "");
      const { path: changes } = await assertRefused(
        folder,
        [["rejected", "catalog", new RegExp(`^before this change: ${reason}`)]],
        { since },
      );
      assert.equal(changes.length, 1);
      assert.match(changes[0] ?? "", /^rejected: .*loses orders.* -> nothing$/);
    });
  });

  describe("by what nobody knows", () => {
    it("a definition that staging doesn't run: order refuses it", async () => {
      const folder = attacked();
      edit(
        folder,
        LIST,
        definition("catalog"),
        definition("catalog", ", environments: [testing, production]"),
      );
      edit(folder, "Pulumi.staging.yaml", "    catalog: v1.0.0\n", "");
      const since = folder.commit("not for staging", daysAgo(5));
      pinEvil(folder);
      await assertRefused(folder, [["order", "catalog", /^staging: it doesn't run catalog; /]], {
        since,
      });
    });

    it("a version that staging ran, of a service that it runs no more: order refuses it", async () => {
      const folder = attacked();
      edit(folder, "Pulumi.staging.yaml", "catalog: v1.0.0", "catalog: v1.1.0");
      folder.commit("a version", daysAgo(8));
      edit(folder, "Pulumi.staging.yaml", "    catalog: v1.1.0\n", "");
      const own = definition("catalog", ", environments: [testing, production]");
      edit(folder, LIST, definition("catalog"), own);
      const since = folder.commit("not for staging", daysAgo(5));
      edit(folder, PRODUCTION, RUNS, `v1.1.0@${digestOf("b")}`);
      await assertRefused(folder, [["order", "catalog", /^staging: it doesn't run catalog; /]], {
        since,
      });
    });

    it("a definition that takes the service from staging in the same change", async () => {
      const folder = attacked();
      edit(
        folder,
        LIST,
        definition("catalog"),
        definition("catalog", ", environments: [testing, production]"),
      );
      edit(folder, "Pulumi.staging.yaml", "    catalog: v1.0.0\n", "");
      pinEvil(folder);
      await assertRefused(folder, [
        ["order", "catalog", NEVER_RAN],
        ["soak", "catalog", NEVER_SOAKED],
      ]);
    });

    it("a service of production alone, in a freeze: order and freeze refuse it", async () => {
      const folder = attacked({ environments: strictPath({ production: FREEZE }) });
      const miner = definition("miner", ", environments: [production]");
      fs.appendFileSync(path.join(folder.path, LIST), miner);
      edit(folder, PRODUCTION, `orders: ${RUNS}`, `orders: ${RUNS}\n    miner: ${EVIL}`);
      await assertRefused(folder, [
        [
          "order",
          "miner",
          /^staging: it doesn't run miner; .* name it in "enters" of environments/,
        ],
        ["freeze", "miner", FROZEN],
      ]);
    });

    for (const [what, file] of [
      ["stack config", "Pulumi.staging.yaml"],
      ["definition", LIST],
    ] as const) {
      it(`a ${what} upstream that is a link, in the working tree and in a commit`, async () => {
        const refs = { staging: "ref: main" };
        const folder = attacked({ environments: strictPath(refs) });
        const content = folder.read(file);
        folder.write(`elsewhere/${path.basename(file)}`, content);
        folder.remove(file);
        const up = "../".repeat(file.split("/").length - 1);
        fs.symlinkSync(`${up}elsewhere/${path.basename(file)}`, path.join(folder.path, file));
        const { code, stderr } = await releases(folder.path, "plan", "--since", "base");
        assert.equal(code, 1);
        assert.match(stderr, new RegExp(`^${file.replaceAll(".", "\\.")}:1:1 link `, "m"));
        folder.commit("a link");
        folder.git("checkout", "--quiet", "--detach", "base");
        pinEvil(folder);
        await assertRefused(folder, [
          [
            "order",
            "catalog",
            /^staging: (?:no stack config of it can be read|it can't be declared): /,
          ],
        ]);
      });
    }

    for (const [how, attack] of [
      ["is broken", (file: string) => fs.appendFileSync(file, "  x: [\n")],
      ["is gone", (file: string) => fs.rmSync(file)],
    ] as const) {
      it(`staging's config, which ${how} after production's tag`, async () => {
        const refs = { staging: "ref: main", production: 'ref: "v*"' };
        const folder = attacked({ environments: strictPath(refs) });
        folder.git("tag", "v1.0.0");
        pinEvil(folder);
        folder.commit("evil");
        folder.git("tag", "v1.1.0");
        attack(path.join(folder.path, "Pulumi.staging.yaml"));
        folder.commit("nobody can read it");
        folder.git("checkout", "--quiet", "v1.1.0");
        await assertRefused(
          folder,
          [["order", "catalog", /^staging: .*; repair it, promote the service to staging first/]],
          { since: "v1.0.0" },
        );
      });
    }

    it("an object that git lacks: it is a failure, and nobody's no", async () => {
      const folder = attacked();
      const id = folder.git("rev-parse", "base:Pulumi.staging.yaml");
      pinEvil(folder);
      folder.remove(`.git/objects/${id.slice(0, 2)}/${id.slice(2)}`);
      const { code, stdout, stderr } = await releases(folder.path, "plan", "--since", "base");
      assert.deepEqual([code, stdout], [3, ""]);
      assert.match(stderr, new RegExp(id));
    });
  });

  describe("by another path in the same change", () => {
    const ALREADY = [
      ["order", "catalog", /^before this change: staging runs v1\.0\.0, not v9\.9\.9$/],
      ["soak", "catalog", /^before this change: v9\.9\.9 never ran in staging; 24h required$/],
    ] as const;

    it("without soak: the path before refuses, and the change of the path comes first", async () => {
      const folder = attacked();
      for (const stack of ["testing", "staging"]) {
        edit(folder, `Pulumi.${stack}.yaml`, "catalog: v1.0.0", "catalog: v1.1.0");
      }
      const since = folder.commit("an hour ago", daysAgo(1 / 24));
      edit(folder, PRODUCTION, `catalog: ${RUNS}`, `catalog: v1.1.0@${EVIL_DIGEST}`);
      edit(folder, "environments.yaml", ", soak: 24h", "");
      const found = await assertRefused(
        folder,
        [["soak", "catalog", /^before this change: has been running in staging since .*; 24h/]],
        { since },
      );
      assert.deepEqual(found.path, ["production.soak: 24h -> nothing"]);
    });

    it("from testing instead of staging", async () => {
      const folder = attacked();
      pinEvil(folder, "testing");
      const since = folder.commit("testing", daysAgo(5));
      pinEvil(folder);
      edit(folder, "environments.yaml", "from: staging", "from: testing");
      const found = await assertRefused(folder, ALREADY, { since });
      assert.deepEqual(found.path, ['production.from: ["staging"] -> ["testing"]']);
    });

    it("in which production begins a path", async () => {
      const folder = attacked();
      pinEvil(folder);
      edit(folder, "environments.yaml", "from: staging, ", "");
      edit(folder, "environments.yaml", ", soak: 24h", "");
      await assertRefused(folder, ALREADY);
    });

    it("that lets the service enter", async () => {
      const folder = attacked();
      pinEvil(folder);
      edit(folder, "environments.yaml", "soak: 24h", "soak: 24h, enters: [catalog]");
      await assertRefused(folder, ALREADY);
    });

    it("without a freeze", async () => {
      const folder = attacked({ environments: strictPath({ production: FREEZE }) });
      edit(folder, LIST, "deploy:", "values: { replicaCount: 200 }, deploy:");
      edit(folder, "environments.yaml", `, ${FREEZE}`, "");
      await assertRefused(folder, [
        ["freeze", "catalog", /^before this change: production is frozen: the holidays; /],
      ]);
    });

    for (const [how, attack] of [
      ["removed", "git rm --quiet environments.yaml"],
      ["renamed", "git mv environments.yaml environments.yml"],
    ] as const) {
      it(`that is ${how}: the gate path refuses, and so does each gate of before`, async () => {
        const folder = attacked();
        pinEvil(folder);
        folder.shell(attack);
        const found = await assertRefused(folder, [
          ["path", "environments.yaml", /^environments\.yaml is gone, .*; restore it$/],
          ...ALREADY,
        ]);
        assert.deepEqual(found.path, ["environments.yaml is removed"]);
      });
    }

    it("whose file was unreadable before: a move waits for the repair", async () => {
      const folder = attacked();
      const sound = folder.read("environments.yaml");
      folder.write("environments.yaml", `${sound}  x: [\n`);
      const since = folder.commit("broken");
      folder.write("environments.yaml", sound);
      pinEvil(folder);
      await assertRefused(
        folder,
        [
          ["order", "catalog", /^staging: it can't be declared: environments\.yaml:/],
          ["order", "orders", /^staging: it can't be declared: environments\.yaml:/],
          ["path", "environments.yaml", /can't be read, .* repair it in a change of its own$/],
        ],
        { since },
      );
    });

    it("in which staging's ref is a branch of the attacker", async () => {
      const folder = attacked({ environments: strictPath({ staging: "ref: main" }) });
      folder.git("checkout", "--quiet", "-b", "mine");
      pinEvil(folder, "staging");
      folder.commit("staging, if you believe it", daysAgo(5));
      folder.git("checkout", "--quiet", "-b", "change", "base");
      edit(folder, "environments.yaml", "ref: main", "ref: mine");
      pinEvil(folder);
      const found = await assertRefused(folder, ALREADY);
      assert.deepEqual(found.path, ["staging.ref: main -> mine"]);
    });

    it("in which production's stack is one of testing", async () => {
      const folder = attacked();
      folder.git("mv", PRODUCTION, "Pulumi.live.yaml");
      const live = "Pulumi.live.yaml";
      edit(folder, live, "config:\n", "config:\n  releases:environment: production\n");
      const since = folder.commit("a stack of another name", daysAgo(9));
      edit(folder, live, "environment: production", "environment: testing");
      pinEvil(folder, "live");
      const found = await assertRefused(folder, ALREADY, { stack: "live", since });
      assert.deepEqual(found.path, ["environment of the stack live: production -> testing"]);
    });

    it("and a new stack of production: what others of it ran counts, and it is no first one", async () => {
      const folder = attacked();
      const config = folder
        .read(PRODUCTION)
        .replace("context: production", "context: prod2")
        .replace("config:\n", "config:\n  releases:environment: production\n");
      folder.write("Pulumi.prod2.yaml", config.replace(/catalog: .*/, `catalog: ${EVIL}`));
      await assertRefused(
        folder,
        [
          ["order", "catalog", NEVER_RAN],
          ["soak", "catalog", NEVER_SOAKED],
        ],
        { stack: "prod2" },
      );
    });

    it("and a renamed stack config of production: it is no first deployment", async () => {
      const folder = attacked();
      pinEvil(folder);
      edit(folder, PRODUCTION, "config:\n", "config:\n  releases:environment: production\n");
      folder.shell("git mv Pulumi.production.yaml Pulumi.live.yaml");
      await assertRefused(
        folder,
        [
          ["order", "catalog", NEVER_RAN],
          ["soak", "catalog", NEVER_SOAKED],
        ],
        { stack: "live" },
      );
    });

    it("and an environment of another name, which production's stack joins", async () => {
      const folder = attacked();
      pinEvil(folder);
      edit(folder, "environments.yaml", "  production:", "  live:");
      edit(folder, "environments.yaml", "from: staging, ", "");
      edit(folder, "environments.yaml", ", soak: 24h", "");
      edit(folder, PRODUCTION, "config:\n", "config:\n  releases:environment: live\n");
      await assertRefused(folder, ALREADY);
    });
  });

  describe("in a freeze", () => {
    const frozen = { environments: strictPath({ production: FREEZE }) };
    const refused = [["freeze", "catalog", FROZEN]] as const;

    it("of an environment that begins the path", async () => {
      const folder = attacked({ environments: strictPath({ testing: FREEZE }) });
      edit(folder, "Pulumi.testing.yaml", "catalog: v1.0.0", "catalog: v1.1.0");
      await assertRefused(folder, [["freeze", "catalog", /^testing is frozen: the holidays; /]], {
        stack: "testing",
      });
    });

    it("by a service that is removed", async () => {
      const folder = attacked(frozen);
      edit(folder, LIST, definition("catalog"), "");
      for (const stack of ["testing", "staging", "production"]) {
        edit(folder, `Pulumi.${stack}.yaml`, / +catalog: .*\n/, "");
      }
      await assertRefused(folder, refused);
    });

    it("by a service that production doesn't select any more", async () => {
      const folder = attacked(frozen);
      fs.appendFileSync(
        path.join(folder.path, PRODUCTION),
        "  releases:select: { names: [orders] }\n",
      );
      edit(folder, PRODUCTION, / +catalog: .*\n/, "");
      await assertRefused(folder, refused);
    });

    it("by a stack that is removed", async () => {
      const folder = attacked(frozen);
      folder.remove(PRODUCTION);
      const found = await judged(folder);
      const { refused } = found.stacks["production"] ?? assert.fail();
      assert.deepEqual(
        [...new Set(refused.map(({ gate }) => gate))],
        ["freeze"],
        JSON.stringify(found),
      );
      assert.equal(found.code, 1);
    });

    it("by values", async () => {
      const folder = attacked(frozen);
      edit(folder, LIST, "deploy:", "values: { replicaCount: 200 }, deploy:");
      await assertRefused(folder, refused);
    });

    it("by hostNetwork in the chart that the repository brings", async () => {
      const folder = attacked(frozen);
      const template = "charts/service/templates/deployment.yaml";
      folder.write(template, "spec: {}\n");
      const since = folder.commit("a chart");
      folder.write(template, "spec: { hostNetwork: true }\n");
      const found = await assertRefused(
        folder,
        [
          ["freeze", "catalog", FROZEN],
          ["freeze", "orders", FROZEN],
        ],
        { since },
      );
      assert.deepEqual(
        found.stacks["production"]?.changes.map(({ op, name }) => [op, name]),
        [
          ["update", "catalog"],
          ["update", "orders"],
        ],
      );
    });
  });

  describe("by what else is in the same change", () => {
    /** Staging has soaked v1.1.0 of catalog, which production may run. */
    function soaked(values: Shop = {}): GitFolder {
      const folder = attacked(values);
      for (const stack of ["testing", "staging"]) {
        edit(folder, `Pulumi.${stack}.yaml`, "catalog: v1.0.0", "catalog: v1.1.0");
      }
      folder.commit("soaks", daysAgo(5));
      folder.git("tag", "--force", "base");
      edit(folder, PRODUCTION, `catalog: ${RUNS}`, `catalog: v1.1.0@${EVIL_DIGEST}`);
      return folder;
    }

    it("lifts a hold: that is a change of its own", async () => {
      const folder = soaked({ more: { production: HOLD } });
      edit(folder, PRODUCTION, HOLD, "");
      await assertRefused(folder, [["hold", "catalog", /^before this change: held: keep; /]]);
    });

    it("lifts a hold, and brings the promotion path that wasn't there", async () => {
      const folder = attacked({ more: { production: HOLD } });
      const path = folder.read("environments.yaml");
      folder.git("rm", "--quiet", "environments.yaml");
      folder.commit("without a path", daysAgo(5));
      folder.git("tag", "--force", "base");
      folder.write("environments.yaml", path);
      pinEvil(folder);
      edit(folder, PRODUCTION, HOLD, "");
      await assertRefused(folder, [
        ["order", "catalog", NEVER_RAN],
        ["soak", "catalog", NEVER_SOAKED],
        ["hold", "catalog", /^before this change: held: keep; /],
      ]);
    });

    it("ends the definition's suspension: that is a change of its own", async () => {
      const suspended = definition("catalog").replace("release: v1.0.0", "suspend: true");
      const folder = soaked({ list: suspended + definition("orders") });
      edit(folder, LIST, "suspend: true", "release: v1.0.0");
      const reason = /^before this change: suspended by its definition in service\/shop\.yaml$/;
      await assertRefused(folder, [["hold", "catalog", reason]]);
    });

    it("takes away that digests are required", async () => {
      const folder = soaked();
      edit(folder, PRODUCTION, /catalog: .*/, "catalog: v1.1.0");
      edit(folder, "environments.yaml", ", digest: required", "");
      const reason = /^before this change: production requires digests; pin it as v1\.1\.0@/;
      await assertRefused(folder, [["digest", "catalog", reason]]);
    });

    it("accepts what wasn't accepted", async () => {
      const folder = soaked();
      edit(folder, PRODUCTION, /catalog: .*/, `catalog: v1.1.0-rc.1@${EVIL_DIGEST}`);
      edit(
        folder,
        "environments.yaml",
        "staging, accepts: [release",
        "staging, accepts: [prerelease, release",
      );
      const { stacks } = await judged(folder);
      assert.ok(
        stacks["production"]?.refused.some(
          ({ gate, reason }) => gate === "prerelease" && reason.startsWith("before this change: "),
        ),
      );
    });

    it("brings the stack back that an earlier change took away: it is no first deployment", async () => {
      const folder = attacked();
      const config = folder.read(PRODUCTION);
      folder.remove(PRODUCTION);
      const since = folder.commit("gone", daysAgo(5));
      folder.write(PRODUCTION, config);
      pinEvil(folder);
      await assertRefused(
        folder,
        [
          ["order", "catalog", NEVER_RAN],
          ["soak", "catalog", NEVER_SOAKED],
        ],
        { since },
      );
    });
  });

  describe("by what runs besides the version", () => {
    it("another image by docker, which is another service: order refuses it", async () => {
      const folder = attacked();
      edit(folder, LIST, "docker: catalog", "docker: miner");
      for (const stack of ["testing", "staging", "production"]) {
        edit(folder, `Pulumi.${stack}.yaml`, "catalog:", "miner:");
      }
      const { stacks } = await assertRefused(folder, [
        ["order", "miner", /^staging doesn't run v1\.0\.0 yet: it comes with the same change; /],
        ["soak", "miner", /^running time in staging is unknown: it comes with the same change; /],
      ]);
      assert.deepEqual(
        stacks["production"]?.moves.map(({ name, from, to }) => [name, from, to]),
        [
          ["catalog", "v1.0.0", null],
          ["miner", null, "v1.0.0"],
        ],
      );
    });

    it("another chart: order and soak refuse it", async () => {
      const folder = attacked();
      const chart = `chart: { name: oci://mallory.example/c/x, version: 1.0.0, digest: "${EVIL_DIGEST}" }, deploy:`;
      edit(folder, LIST, "deploy:", chart);
      await assertRefused(folder, [
        ["order", "catalog", /^staging runs the chart .*, not the chart oci:\/\/mallory\.example/],
        ["soak", "catalog", /mallory\.example\S* 1\.0\.0@\S+ never ran in staging; 24h required$/],
      ]);
    });

    for (const [what, chart, file] of [
      ["in a folder of its own", "./mine/chart", "mine/chart/templates/pod.yaml"],
      ["by what its neighbor has", "./mine/chart", "mine/library/pod.yaml"],
    ] as const) {
      it(`a chart of the repository ${what}: a freeze refuses its bytes`, async () => {
        const own = definition("catalog", `, chart: { name: ${chart}, version: 1.0.0 }`);
        const folder = attacked({
          list: own + definition("orders"),
          environments: strictPath({ production: FREEZE }),
        });
        folder.write("mine/chart/Chart.yaml", "{ apiVersion: v2, name: chart, version: 1.0.0 }\n");
        folder.write(file, "spec: {}\n");
        const since = folder.commit("a chart");
        const same = await judged(folder, since);
        assert.deepEqual([same.code, same.stacks["production"]?.changes], [0, []]);
        folder.write(file, "spec: { hostNetwork: true }\n");
        await assertRefused(folder, [["freeze", "catalog", FROZEN]], { since });
      });
    }

    for (const what of ["one file", "a link"]) {
      it(`a chart of the repository that is ${what}: that is a finding`, async () => {
        const own = definition("catalog", ", chart: { name: ./chart.tgz, version: 1.0.0 }");
        const folder = attacked({ list: own + definition("orders") });
        folder.write("mine/chart/Chart.yaml", "{ apiVersion: v2, name: chart, version: 1.0.0 }\n");
        if (what === "a link") fs.symlinkSync("mine/chart", path.join(folder.path, "chart.tgz"));
        else folder.write("chart.tgz", "spec: {}\n");
        const { code, stderr } = await releases(folder.path, "plan", "--since", "base");
        assert.equal(code, 1);
        assert.match(stderr, /invalid-chart .* has no chart\.tgz\/Chart\.yaml; name a folder/);
      });
    }

    it("a chart with a link in it: it is a change each time", async () => {
      const folder = attacked({ environments: strictPath({ production: FREEZE }) });
      folder.write("notes.txt", "spec: {}\n");
      fs.mkdirSync(path.join(folder.path, "charts/service"), { recursive: true });
      fs.symlinkSync("../../notes.txt", path.join(folder.path, "charts/service/pod.yaml"));
      const since = folder.commit("a chart");
      folder.write("notes.txt", "spec: { hostNetwork: true }\n");
      await assertRefused(
        folder,
        [
          ["freeze", "catalog", FROZEN],
          ["freeze", "orders", FROZEN],
        ],
        { since },
      );
    });

    it("another spelling of tags, which is another image of the same version", async () => {
      const folder = attacked();
      edit(folder, LIST, "deploy:", 'tags: { image: "evil-{version}" }, deploy:');
      const wanted = "the image repository ghcr\\.io/acme/catalog:evil-\\{version\\}";
      await assertRefused(folder, [
        ["order", "catalog", new RegExp(`^staging runs the image .*, not ${wanted}$`)],
        ["soak", "catalog", new RegExp(`^${wanted} never ran in staging; 24h required$`)],
      ]);
      folder.commit("everywhere", daysAgo(5));
      folder.git("tag", "--force", "base");
      const { code, stacks } = await judged(folder);
      assert.deepEqual([code, stacks["production"]?.refused], [0, []]);
    });

    it("imageValues that point aside, where no chart is named: a finding", async () => {
      const folder = attacked();
      const aside =
        "imageValues: { repository: pinned.repository, tag: pinned.tag, digest: pinned.digest }, " +
        `values: { image: { repository: docker.io/mallory/miner, tag: latest, digest: "${EVIL_DIGEST}" } }, deploy:`;
      edit(folder, LIST, "deploy:", aside);
      const { code, stderr } = await releases(folder.path, "plan", "--since", "base");
      assert.equal(code, 1);
      assert.match(stderr, /^service\/shop\.yaml:1:\d+ \S+ .*imageValues/m);
    });

    it("values.image of somebody else: a finding", async () => {
      const folder = attacked();
      edit(folder, LIST, "deploy:", "values: { image: { repository: mallory/miner } }, deploy:");
      const { code, stderr } = await releases(folder.path, "plan", "--since", "base");
      assert.equal(code, 1);
      assert.match(stderr, /^service\/shop\.yaml:1:\d+ \S+ .*image/m);
    });

    it("a registry of somebody else: the image repository moves, and order and soak refuse it", async () => {
      const folder = attacked();
      edit(folder, PRODUCTION, "ghcr.io/acme", "ghcr.io/mallory");
      await assertRefused(
        folder,
        ["catalog", "orders"].flatMap((name): Refusal[] => {
          const [acme, mallory] = [`ghcr.io/acme/${name}`, `ghcr.io/mallory/${name}`];
          const runs = `^staging runs the image repository ${acme}, not the image repository ${mallory}$`;
          const ran = `^the image repository ${mallory} never ran in staging; 24h required$`;
          return [
            ["order", name, new RegExp(runs)],
            ["soak", name, new RegExp(ran)],
          ];
        }),
      );
    });
  });

  describe("by a broken glass", () => {
    const NEWER = `v1.1.0@${digestOf("b")}`;

    /** Both services of staging run a version that is an hour old. */
    function fresh(): GitFolder {
      const folder = attacked();
      for (const stack of ["testing", "staging"]) {
        for (const service of ["catalog", "orders"]) {
          edit(folder, `Pulumi.${stack}.yaml`, `${service}: v1.0.0`, `${service}: v1.1.0`);
        }
      }
      folder.commit("an hour ago", daysAgo(1 / 24));
      folder.git("tag", "--force", "base");
      return folder;
    }
    const promote = (folder: GitFolder, service: string, body = ""): void => {
      edit(folder, PRODUCTION, `${service}: ${RUNS}`, `${service}: ${NEWER}`);
      folder.commit(`promote(production): ${service}${body === "" ? "" : `\n\n${body}`}`);
    };
    const TOO_EARLY = /^has been running in staging since .*; 24h required$/;

    it("of staging's commit: it opens nothing of production", async () => {
      const folder = fresh();
      edit(folder, "Pulumi.staging.yaml", "catalog: v1.1.0", "catalog: v1.1.1");
      folder.commit("promote(staging): catalog\n\nBreak-glass: staging's search was down");
      promote(folder, "catalog");
      await assertRefused(folder, [["soak", "catalog", TOO_EARLY]]);
    });

    it("of another service's commit: it opens that one alone", async () => {
      const folder = fresh();
      promote(folder, "orders", "Break-glass: orders lose money");
      promote(folder, "catalog");
      await assertRefused(folder, [["soak", "catalog", TOO_EARLY]]);
    });

    it("of a commit of the chart's files: it opens a freeze for them, as it says", async () => {
      const folder = attacked({ environments: strictPath({ production: FREEZE }) });
      folder.write("charts/service/pod.yaml", "spec: {}\n");
      const since = folder.commit("a chart");
      folder.write("charts/service/pod.yaml", "spec: { hostNetwork: true }\n");
      folder.commit("a hotfix\n\nBreak-glass: it burns");
      const { code, stacks } = await judged(folder, since);
      assert.deepEqual([code, stacks["production"]?.refused], [0, []]);
    });

    it("of an empty commit, or one that touches a comment: it opens nothing", async () => {
      const folder = fresh();
      promote(folder, "catalog");
      folder.commit("nothing\n\nBreak-glass: please");
      fs.appendFileSync(path.join(folder.path, PRODUCTION), "# nothing\n");
      folder.commit("a comment\n\nBreak-glass: please");
      await assertRefused(folder, [["soak", "catalog", TOO_EARLY]]);
    });

    it("spelled in the middle of a message: it is no trailer", async () => {
      const folder = fresh();
      promote(folder, "catalog", "Break-glass: mentioned here,\nin a paragraph of prose\n\nMore.");
      await assertRefused(folder, [["soak", "catalog", TOO_EARLY]]);
    });

    it("where order refuses: it opens soak and freeze alone", async () => {
      const folder = fresh();
      pinEvil(folder);
      folder.commit("evil\n\nBreak-glass: please");
      await assertRefused(folder, [["order", "catalog", /^staging runs v1\.1\.0, not v9\.9\.9$/]]);
    });

    it("twice: both reasons are shown, to who plans and in history", async () => {
      const folder = fresh();
      promote(folder, "catalog", "Break-glass: it burns\nBreak-glass: it smokes");
      const run = await releases(folder.path, "plan", "--since", "base", "production");
      assert.equal(run.code, 0, run.stdout + run.stderr);
      for (const reason of ["it burns", "it smokes"]) {
        assert.ok(run.stdout.includes(reason), run.stdout);
        const history = await releases(folder.path, "history", "catalog", "--stack", "production");
        assert.ok(history.stdout.includes(reason), history.stdout);
      }
    });

    it("whose reason a squash with Co-authored-by keeps: shown and opened alike", async () => {
      const folder = fresh();
      promote(folder, "catalog", "Break-glass: it burns\n\nCo-authored-by: Bob <bob@acme.example>");
      const run = await releases(folder.path, "plan", "--since", "base", "production");
      const history = await releases(folder.path, "history", "catalog", "--stack", "production");
      assert.equal(history.stdout.includes("it burns"), run.code === 0);
      assert.equal(run.code, 0, run.stdout);
    });
  });
});
