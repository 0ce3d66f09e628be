import assert from "node:assert/strict";
import type { NewChart } from "../../../src/adapters/helm/packages";
import { packageChart, type PackageRequest } from "../../../src/app/publish/package-chart";
import { Ref } from "../../../src/core/ref";
import { buildAt, newSigner } from "../../support/builds";
import { digestOf } from "../../support/model";
import { COMMIT } from "../../support/publisher";
import { TestReleases } from "../../support/releases";
import { text } from "../../support/text";
import { errorOf, worldOf, type WorldValues } from "../../support/world";

const NOW = "2026-11-21T12:00:00Z";
const IMAGE = "ghcr.io/acme/orders";
const CHART = "ghcr.io/acme/charts/orders";
const REVISION = "org.opencontainers.image.revision";

const FILES = {
  "releases.yaml": text`
    source: acme/orders
    mutableTags: [main]
    services:
      orders:
        images: [${IMAGE}]
        branches: { main: main }
        releases: acme/orders
        tags: { github: "v{version}", image: "{version}" }
        chart:
          repository: oci://${CHART}
          folder: charts/orders
          imageValues: { repository: app.image, tag: app.tag }
  `,
  "charts/orders/Chart.yaml": "name: orders\nversion: v0.3.0\nappVersion: 0.0.0\n",
  "charts/orders/values.yaml": "# Nothing yet.\n",
};

const signer = newSigner();

/** A world in which Helm pushes to the registry what it is given. */
function setup(values: Partial<WorldValues> = {}) {
  const releases = new TestReleases();
  const packed: NewChart[] = [];
  const pushed: string[] = [];
  const digests: Record<string, string> = { [`${IMAGE}:1.2.0`]: digestOf("a") };
  const world = worldOf({
    ...{ files: FILES, now: NOW, attached: {}, registries: { ...digests, ...values.registries } },
    charts: {
      pack: (chart) => {
        packed.push(chart);
        return Promise.resolve({
          name: `orders-${chart.version}.tgz`,
          bytes: Buffer.from("chart"),
        });
      },
      push: async ({ name }, repository) => {
        pushed.push(`${name} to ${repository}`);
        const version = name.replace(/^orders-|\.tgz$/g, "");
        const registries = world.registries();
        await registries.tag(
          { host: "ghcr.io", repository: "acme/charts/orders", tag: version },
          digestOf("c"),
        );
        registries.close();
        return digestOf("c");
      },
      pull: () => Promise.resolve(Buffer.from("chart")),
    },
    ...values,
    ...(values.registries && { registries: { ...digests, ...values.registries } }),
  });
  const github = () => Promise.resolve(releases.client());
  return { world: { ...world, github }, releases, packed, pushed };
}

function request(ref: Ref, more: Partial<PackageRequest> = {}): PackageRequest {
  return {
    ...{ repository: "acme/orders", ref, commit: COMMIT, signing: signer },
    build: buildAt(ref.fullName),
    ...more,
  };
}

const TAG = Ref.tag("v1.2.0");
const digest = digestOf("a");

/** A chart that is published, by what it says. */
const charted = (version: string, image: string, commit: string): Partial<WorldValues> => ({
  registries: { [`${CHART}:${version}`]: digestOf("d") },
  annotations: { [`${CHART}:${version}`]: { [REVISION]: commit } },
  contents: {
    [CHART]: {
      values: { app: { tag: `1.2.0@${image}` } },
      annotations: { [REVISION]: commit },
      appVersion: "1.2.0",
    },
  },
});

