import assert from "node:assert/strict";
import {
  publishedBy,
  type Publications,
  type PublishedService,
} from "../../../src/core/publish/publication";
import { Ref } from "../../../src/core/ref";

const COMMIT = "ce60d7427b7a0ad7b9d3a7f5f3c1f9f7f6a5b4c3";

const ORDERS: PublishedService = {
  name: "orders",
  images: ["ghcr.io/acme/orders"],
  branches: new Map([["main", "main"]]),
  releases: "acme/orders",
  tags: { github: "v{version}", image: "v{version}" },
  assets: ["checksums.txt"],
  chart: {
    repository: "oci://ghcr.io/acme/charts/orders",
    name: "orders",
    folder: "charts/orders",
    imageValues: { repository: "image.repository", tag: "image.tag", digest: "image.digest" },
  },
};

/** Files whose releases stand elsewhere, and a payload that is an image of each commit. */
const FILES: PublishedService = {
  name: "km",
  images: [],
  branches: new Map(),
  releases: "kontainapp/km-releases",
  tags: { github: "v{version}", image: "v{version}" },
  assets: ["kontain.tar.gz"],
};
const PAYLOAD: PublishedService = {
  name: "runenv-python",
  images: ["docker.io/kontainapp/runenv-python", "docker.io/kontainapp/runenv-python-3.7"],
  branches: new Map([["master", "latest"]]),
  tags: { github: "v{version}", image: "v{version}" },
  assets: [],
};

function of(services: PublishedService[], source = "acme/orders"): Publications {
  return { source, mutableTags: ["latest", "main", "*-daily", "*-test"], services };
}

/** Returns what a ref publishes, a line for each image repository, chart and release, or why nothing. */
function lines(ref: Ref, all: Publications): string[] {
  const found = publishedBy(ref, COMMIT, all);
  if ("refusal" in found) return [found.refusal];
  return [
    ...found.publications.flatMap(({ service, version, tags, packagesChart }) => [
      ...service.images.map((image) => {
        const named = tags.map(({ name, taken }) => `${name.replace(COMMIT, "COMMIT")} ${taken}`);
        return `${image}: ${named.join(", ")}`;
      }),
      ...(packagesChart ? [`chart ${service.name} of ${version}`] : []),
    ]),
    ...found.releases.map(
      ({ repository, tag, commit, isPrerelease, replaces, services, assets }) =>
        `${repository} ${tag}${commit === COMMIT ? " at COMMIT" : ""}${isPrerelease ? ", pre-release" : ""}, ` +
        `replaces ${replaces}: ${services.join(" ")} with ${assets.join(" ") || "nothing"}`,
    ),
  ];
}

