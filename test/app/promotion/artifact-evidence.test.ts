import assert from "node:assert/strict";
import { bringArtifacts, gatherEvidence } from "../../../src/app/promotion/artifact-evidence";
import { EnvironmentReader } from "../../../src/app/environments";
import { outsideError } from "../../../src/core/error";
import type { Artifact } from "../../../src/core/promotion/artifacts";
import { differences, newestOf } from "../../../src/core/promotion/moves";
import type { RegistryRoles } from "../../../src/core/stack/registry";
import { digestOf } from "../../support/model";
import { definition, shopFiles } from "../../support/shop";
import { errorOf, listener, worldOf, type TestWorld, type WorldValues } from "../../support/world";

const [A, B] = [digestOf("a"), digestOf("b")];
const FROM = "test.example/acme";
const TO = "staging.example/acme";

/** A world in which testing runs catalog v1.1.0 and orders v2.0.0-rc.1, which staging doesn't. */
const worldWith = (values: Partial<WorldValues>): TestWorld =>
  worldOf({
    files: shopFiles({
      pins: { testing: ["catalog: v1.1.0", `orders: v2.0.0-rc.1@${B}`] },
      hosts: { testing: FROM, staging: TO },
    }),
    ...values,
  });

function gather(world: TestWorld, report = listener()) {
  const reader = new EnvironmentReader(world, report);
  const [upstream, target] = ["testing", "staging"].map((name) =>
    reader.declared(reader.named(name)),
  );
  const plan = target?.plans[0];
  assert.ok(upstream && target && plan);
  const moving = differences(newestOf(upstream.plans), plan, target.environment);
  const to = { environment: target.environment, config: plan.config };
  return gatherEvidence(world, moving, upstream, to, report);
}

const artifact = (service: string, action: Artifact["action"], digest = A): Artifact => ({
  ...{ service, action, digest },
  source: `${FROM}/${service}@${digest}`,
  target: `${TO}/${service}:v1.1.0`,
});

describe("gatherEvidence", () => {
  it("knows which files of a definition a release on GitHub lacks", async () => {
    const files = "[orders.tar.gz, orders.sum]";
    const list = `- { github: orders, assets: ${files}, deploy: { release: v1.0.0 } }\n`;
    const lacksOf = async (...releases: string[]): Promise<unknown> => {
      const pins = { testing: ["orders: v1.1.0"], staging: ["orders: v1.0.0"] };
      const world = worldOf({
        files: shopFiles({ list, pins }),
        registries: {},
        github: { "acme/orders": releases },
      });
      return (await gather(world, listener())).get("orders");
    };
    assert.deepEqual(await lacksOf(), { released: false });
    assert.deepEqual(await lacksOf("v1.1.0"), {
      released: true,
      lacks: ["orders.tar.gz", "orders.sum"],
    });
    assert.deepEqual(await lacksOf("v1.1.0: orders.sum orders.tar.gz"), { released: true });
  });

  it("knows of each service the action for its image, and whether it is released", async () => {
    const world = worldWith({
      registries: {
        [`${FROM}/catalog:v1.1.0`]: A,
        [`${FROM}/catalog@${A}`]: A,
        [`${TO}/orders@${B}`]: B,
      },
      github: { "acme/catalog": [], "acme/orders": ["v2.0.0-rc.1"] },
    });
    const report = listener();
    const orders = { ...artifact("orders", "tag", B), target: `${TO}/orders:v2.0.0-rc.1` };
    assert.deepEqual(
      await gather(world, report),
      new Map([
        ["catalog", { images: [artifact("catalog", "copy")], released: false }],
        ["orders", { images: [orders], released: true }],
      ]),
    );
    assert.deepEqual([world.brought, world.open(), report.notices], [[], 0, []]);
  });

  describe("of aliases, which carry the same image", () => {
    const list = definition("orders", ", aliases: [orders-arm]");
    const pins = { testing: ["orders: v1.1.0"], staging: ["orders: v1.0.0"] };
    const files = shopFiles({ list, pins, hosts: { testing: FROM, staging: TO } });
    const imagesWith = async (registries: Record<string, string>) => {
      return (await gather(worldOf({ files, registries, github: null }))).get("orders")?.images;
    };
    const known = { [`${FROM}/orders:v1.1.0`]: A, [`${FROM}/orders@${A}`]: A };

    it("copies each of them", async () => {
      const own = { [`${FROM}/orders-arm:v1.1.0`]: A, [`${FROM}/orders-arm@${A}`]: A };
      assert.deepEqual(await imagesWith({ ...known, ...own }), [
        artifact("orders", "copy"),
        { ...artifact("orders-arm", "copy"), service: "orders" },
      ]);
    });

    it("takes none with other bytes (attack: the tag of an alias is another image)", async () => {
      const evil = { [`${FROM}/orders-arm:v1.1.0`]: B, [`${FROM}/orders-arm@${B}`]: B };
      const problem = `neither ${FROM}/orders-arm nor ${TO}/orders-arm has ${A}; push the image again`;
      assert.deepEqual(await imagesWith({ ...known, ...evil }), [
        artifact("orders", "copy"),
        { problem },
      ]);
    });

    it("asks about none of them where the image has no digest", async () => {
      const problem = `${FROM}/orders has no tag v1.1.0; push the image, or pin a digest`;
      assert.deepEqual(await imagesWith({ [`${FROM}/orders-arm:v1.1.0`]: B }), [{ problem }]);
    });
  });

  it("tells how far it is, and when it has ended", async () => {
    const report = listener();
    await gather(worldWith({ registries: {}, github: null }), report);
    const [activity, total] = ["asking about services", 2];
    assert.deepEqual(report.told, [
      ...[0, 1, 2].map((done) => ({ activity, done, total })),
      undefined,
    ]);
  });

  it("returns problems as values, and tells that there is no token", async () => {
    const report = listener();
    const found = await gather(worldWith({ registries: {}, github: null }), report);
    assert.deepEqual(
      [...found.values()],
      [
        {
          images: [
            { problem: `${FROM}/catalog has no tag v1.1.0; push the image, or pin a digest` },
          ],
        },
        {
          images: [
            { problem: `neither ${FROM}/orders nor ${TO}/orders has ${B}; push the image again` },
          ],
        },
      ],
    );
    assert.deepEqual(report.notices, [
      { kind: "no-github-token", about: "releases and attestations" },
    ]);
  });

  it("asks no registry about a service without an image, and no GitHub about a commit", async () => {
    const commit = "c".repeat(40);
    const template = "- { github: base, provider: cloudformation, deploy: { release: v1.1.0 } }\n";
    const world = worldOf({
      files: shopFiles({
        list: definition("orders") + template,
        environments:
          "environments:\n  testing: { accepts: [release, commit] }\n" +
          "  staging: { from: testing, accepts: [release, commit] }\n  production: { accepts: [release] }\n",
        pins: {
          testing: [`orders: ${commit}@${A}`, "base: v1.1.0"],
          staging: ["base: v1.0.0"],
          production: [],
        },
        more: {
          testing: "  releases:templates: { bucket: acme }\n",
          staging: "  releases:templates: { bucket: acme }\n",
        },
      }),
      registries: {},
      github: { "acme/base": ["v1.1.0"] },
    });
    const found = await gather(world);
    assert.deepEqual(found.get("base"), { released: true });
    assert.deepEqual(Object.keys(found.get("orders") ?? {}), ["images"]);
  });

  it("closes its connection when a registry fails", async () => {
    const world = worldWith({ registries: {}, github: null });
    const failing: TestWorld = {
      ...world,
      registries: () => ({
        ...world.registries(),
        digestOf: () => Promise.reject(outsideError("no route to the registry")),
      }),
    };
    const report = listener();
    await assert.rejects(gather(failing, report), errorOf("outside", "no route to the registry"));
    assert.equal(world.open(), 0);
    assert.equal(report.told.at(-1), undefined);
  });
});

