import assert from "node:assert/strict";
import { bump as bumpTelling, type BumpRequest } from "../../src/app/bump";
import { SILENT } from "../../src/app/reporter";
import { ReleasesError } from "../../src/core/error";
import type { World } from "../../src/app/world";
import { definition, PLAIN_PATH, shopFiles } from "../support/shop";
import { digestOf } from "../support/model";
import { errorOf, listener, textOf, worldOf, type Texts } from "../support/world";

const FILE = "Pulumi.testing.yaml";
const NOW = "2026-11-21T12:00:00Z";

const worldWith = (files: Texts) => worldOf({ files, now: NOW });

const request = (more: Partial<BumpRequest> = {}): BumpRequest => {
  return {
    service: "orders",
    version: "v1.1.0",
    stack: "testing",
    environment: undefined,
    chart: false,
    dryRun: false,
    ...more,
  };
};

const bump = (world: World, of: BumpRequest) => bumpTelling(world, of, SILENT);

describe("bump", () => {
  it("pins a service in one stack's config", async () => {
    const files = shopFiles();
    const world = worldWith(files);
    const { proposal, ...result } = await bump(world, request());
    const text = (files[FILE] ?? "").replace("orders: v1.0.0", "orders: v1.1.0");
    const edited = [{ stack: "testing", file: FILE, text }];
    assert.deepEqual(result, { isRefused: false, files: edited });
    assert.deepEqual(world.edits, [{ file: FILE, text }]);
    const { gates, ...rest } = proposal;
    assert.deepEqual(rest, {
      moves: [
        {
          ...{ stack: "testing", name: "orders", from: "v1.0.0", to: "v1.1.0", step: "minor" },
          ...{ fromDigest: null, toDigest: null },
        },
      ],
      edits: [
        {
          stack: "testing",
          file: FILE,
          path: "releases:versions.orders",
          from: "v1.0.0",
          to: "v1.1.0",
        },
      ],
      artifacts: [],
      message:
        "bump(testing): orders v1.0.0 -> v1.1.0\n\nhttps://github.com/acme/orders/compare/v1.0.0...v1.1.0",
    });
    assert.deepEqual(
      gates.map(({ gate, pass }) => [gate, pass]),
      [
        ...["accepted", "prerelease", "digest", "requires", "required-by", "rejected"],
        ...["hold", "freeze", "verified"],
      ].map((gate) => [gate, true]),
    );
  });

  it("refuses a service that isn't one of the stack's", async () => {
    const files = shopFiles();
    const shard = {
      ...files,
      [FILE]: `${files[FILE] ?? ""}  releases:select: { names: [catalog] }\n`,
    };
    for (const chart of [false, true]) {
      const version = chart ? "1.4.0" : "v1.1.0";
      await assert.rejects(
        bump(worldWith(shard), request({ chart, version })),
        errorOf("usage", `testing doesn't run "orders", which its select leaves out`),
      );
    }
    const list = definition("orders", ", environments: [staging]") + definition("catalog");
    await assert.rejects(
      bump(worldWith(shopFiles({ list })), request()),
      errorOf(
        "usage",
        `testing doesn't run "orders"; add testing to the environments of its definition`,
      ),
    );
  });

  it("writes nothing in a dry run, and nothing where the pin is there already", async () => {
    const world = worldWith(shopFiles());
    const dry = await bump(world, request({ dryRun: true }));
    assert.match(textOf(dry), /orders: v1\.1\.0/);
    const same = await bump(world, request({ version: "v1.0.0" }));
    assert.deepEqual(same.proposal.edits, []);
    assert.deepEqual(world.edits, []);
  });

  it("is refused by a hold, which ends by itself", async () => {
    for (const [until, isRefused] of [
      ["", true],
      [", until: '2026-11-22'", true],
      [", until: '2026-11-21'", false],
    ] as const) {
      const more = { testing: `  releases:holds: { orders: { reason: audit${until} } }\n` };
      const world = worldWith(shopFiles({ more }));
      const result = await bump(world, request());
      assert.equal(result.isRefused, isRefused, until);
      assert.equal(world.edits.length, isRefused ? 0 : 1);
    }
  });

  it("pins the digest that the registry has, where the next environment requires one", async () => {
    const environments = `environments:
  testing: { accepts: [release] }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, accepts: [release], digest: required }
`;
    const files = shopFiles({ environments });
    const registries = { "ghcr.io/acme/orders:v1.1.0": digestOf("a") };
    const worldHaving = (known: Readonly<Record<string, string>>) =>
      worldOf({ files, now: NOW, registries: known });
    const staging = request({ stack: "staging" });
    const { proposal } = await bump(worldHaving(registries), staging);
    assert.deepEqual(
      proposal.edits.map(({ to }) => to),
      [`v1.1.0@${digestOf("a")}`],
    );
    const told = listener();
    const without = await bumpTelling(worldHaving({}), staging, told);
    assert.equal(without.proposal.edits[0]?.to, "v1.1.0");
    assert.deepEqual(told.notices, [
      { kind: "unresolved-digest", service: "orders", reason: "no such tag" },
    ]);
    const first = await bump(worldHaving(registries), request());
    assert.equal(first.proposal.edits[0]?.to, "v1.1.0");
  });

  it("pins a mutable tag with the digest that the registry has today, or not at all", async () => {
    const environments = PLAIN_PATH.replace("[release,", "[release, tag,");
    const files = shopFiles({ environments });
    const registries = { "ghcr.io/acme/orders:v1.1.0-daily": digestOf("a") };
    const daily = request({ version: "v1.1.0-daily" });
    const { proposal } = await bump(worldOf({ files, now: NOW, registries }), daily);
    assert.equal(proposal.edits[0]?.to, `v1.1.0-daily@${digestOf("a")}`);
    const world = worldOf({ files, now: NOW, registries: {} });
    await assert.rejects(
      bump(world, daily),
      (cause) =>
        cause instanceof ReleasesError && cause.issues[0]?.code === "mutable-tag-without-digest",
    );
    assert.deepEqual(world.edits, []);
    const unpinned = shopFiles({ environments, pins: { testing: [] } });
    await assert.rejects(
      bump(worldOf({ files: unpinned, now: NOW, registries }), { ...daily, stack: undefined }),
      errorOf(
        "usage",
        '"v1.1.0-daily" is a mutable tag, which needs a digest; pin it with --stack',
      ),
    );
  });

  it("pins the digest of a chart of a registry, where an image's would be pinned", async () => {
    const chart = ', chart: { name: "oci://ghcr.io/acme/charts/orders", version: 1.3.0 }';
    const list = definition("orders", chart) + definition("catalog");
    const environments = PLAIN_PATH.replace("[release] }\n", "[release], digest: required }\n");
    const files = shopFiles({ list, environments });
    const registries = {
      "ghcr.io/acme/charts/orders:v1.4.0": digestOf("c"),
      "ghcr.io/acme/charts/orders:1.5.0_b1": digestOf("d"),
    };
    const edited = async (version: string, stack: string, known = registries as object) => {
      const world = worldOf({ files, now: NOW, registries: known as Record<string, string> });
      const told = listener();
      const { proposal } = await bumpTelling(world, request({ chart: true, version, stack }), told);
      return [proposal.edits[0]?.to, ...told.notices.map(({ kind }) => kind)];
    };
    assert.deepEqual(await edited("v1.4.0", "staging"), [`v1.4.0@${digestOf("c")}`]);
    assert.deepEqual(await edited("1.5.0+b1", "staging"), [`1.5.0+b1@${digestOf("d")}`]);
    assert.deepEqual(await edited("1.4.0", "staging"), ["1.4.0", "unresolved-digest"]);
    const own = `1.4.0@${digestOf("e")}`;
    assert.deepEqual(await edited(own, "staging", {}), [own]);
    assert.deepEqual(await edited("v1.4.0", "testing", {}), ["v1.4.0"]);
  });

  it("pins the version of a chart, and refuses what isn't one", async () => {
    const chart = ', chart: { name: "oci://ghcr.io/acme/charts/orders", version: 1.3.0 }';
    const files = shopFiles({ list: definition("orders", chart) + definition("catalog") });
    const world = worldWith(files);
    const { proposal } = await bump(world, request({ version: "1.4.0", chart: true }));
    const from = "oci://ghcr.io/acme/charts/orders 1.3.0";
    assert.deepEqual(proposal.moves[0]?.chart, { from, to: from.replace("1.3.0", "1.4.0") });
    assert.deepEqual(proposal.edits, [
      { stack: "testing", file: FILE, path: "releases:charts.orders", from: null, to: "1.4.0" },
    ]);
    assert.equal(world.edits.length, 1);
    await assert.rejects(
      bump(world, request({ chart: true, version: "latest" })),
      errorOf("usage", '"latest" is not a chart\'s version; give 1.4.0, or 1.4.0@sha256:...'),
    );
    const own = worldWith(files);
    const older = await bump(own, request({ service: "catalog", chart: true, version: "0.0.9" }));
    assert.deepEqual(older.proposal.moves[0]?.chart, { from: "default", to: "default 0.0.9" });
    const folder = request({ service: "catalog", chart: true, version: "1.4.0" });
    await assert.rejects(bump(worldWith(files), folder), errorOf("findings", "1 finding"));
  });

  it("is refused in a freeze, where the path begins as well", async () => {
    const frozen = "freeze: [{ from: 2026-11-21, until: 2026-11-22, reason: sale }]";
    const environments = `environments:\n  testing: { accepts: [release], ${frozen} }\n`;
    const files = shopFiles({ environments, pins: { testing: ["orders: v1.0.0"] } });
    const { isRefused, proposal } = await bump(worldWith(files), request());
    assert.deepEqual(
      [isRefused, proposal.gates.filter(({ pass }) => !pass).map(({ gate }) => gate)],
      [true, ["freeze"]],
    );
  });

  it("is refused by an environment that doesn't accept the version", async () => {
    const world = worldWith(shopFiles());
    const result = await bump(world, request({ stack: "production", version: "v1.1.0-rc.1" }));
    assert.deepEqual(
      result.proposal.gates.filter(({ pass }) => !pass),
      [
        {
          gate: "prerelease",
          stack: "production",
          service: "orders",
          pass: false,
          reason:
            "v1.1.0-rc.1 is a pre-release, and production accepts release; promote it, and it becomes v1.1.0",
          passesAt: null,
        },
      ],
    );
    assert.deepEqual(world.edits, []);
  });

  it("takes the only stack that runs the service", async () => {
    const list = definition("orders", ", environments: [staging]") + definition("catalog");
    const files = shopFiles({
      list,
      pins: { testing: ["catalog: v1.0.0"], production: ["catalog: v1.0.0"] },
    });
    const { files: edited } = await bump(worldWith(files), request({ stack: undefined }));
    assert.deepEqual(
      edited.map(({ stack }) => stack),
      ["staging"],
    );
  });

  it("refuses what nobody can mean", async () => {
    const digest = `v1.1.0@${digestOf("a").slice(0, -1)}`;
    for (const [more, message] of [
      [{ service: "order" }, 'unknown service "order"; did you mean "orders"?'],
      [{ stack: "tests" }, 'unknown stack "tests"; known are testing, staging, production'],
      [
        { stack: undefined },
        "--stack or --environment is required; orders may be in testing, staging, production",
      ],
      [
        { version: "1.1" },
        '"1.1" is not a pin; expected a v in front: "v1.1", with tags.image: "{version}" where the image\'s tag has none',
      ],
      [
        { version: digest },
        `"${digest}" is not a pin; expected "sha256:" and 64 hex digits in lower case after the @`,
      ],
    ] as const) {
      const world = worldWith(shopFiles());
      await assert.rejects(bump(world, request(more)), errorOf("usage", message));
      assert.deepEqual(world.edits, []);
    }
  });

  it("isn't stopped by an error that was there before", async () => {
    const world = worldWith({ ...shopFiles(), "service/more.yaml": "- { github: x }\n" });
    await bump(world, request());
    assert.equal(world.edits.length, 1);
  });

  it("refuses a config that can't be read, and an environment of several stacks", async () => {
    const broken = { ...shopFiles(), [FILE]: "config: [" };
    await assert.rejects(bump(worldWith(broken), request()), errorOf("findings", "1 finding"));
    const { [FILE]: _, ...files } = shopFiles();
    const shard = "config:\n  releases:environment: testing\n";
    const world = worldWith({ ...files, "Pulumi.one.yaml": shard, "Pulumi.two.yaml": shard });
    await assert.rejects(
      bump(world, request()),
      errorOf(
        "usage",
        "testing has several stacks; give one, or all with --environment testing: one, two",
      ),
    );
  });

  it("is refused by a service that requires another version", async () => {
    const list = definition("orders") + definition("catalog", ", requires: { orders: '<2' }");
    const world = worldWith(shopFiles({ list }));
    const { isRefused, proposal } = await bump(world, request({ version: "v2.0.0" }));
    assert.equal(isRefused, true);
    assert.deepEqual(
      proposal.gates.filter(({ pass }) => !pass).map(({ gate, reason }) => [gate, reason]),
      [["required-by", "catalog runs there and requires orders <2"]],
    );
    assert.deepEqual(world.edits, []);
  });
});