const CASES: [shows: string, ref: Ref, all: Publications, expected: string[]][] = [
  [
    "a version: image, chart and release",
    Ref.tag("v1.2.3"),
    of([ORDERS]),
    [
      "ghcr.io/acme/orders: v1.2.3 refuse, COMMIT keep",
      "chart orders of v1.2.3",
      "acme/orders v1.2.3 at COMMIT, replaces nothing: orders with checksums.txt",
    ],
  ],
  [
    "a pre-release",
    Ref.tag("v0.10-beta-demo-nokia"),
    of([ORDERS]),
    [
      "ghcr.io/acme/orders: v0.10-beta-demo-nokia refuse, COMMIT keep",
      "chart orders of v0.10-beta-demo-nokia",
      "acme/orders v0.10-beta-demo-nokia at COMMIT, pre-release, replaces nothing: orders with checksums.txt",
    ],
  ],
  [
    "a mutable tag, whose image moves and whose release is replaced",
    Ref.tag("v0.1-test"),
    of([ORDERS]),
    [
      "ghcr.io/acme/orders: v0.1-test move, COMMIT keep",
      "chart orders of v0.1-test",
      "acme/orders v0.1-test at COMMIT, pre-release, replaces release: orders with checksums.txt",
    ],
  ],
  [
    "a tag that only looks like a mutable one",
    Ref.tag("v0.1-test-manual"),
    of([{ ...FILES, releases: "acme/orders" }]),
    [
      "acme/orders v0.1-test-manual at COMMIT, pre-release, replaces nothing: km with kontain.tar.gz",
    ],
  ],
  [
    "the main branch, without a version",
    Ref.branch("main"),
    of([ORDERS]),
    ["ghcr.io/acme/orders: main move, COMMIT keep"],
  ],
  [
    "a release branch, by its name",
    Ref.branch("releases/beta/snapshot-api"),
    of([ORDERS]),
    [
      "ghcr.io/acme/orders: beta-snapshot-api refuse, COMMIT keep",
      "acme/orders beta-snapshot-api at COMMIT, pre-release, replaces nothing: orders with checksums.txt",
    ],
  ],
  [
    "a release branch with a mutable name, whose tag moves as well",
    Ref.branch("releases/v0.9/daily"),
    of([ORDERS]),
    [
      "ghcr.io/acme/orders: v0.9-daily move, COMMIT keep",
      "acme/orders v0.9-daily at COMMIT, pre-release, replaces release and tag: orders with checksums.txt",
    ],
  ],
  [
    "a release branch that would make a version",
    Ref.branch("releases/v0.9/beta"),
    of([ORDERS]),
    [
      "the branch releases/v0.9/beta would make the tag v0.9-beta, which is a version of orders; push that tag, or rename the branch",
    ],
  ],
  [
    "a release branch that would make the version of another service",
    Ref.branch("releases/api/1.0.0"),
    of([
      { ...ORDERS, name: "api", tags: { github: "api-{version}", image: "{version}" } },
      { ...ORDERS, images: ["ghcr.io/acme/orders"] },
    ]),
    [
      "the branch releases/api/1.0.0 would make the tag api-1.0.0, which is a version of api; push that tag, or rename the branch",
    ],
  ],
  [
    "a branch whose name no registry takes",
    Ref.branch("releases/beta/c++"),
    of([ORDERS]),
    [`"beta-c++" can't be the tag of an image; give the branch releases/beta/c++ another name`],
  ],
  [
    "files alone take that name",
    Ref.branch("releases/beta/c++"),
    of([{ ...FILES, releases: "acme/orders" }]),
    ["acme/orders beta-c++ at COMMIT, pre-release, replaces nothing: km with kontain.tar.gz"],
  ],
  [
    "tags as the list spells them",
    Ref.tag("orders-v1.2.3"),
    of([{ ...ORDERS, tags: { github: "orders-v{version}", image: "{version}-alpine" } }]),
    [
      "ghcr.io/acme/orders: 1.2.3-alpine refuse, COMMIT keep",
      "chart orders of v1.2.3",
      "acme/orders orders-v1.2.3 at COMMIT, replaces nothing: orders with checksums.txt",
    ],
  ],
  [
    "a version without a v, where the list has none",
    Ref.tag("1.2.3"),
    of([{ ...FILES, releases: "acme/orders", tags: { github: "{version}", image: "{version}" } }]),
    ["acme/orders 1.2.3 at COMMIT, replaces nothing: km with kontain.tar.gz"],
  ],
  [
    "files in another repository: their tag is made there",
    Ref.tag("v0.1-test"),
    of([FILES, PAYLOAD], "kontainapp/km"),
    [
      "kontainapp/km-releases v0.1-test, pre-release, replaces release and tag: km with kontain.tar.gz",
    ],
  ],
  [
    "a payload, of which each commit is an image with an alias",
    Ref.branch("master"),
    of([FILES, PAYLOAD], "kontainapp/km"),
    [
      "docker.io/kontainapp/runenv-python: latest move, COMMIT keep",
      "docker.io/kontainapp/runenv-python-3.7: latest move, COMMIT keep",
    ],
  ],
  [
    "two services of one repository: one release with the files of both",
    Ref.tag("v1.2.3"),
    of([
      { ...ORDERS, name: "api", images: ["ghcr.io/acme/api"], assets: ["api.tar.gz"] },
      { ...ORDERS, name: "worker", images: ["ghcr.io/acme/worker"] },
    ]),
    [
      "ghcr.io/acme/api: v1.2.3 refuse, COMMIT keep",
      "chart api of v1.2.3",
      "ghcr.io/acme/worker: v1.2.3 refuse, COMMIT keep",
      "chart worker of v1.2.3",
      "acme/orders v1.2.3 at COMMIT, replaces nothing: api worker with api.tar.gz checksums.txt",
    ],
  ],
  [
    "a tag of one of two services, which have spellings of one length",
    Ref.tag("worker-v1.2.3"),
    of([
      { ...FILES, name: "orders", tags: { github: "orders-v{version}", image: "v{version}" } },
      { ...FILES, name: "worker", tags: { github: "worker-v{version}", image: "v{version}" } },
    ]),
    ["kontainapp/km-releases worker-v1.2.3, replaces nothing: worker with kontain.tar.gz"],
  ],
  [
    "a tag with a plus",
    Ref.tag("v1.2.3+b1"),
    of([ORDERS]),
    [
      `the tag v1.2.3+b1 publishes nothing; push a tag v{version}, or a branch releases/*/*, or the branch main (a version has no "+", as no tag of an image has one)`,
    ],
  ],
  ...["vnext", "1.2.3", "v1.2.3.4", "v01.2.3", "xv1.2.3", "v1.2.3-0123"].map(
    (tag): (typeof CASES)[number] => [
      `${tag}, which is no version`,
      Ref.tag(tag),
      of([ORDERS]),
      [
        `the tag ${tag} publishes nothing; push a tag v{version}, or a branch releases/*/*, or the branch main`,
      ],
    ],
  ),
  ...["feature", "releases/v0.9-beta", "releases/a/b/c", "main/x", "releases//x"].map(
    (branch): (typeof CASES)[number] => [
      `the branch ${branch}`,
      Ref.branch(branch),
      of([PAYLOAD, ORDERS]),
      [
        `the branch ${branch} publishes nothing; push a tag v{version}, or a branch releases/*/*, or the branch master, or the branch main`,
      ],
    ],
  ),
];

describe("publishedBy", () => {
  for (const [shows, ref, all, expected] of CASES) {
    it(`has a rule for ${shows}`, () => {
      assert.deepEqual(lines(ref, all), expected);
    });
  }
});
