import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { Registries } from "../../../src/adapters/oci/regctl";
import { prune, removePlanned, type Pruned } from "../../../src/app/prune/prune";
import { parseImageReference } from "../../../src/core/image-reference";
import { EcrServer, manyTags, type EcrImage } from "../../../tools/bench/ecr-server";
import { releasesWith } from "../../support/cli";
import { setEnvironment } from "../../support/environment";
import { folderOf } from "../../support/folder";
import { hasGit } from "../../support/git";
import {
  missingRegistryTool,
  PATH_WITH_REGCTL,
  regctlBeside,
  Registry,
} from "../../support/registry";
import { RegistryFront } from "../../support/registry-front";
import { Moto, moto } from "../../support/moto";
import { definition, pin, shop, shopFiles } from "../../support/shop";
import { listener, worldOf } from "../../support/world";

const DAY = 86_400_000;
const NO_TOKEN = { GITHUB_TOKEN: "", GH_TOKEN: "" };
const REGION = "eu-west-1";
const AWS = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: REGION };

const PINNED = {
  testing: ["orders: v1.1.0"],
  staging: ["orders: v1.1.0"],
  production: ["orders: v1.1.0"],
};

describe("releases prune, with a registry of OCI", function () {
  if (!hasGit || missingRegistryTool !== undefined) {
    it(`is skipped: there is no ${missingRegistryTool ?? "git"} in PATH`, function () {
      this.skip();
    });
    return;
  }

  let deleting: Registry;
  let keeping: Registry;
  let front: RegistryFront;
  before(async () => {
    [deleting, keeping] = await Promise.all([
      Registry.start(undefined, true),
      Registry.start(undefined, false),
    ]);
    front = await RegistryFront.start(deleting.host);
  });
  after(async () => {
    front.stop();
    await Promise.all([deleting.stop(), keeping.stop()]);
  });

  const run = (folder: string, ...args: string[]) =>
    releasesWith(
      { ...NO_TOKEN, HOME: folderOf({}), PATH: PATH_WITH_REGCTL },
      folder,
      "prune",
      ...args,
    );

  /** A shop of one service whose images are in a registry. */
  function shopAt(host: string, team: string, pins: string = "orders: v1.1.0") {
    const hosts = Object.fromEntries(
      ["testing", "staging", "production"].map((stack) => [stack, `${host}/${team}`]),
    );
    const all = { testing: [pins], staging: [pins], production: [pins] };
    return shop({ list: definition("orders"), pins: all, hosts, at: "2026-01-01T00:00:00Z" });
  }

  /** Whether a registry has what a digest names. */
  function has(registry: Registry, repository: string, digest: string): boolean {
    try {
      registry.regctl("", "manifest", "head", `${registry.host}/${repository}@${digest}`);
      return true;
    } catch {
      return false;
    }
  }

  /** Returns the digests of an index's parts. */
  function partsOf(registry: Registry, repository: string, digest: string): string[] {
    const name = `${registry.host}/${repository}@${digest}`;
    const text = registry.regctl("", "manifest", "get", name, "--format", "raw-body");
    const { manifests } = JSON.parse(text) as { manifests: { digest: string }[] };
    return manifests.map((one) => one.digest);
  }

  for (const withApi of [false, true]) {
    it(`takes an image with its parts and signatures ${withApi ? "with" : "without"} the referrers API, and nothing else`, async () => {
      const team = withApi ? "api" : "plain";
      const name = `${team}/orders`;
      const at = withApi ? front.host : deleting.host;
      const push = (tag: string): string => deleting.push(name, tag, `${team} ${tag}`);
      const digests = { old: push("v0.9.0"), runs: push("v1.1.0"), list: push("v1.0.0") };
      const shown = { other: push("blessed"), channel: push("main") };
      const side = new Map<string, string[]>();
      for (const digest of [digests.old, digests.runs]) {
        deleting.regctl(
          `cosign ${digest}`,
          "artifact",
          "put",
          "--artifact-type",
          "application/x-cosign",
          `${deleting.host}/${name}:${digest.replace(":", "-")}.sig`,
        );
        const put = ["artifact", "put", "--artifact-type", "application/x-sig"];
        const format = ["--format", "{{.Manifest.GetDescriptor.Digest}}"];
        const referrer = await regctlBeside(
          ...put,
          ...format,
          "--subject",
          `${at}/${name}@${digest}`,
        );
        side.set(digest, [referrer.trim()]);
      }
      const [old, runs] = [digests.old, digests.runs].map((digest) => [
        digest,
        ...partsOf(deleting, name, digest),
        ...(side.get(digest) ?? []),
      ]);
      for (const digest of [...(old ?? []), ...(runs ?? [])]) {
        assert.ok(has(deleting, name, digest), digest);
      }
      const folder = shopAt(at, team);
      const kept = await run(folder.path, "--yes");
      assert.deepEqual([kept.code, kept.stderr], [0, ""]);
      assert.match(kept.stdout, /of unknown age; --unknown-age takes it +\d/);
      assert.match(kept.stdout, /Nothing was deleted\.\n$/);

      const planned = await run(folder.path, "--unknown-age");
      assert.match(planned.stdout, /Nothing was deleted; --yes deletes it\.\n$/);
      assert.ok((old ?? []).every((digest) => has(deleting, name, digest)));

      const done = await run(folder.path, "--unknown-age", "--yes", "--json");
      assert.deepEqual([done.code, done.stderr], [0, ""]);
      const result = JSON.parse(done.stdout) as { deleted: { digest: string }[]; stopped: null };
      assert.equal(result.stopped, null);
      for (const digest of old ?? []) assert.equal(has(deleting, name, digest), false, digest);
      const others = [digests.list, shown.other, shown.channel];
      for (const digest of [...(runs ?? []), ...others]) {
        assert.ok(has(deleting, name, digest), digest);
        assert.ok(result.deleted.every((one) => one.digest !== digest));
      }
      const signed = digests.runs.replace(":", "-");
      assert.deepEqual(
        deleting.tags(name).filter((tag) => tag !== signed),
        ["blessed", "main", `${signed}.sig`, "v1.0.0", "v1.1.0"].sort(),
      );
      assert.match(
        (await run(folder.path, "--unknown-age", "--yes")).stdout,
        /Nothing was deleted/,
      );
    });
  }

  it("keeps what an index within an index has, and a pinned digest without a tag", async () => {
    const name = "nested/orders";
    const index = "application/vnd.oci.image.index.v1+json";
    const old = deleting.push(name, "v0.9.0", "nested");
    const [shared = "", other = "", ...none] = partsOf(deleting, name, old);
    assert.deepEqual(none, []);
    const put = (ref: string, mediaType: string, part: string): string => {
      const raw = ["manifest", "get", `${deleting.host}/${name}@${part}`, "--format", "raw-body"];
      const size = Buffer.byteLength(deleting.regctl("", ...raw));
      const manifests = [{ mediaType, size, digest: part }];
      const body = JSON.stringify({ schemaVersion: 2, mediaType: index, manifests });
      const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
      const to = `${deleting.host}/${name}${ref === "" ? `@${digest}` : `:${ref}`}`;
      deleting.regctl(body, "manifest", "put", "--content-type", index, to);
      return digest;
    };
    const image = "application/vnd.oci.image.manifest.v1+json";
    const inner = put("", image, shared);
    const runs = put("v1.1.0", index, inner);
    const untagged = put("", image, other);
    const { path } = shopAt(deleting.host, "nested", `orders: v1.1.0@${untagged}`);
    const { code, stderr } = await run(path, "--unknown-age", "--yes");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(has(deleting, name, old), false);
    for (const digest of [runs, inner, shared, untagged, other]) {
      assert.ok(has(deleting, name, digest), digest);
    }
  });

  it("knows from git how old a digest is at least", async () => {
    const name = "git/orders";
    const [old, recent] = ["v0.8.0", "v0.9.0"].map((tag) => deleting.push(name, tag, tag));
    deleting.push(name, "v1.1.0", "1.1");
    deleting.push(name, "v0.1.0", "never pinned");
    const folder = shopAt(deleting.host, "git", `orders: v0.8.0@${old ?? ""}`);
    const stacks = ["testing", "staging", "production"];
    const [one, other] = [`v0.8.0@${old ?? ""}`, `v0.9.0@${recent ?? ""}`];
    for (const stack of stacks) pin(folder, stack, one, other, { at: "2026-02-01T00:00:00Z" });
    for (const stack of stacks) pin(folder, stack, other, "v1.1.0");
    const { code, stderr } = await run(folder.path, "--keep", "0", "--yes");
    assert.deepEqual([code, stderr], [0, ""]);
    // v0.9.0 ran until today, and nobody knows when v0.1.0 was pushed.
    assert.deepEqual(deleting.tags(name), ["v0.1.0", "v0.9.0", "v1.1.0"]);
  });

  it("says that a registry deletes nothing, goes on with the others, and exits with 3", async () => {
    keeping.push("none/orders", "v0.9.0");
    deleting.push("some/orders", "v0.9.0");
    const hosts = {
      testing: `${keeping.host}/none`,
      staging: `${deleting.host}/some`,
      production: `${keeping.host}/none`,
    };
    const { path } = shop({ list: definition("orders"), pins: PINNED, hosts });
    const { code, stdout, stderr } = await run(path, "--unknown-age", "--yes");
    assert.equal(code, 3);
    assert.equal(
      stderr,
      `releases: the registry of ${keeping.host}/none/orders deletes nothing by the API of OCI; delete it in its own way\n`,
    );
    assert.match(stdout, /\n3 of 6 manifests deleted, up to \d/);
    assert.deepEqual(keeping.tags("none/orders"), ["v0.9.0"]);
    assert.deepEqual(deleting.tags("some/orders"), []);
  });

  it("deletes nothing where a tag has another digest by then", async () => {
    const name = "moved/orders";
    const restore = setEnvironment({ HOME: folderOf({}), PATH: PATH_WITH_REGCTL });
    const registries = new Registries();
    try {
      const [before, after] = ["one", "two"].map((text) => deleting.push(name, "v0.1.0", text));
      const repository = parseImageReference(`${deleting.host}/${name}`);
      const [stored] = (await registries.manifests(repository)) ?? [];
      assert.equal(stored?.digest, after);
      const planned = { digest: before ?? "", tags: ["v0.1.0"], bytes: 0, children: [] };
      await assert.rejects(
        registries.remove(repository, [planned], () => undefined),
        {
          kind: "outside",
          message: `${deleting.host}/${name}:v0.1.0 was ${before ?? ""} and is ${after ?? ""}; run it again`,
        },
      );
      assert.ok(has(deleting, name, before ?? ""));
      assert.equal(await registries.manifests({ ...repository, repository: "moved/x" }), undefined);
    } finally {
      registries.close();
      restore();
    }
  });
});

