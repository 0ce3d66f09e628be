import assert from "node:assert/strict";
import { readTemplates } from "../../../src/adapters/disk/templates";
import { PROGRAM } from "../../../src/app/open";
import {
  serviceUpgradeOf,
  writeService,
  type ServiceUpgrade,
} from "../../../src/app/publish/service-init";
import { lintService } from "../../../src/app/publish/service-lint";
import { continuousDelivery, exampleFiles, gomenhashai } from "../../support/companies";
import { digestOf } from "../../support/model";
import { TestServiceFolder } from "../../support/service-folder";
import { text } from "../../support/text";
import { errorOf, worldOf, type Texts } from "../../support/world";

const templates = readTemplates(PROGRAM);
const tool = { version: "0.1.0", source: "0.1.0", pulumi: "3.1.0", node: ">=22" };

const LIST: Texts = {
  "service/shop.yaml": text`
    - github: orders
      docker: orders
      deploy: { release: v1.0.0 }
      assets: [orders.tar.gz, "it's.txt", orders.sigstore]
      chart: { name: oci://ghcr.io/acme/charts/orders, version: 1.0.0 }
  `,
  "Pulumi.production.yaml": text`
    config:
      pulumi:disable-default-providers: ["*"]
      releases:github: { owner: acme }
      releases:registry: { role: external, host: ghcr.io/acme }
  `,
};

const CHART = { "charts/orders/Chart.yaml": "name: orders\nversion: 1.0.0\n" };

function upgradeOf(
  folder: TestServiceFolder,
  list: Texts = LIST,
  { version = "0.1.0", services = [] as string[] } = {},
): ServiceUpgrade {
  const newer = { ...tool, version, source: version };
  return serviceUpgradeOf(worldOf({ files: list }), { folder, services, tool: newer, templates });
}

/** Returns a repository that init wrote. */
function written(files: Texts = CHART, list: Texts = LIST): TestServiceFolder {
  const folder = new TestServiceFolder(files);
  writeService(folder, upgradeOf(folder, list));
  return folder;
}

/** Returns what is proposed, a line for each file. */
function proposed({ changes, own, advice }: ServiceUpgrade): string[] {
  return [
    ...changes.map(({ file, edited = "writes" }) => `${edited} ${file}`),
    ...[...own.keys()].map((file) => `once ${file}`),
    ...advice,
  ];
}

const FILES = [
  ".github/releases/build.sh",
  ".github/releases/check.sh",
  ".github/releases/generated.json",
  ".github/releases/package.json",
  ".github/workflows/release.yml",
  "releases.yaml",
];