describe("bringArtifacts", () => {
  const artifacts = [artifact("a", "copy"), artifact("b", "none"), artifact("c", "tag")];

  it("copies and tags what has to be, and tells how far it is", async () => {
    const world = worldOf({ files: {}, registries: {} });
    const report = listener();
    await bringArtifacts(world, artifacts, report);
    assert.deepEqual(world.brought, [
      `copy ${FROM}/a@${A} to ${TO}/a:v1.1.0`,
      `tag ${A} as ${TO}/c:v1.1.0`,
    ]);
    const [activity, total] = ["bringing images", 2];
    assert.deepEqual(report.told, [
      ...[0, 1, 2].map((done) => ({ activity, done, total })),
      undefined,
    ]);
    assert.equal(world.open(), 0);
  });

  it("connects with the roles of both ends, by the names of their images", async () => {
    const world = worldOf({ files: {}, registries: {} });
    const connected: unknown[] = [];
    const seen = {
      ...world,
      registries: (roles?: RegistryRoles) => {
        connected.push([...(roles ?? [])]);
        return world.registries();
      },
    };
    const assume = { read: "r", write: "w" };
    const both = [
      { ...artifact("a", "copy"), assume },
      { ...artifact("c", "tag"), assume: { write: "w" } },
    ];
    await bringArtifacts(seen, both, listener());
    const roles = [
      [`${FROM}/a`, { read: "r" }],
      [`${TO}/a`, { write: "w" }],
      [`${TO}/c`, { write: "w" }],
    ];
    assert.deepEqual(connected, [roles]);
  });

  it("connects to nothing where nothing is to be done", async () => {
    await bringArtifacts(worldOf({ files: {} }), [artifact("b", "none")], listener());
  });

  it("leaves what was brought when a later one fails", async () => {
    const world = worldOf({ files: {}, registries: {} });
    const failing = {
      ...world,
      registries: () => ({
        ...world.registries(),
        tag: () => Promise.reject(outsideError("the registry refuses")),
      }),
    };
    await assert.rejects(
      bringArtifacts(failing, artifacts, listener()),
      errorOf("outside", "the registry refuses"),
    );
    assert.deepEqual(world.brought, [`copy ${FROM}/a@${A} to ${TO}/a:v1.1.0`]);
    assert.equal(world.open(), 0);
  });
});
