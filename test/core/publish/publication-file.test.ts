import assert from "node:assert/strict";
import { formatIssue } from "../../../src/core/input/issue";
import { parsePublications } from "../../../src/core/publish/publication-file";
import { yamlFile } from "../../support/model";
import { text } from "../../support/text";

const parse = (yaml: string) => parsePublications(yamlFile(yaml, "releases.yaml"));
const issues = (yaml: string): string[] => parse(yaml).issues.map(formatIssue);

describe("parsePublications", () => {
  it("returns services by their names, with defaults", () => {
    const { publications, issues } = parse(text`
      source: acme/shop
      mutableTags: [main]
      services:
        web:
          images: [docker.io/acme/web, "localhost:5000/acme/web-1"]
          branches: { main: main }
        api:
          images: [123456789012.dkr.ecr.eu-west-1.amazonaws.com/releases/api]
          releases: acme/shop
          tags: { github: "api-v{version}" }
          assets: [api.tar.gz]
          chart:
            repository: oci://ghcr.io/acme/charts/api
            folder: charts/api
            imageValues: { repository: app.image, tag: app.tag }
    `);
    assert.deepEqual(issues, []);
    assert.deepEqual(publications, {
      source: "acme/shop",
      mutableTags: ["main"],
      services: [
        {
          name: "api",
          images: ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/releases/api"],
          branches: new Map(),
          releases: "acme/shop",
          tags: { github: "api-v{version}", image: "v{version}" },
          assets: ["api.tar.gz"],
          chart: {
            repository: "oci://ghcr.io/acme/charts/api",
            name: "api",
            folder: "charts/api",
            imageValues: { repository: "app.image", tag: "app.tag" },
          },
        },
        {
          name: "web",
          images: ["docker.io/acme/web", "localhost:5000/acme/web-1"],
          branches: new Map([["main", "main"]]),
          tags: { github: "v{version}", image: "v{version}" },
          assets: [],
        },
      ],
    });
  });

  it("finds everything that is wrong at once", () => {
    assert.deepEqual(
      issues(text`
        source: shop
        mutableTags: ["v*", main]
        services:
          api:
            images: [acme/api]
            releases: acme/shop
            asset: [x]
          files:
            releases: acme/shop
            assets: ["dist/files.tar.gz", ".."]
            branches: { main: main }
            chart: { repository: oci://ghcr.io/acme/files, folder: ../files }
          idle:
            images: [ghcr.io/acme/idle]
            assets: [x]
          void: {}
          web:
            images: [ghcr.io/acme/web, ghcr.io/acme/idle]
            branches: { master: master }
      `),
      [
        'releases.yaml:1:9 invalid-github "source" is "shop"; expected an owner and a name, such as "acme/inventory"',
        'releases.yaml:2:15 mutable-release-tag "v*" matches releases of files, which must never move; narrow it',
        'releases.yaml:5:14 invalid-docker "services.api.images.0" is "acme/api"; expected an image repository with its host and without a tag, such as "ghcr.io/acme/inventory"',
        'releases.yaml:7:5 unknown-key unknown key "asset" in "services.api"; did you mean "assets"?',
        'releases.yaml:10:14 invalid-value "services.files.assets.0" is "dist/files.tar.gz"; expected a file\'s name as GitHub keeps it: no folder, no space, no period in front or at its end',
        'releases.yaml:10:35 invalid-value "services.files.assets.1" is ".."; expected a file\'s name as GitHub keeps it: no folder, no space, no period in front or at its end',
        'releases.yaml:11:5 key-without-effect "branches" is for services with images; remove it',
        'releases.yaml:12:60 invalid-path "services.files.chart.folder" is "../files"; expected a folder of this repository, such as "deploy/chart"',
        'releases.yaml:13:3 missing-key nothing of "idle" is ever published; give "releases" or "branches"',
        'releases.yaml:15:5 key-without-effect "assets" is for services with releases; remove it',
        'releases.yaml:16:3 missing-key nothing of "void" is ever published; give "releases"',
        "releases.yaml:18:32 shared-image-repository ghcr.io/acme/idle already gets what idle publishes; give each image and each chart a repository of its own",
        `releases.yaml:19:25 fixed-branch-tag the tag "master" follows the branch master, and "mutableTags" has no pattern of it; add it there, in the list's stack config as well`,
      ],
    );
  });

  it("knows the repository of a page, spelled as the others are, and refuses another owner's", () => {
    const file = (chart: string): string => text`
      source: Acme/shop
      mutableTags: []
      services:
        api:
          images: [ghcr.io/acme/api]
          releases: acme/api
          chart: ${chart}
        web:
          images: [ghcr.io/acme/web]
          releases: Acme/shop
          chart: { repository: "https://acme.github.io/Charts/", name: web, folder: web }
    `;
    const { publications, issues: none } = parse(
      file("{ repository: https://acme.github.io/shop, name: api, folder: api }"),
    );
    assert.deepEqual(none, []);
    assert.deepEqual(
      publications?.services.map(({ chart }) => [chart?.pages, chart?.name]),
      [
        ["Acme/shop", "api"],
        ["acme/Charts", "web"],
      ],
    );
    const at = "releases.yaml:7:";
    const unknown = `expected "oci://host/path/name" in lower case and without a tag, or a chart repository on GitHub Pages, "https://owner.github.io/name"`;
    for (const [chart, issue] of [
      [
        "{ repository: https://mallory.github.io/charts, name: api, folder: api }",
        `${at}26 invalid-chart https://mallory.github.io/charts is of another owner than acme/api, and the workflow writes to one owner's repositories; take a chart repository of that owner`,
      ],
      [
        "{ repository: https://acme.github.io/charts, folder: api }",
        `${at}5 missing-key "name" is missing; give the chart's name`,
      ],
      [
        "{ repository: oci://ghcr.io/acme/charts/api, name: web, folder: api }",
        `${at}57 key-without-effect "name" is for charts of a chart repository; the last part of oci://ghcr.io/acme/charts/api is the chart's name`,
      ],
      [
        "{ repository: https://acme.github.io/charts, name: web, folder: api }",
        "releases.yaml:11:26 shared-image-repository web of acme/charts already gets what api publishes; give each image and each chart a repository of its own",
      ],
      [
        "{ repository: https://acme.github.io, name: api, folder: api }",
        `${at}26 invalid-chart "services.api.chart.repository" is "https://acme.github.io"; ${unknown}`,
      ],
      [
        "{ repository: https://acme.github.io/charts, name: ../api, folder: api }",
        `${at}63 invalid-chart "services.api.chart.name" is "../api"; expected a chart's name, such as "inventory"`,
      ],
    ] as const) {
      assert.deepEqual(issues(file(chart)), [issue]);
    }
  });

  it("refuses a file without services", () => {
    assert.deepEqual(issues("source: acme/shop\nmutableTags: []\nservices: {}\n"), [
      `releases.yaml:3:1 missing-key "services" is empty; run releases init --service, or name what is published`,
    ]);
  });
});