describe("packageChart", () => {
  it("packages a chart that names the image, as the chart spells versions", async () => {
    const { world, releases, packed, pushed } = setup();
    const result = await packageChart(world, request(TAG, { digest }));
    assert.deepEqual(result, {
      service: "orders",
      name: `${CHART}@${digestOf("c")}`,
      version: "v0.3.0",
      digest: digestOf("c"),
      image: { tag: "1.2.0", digest },
      wasThere: false,
      release: "https://github.com/acme/orders/releases/tag/orders-v0.3.0",
    });
    const meta = `${FILES["charts/orders/Chart.yaml"]}annotations:\n  ${REVISION}: ${COMMIT}\n`;
    assert.deepEqual(packed, [
      {
        folder: "/shop/charts/orders",
        texts: new Map([
          ["Chart.yaml", meta],
          ["values.yaml", `# Nothing yet.\napp:\n  tag: 1.2.0@${digest}\n`],
        ]),
        version: "v0.3.0",
        appVersion: "1.2.0",
      },
    ]);
    assert.deepEqual(pushed, ["orders-v0.3.0.tgz to ghcr.io/acme/charts"]);
    assert.deepEqual(releases.files("orders-v0.3.0"), [
      "orders-v0.3.0.tgz",
      "orders.sigstore",
      "orders.intoto.jsonl",
    ]);
    assert.equal(releases.releases[0]?.mayBeLatest, false);
    assert.deepEqual([world.edits, world.open()], [[], 0]);
  });

  it("takes the version after the newest one", async () => {
    const other = charted("v0.10.0", digestOf("b"), "f".repeat(40));
    const { world, pushed } = setup({
      ...other,
      registries: { ...other.registries, [`${CHART}:v0.9.0`]: digestOf("e") },
    });
    await packageChart(world, request(TAG, { digest }));
    assert.deepEqual(pushed, ["orders-v0.10.1.tgz to ghcr.io/acme/charts"]);
  });

  it("finishes what an earlier run has pushed of the commit for the image", async () => {
    const { world, pushed, releases } = setup(charted("v0.3.0", digest, COMMIT));
    const result = await packageChart(world, request(TAG, { digest }));
    assert.ok(!("refused" in result));
    assert.deepEqual([result.version, result.wasThere, pushed], ["v0.3.0", true, []]);
    assert.deepEqual(releases.published, ["acme/orders orders-v0.3.0 (nothing)"]);
    assert.equal(world.brought.filter((line) => line.startsWith("attach")).length, 2);
  });

  it("gives another image, or another version of it, a chart of its own, of one commit too", async () => {
    const { world, pushed } = setup(charted("v0.3.0", digestOf("b"), COMMIT));
    await packageChart(world, request(TAG, { digest }));
    assert.deepEqual(pushed, ["orders-v0.3.1.tgz to ghcr.io/acme/charts"]);
    const before = charted("v0.3.0", digest, COMMIT);
    const other = setup({
      ...before,
      registries: { ...before.registries, [`${IMAGE}:1.3.0`]: digest },
    });
    await packageChart(other.world, request(Ref.tag("v1.3.0"), { digest }));
    assert.deepEqual(other.pushed, ["orders-v0.3.1.tgz to ghcr.io/acme/charts"]);
  });

  it("publishes the chart alone with the version of its Chart.yaml", async () => {
    const { world, pushed, packed } = setup(charted("v0.2.0", digestOf("b"), "f".repeat(40)));
    const result = await packageChart(world, request(Ref.branch("main")));
    assert.ok(!("refused" in result), JSON.stringify(result));
    assert.deepEqual(result.image, { tag: "1.2.0", digest: digestOf("b") });
    assert.equal(packed[0]?.appVersion, "1.2.0");
    assert.deepEqual(pushed, ["orders-v0.3.0.tgz to ghcr.io/acme/charts"]);
  });

  const REFUSED: readonly [string, Partial<WorldValues>, PackageRequest, string][] = [
    [
      "another image than its tag has",
      {},
      request(TAG, { digest: digestOf("b") }),
      `${IMAGE}:1.2.0 is ${digest}, not ${digestOf("b")}; publish the image with releases ci publish first`,
    ],
    [
      "a chart alone under a version that is there",
      charted("v0.3.0", digest, "f".repeat(40)),
      request(Ref.branch("main")),
      `v0.3.0 of ${CHART} is published already; raise "version" in charts/orders/Chart.yaml`,
    ],
    [
      "a chart alone of no image",
      {},
      request(Ref.branch("main")),
      `${CHART} has no version yet whose image this one could have; publish one of an image first`,
    ],
    [
      "an image of a branch",
      {},
      request(Ref.branch("main"), { digest }),
      "main is no version, and only those get a chart; leave --digest out to publish the chart alone",
    ],
    [
      "a version that is none",
      { files: { ...FILES, "charts/orders/Chart.yaml": "name: orders\nversion: '1'\n" } },
      request(TAG, { digest }),
      "charts/orders/Chart.yaml has the version 1; write one such as 1.4.0",
    ],
    [
      "a release that would be a version of a service",
      {
        files: {
          ...FILES,
          "releases.yaml": FILES["releases.yaml"].replace('"v{version}"', '"orders-{version}"'),
          "charts/orders/Chart.yaml": "name: orders\nversion: 0.3.0\n",
        },
      },
      request(Ref.tag("orders-1.2.0"), { digest }),
      "the chart's release orders-0.3.0 would be a version of orders; give that other tags.github in the list",
    ],
  ];
  for (const [what, values, asked, refused] of REFUSED) {
    it(`refuses ${what}, and pushes nothing`, async () => {
      const { world, pushed, releases } = setup(values);
      assert.deepEqual(await packageChart(world, asked), { refused });
      assert.deepEqual([pushed, world.brought, releases.published, world.open()], [[], [], [], 0]);
    });
  }

  it("needs Helm", async () => {
    const { world } = setup();
    await assert.rejects(
      packageChart({ ...world, charts: () => undefined }, request(TAG, { digest })),
      errorOf(
        "outside",
        "charts are packaged by helm; install it, https://helm.sh/docs/intro/install",
      ),
    );
  });
});