describe("init of a service's repository", () => {
  it("writes what is published, the workflow, and what belongs to the repository", () => {
    const folder = new TestServiceFolder({ ...CHART, Dockerfile: "" });
    const found = upgradeOf(folder);
    assert.equal(found.isFirst, true);
    assert.deepEqual(writeService(folder, found), FILES);
    assert.match(
      folder.read("releases.yaml") ?? "",
      /\n {4}chart:\n {6}repository: oci:\/\/ghcr\.io\/acme\/charts\/orders\n {6}folder: charts\/orders\n$/,
    );
    const build = folder.read(".github/releases/build.sh") ?? "";
    assert.deepEqual(build.split("\n").slice(4), [
      String.raw`docker buildx build . --platform linux/amd64,linux/arm64 --provenance=false \ `.trimEnd(),
      "  --output type=oci,tar=false,dest=build/layouts/orders",
      String.raw`cp -- 'it'\''s.txt' build/assets/`,
      "cp -- orders.tar.gz build/assets/",
      "",
    ]);
    assert.deepEqual(proposed(upgradeOf(folder)), []);
  });

  for (const [company, list, folder, services] of [
    ["an image with a chart", LIST, new TestServiceFolder(CHART), []],
    [
      "files elsewhere, and payloads",
      exampleFiles("files"),
      new TestServiceFolder({}, "acme/runtime"),
      ["runtime"],
    ],
    [
      "a range in two accounts",
      continuousDelivery(digestOf("a")),
      new TestServiceFolder({}, "acme/inventory"),
      [],
    ],
    [
      "a classic chart repository",
      gomenhashai(digestOf("a")),
      new TestServiceFolder({}, "MarcAntoineRaymond/GomenHashai"),
      [],
    ],
  ] as const) {
    it(`writes what lint has nothing to say of: ${company}`, () => {
      writeService(folder, upgradeOf(folder, list, { services: [...services] }));
      const { issues } = lintService(worldOf({ files: list }), folder);
      assert.deepEqual(issues, []);
      assert.deepEqual(proposed(upgradeOf(folder, list)), []);
    });
  }

  it("proposes what the list changes, whoever edited releases.yaml, and leaves other edits alone", () => {
    const folder = written();
    folder.write(
      "releases.yaml",
      (folder.read("releases.yaml") ?? "").replace("acme/orders]", "acme/order]"),
    );
    folder.write(".github/releases/build.sh", "make\n");
    assert.deepEqual(proposed(upgradeOf(folder)), ["writes releases.yaml"]);
    folder.write(".github/workflows/release.yml", "name: ours\n");
    const more = { ...LIST, "service/more.yaml": SECOND };
    const found = upgradeOf(folder, more, { version: "0.2.0" });
    assert.deepEqual(proposed(found), [
      "changed .github/workflows/release.yml",
      "writes releases.yaml",
      '.github/releases/package.json: "pulumi-releases" is 0.1.0, and this version is 0.2.0',
      ".github/releases/build.sh: build worker as well",
    ]);
    writeService(folder, found);
    assert.match(folder.read("releases.yaml") ?? "", /^ {2}worker:$/m);
    assert.equal(folder.read(".github/workflows/release.yml"), "name: ours\n");
    assert.equal(folder.read(".github/releases/build.sh"), "make\n");
  });

  it("writes what was removed again, and never over what somebody else wrote", () => {
    const folder = written();
    for (const file of FILES.filter((file) => !file.endsWith(".json"))) folder.remove(file);
    assert.deepEqual(proposed(upgradeOf(folder)), [
      "writes .github/workflows/release.yml",
      "writes releases.yaml",
      "once .github/releases/build.sh",
      "once .github/releases/check.sh",
    ]);
    const other = new TestServiceFolder({ ".github/workflows/release.yml": "name: theirs\n" });
    const found = upgradeOf(other);
    assert.deepEqual(proposed(found).slice(0, 2), [
      "own .github/workflows/release.yml",
      "writes releases.yaml",
    ]);
    writeService(other, found);
    assert.equal(other.read(".github/workflows/release.yml"), "name: theirs\n");
  });

  it("brings the trust root that the list verifies with", () => {
    const list = {
      ...LIST,
      "environments.yaml":
        "environments:\n  production: { accepts: [release], verify: { mode: require, root: trust/own.jsonl } }\n",
      "trust/own.jsonl": "{}\n",
    };
    assert.equal(written(CHART, list).read("trust/root.jsonl"), "{}\n");
  });

  it("builds each of several images in the folder that is called like it", () => {
    const list = { ...LIST, "service/more.yaml": SECOND };
    const files = { ...CHART, Dockerfile: "", "apps/worker/Dockerfile": "" };
    const build = written(files, list).read(".github/releases/build.sh") ?? "";
    assert.deepEqual(
      [...build.matchAll(/build (\S+) --platform[^]*?layouts\/(\w+)/g)].map(
        ([, ...found]) => found,
      ),
      [
        [".", "orders"],
        ["apps/worker", "worker"],
      ],
    );
  });

  it("writes nothing where the list has errors, or doesn't know the repository", () => {
    const broken = { ...LIST, "service/more.yaml": "- { github: x, docker: x }\n" };
    const folder = new TestServiceFolder();
    assert.throws(() => upgradeOf(folder, broken), errorOf("findings", "the list has errors"));
    const elsewhere = new TestServiceFolder({}, "acme/else");
    const { problems, changes, own } = upgradeOf(elsewhere);
    assert.deepEqual([problems.length, changes, own.size], [1, [], 0]);
    assert.throws(
      () => upgradeOf(new TestServiceFolder({}, "")),
      errorOf(
        "usage",
        "orders has no origin on GitHub, which says whose services it has; git remote add origin adds it",
      ),
    );
    const record = { ".github/releases/generated.json": "[]" };
    assert.throws(
      () => upgradeOf(new TestServiceFolder(record)),
      errorOf(
        "usage",
        ".github/releases/generated.json is no record of releases init; restore it from git",
      ),
    );
  });
});

const SECOND = text`
  - github: orders
    docker: worker
    deploy: { release: v1.0.0 }
    tags: { github: "worker-v{version}" }
`;
