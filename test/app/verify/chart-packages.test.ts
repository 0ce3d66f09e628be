import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { otherPackages } from "../../../src/app/verify/chart-packages";
import { askPending } from "../../../src/app/verify/pinned-bytes";
import { openRepository } from "../../../src/app/open";
import { planOf } from "../../../src/app/plan-stacks";
import { promote, type PromotionResult } from "../../../src/app/promotion/promote";
import { serviceArgs } from "../../../stacks/service-args";
import { SILENT } from "../../../src/app/reporter";
import { daysAgo, edit, EVIL_DIGEST, judged } from "../../support/attacked";
import { hasGit, type GitFolder } from "../../support/git";
import { digestOf } from "../../support/model";
import { definition, shop, shopFiles } from "../../support/shop";
import { changeAt, worldOf, type TestWorld, type WorldValues } from "../../support/world";

const NAME = "oci://ghcr.io/acme/charts/catalog";
const CHART = digestOf("c");
const IMAGE = digestOf("a");
const LIST = definition("catalog", `, chart: { name: "${NAME}", version: 1.3.0 }`);
const TAG = "ghcr.io/acme/charts/catalog:1.4.0";
const STAGING = "Pulumi.staging.yaml";
const BEFORE = `1.3.0@${digestOf("9")}`;

const IMAGES = {
  [`ghcr.io/acme/catalog@${IMAGE}`]: IMAGE,
  "ghcr.io/acme/catalog:v1.0.0": IMAGE,
};

/** A line of a stack config that pins the chart. */
const chartAt = (version: string): string => `  releases:charts: { catalog: "${version}" }\n`;

const PATH = (more = ""): string => `environments:
  testing: { accepts: [release] }
  staging: { from: testing, accepts: [release]${more} }
`;

const REQUIRED = ", digest: required";
const pin = `catalog: v1.0.0@${IMAGE}`;