/** Files of a stack whose images are in ECR. */
const ECR_FILES = {
  ...shopFiles({ list: definition("orders") }),
  "environments.yaml": "environments:\n  testing: { accepts: [release, prerelease, commit] }\n",
  "Pulumi.testing.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  aws:region: ${REGION}
  releases:account: "111111111111"
  releases:cluster: { context: testing }
  releases:github: { owner: acme }
  releases:registry: { role: source, prefix: shop/ }
  releases:versions:
    orders: v1.1.0
`,
};

const {
  "Pulumi.staging.yaml": _,
  "Pulumi.production.yaml": __,
  ...FILES
} = ECR_FILES as Record<string, string>;

/** Plans and prunes some days from now, whatever ECR there is. */
async function pruneIn(days: number, afterPlan: () => void = () => undefined): Promise<Pruned> {
  const now = new Date(Date.now() + days * DAY).toISOString();
  const values = worldOf({ files: FILES, git: { histories: { testing: [] } }, github: null, now });
  const world = { ...values, registries: () => new Registries() };
  const request = {
    services: [],
    minimumAge: 30 * DAY,
    depth: 10,
    takesUnknownAge: false,
  };
  const plan = await prune(world, request, listener());
  afterPlan();
  return removePlanned(world, plan, listener());
}

describe("prune, with ECR", () => {
  let restore: () => void;
  let ecr: EcrServer;
  const name = "shop/orders";
  const images = (): EcrImage[] => ecr.repositories.get(name) ?? [];

  async function start(stored: EcrImage[]): Promise<void> {
    ecr = await EcrServer.start(new Map([[name, stored]]));
    restore = setEnvironment({ ...AWS, AWS_ENDPOINT_URL_ECR: ecr.address });
  }
  afterEach(() => {
    restore();
    ecr.stop();
  });

  const count = (operation: string): number => ecr.calls.filter((one) => one === operation).length;

  it("reads every page, and deletes a hundred at a time: indexes and signatures before parts", async () => {
    await start(manyTags(630));
    const kept = images().filter(({ imageTags: [tag = ""] = [] }) =>
      ["v1.0.0", "v1.1.0"].includes(tag),
    );
    assert.equal(kept.length, 2);
    const { deleted, stopped } = await pruneIn(0);
    assert.equal(stopped, undefined);
    assert.equal(deleted.length, 628 * 4);
    assert.equal(images().length, 2 * 4);
    // 2,520 images are three pages, read for the plan and before it is done.
    assert.equal(count("DescribeImages"), 6);
    assert.equal(count("BatchGetImage"), 14);
    assert.equal(count("BatchDeleteImage"), 7 + 7 + 13);
    const kinds = deleted.map(({ manifest }) =>
      manifest.subject !== undefined ? "signature" : manifest.tags.length > 0 ? "index" : "part",
    );
    assert.deepEqual(
      kinds.filter((kind, index) => kind !== kinds[index - 1]),
      ["signature", "index", "part"],
    );
  });

  it("stops at the first image that ECR doesn't delete, and tells what went before", async () => {
    await start(manyTags(200));
    const refused = images().find(({ imageTags = [] }) => imageTags.includes("v1.150.0"));
    assert.ok(refused);
    ecr.refused.set(refused.imageDigest, "ImageReferencedByManifestList");
    const { deleted, stopped } = await pruneIn(0);
    assert.equal(
      stopped,
      `ECR doesn't delete ${name}@${refused.imageDigest}: ImageReferencedByManifestList it is refused`,
    );
    assert.equal(images().length + deleted.length, 800);
    assert.ok(images().includes(refused));
    assert.ok(deleted.every(({ manifest }) => manifest.children.length > 0 || manifest.subject));
  });

  it("deletes nothing where a tag came to an image that goes", async () => {
    await start(manyTags(4));
    const { deleted, stopped } = await pruneIn(0, () => {
      const [, , index] = images().slice(12);
      assert.ok(index);
      const tagged = { ...index, imageTags: ["v1.3.0", "v1.3"] };
      ecr.repositories.set(
        name,
        images().map((one) => (one === index ? tagged : one)),
      );
    });
    assert.deepEqual(deleted, []);
    assert.match(stopped ?? "", /v1\.3\.0 has changed since it was planned; run prune again$/);
  });

  it("keeps what is young by the time of the push", async () => {
    const young = manyTags(3).map((image) => ({ ...image, imagePushedAt: Date.now() / 1000 - 60 }));
    await start(young);
    assert.deepEqual(await pruneIn(29.9), { deleted: [], removed: [], unsupported: [] });
    assert.equal((await pruneIn(30.1)).deleted.length, 4);
  });

  it("refuses an index whose parts ECR doesn't tell", async () => {
    await start(manyTags(3).map(({ manifest: _, ...image }) => image));
    await assert.rejects(pruneIn(0), { kind: "outside", message: /doesn't give the index/ });
    assert.equal(images().length, 12);
  });

  it("says who was asked what where ECR refuses", async () => {
    await start([]);
    ecr.repositories.clear();
    assert.deepEqual(await pruneIn(0), { deleted: [], removed: [], unsupported: [] });
    ecr.stop();
    const off = setEnvironment({ AWS_MAX_ATTEMPTS: "1" });
    try {
      await assert.rejects(pruneIn(0), {
        kind: "outside",
        message: /^ECR of 111111111111 in eu-west-1, asked for the images of shop\/orders: /,
      });
    } finally {
      off();
    }
  });
});

