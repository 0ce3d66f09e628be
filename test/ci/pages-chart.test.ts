import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { findHelm } from "../../src/adapters/find-tool";
import {
  WebChartRepositories,
  type ChartRepositories,
} from "../../src/adapters/helm/chart-repositories";
import { verifyBundle } from "../../src/adapters/sigstore/bundle";
import { realWorld } from "../../src/app/real-world";
import { validate, type ValidateRequest } from "../../src/app/publish/validate";
import { buildTrustOf } from "../../src/ci/building";
import type { ClassicChart } from "../../src/core/list/service";
import { Ref } from "../../src/core/ref";
import { releasesWith, type Run } from "../support/cli";
import { setEnvironment } from "../support/environment";
import { folderOf } from "../support/folder";
import type { PublishingGithub } from "../support/publisher";
import { COMMIT, ServiceRepository, missingForCharts, withPublishing } from "../support/publisher";
import type { Registry } from "../support/registry";
import { text } from "../support/text";

const helm = findHelm();
const run = promisify(execFile);

const CHART = text`
  apiVersion: v2
  name: orders
  description: Takes orders.
  version: 0.3.0
  appVersion: v0.0.0
`;
const AT = "acme/charts gh-pages index.yaml";
/** What others have in the index. */
const FOREIGN = text`
  # All charts of acme.
  apiVersion: v1
  entries:
    catalog: # ours as well
    - {name: catalog,   version: 1.0.0, urls: [catalog-1.0.0.tgz]}
  generated: "2026-03-02T09:00:00Z"
`;

/** A chart repository on GitHub Pages that is served elsewhere. */
class ServedElsewhere implements ChartRepositories {
  readonly #web = new WebChartRepositories();
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  #at<Chart extends { repository: string }>(chart: Chart): Chart {
    assert.equal(chart.repository, "https://acme.github.io/charts");
    return { ...chart, repository: this.#address };
  }

  find = (chart: ClassicChart) => this.#web.find(this.#at(chart));
  versions = (chart: Pick<ClassicChart, "repository" | "name">) =>
    this.#web.versions(this.#at(chart));
}

