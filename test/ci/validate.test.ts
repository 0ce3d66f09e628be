import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { keySigner } from "../../src/adapters/sigstore/signing";
import { readTrustedRoot } from "../../src/adapters/sigstore/trusted-root";
import type { BuildSigning } from "../../src/app/publish/build-signatures";
import { publish } from "../../src/app/publish/publish";
import { realWorld } from "../../src/app/real-world";
import { validate, type ValidateRequest } from "../../src/app/publish/validate";
import { builderPolicy, type Build } from "../../src/core/publish/build";
import { Ref } from "../../src/core/ref";
import { readImageLayout } from "../../src/adapters/oci/layout";
import { releasesWith, type Run } from "../support/cli";
import { setEnvironment } from "../support/environment";
import type { PublishingGithub } from "../support/publisher";
import { COMMIT, ServiceRepository, missingForCharts, withPublishing } from "../support/publisher";
import type { Registry } from "../support/registry";
import { imageLayout } from "../support/registry";
import { GITHUB, SigstoreAuthority } from "../support/sigstore-authority";
import { text } from "../support/text";

const TAG = "refs/tags/v1.2.0";
const SOURCE = "https://github.com/acme/orders";
const WORKFLOW = `${SOURCE}/.github/workflows/release.yml`;

describe("releases ci validate", function () {
  const missing = missingForCharts();
  if (missing !== undefined) {
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
  let digest: string;

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
            images: ["${registry.host}/${name}", "${registry.host}/${name}-3.7"]
            branches: { main: main }
            releases: acme/orders
            assets: [orders.tar.gz]
            chart:
              repository: oci://${registry.host}/${chart}
              folder: charts/orders
      `,
      "assets/orders.tar.gz": "files",
      "charts/orders/Chart.yaml": "apiVersion: v2\nname: orders\nversion: 0.3.0\n",
      "charts/orders/values.yaml": "image:\n  repository: ghcr.io/acme/orders\n",
    });
    digest = build("one");
  });
  afterEach(() => assert.deepEqual(github.api.problems, []));

  function build(content: string): string {
    const { layout, digest: built } = imageLayout(`${name} ${content}`);
    fs.rmSync(path.join(repository.folder, "image"), { recursive: true, force: true });
    fs.cpSync(layout, path.join(repository.folder, "image"), { recursive: true });
    return built;
  }

  async function done(running: Promise<Run>): Promise<void> {
    const { code, stderr, stdout } = await running;
    assert.equal(code, 0, stderr + stdout);
  }

  const publishing = (key = "key.pem"): Promise<Run> =>
    repository.step(TAG, "publish", "--layout", "image", "--assets", "assets", "--key", key);
  const packaging = (key = "key.pem"): Promise<Run> =>
    repository.step(TAG, "package-chart", "--digest", digest, "--key", key);

  /** Publishes all that there is. */
  async function published(): Promise<void> {
    await done(publishing());
    await done(packaging());
  }

  const step = (...args: string[]): Promise<Run> =>
    repository.step(TAG, "validate", "--key", "key.pub", ...args);

  /** Asserts that a problem is told, and that the repository's own check isn't asked. */
  async function assertInvalid(problem: RegExp, ...args: string[]): Promise<void> {
    const { code, stderr } = await step(...args, "--", "sh", "-c", "echo ran > ran");
    assert.equal(code, 1, stderr);
    assert.match(stderr, problem);
    assert.equal(fs.existsSync(path.join(repository.folder, "ran")), false);
  }

  const asset = (file: string) => {
    const all = github.model.releases.flatMap((release) => release.assets);
    const found = all.find((one) => one.name === file);
    assert.ok(found, file);
    return found;
  };

  it("takes what was published, as anybody gets it, and gives it to the own check", async () => {
    await published();
    github.downloads.length = 0;
    const check = 'env > env; cp -R "$RELEASES_FILES" got';
    const { code, stdout, stderr } = await step("--", "sh", "-c", check);
    assert.equal(code, 0, stderr);
    const page = `${github.model.site}/acme/orders/releases/tag`;
    const chartDigest = registry.digest(chart, "0.3.0") ?? "";
    assert.equal(
      stdout,
      text`
        ${registry.host}/${name}@${digest}: signed, built from ${COMMIT}
        ${registry.host}/${name}-3.7@${digest}: signed, built from ${COMMIT}
        ${page}/v1.2.0: 3 files, downloaded as anybody
        ${registry.host}/${chart}@${chartDigest}: signed, built from ${COMMIT}
        ${registry.host}/${chart}@${chartDigest}: 0.3.0 names ${digest}
        ${page}/orders-0.3.0: 3 files, downloaded as anybody
      `,
    );
    assert.deepEqual(github.downloads, [
      "/acme/orders/releases/download/v1.2.0/orders.tar.gz",
      "/acme/orders/releases/download/v1.2.0/orders.sigstore",
      "/acme/orders/releases/download/v1.2.0/orders.intoto.jsonl",
      "/acme/orders/releases/download/orders-0.3.0/orders-0.3.0.tgz",
      "/acme/orders/releases/download/orders-0.3.0/orders.sigstore",
      "/acme/orders/releases/download/orders-0.3.0/orders.intoto.jsonl",
    ]);
    assert.equal(repository.read("got/orders.tar.gz"), "files");
    const environment = repository.read("env").split("\n");
    assert.ok(environment.includes("RELEASES_VERSION=v1.2.0"));
    assert.ok(environment.includes(`RELEASES_IMAGE=${registry.host}/${name}@${digest}`));
    assert.ok(!environment.some((line) => line.includes("MARKED")));
  });

  it("fails as the own check fails", async () => {
    await published();
    const { code, stderr } = await step("--", "sh", "-c", "exit 7");
    assert.equal(code, 1);
    assert.equal(stderr, "sh -c exit 7 ended with exit code 7\n");
    const absent = await step("--", "./no-such-check");
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /\.\/no-such-check can't be run: /);
  });

  it("downloads with the token what nobody else may see", async () => {
    await published();
    github.model.isPrivate = true;
    github.downloads.length = 0;
    const { code, stdout, stderr } = await step();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /3 files, downloaded with the token/);
    assert.deepEqual(github.downloads, []);
  });

  it("refuses a tag that moved after it was published", async () => {
    await published();
    const other = registry.push(`${name}-3.7`, "v1.2.0", "other");
    await assertInvalid(
      new RegExp(`orders\\d+-3\\.7:v1\\.2\\.0 is ${other}, and ${digest} was published`),
    );
    registry.push(name, "v1.2.0", "other");
    await assertInvalid(
      new RegExp(`:v1\\.2\\.0 is ${other}, and ${digest} was`),
      "--digest",
      digest,
    );
    // Without the digest, what the tag names now isn't signed.
    await assertInvalid(new RegExp(`@${other}: no https://sigstore.dev/cosign/sign/v1, https`));
  });

  it("refuses a file that was replaced, and one that is missing", async () => {
    await published();
    const { id } = asset("orders.tar.gz");
    github.model.replaceAsset(id, Buffer.from("evil"));
    await assertInvalid(
      /orders\.tar\.gz of acme\/orders v1\.2\.0 isn't what GitHub has a digest of/,
    );
    await assertInvalid(
      /orders\.tar\.gz@sha256:\w+: no https:\/\/slsa\.dev\/provenance\/v1 that counts/,
    );
    const [release] = github.model.releases;
    release?.assets.shift();
    await assertInvalid(/the release v1\.2\.0 of acme\/orders lacks orders\.tar\.gz/);
    release?.assets.pop();
    await assertInvalid(/lacks orders\.intoto\.jsonl/);
    github.model.releases.shift();
    await assertInvalid(/acme\/orders shows no release v1\.2\.0; publish it again/);
  });

  it("refuses an in-toto envelope that isn't the bundle's", async () => {
    await published();
    const { id } = asset("orders.intoto.jsonl");
    for (const envelope of ["{}", '{"payload":"e30="}\n{}', "not JSON"]) {
      github.model.replaceAsset(id, Buffer.from(envelope));
      await assertInvalid(/orders\.intoto\.jsonl isn't the envelope of orders\.sigstore/);
    }
  });

  it("refuses a draft", async () => {
    await published();
    Object.assign(github.model.releases[0] ?? {}, { draft: true });
    await assertInvalid(/acme\/orders shows no release v1\.2\.0/);
  });

  it("refuses another key, and provenance of another commit", async () => {
    const stranger = new ServiceRepository(github, {});
    repository.write({ "other.pem": stranger.read("key.pem") });
    await done(publishing("other.pem"));
    await done(packaging("other.pem"));
    await assertInvalid(
      /@sha256:\w+: no https:\/\/sigstore\.dev\/cosign\/sign\/v1, .* that counts: in/,
    );
    const environment = { ...repository.environment(TAG), GITHUB_SHA: "f".repeat(40) };
    const args = ["ci", "validate", "--key", "other.pub"];
    repository.write({ "other.pub": keySigner(stranger.read("key.pem")).publicKey });
    const { code, stderr } = await releasesWith(environment, repository.folder, ...args);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`it is of the commit ${COMMIT}, not of f{40}`));
  });

  it("refuses a chart of another image, or of none", async () => {
    await done(publishing());
    await assertInvalid(/orders has no version of this commit that names sha256:.*package-chart/);
    await done(packaging());
    const { id } = asset("orders-0.3.0.tgz");
    github.model.replaceAsset(id, Buffer.from("evil"));
    await assertInvalid(/orders-0\.3\.0\.tgz of acme\/orders isn't the chart of/);
  });

  it("asks whose signatures count", async () => {
    await done(repository.step(TAG, "publish", "--layout", "image", "--assets", "assets"));
    await done(repository.step(TAG, "package-chart", "--digest", digest));
    const { code, stderr } = await repository.step(TAG, "validate");
    assert.equal(code, 2);
    assert.match(stderr, /whose signatures count isn't known: there is no trust\/root\.jsonl/);
    const unsigned = await repository.step(TAG, "validate", "--unsigned");
    assert.equal(unsigned.code, 0, unsigned.stderr);
    assert.match(unsigned.stdout, /signatures weren't asked for/);
    await assertInvalid(/lacks orders\.sigstore/);
  });

  describe("of a workflow", () => {
    let authority: SigstoreAuthority;
    let restore: () => void;
    before(async () => {
      authority = await SigstoreAuthority.start();
    });
    beforeEach(() => {
      restore = setEnvironment(repository.environment(TAG));
      repository.write({
        "releases.yaml": repository
          .read("releases.yaml")
          .split("\n")
          .filter((line) => !/chart|folder/.test(line))
          .join("\n"),
      });
    });
    afterEach(() => restore());

    const trust = () => {
      const root = readTrustedRoot(authority.root, "root");
      assert.ok(!("problem" in root));
      const trusted = { trust: { root }, digest: root.digest };
      return { trusted, policy: builderPolicy("acme/orders", TAG) };
    };

    /** Publishes with a certificate of a workflow. */
    async function publishedBy(
      subject = `${WORKFLOW}@${TAG}`,
      claims: Record<number, string> = {},
      checked = true,
    ) {
      const signing: BuildSigning = {
        signer: {
          sign: async (statement) => {
            const all = { 8: GITHUB, 12: SOURCE, 14: TAG, ...claims };
            const signed = { statement: JSON.parse(statement) as object };
            return (await authority.sign(signed, { subject, claims: all })).bundle;
          },
        },
        policy: trust().policy,
        ...(checked && { trusted: trust().trusted }),
      };
      const build: Build = {
        ...{ source: SOURCE, ref: TAG, commit: COMMIT },
        workflow: ".github/workflows/release.yml",
        builder: `${WORKFLOW}@${TAG}`,
      };
      return publish(realWorld(repository.folder), {
        ...{ repository: "acme/orders", ref: Ref.tag("v1.2.0"), commit: COMMIT, build, signing },
        layouts: new Map([["orders", readImageLayout(path.join(repository.folder, "image"))]]),
        assets: [{ name: "orders.tar.gz", bytes: Buffer.from("files") }],
      });
    }

    const request = (): ValidateRequest => ({
      ...{ repository: "acme/orders", ref: Ref.tag("v1.2.0"), commit: COMMIT },
      digests: new Map(),
      trust: trust(),
    });
    const validated = () => validate(realWorld(repository.folder), request());

    it("takes its signatures", async () => {
      const { refused } = await publishedBy();
      assert.deepEqual(refused, []);
      const { problems } = await validated();
      assert.deepEqual(problems, []);
    });

    const OTHERS: readonly [string, string, Record<number, string>, RegExp][] = [
      [
        "another repository",
        `https://github.com/mallory/orders/.github/workflows/release.yml@${TAG}`,
        { 12: "https://github.com/mallory/orders" },
        /built from mallory\/orders, not GitHub Actions in acme\/orders/,
      ],
      [
        "another ref",
        `${WORKFLOW}@refs/heads/main`,
        { 14: "refs/heads/main" },
        /refs\/heads\/main/,
      ],
      [
        "its own workflow at another ref of the source",
        `${WORKFLOW}@${TAG}`,
        { 14: "refs/heads/main" },
        /built from refs\/heads\/main, not GitHub Actions in acme\/orders at refs\/tags\/v1\.2\.0/,
      ],
      [
        "another workflow of its repository",
        `${SOURCE}/.github/workflows/other.yml@${TAG}`,
        {},
        /its provenance names the builder .*release\.yml@.*, and .*other\.yml@.* signed it/,
      ],
      ["another issuer", `${WORKFLOW}@${TAG}`, { 8: "https://example.com" }, /its issuer is/],
    ];
    for (const [what, subject, claims, problem] of OTHERS) {
      it(`publishes nothing that ${what} signed, and refuses what is published`, async () => {
        await assert.rejects(publishedBy(subject, claims), (cause: Error) => {
          assert.match(cause.message, /wouldn't count: .*; nothing is published$/);
          assert.match(cause.message, problem);
          return true;
        });
        assert.deepEqual([registry.tags(name), github.model.releases], [[], []]);
        await publishedBy(subject, claims, false);
        const { problems } = await validated();
        assert.match(problems.join("\n"), problem);
      });
    }
  });
});