describe("prune, with moto's ECR", () => {
  if (moto === undefined) {
    it("is skipped: there is no moto_server in PATH", function () {
      this.skip();
    });
    return;
  }

  let server: Moto;
  let restore: () => void;
  let client: ECRClient;
  before(async () => {
    server = await Moto.start("111111111111");
    restore = setEnvironment({ ...AWS, AWS_ENDPOINT_URL_ECR: server.endpoint });
    client = new ECRClient({ region: REGION });
  });
  after(async () => {
    client.destroy();
    restore();
    await server.stop();
  });

  it("deletes an image with its parts and its signature, and nothing else", async () => {
    const repositoryName = "shop/orders";
    await client.send(new CreateRepositoryCommand({ repositoryName }));
    const oci = "application/vnd.oci.image";
    const put = async (manifest: object, mediaType: string, imageTag?: string): Promise<string> => {
      const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, ...manifest });
      const imageDigest = `sha256:${createHash("sha256").update(imageManifest).digest("hex")}`;
      const input = {
        repositoryName,
        imageManifest,
        imageDigest,
        imageManifestMediaType: mediaType,
      };
      await client.send(
        new PutImageCommand({ ...input, ...(imageTag !== undefined && { imageTag }) }),
      );
      return imageDigest;
    };
    const platform = (text: string, tag?: string): Promise<string> =>
      put(
        { config: { size: 7 }, layers: [], annotations: { text } },
        `${oci}.manifest.v1+json`,
        tag,
      );
    const push = async (tag: string, shared?: string): Promise<string[]> => {
      const parts = [shared ?? (await platform(`${tag} amd64`)), await platform(`${tag} arm64`)];
      const manifests = parts.map((digest) => ({ digest, size: 1 }));
      const index = await put({ manifests }, `${oci}.index.v1+json`, tag);
      const signature = await platform(`sig ${tag}`, `${index.replace(":", "-")}.sig`);
      return [index, signature, ...parts];
    };
    const base = await platform("base");
    const old = await push("v0.9.0", base);
    const kept = [
      ...(await push("v1.1.0", base)),
      ...(await push("v1.0.0")),
      ...(await push("main")),
    ];
    const there = async (): Promise<string[]> => {
      const { imageDetails = [] } = await client.send(
        new DescribeImagesCommand({ repositoryName }),
      );
      return imageDetails.flatMap(({ imageDigest }) => imageDigest ?? []).sort();
    };
    assert.deepEqual(await pruneIn(29), { deleted: [], removed: [], unsupported: [] });
    const { deleted, stopped } = await pruneIn(31);
    assert.equal(stopped, undefined);
    const gone = old.filter((digest) => digest !== base).sort();
    assert.deepEqual(deleted.map(({ manifest }) => manifest.digest).sort(), gone);
    assert.deepEqual(await there(), [...new Set(kept)].sort());
    const { images = [] } = await client.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "v1.1.0" }] }),
    );
    assert.equal(images.length, 1);
  });
});