describe("releases ci package-chart, to a chart repository on GitHub Pages", function () {
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

  withPublishing((...started) => ([registry, github] = started));

  beforeEach(() => {
    github.forget();
    github.files.files.set(AT, FOREIGN);
    name = `acme/pages-orders${names++}`;
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
              repository: https://acme.github.io/charts
              name: orders
              folder: charts/orders
      `,
      "charts/orders/Chart.yaml": CHART,
      "charts/orders/values.yaml": "image: { repository: ghcr.io/acme/orders }\n",
      "charts/orders/templates/config.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata: { image: '{{ .Values.image.repository }}@{{ .Values.image.digest }}' }\n",
    });
  });
  afterEach(() => assert.deepEqual(github.api.problems, []));

  const tag = (version: string): string => `refs/tags/${version}`;
  const image = (version: string): string => registry.push(name, version, `${name} ${version}`);
  const index = (): string => github.files.files.get(AT) ?? "";

  function packageChart(ref: string, commit: string, ...args: string[]): Promise<Run> {
    const environment = { ...repository.environment(ref), GITHUB_SHA: commit };
    const all = ["ci", "package-chart", ...args, "--key", "key.pem"];
    return releasesWith(environment, repository.folder, ...all);
  }

  const commit = (content: string): string => createHash("sha1").update(content).digest("hex");

  /** Publishes the chart of a version's image. Returns the chart's version. */
  async function published(version: string, of = commit(version)): Promise<string> {
    const done = await packageChart(tag(version), of, "--digest", image(version));
    assert.equal(done.code, 0, done.stderr);
    return /^chart=(.*)$/m.exec(done.stdout)?.[1] ?? "";
  }

  /** Returns a file of the release of a chart's version, as everybody downloads it. */
  function asset(version: string, file: string): Buffer {
    const place = `/acme/orders/releases/download/orders-${version}/${file}`;
    const found = github.model.download(place);
    assert.ok(found, place);
    return found;
  }

  const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

  it("adds the chart to the index, signed, and Helm takes it from there", async () => {
    const digest = image("v1.2.0");
    const { code, stdout, stderr } = await packageChart(tag("v1.2.0"), COMMIT, "--digest", digest);
    assert.equal(code, 0, stderr);
    const bytes = asset("0.3.0", "orders-0.3.0.tgz");
    const page = `${github.model.site}/acme/orders/releases`;
    assert.equal(
      stdout,
      text`
        https://acme.github.io/charts/orders@sha256:${sha256(bytes)}: 0.3.0, for v1.2.0@${digest}
        ${page}/tag/orders-0.3.0
        chart=0.3.0
        chart-digest=sha256:${sha256(bytes)}
      `,
    );
    const { entries } = parse(index()) as { entries: Record<string, { created: string }[]> };
    const [own] = entries["orders"] ?? [];
    assert.deepEqual(own, {
      annotations: { "org.opencontainers.image.revision": COMMIT },
      apiVersion: "v2",
      appVersion: "v1.2.0",
      created: own?.created,
      description: "Takes orders.",
      digest: sha256(bytes),
      name: "orders",
      urls: [`${page}/download/orders-0.3.0/orders-0.3.0.tgz`],
      version: "0.3.0",
    });
    const lines = index().split("\n");
    const start = lines.indexOf("  orders:");
    lines.splice(start, lines.findIndex((line) => line.startsWith("  catalog:")) - start);
    assert.equal(lines.join("\n"), FOREIGN);
    assert.deepEqual(github.files.commits, [{ at: AT, message: "orders 0.3.0" }]);

    const into = folderOf({});
    const from = ["--repo", `${github.model.site}/charts`, "--version", "0.3.0"];
    await run(helm, ["pull", "orders", ...from, "-d", into]);
    const file = path.join(into, "orders-0.3.0.tgz");
    assert.equal(sha256(fs.readFileSync(file)), sha256(bytes));
    const { stdout: rendered } = await run(helm, ["template", "x", file]);
    assert.ok(rendered.includes(`ghcr.io/acme/orders@${digest}`));

    for (const bundle of ["orders.sigstore", "orders-0.3.0.tgz.sigstore"]) {
      const of = { digest: `sha256:${sha256(bytes)}` };
      const found = verifyBundle(asset("0.3.0", bundle).toString(), of, {
        key: repository.publicKey,
      });
      assert.ok(!("problem" in found), JSON.stringify(found));
    }
    assert.deepEqual(registry.tags(`${name}-charts`), []);
  });

  describe("validated", () => {
    const again = () => assert.fail("there is nothing to wait for");
    let digest: string;

    beforeEach(async () => {
      digest = image("v1.2.0");
      const done = await packageChart(tag("v1.2.0"), COMMIT, "--digest", digest);
      assert.equal(done.code, 0, done.stderr);
    });

    /** Looks at the chart as anyone would. Returns what is said of it. */
    async function validated(more: Partial<ValidateRequest> = {}) {
      const variables = repository.environment(tag("v1.2.0"));
      const restore = setEnvironment(variables);
      try {
        const world = {
          ...realWorld(repository.folder),
          chartRepositories: () => new ServedElsewhere(`${github.model.site}/charts`),
        };
        const trust = buildTrustOf(
          world,
          { repository: "acme/orders", ref: tag("v1.2.0"), commit: COMMIT },
          { key: path.join(repository.folder, "key.pub") },
        );
        const { problems, valid } = await validate(world, {
          ...{ repository: "acme/orders", ref: Ref.tag("v1.2.0"), commit: COMMIT, trust, again },
          digests: new Map(),
          ...more,
        });
        const isOfChart = (line: string) => /charts\/orders|orders-0\.3\.0/.test(line);
        return { problems: problems.filter(isOfChart), valid: valid.filter(isOfChart) };
      } finally {
        restore();
      }
    }

    const place = () => {
      const bytes = asset("0.3.0", "orders-0.3.0.tgz");
      return `https://acme.github.io/charts/orders@sha256:${sha256(bytes)}`;
    };
    const page = () => `${github.model.site}/acme/orders/releases/tag/orders-0.3.0`;
    const MISSING =
      /^https:\/\/acme\.github\.io\/charts\/orders has no version of this commit that names sha256:/;

    it("is what is served: its package, its signature, and the image that it names", async () => {
      assert.deepEqual(await validated(), {
        problems: [],
        valid: [`${place()}: 0.3.0 names ${digest}`, `${page()}: 5 files, downloaded as anybody`],
      });
    });

    it("waits until it is served", async () => {
      const after = index();
      github.files.files.set(AT, FOREIGN);
      let looks = 0;
      const { problems } = await validated({
        again: () => {
          if (++looks === 3) github.files.files.set(AT, after);
          return Promise.resolve(true);
        },
      });
      assert.deepEqual([problems, looks], [[], 3]);
      github.files.files.set(AT, FOREIGN);
      const never = await validated({ again: () => Promise.resolve(false) });
      assert.match(never.problems.join(), MISSING);
    });

    it("isn't another package than the index says, nor another image's, nor unsigned", async () => {
      const after = index();
      const hex = sha256(asset("0.3.0", "orders-0.3.0.tgz"));
      github.files.files.set(AT, after.replace(hex, "b".repeat(64)));
      assert.match((await validated()).problems.join(), /and the index has sha256:b+; publish/);
      github.files.files.set(AT, after);
      const never = { again: () => Promise.resolve(false) };
      const other = await validated({ ...never, commit: commit("other") });
      assert.match(other.problems.join(), MISSING);
      const assets = github.model.releases[0]?.assets ?? [];
      const signature = assets.find((one) => one.name === "orders-0.3.0.tgz.sigstore");
      github.model.replaceAsset(signature?.id ?? 0, asset("0.3.0", "orders.sigstore"));
      assert.match(
        (await validated()).problems.join(),
        /orders-0\.3\.0\.tgz@sha256:[0-9a-f]+: no https:\/\/sigstore\.dev\/cosign\/sign\/v1 that counts/,
      );
    });
  });

  it("takes the version after the newest of the index, and puts it first", async () => {
    github.files.files.set(AT, FOREIGN.replace("catalog:", "orders:").replace("1.0.0", "0.7.0"));
    assert.equal(await published("v1.2.0"), "0.7.1");
    assert.equal(await published("v1.2.1"), "0.7.2");
    const { entries } = parse(index()) as { entries: Record<string, { version: string }[]> };
    assert.deepEqual(
      entries["orders"]?.map(({ version }) => version),
      ["0.7.2", "0.7.1", "0.7.0"],
    );
  });

  it("finishes what was begun: the release is there, and the index lacks it", async () => {
    assert.equal(await published("v1.2.0", COMMIT), "0.3.0");
    const [release] = github.model.releases;
    github.files.files.set(AT, FOREIGN);
    // Another one comes meanwhile, and doesn't take its version.
    assert.equal(await published("v1.2.1"), "0.3.1");
    const again = await packageChart(tag("v1.2.0"), COMMIT, "--digest", image("v1.2.0"));
    assert.match(again.stdout, /: 0\.3\.0, published before, for v1\.2\.0@/, again.stderr);
    assert.equal(github.model.releases[0], release);
    const after = index();
    assert.match(after, new RegExp(sha256(asset("0.3.0", "orders-0.3.0.tgz"))));
    const third = await packageChart(tag("v1.2.0"), COMMIT, "--digest", image("v1.2.0"));
    assert.equal(third.stdout, again.stdout);
    assert.equal(index(), after);
    assert.deepEqual(
      github.model.releases.map((one) => one["tag_name"]),
      ["orders-0.3.0", "orders-0.3.1"],
    );
  });

  it("reads the index again where somebody else was faster, and loses nothing of it", async () => {
    const other = FOREIGN.replace("  catalog:", "  web:\n  - version: 1.0.0\n  catalog:");
    github.files.beforeChange = () => {
      github.files.beforeChange = () => undefined;
      github.files.files.set(AT, other);
    };
    assert.equal(await published("v1.2.0"), "0.3.0");
    assert.match(index(), /^ {2}web:\n {2}- version: 1\.0\.0\n {2}catalog: # ours as well$/m);
    assert.match(index(), /^ {4}version: 0\.3\.0$/m);
    assert.equal(github.files.commits.length, 1);
  });

  it("gives up where the branch never takes it, and can be run again", async () => {
    let count = 0;
    github.files.beforeChange = () => {
      github.files.files.set(AT, `${FOREIGN}# ${count++}\n`);
    };
    const { code, stderr } = await packageChart(tag("v1.2.0"), COMMIT, "--digest", image("v1.2.0"));
    assert.equal(code, 3, stderr);
    assert.match(
      stderr,
      /GitHub doesn't take the index of acme\/charts at gh-pages: .*run it again/,
    );
    assert.equal(count, 5);
    github.files.beforeChange = () => undefined;
    assert.equal(await published("v1.2.0", COMMIT), "0.3.0");
  });

  it("publishes the chart alone, for the image of the newest one", async () => {
    const none = await packageChart("refs/heads/main", commit("a"));
    assert.match(none.stderr, /charts\/orders has no version yet whose image this one could have/);
    await published("v1.2.0");
    const same = await packageChart("refs/heads/main", commit("a"));
    assert.match(same.stderr, /0\.3\.0 of .*\/orders is published already; raise "version"/);
    repository.write({ "charts/orders/Chart.yaml": CHART.replace("0.3.0", "0.4.0") });
    const alone = await packageChart("refs/heads/main", commit("a"));
    assert.match(alone.stdout, /: 0\.4\.0, for v1\.2\.0@sha256/, alone.stderr);
    const other = await packageChart("refs/heads/main", commit("b"));
    assert.match(other.stderr, /0\.4\.0 of .* is published already/);
    const again = await packageChart("refs/heads/main", commit("a"));
    assert.match(again.stdout, /0\.4\.0, published before/, again.stderr);
  });

  it("refuses what the index couldn't have, before anything is written", async () => {
    const refused = async (text: string | undefined, ...args: string[]): Promise<string> => {
      if (text === undefined) github.files.files.delete(AT);
      else github.files.files.set(AT, text);
      const releases = github.model.releases.length;
      const digest = image("v1.2.0");
      const all = args.length > 0 ? args : [tag("v1.2.0"), COMMIT, "--digest", digest];
      const [ref = "", of = "", ...others] = all;
      const { code, stderr } = await packageChart(ref, of, ...others);
      assert.equal(code, 1, stderr);
      assert.equal(github.model.releases.length, releases);
      assert.deepEqual(github.files.files.get(AT), text);
      return stderr;
    };
    assert.equal(
      await refused(undefined),
      'releases: acme/charts shows no index.yaml on a branch gh-pages; push one with the lines "apiVersion: v1" and "entries: {}" there, and let GitHub Pages serve that branch\n',
    );
    assert.match(
      await refused('{"entries": {"web": [{"version": "1.0.0"}]}}'),
      /the index\.yaml of acme\/charts at gh-pages can't be edited without changing more/,
    );
    assert.match(await refused("entries: ["), /can't be read as an index of charts/);
    // Somebody else's version of the chart alone.
    const foreign = "entries:\n  orders:\n  - version: v0.3.0\n    digest: abc\n";
    assert.match(
      await refused(foreign, "refs/heads/main", COMMIT),
      /0\.3\.0 of .* is published already; raise "version"/,
    );
  });

  it("refuses a version whose bytes the index has otherwise", async () => {
    assert.equal(await published("v1.2.0", COMMIT), "0.3.0");
    const bytes = asset("0.3.0", "orders-0.3.0.tgz");
    const other = index().replace(sha256(bytes), "b".repeat(64));
    github.files.files.set(AT, other);
    const done = await packageChart(tag("v1.2.0"), COMMIT, "--digest", image("v1.2.0"));
    assert.equal(done.code, 1, done.stderr);
    assert.match(done.stderr, /has sha256:b+ of orders-0\.3\.0\.tgz, and the release of acme/);
    assert.equal(index(), other);
    assert.equal(github.model.releases.length, 1);
  });
});