describe("the digest of a chart", () => {
  function worldWith(staging: string, environments: string, more: Partial<WorldValues> = {}) {
    const began = changeAt("2026-11-20T00:00:00Z", "testing", "catalog", [null, pin.slice(9)]);
    return worldOf({
      files: shopFiles({
        list: LIST,
        environments,
        pins: { testing: [pin], staging: [pin] },
        more: { testing: chartAt("1.4.0"), staging: chartAt(staging) },
      }),
      git: { histories: { testing: [began], staging: [] }, parts: { testing: [] } },
      registries: { ...IMAGES, [TAG]: CHART },
      github: null,
      now: "2026-11-21T12:00:00Z",
      ...more,
    });
  }

  const run = (world: TestWorld): Promise<PromotionResult> =>
    promote(
      world,
      {
        ...{ from: "testing", to: "staging", services: "all", breakGlass: undefined },
        ...{ ready: false, artifacts: false, dryRun: true, offline: false },
      },
      SILENT,
    );

  const editsOf = (result: PromotionResult) => {
    assert.ok(result.kind === "pins", result.kind);
    return result.proposal.edits.map(({ path, to }) => [path, to]);
  };

  it("is resolved by a promotion where the environment requires digests", async () => {
    assert.deepEqual(editsOf(await run(worldWith("1.3.0", PATH(REQUIRED)))), [
      ["releases:charts.catalog", `1.4.0@${CHART}`],
    ]);
  });

  it("is resolved where signatures are looked at, so that they can be", async () => {
    const verify = ", verify: { mode: warn, identities: [{ key: a.pub }] }";
    const world = worldWith("1.3.0", PATH(verify), {
      attached: {},
      contents: { "ghcr.io/acme/charts/catalog": { values: {}, annotations: {} } },
    });
    const result = await run(world);
    assert.deepEqual(editsOf(result), [["releases:charts.catalog", `1.4.0@${CHART}`]]);
    assert.ok(result.kind === "pins");
    const found = result.proposal.gates.find(({ gate }) => gate === "verified");
    assert.match(found?.reason ?? "", /ghcr\.io\/acme\/charts\/catalog: no signature/);
  });

  it("comes with the next move of the image where the chart stays and signatures are looked at", async () => {
    const verify = ", verify: { mode: warn, identities: [{ key: a.pub }] }";
    const next = `v1.1.0@${digestOf("d")}`;
    const world = worldWith("1.4.0", PATH(verify), {
      attached: {},
      contents: { "ghcr.io/acme/charts/catalog": { values: {}, annotations: {} } },
      files: {
        ...shopFiles({
          list: LIST,
          environments: PATH(verify),
          pins: { testing: [`catalog: ${next}`], staging: [pin] },
          more: { testing: chartAt("1.4.0"), staging: chartAt("1.4.0") },
        }),
      },
      git: {
        histories: {
          testing: [changeAt("2026-11-20T00:00:00Z", "testing", "catalog", [null, next])],
          staging: [],
        },
        parts: { testing: [] },
      },
      registries: { [`ghcr.io/acme/catalog@${digestOf("d")}`]: digestOf("d"), [TAG]: CHART },
    });
    const result = await run(world);
    assert.deepEqual(editsOf(result), [
      ["releases:versions.catalog", next],
      ["releases:charts.catalog", `1.4.0@${CHART}`],
    ]);
  });

  it("is missed where no registry has the chart", async () => {
    const result = await run(worldWith("1.3.0", PATH(REQUIRED), { registries: IMAGES }));
    assert.ok(result.kind === "refused");
    const refused = result.proposal.gates.filter(({ pass }) => !pass);
    assert.deepEqual(
      refused.map(({ gate, reason }) => `${gate}: ${reason}`),
      [`artifact: no registry has ${NAME} 1.4.0; publish it`],
    );
  });

  describe("of a chart repository", () => {
    const AT = "https://charts.acme.example";
    const key = `${AT} catalog 1.4.0`;
    const [BYTES, MOVED] = ["the package", "another package"];
    const sha256 = (text: string): string =>
      `sha256:${createHash("sha256").update(text).digest("hex")}`;
    const list = definition(
      "catalog",
      `, chart: { name: catalog, repository: "${AT}", version: 1.3.0 }`,
    );

    function classic(
      [testing, staging]: readonly [string, string],
      chartPackages: Record<string, string> = { [key]: BYTES },
      demands = REQUIRED,
    ): TestWorld {
      const files = shopFiles({
        ...{ list, environments: PATH(demands), pins: { testing: [pin], staging: [pin] } },
        more: { testing: chartAt(testing), staging: chartAt(staging) },
      });
      const asked = {
        attached: {},
        contents: { [`${AT}/catalog`]: { values: {}, annotations: {} } },
      };
      return worldWith("", PATH(demands), { files, chartPackages, registries: IMAGES, ...asked });
    }
    const before = `1.3.0@${digestOf("9")}`;

    it("is that of the package, which a promotion pins where signatures are looked at", async () => {
      assert.deepEqual(editsOf(await run(classic(["1.4.0", before]))), [
        ["releases:charts.catalog", "1.4.0"],
      ]);
      const verify = ", verify: { mode: warn, identities: [{ key: a.pub }] }";
      const result = await run(classic(["1.4.0", before], { [key]: BYTES }, verify));
      assert.deepEqual(editsOf(result), [["releases:charts.catalog", `1.4.0@${sha256(BYTES)}`]]);
      assert.ok(result.kind === "pins");
      const { reason } = result.proposal.gates.find(({ gate }) => gate === "digest") ?? {};
      assert.equal(
        reason,
        `pinned by ${IMAGE}; Helm compares no digest of ${AT}, so promote and ci begin do`,
      );
    });

    it("is compared with the package by a promotion (attack: a package that moved)", async () => {
      const pinned = `1.4.0@${sha256(BYTES)}`;
      assert.deepEqual(editsOf(await run(classic([pinned, before]))), [
        ["releases:charts.catalog", pinned],
      ]);
      const moved = `${AT} has ${sha256(MOVED)} as 1.4.0 of catalog, and ${sha256(BYTES)} is pinned; publish another version`;
      for (const [text, reason] of [
        [MOVED, moved],
        ["no index", "index"],
      ] as const) {
        const result = await run(classic([pinned, before], { [key]: text }));
        assert.ok(result.kind === "refused", result.kind);
        const refused = result.proposal.gates.filter(({ pass }) => !pass);
        assert.deepEqual(
          refused.map((one) => [one.gate, one.reason]),
          [["artifact", reason]],
        );
      }
    });

    it("is compared with the package of all that a stack runs before it is deployed", async () => {
      const ask = (text: string, version: string): Promise<string[]> => {
        const world = classic(["1.4.0", version], { [key]: text });
        const repository = openRepository(world);
        const values = repository.stacks.get("staging");
        assert.ok(values);
        return otherPackages(world, planOf(repository, values));
      };
      const pinned = `1.4.0@${sha256(BYTES)}`;
      assert.deepEqual(await ask(BYTES, pinned), []);
      assert.deepEqual(await ask(MOVED, pinned), [
        `artifact refuses catalog: ${AT} has ${sha256(MOVED)} as 1.4.0 of catalog, and ${sha256(BYTES)} is pinned; publish another version`,
      ]);
      assert.deepEqual(await ask("no index", pinned), ["artifact refuses catalog: index"]);
    });

    it("isn't what Helm gets, which takes the version", () => {
      const world = classic(["1.4.0", `1.4.0@${sha256(BYTES)}`]);
      const repository = openRepository(world);
      const values = repository.stacks.get("staging");
      assert.ok(values);
      const plan = planOf(repository, values);
      const [deployment] = plan.deployments;
      assert.ok(deployment);
      const declared = serviceArgs(deployment, plan, () => assert.fail("a folder is asked for"));
      assert.ok(declared?.kind === "helm");
      const { chart, version, repositoryOpts } = declared.args;
      assert.deepEqual([chart, version, repositoryOpts], ["catalog", "1.4.0", { repo: AT }]);
    });
  });

  it("isn't asked for elsewhere", async () => {
    assert.deepEqual(editsOf(await run(worldWith("1.3.0", PATH()))), [
      ["releases:charts.catalog", "1.4.0"],
    ]);
  });

  it("isn't taken away by a promotion of the same version", async () => {
    const { kind } = await run(worldWith(`1.4.0@${CHART}`, PATH(REQUIRED)));
    assert.equal(kind, "nothing");
  });

  it("that nobody pinned upstream is asked for before it is deployed", async () => {
    const ask = async (registries: Record<string, string>): Promise<string[]> => {
      const world = worldWith(`1.4.0@${CHART}`, PATH(REQUIRED), { registries });
      const repository = openRepository(world);
      const values = repository.stacks.get("staging");
      assert.ok(values);
      const move = { gate: "order", service: "catalog", reason: "", passesAt: null } as const;
      const refused = await askPending(world, planOf(repository, values), [
        { ...move, chart: true },
      ]);
      assert.equal(world.open(), 0);
      return refused;
    };
    assert.deepEqual(await ask({ [TAG]: CHART }), []);
    assert.deepEqual(await ask({ [TAG]: EVIL_DIGEST }), [
      `order refuses catalog: ${NAME} 1.4.0 is ${EVIL_DIGEST}, and this is ${CHART}`,
    ]);
    assert.deepEqual(await ask({}), [
      `order refuses catalog: no registry has ${NAME} 1.4.0, so nobody knows which bytes ran upstream; pin its digest there`,
    ]);
  });

  describe("in a change", function () {
    if (!hasGit) {
      it("is skipped: there is no git in PATH", function () {
        this.skip();
      });
      return;
    }

    /** A repository whose testing has run a chart for days. */
    const ran = (version: string): GitFolder =>
      shop({
        list: LIST,
        environments: PATH(`${REQUIRED}, soak: 24h`),
        pins: { testing: [pin], staging: [pin], production: [] },
        more: { testing: chartAt(version), staging: chartAt(BEFORE) },
        ...daysAgo(10),
      });

    async function staging(folder: GitFolder, to: string) {
      folder.shell("rm Pulumi.production.yaml");
      const since = folder.commit("one stack less", daysAgo(4));
      edit(folder, STAGING, `"${BEFORE}"`, `"${to}"`);
      const { stacks } = await judged(folder, since, "staging");
      assert.ok(stacks["staging"]);
      return stacks["staging"];
    }

    it("is pending where upstream runs the version without one", async () => {
      const { refused, pending } = await staging(ran("1.4.0"), `1.4.0@${CHART}`);
      assert.deepEqual(refused, []);
      assert.deepEqual(pending, [
        {
          ...{ gate: "order", service: "catalog", passesAt: null, chart: true },
          reason: `the chart ${NAME} 1.4.0@${CHART} runs in testing, which pins no digest of it; the registry is asked before it is deployed`,
        },
      ]);
    });

    for (const [attack, version] of [
      ["upstream runs another version", "1.3.9"],
      ["upstream runs other bytes of it", `1.4.0@${CHART}`],
    ] as const) {
      it(`is refused: ${attack}`, async () => {
        const { refused } = await staging(ran(version), `1.4.0@${EVIL_DIGEST}`);
        assert.deepEqual(
          refused.map(({ gate }) => gate),
          ["order", "soak"],
        );
        const wanted = `testing runs the chart ${NAME} ${version}, not the chart ${NAME} 1.4.0@${EVIL_DIGEST}`;
        assert.equal(refused[0]?.reason, wanted);
      });
    }

    it("is refused: upstream had its bytes pinned, and others are asked for once that pin is gone", async () => {
      const folder = ran(`1.4.0@${CHART}`);
      edit(folder, "Pulumi.testing.yaml", `1.4.0@${CHART}`, "1.4.0");
      folder.commit("no digest", daysAgo(5));
      const { refused } = await staging(folder, `1.4.0@${EVIL_DIGEST}`);
      assert.deepEqual(
        refused.map(({ gate }) => gate),
        ["order", "soak"],
      );
    });
  });
});
