import assert from "node:assert/strict";
import { EcrServer, manyTags, type EcrImage } from "../../tools/bench/ecr-server";
import { main } from "../../src/cli/main";
import { releases, releasesWith } from "../support/cli";
import { setEnvironment } from "../support/environment";
import { folderOf } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";
import { definition, shop } from "../support/shop";

const AWS = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
const NO_TOKEN = { GITHUB_TOKEN: "", GH_TOKEN: "" };
const NAME = "shop/orders";
const HOST = "111111111111.dkr.ecr.eu-west-1.amazonaws.com";

const FILES = {
  "service/shop.yaml": definition("orders"),
  "environments.yaml": "environments:\n  testing: { accepts: [release] }\n",
  "Pulumi.testing.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  aws:region: eu-west-1
  releases:account: "111111111111"
  releases:cluster: { context: testing }
  releases:github: { owner: acme }
  releases:registry: { role: source, prefix: shop/ }
  releases:versions: { orders: v1.1.0 }
`,
};

describe("releases prune", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  let folder: GitFolder;
  let ecr: EcrServer;
  before(() => {
    folder = new GitFolder(FILES);
    folder.commit("start");
  });
  beforeEach(async () => {
    ecr = await EcrServer.start(new Map([[NAME, manyTags(4)]]));
  });
  afterEach(() => ecr.stop());

  const images = (): readonly EcrImage[] => ecr.repositories.get(NAME) ?? [];
  const environment = () => ({ ...AWS, ...NO_TOKEN, AWS_ENDPOINT_URL_ECR: ecr.address });
  const run = (...args: string[]) => releasesWith(environment(), folder.path, "prune", ...args);

  it("prints what goes and what stays, and deletes nothing", async () => {
    const { code, stdout, stderr } = await run();
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(
      stdout,
      `${HOST}/${NAME}: 8 of 16 go, up to 200.0 MB
  GOES      DIGEST               PUSHED      SIZE
  (no tag)  sha256:000000000000  2025-01-01  0 B
  (no tag)  sha256:000000000000  2025-01-01  0 B
  v1.2.0    sha256:000000000000  2025-01-01  0 B
  v1.3.0    sha256:000000000000  2025-01-01  0 B
  (no tag)  sha256:000000000000  2025-01-01  50.0 MB
  (no tag)  sha256:000000000000  2025-01-01  50.0 MB
  (no tag)  sha256:000000000000  2025-01-01  50.0 MB
  (no tag)  sha256:000000000000  2025-01-01  50.0 MB
  STAYS                  NUMBER  SUCH AS
  runs, or ran of late   2       v1.0.0 released by its definition in the working tree; v1.1.0 pinned in testing (the working tree)
  belongs to what stays  6       sha256:000000000000 belongs to v1.1.0; sha256:000000000000 belongs to v1.1.0; sha256:000000000000 belongs to v1.1.0

GitHub wasn't asked, for want of GITHUB_TOKEN: releases of mutable channels stay.
8 manifests go, up to 200.0 MB: images may share layers.
Nothing was deleted; --yes deletes it.
`,
    );
    assert.equal(images().length, 16);
  });

  it("deletes with --yes, and then has nothing to delete", async () => {
    const { code, stdout } = await run("--yes");
    assert.equal(code, 0);
    assert.match(stdout, /\n8 of 8 manifests deleted, up to 200\.0 MB\.\n$/);
    assert.equal(images().length, 8);
    const again = await run("orders", "--yes");
    assert.deepEqual([again.code, again.stdout.split("\n").at(-2)], [0, "Nothing was deleted."]);
  });

  it("asks on a terminal, and takes nothing but yes for a yes", async () => {
    const asked: string[] = [];
    for (const [answer, left] of [
      ["no", 16],
      ["y", 16],
      ["yes", 8],
    ] as const) {
      const io = {
        out: () => undefined,
        err: () => undefined,
        ask: (question: string, fallback: string) => {
          asked.push(`${question} (${fallback})`);
          return Promise.resolve(answer);
        },
      };
      const restore = setEnvironment(environment());
      try {
        assert.equal(await main(["prune", "--path", folder.path], io), 0);
      } finally {
        restore();
      }
      assert.equal(images().length, left, answer);
    }
    assert.deepEqual(asked, Array(3).fill("Delete 8 manifests? yes or no (no)"));
  });

  it("prints JSON, and asks nothing", async () => {
    const planned = await run("--json");
    assert.equal(images().length, 16);
    const { stdout } = await run("--json", "--yes");
    interface Result {
      readonly repositories: readonly {
        readonly repository: string;
        readonly bytes: number;
        readonly going: readonly Record<string, unknown>[];
        readonly staying: readonly Record<string, unknown>[];
      }[];
      readonly deleted: readonly unknown[];
    }
    const [before, after] = [planned.stdout, stdout].map((text) => JSON.parse(text) as Result);
    const [repository] = before?.repositories ?? [];
    assert.deepEqual([repository?.repository, repository?.bytes], [`${HOST}/${NAME}`, 200_000_000]);
    assert.deepEqual(repository?.going[2], {
      digest: `sha256:${"b".padStart(64, "0")}`,
      tags: ["v1.2.0"],
      bytes: 0,
      pushedAt: "2025-01-01T00:00:00.000Z",
    });
    assert.deepEqual(repository.staying[0], {
      digest: `sha256:${"3".padStart(64, "0")}`,
      tags: ["v1.0.0"],
      kind: "runs",
      reason: "released by its definition in the working tree",
    });
    assert.deepEqual([before?.deleted.length, after?.deleted.length], [0, 8]);
    assert.deepEqual(after?.repositories, before?.repositories);
  });

  it("exits with 3 where ECR refuses, and tells what was deleted before", async () => {
    const index = images().find(({ imageTags = [] }) => imageTags.includes("v1.2.0"));
    ecr.refused.set(index?.imageDigest ?? "", "ImageReferencedByManifestList");
    const { code, stdout, stderr } = await run("--yes");
    assert.equal(code, 3);
    assert.match(stdout, /\n3 of 8 manifests deleted, up to 0 B\.\n$/);
    assert.equal(
      stderr,
      `releases: ECR doesn't delete ${NAME}@${index?.imageDigest ?? ""}: ImageReferencedByManifestList it is refused\n`,
    );
    assert.equal(images().length, 13);
  });

  it("refuses numbers and ages that are none, and services that aren't there", async () => {
    for (const args of [
      ["--older-than", "0d"],
      ["--older-than", "soon"],
      ["--older-than", "30"],
      ["--keep", "-1"],
      ["--keep", "all"],
      ["order"],
    ]) {
      const { code } = await run(...args, "--yes");
      assert.equal(code, 2, args.join(" "));
    }
    assert.equal(images().length, 16);
  });

  it("refuses a shallow clone and a stack config that can't be read, and asks no registry", async () => {
    const clone = folderOf({});
    folder.commit("more");
    folder.git("clone", "--quiet", "--depth", "1", `file://${folder.path}`, clone);
    const shallow = await releases(clone, "prune", "--yes");
    assert.deepEqual([shallow.code, shallow.stdout], [3, ""]);
    assert.match(
      shallow.stderr,
      /is a shallow clone; fetch its history with git fetch --unshallow\n$/,
    );
    const broken = shop();
    broken.write("Pulumi.staging.yaml", "config: [");
    const { code, stderr } = await releases(broken.path, "prune", "--yes");
    assert.equal(code, 1);
    assert.match(stderr, /^Pulumi\.staging\.yaml/);
    assert.deepEqual(ecr.calls, []);
  });
});
