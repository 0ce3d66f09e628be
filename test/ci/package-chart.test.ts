import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { findHelm } from "../../src/adapters/find-tool";
import { verifyBundle } from "../../src/adapters/sigstore/bundle";
import { folderOf } from "../support/folder";
import type { PublishingGithub } from "../support/publisher";
import { COMMIT, ServiceRepository, missingForCharts, withPublishing } from "../support/publisher";
import type { Registry } from "../support/registry";
import { text } from "../support/text";
import { releasesWith, type Run } from "../support/cli";

const helm = findHelm();

const CHART = text`
  apiVersion: v2
  # The chart's own version.
  name: orders
  version: 0.3.0
  appVersion: v0.0.0
`;
const VALUES = text`
  # How many.
  replicas: 2
  image:
    repository: ghcr.io/acme/orders # where it is
    tag: ""
`;

describe("releases ci package-chart", function () {
  const missing = missingForCharts();
  if (missing !== undefined || helm === undefined) {
    it(`is skipped: there is no ${missing}`, function () {
      this.skip();
    });
    return;
  }

  let registry: Registry;
  let github: PublishingGithub;
  let repository: ServiceRepository;
  let names = 0;
  let name: string;
  let chart: string;

  withPublishing((...started) => ([registry, github] = started));

  beforeEach(() => {
    github.forget();
    name = `acme/orders${names++}`;
    chart = `${name}-charts/orders`;
    repository = new ServiceRepository(github, {
      "releases.yaml": text`
        source: acme/orders
        mutableTags: [main]
        services:
          orders:
            images: ["${registry.host}/${name}"]
            branches: { main: main }
            releases: acme/orders
            chart:
              repository: oci://${registry.host}/${chart}
              folder: charts/orders
      `,
      "charts/orders/Chart.yaml": CHART,
      "charts/orders/values.yaml": VALUES,
      "charts/orders/templates/config.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata: { image: '{{ .Values.image.repository }}@{{ .Values.image.digest }}' }\n",
    });
  });
  afterEach(() => assert.deepEqual(github.api.problems, []));

  const tag = (version: string): string => `refs/tags/${version}`;

  /** Pushes the image of a version, whose content is its text. */
  const image = (version: string, content = version): string =>
    registry.push(name, version, `${name} ${content}`);

  function packageChart(ref: string, commit: string, ...args: string[]): Promise<Run> {
    const environment = { ...repository.environment(ref), GITHUB_SHA: commit };
    const all = ["ci", "package-chart", ...args, "--key", "key.pem"];
    return releasesWith(environment, repository.folder, ...all);
  }

  /** Another commit. */
  const commit = (content: string): string => createHash("sha1").update(content).digest("hex");

  /** Publishes the chart of a version's image. Returns the chart's version. */
  async function published(version: string): Promise<string> {
    const digest = image(version);
    const run = await packageChart(tag(version), commit(version), "--digest", digest);
    assert.equal(run.code, 0, run.stderr);
    return /^chart=(.*)$/m.exec(run.stdout)?.[1] ?? "";
  }

  /** What a published chart has in a file. */
  function shown(what: string, version: string): string {
    const args = ["show", what, `oci://${registry.host}/${chart}`, "--version", version];
    return execFileSync(helm ?? "", [...args, "--plain-http"], { encoding: "utf8", stdio: "pipe" });
  }

  it("gives each image a chart of its own that names its digest, and keeps the folder", async () => {
    const digest = image("v1.2.0");
    const { code, stdout, stderr } = await packageChart(tag("v1.2.0"), COMMIT, "--digest", digest);
    assert.equal(code, 0, stderr);
    const chartDigest = registry.digest(chart, "0.3.0") ?? "";
    assert.equal(
      stdout,
      text`
        ${registry.host}/${chart}@${chartDigest}: 0.3.0, for v1.2.0@${digest}
        ${github.model.site}/acme/orders/releases/tag/orders-0.3.0
        chart=0.3.0
        chart-digest=${chartDigest}
      `,
    );
    assert.equal(
      shown("values", "0.3.0").trimEnd(),
      VALUES.replace('tag: ""', 'tag: "v1.2.0"')
        .replace("image:\n", `image:\n  digest: ${digest}\n`)
        .trimEnd(),
    );
    const meta = shown("chart", "0.3.0");
    assert.match(meta, /^appVersion: v1\.2\.0$/m);
    assert.match(meta, new RegExp(`org.opencontainers.image.revision: "?${COMMIT}`));
    assert.equal(repository.read("charts/orders/values.yaml"), VALUES);
    assert.equal(repository.read("charts/orders/Chart.yaml"), CHART);

    const [release] = github.model.releases;
    assert.equal(release?.["tag_name"], "orders-0.3.0");
    assert.equal(release["make_latest"], "false");
    assert.deepEqual(
      release.assets.map((asset) => asset.name),
      ["orders-0.3.0.tgz", "orders.sigstore", "orders.intoto.jsonl"],
    );
    const [file, bundle] = release.assets.map((asset) =>
      github.model.download(`/acme/orders/releases/download/orders-0.3.0/${asset.name}`),
    );
    const bytes = `sha256:${createHash("sha256")
      .update(file ?? "")
      .digest("hex")}`;
    for (const of of [chartDigest, bytes]) {
      const verified = verifyBundle(bundle ?? "", { digest: of }, { key: repository.publicKey });
      assert.ok(!("problem" in verified), JSON.stringify(verified));
    }
    assert.equal(registry.tags(chart).includes(chartDigest.replace(":", "-")), true);
  });

  it("takes the next patch for each further image, whatever the order of texts", async () => {
    assert.equal(await published("v1.2.0"), "0.3.0");
    assert.equal(await published("v1.2.1"), "0.3.1");
    repository.write({ "charts/orders/Chart.yaml": CHART.replace("0.3.0", "0.3.9") });
    assert.equal(await published("v1.2.2"), "0.3.9");
    assert.equal(await published("v1.2.3"), "0.3.10");
    assert.equal(await published("v1.3.0"), "0.3.11");
    repository.write({ "charts/orders/Chart.yaml": CHART.replace("0.3.0", "v1.0.0-rc.1") });
    assert.equal(await published("v1.3.1"), "v1.0.0-rc.1");
    assert.equal(await published("v1.3.2"), "v1.0.0-rc.2");
    // Nobody wrote a digest of an older image over.
    assert.match(shown("values", "0.3.1"), /tag: "v1\.2\.1"/);
  });

  it("finishes what was begun, and never gives an image a second chart for one commit", async () => {
    const digest = image("v1.2.0");
    const args = [tag("v1.2.0"), COMMIT, "--digest", digest] as const;
    await packageChart(...args);
    await published("v1.2.1");
    github.forget();
    const again = await packageChart(...args);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /: 0\.3\.0, published before, for v1\.2\.0@/);
    const [release] = github.model.releases;
    assert.equal(release?.["tag_name"], "orders-0.3.0");
    assert.equal(release.assets[0]?.name, "orders-0.3.0.tgz");
    const third = await packageChart(...args);
    assert.equal(third.stdout, again.stdout);
    assert.equal(github.model.releases.length, 1);
  });

  it("publishes the chart alone, for the image of the newest one", async () => {
    const none = await packageChart("refs/heads/main", commit("a"));
    assert.equal(none.code, 1);
    assert.match(none.stderr, /has no version yet whose image this one could have/);
    await published("v1.2.0");
    const same = await packageChart("refs/heads/main", commit("a"));
    assert.equal(same.code, 1);
    assert.equal(
      same.stderr,
      `0.3.0 of ${registry.host}/${chart} is published already; raise "version" in charts/orders/Chart.yaml\n`,
    );
    repository.write({ "charts/orders/Chart.yaml": CHART.replace("0.3.0", "0.4.0") });
    const alone = await packageChart("refs/heads/main", commit("a"));
    assert.equal(alone.code, 0, alone.stderr);
    assert.match(shown("values", "0.4.0"), /tag: "?v1\.2\.0"?/);
    assert.match(shown("chart", "0.4.0"), /^appVersion: v1\.2\.0$/m);
    const other = await packageChart("refs/heads/main", commit("b"));
    assert.match(other.stderr, /0\.4\.0 of .* is published already/);
    const again = await packageChart("refs/heads/main", commit("a"));
    assert.match(again.stdout, /0\.4\.0, published before/, again.stderr);
    assert.equal(await published("v1.2.1"), "0.4.1");
  });

  it("refuses what it wasn't given right, before it pushes anything", async () => {
    const digest = image("v1.2.0");
    const other = image("v1.2.1");
    const refused = async (ref: string, ...args: string[]): Promise<string> => {
      const { code, stderr } = await packageChart(ref, COMMIT, ...args);
      assert.ok(code === 1 || code === 2, stderr);
      assert.deepEqual(registry.tags(chart), []);
      assert.deepEqual(github.model.releases, []);
      return stderr;
    };
    assert.match(
      await refused(tag("v1.2.0"), "--digest", other),
      new RegExp(`:v1.2.0 is ${digest}, not ${other}; publish the image`),
    );
    assert.match(
      await refused(tag("v9.0.0"), "--digest", other),
      /:v9\.0\.0 is missing, not .*; publish the image with releases ci publish first/,
    );
    assert.match(
      await refused("refs/heads/main", "--digest", digest),
      /main is no version, and only those get a chart; leave --digest out/,
    );
    assert.match(await refused(tag("v1.2.0"), "--digest", "sha256:1"), /isn't sha256: and 64/);
    assert.match(
      await refused(tag("v1.2.0"), "inventory", "--digest", digest),
      /inventory has no chart that v1\.2\.0 publishes; it is one of: orders/,
    );
    repository.write({ "charts/orders/Chart.yaml": CHART.replace("orders", "web") });
    assert.match(
      await refused(tag("v1.2.0"), "--digest", digest),
      /Chart\.yaml has the name web, and releases\.yaml orders/,
    );
    repository.write({ "charts/orders/Chart.yaml": `${CHART}type: none\n` });
    assert.match(
      await refused(tag("v1.2.0"), "--digest", digest),
      /^releases: helm can't package .*charts\/orders: .*type/,
    );
    repository.write({
      "charts/orders/Chart.yaml": CHART,
      "charts/orders/templates/config.yaml": "{{ broken",
    });
    repository.write({ "charts/orders/values.yaml": "image: &i { tag: a }\nother: *i\n" });
    assert.match(await refused(tag("v1.2.0"), "--digest", digest), /values\.yaml/);
  });

  it("refuses a release that is another's, before it pushes anything", async () => {
    const digest = image("v1.2.0");
    github.model.releases.push({
      ...{ id: 7, tag_name: "orders-0.3.0", draft: false, html_url: "", body: "", assets: [] },
    });
    const { code, stderr } = await packageChart(tag("v1.2.0"), COMMIT, "--digest", digest);
    assert.equal(code, 1);
    assert.match(stderr, /acme\/orders has a release orders-0\.3\.0 already/);
    assert.deepEqual(registry.tags(chart), []);
  });

  it("renders with the image that it names", async () => {
    const digest = image("v1.2.0");
    await packageChart(tag("v1.2.0"), COMMIT, "--digest", digest);
    const into = folderOf({});
    const oci = `oci://${registry.host}/${chart}`;
    execFileSync(helm, ["pull", oci, "--version", "0.3.0", "--plain-http", "-d", into], {
      stdio: "pipe",
    });
    const file = path.join(into, "orders-0.3.0.tgz");
    assert.ok(fs.existsSync(file));
    const rendered = execFileSync(helm, ["template", "x", file], { encoding: "utf8" });
    assert.ok(rendered.includes(`ghcr.io/acme/orders@${digest}`));
  });
});
