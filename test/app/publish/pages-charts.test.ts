import assert from "node:assert/strict";
import { isOnPages, PagesCharts } from "../../../src/app/publish/pages-charts";
import type { PublishedChart } from "../../../src/core/publish/publication";
import { digestOfBytes } from "../../support/attach";
import { TestReleases } from "../../support/releases";
import { errorOf } from "../../support/world";

const AT = "acme/charts gh-pages index.yaml";
const COMMIT = "f".repeat(40);
const REVISION = "org.opencontainers.image.revision";
const CHART: PublishedChart = {
  ...{ repository: "https://acme.github.io/charts/", pages: "acme/charts", name: "orders" },
  ...{ folder: "charts/orders", imageValues: { repository: "image.repository", tag: "image.tag" } },
};

/** What a package of a test says is the commit that it is of. */
const packageOf = (commit: string): Buffer => Buffer.from(commit);
const hexOf = (bytes: Buffer): string => digestOfBytes(bytes).replace("sha256:", "");

/** Charts of an index, and of releases by the versions that they are of. */
function setup(index: string | undefined, packages: Readonly<Record<string, Buffer>> = {}) {
  const github = new TestReleases();
  github.isPublic = false;
  if (index !== undefined) github.branchFiles.set(AT, index);
  for (const [version, bytes] of Object.entries(packages)) {
    github.releases.push({
      ...{ repository: "acme/orders", tag: `orders-${version}`, notes: "", isPrerelease: false },
      assets: [{ name: `orders-${version}.tgz`, bytes }],
    });
  }
  const helm = {
    packaged: (_: string, bytes: Uint8Array) => ({
      values: {},
      annotations: { [REVISION]: Buffer.from(bytes).toString() },
    }),
  };
  assert.ok(isOnPages(CHART));
  const charts = new PagesCharts(CHART, "acme/orders", github.client(), helm);
  return { github, charts };
}

const entry = (version: string, bytes: Buffer, commit = COMMIT): string =>
  `  - version: ${version}
    digest: ${hexOf(bytes)}
    annotations: { ${REVISION}: ${commit} }
`;
const index = (...entries: readonly string[]): string => `entries:\n  orders:\n${entries.join("")}`;

const added = (bytes: Buffer, version = "0.4.0") => ({
  ...{ version, appVersion: "v1.0.0", meta: { apiVersion: "v2" }, digest: digestOfBytes(bytes) },
  created: new Date("2026-11-21T12:00:00Z"),
});

describe("PagesCharts", () => {
  const own = packageOf(COMMIT);
  const other = packageOf("a".repeat(40));

  it("has the versions of the index and of the releases with a package", async () => {
    const { github, charts } = setup(index(entry("0.3.0", own)), { "0.3.0": own, "0.4.0+a": own });
    github.releases.push({
      ...{ repository: "acme/orders", tag: "orders-0.9.0", notes: "", isPrerelease: false },
      assets: [],
    });
    assert.deepEqual(await charts.tags(), ["0.3.0", "0.4.0_a"]);
    assert.equal(charts.name, "https://acme.github.io/charts/orders");
  });

  it("finds a version by its release, which must be what the index says", async () => {
    const { charts } = setup(index(entry("0.3.0", own), entry("0.2.0", own)), {
      "0.3.0": own,
      "0.2.0": other,
    });
    assert.equal((await charts.find("0.3.0"))?.digest, digestOfBytes(own));
    assert.equal(await charts.find("0.1.0"), undefined);
    await assert.rejects(
      charts.find("0.2.0"),
      errorOf(
        "findings",
        `the index.yaml of acme/charts at gh-pages has ${digestOfBytes(own)} of orders-0.2.0.tgz, and the release of acme/orders has ${digestOfBytes(other)}; publish another version`,
      ),
    );
  });

  it("knows the versions of a commit, those that only a release has as well", async () => {
    const { charts } = setup(index(entry("0.3.0", own), entry("0.2.0", other, "a".repeat(40))), {
      ...{ "0.4.0": own, "0.3.0": own, "0.2.0": other, "0.1.0": other },
    });
    const found = await charts.ofCommit(await charts.tags(), COMMIT);
    assert.deepEqual(
      found.map(({ version }) => version),
      ["0.4.0", "0.3.0"],
    );
    const { charts: gone } = setup(index(entry("0.3.0", own)));
    await assert.rejects(
      gone.ofCommit(["0.3.0"], COMMIT),
      errorOf(
        "outside",
        "the release orders-0.3.0 of acme/orders has no orders-0.3.0.tgz any more; publish it again",
      ),
    );
  });

  it("adds a version where its release has the very package", async () => {
    const { github, charts } = setup("entries: {}\n", { "0.4.0": own });
    await charts.add(added(own));
    assert.deepEqual(github.commits, ["orders 0.4.0"]);
    assert.match(github.branchFiles.get(AT) ?? "", new RegExp(`^ {4}digest: ${hexOf(own)}$`, "m"));
    await charts.add(added(own));
    assert.deepEqual(github.commits, ["orders 0.4.0"]);
    await assert.rejects(
      charts.add(added(other)),
      errorOf(
        "outside",
        "acme/orders doesn't show what was published as orders-0.4.0; run it again",
      ),
    );
    await assert.rejects(charts.add(added(own, "0.5.0")), { kind: "outside" });
  });

  it("reads the index again where it has changed, and never replaces what came meanwhile", async () => {
    const { github, charts } = setup("entries: {}\n", { "0.4.0": own });
    github.conflicts.push(() => {
      github.branchFiles.set(AT, index(entry("0.4.0", other)));
      return "is at another commit";
    });
    await assert.rejects(
      charts.add(added(own)),
      errorOf(
        "findings",
        "the index.yaml of acme/charts at gh-pages has 0.4.0 of orders with other bytes; publish another version",
      ),
    );
    assert.deepEqual(github.commits, []);
  });

  it("says after five tries what GitHub says", async () => {
    const { github, charts } = setup("entries: {}\n", { "0.4.0": own });
    for (let tries = 0; tries < 5; tries++) github.conflicts.push(() => "rules are violated");
    await assert.rejects(
      charts.add(added(own)),
      errorOf(
        "outside",
        "GitHub doesn't take the index of acme/charts at gh-pages: rules are violated; let the token write there, and run it again",
      ),
    );
    assert.deepEqual([github.conflicts, github.commits], [[], []]);
  });

  it("says that there is no index, and that one has no room", async () => {
    const { charts } = setup(undefined);
    const missing = errorOf(
      "findings",
      'acme/charts shows no index.yaml on a branch gh-pages; push one with the lines "apiVersion: v1" and "entries: {}" there, and let GitHub Pages serve that branch',
    );
    await assert.rejects(charts.tags(), missing);
    await assert.rejects(charts.expectRoom(added(own)), missing);
    const { charts: taken } = setup(index(entry("0.4.0", other)));
    await assert.rejects(taken.expectRoom(added(own)), { kind: "findings" });
    await taken.expectRoom(added(own, "0.5.0"));
  });
});
