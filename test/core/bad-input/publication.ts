import { text } from "../../support/text";
import type { BadInput } from "./parts";

/** The list that the repository of a service is compared with. */
const LIST = {
  "service/shop.yaml": text`
    - github: orders
      docker: orders
      deploy: { release: v1.0.0 }
      chart: { name: oci://ghcr.io/acme/charts/orders, version: 1.0.0 }
  `,
  "Pulumi.production.yaml": text`
    config:
      pulumi:disable-default-providers: ["*"]
      releases:github: { owner: acme }
      releases:registry: { role: external, host: ghcr.io/acme }
      releases:versions: { orders: v1.0.0 }
  `,
};

const PUBLISHED = text`
  source: acme/orders
  mutableTags: [latest, main, "*-daily", "*-test"]
  services:
    orders:
      images: [ghcr.io/acme/orders]
      branches: { main: main }
      releases: acme/orders
      chart:
        repository: oci://ghcr.io/acme/charts/orders
        folder: deploy/chart
`;

const CHART = { "deploy/chart/Chart.yaml": "name: orders\nversion: 1.0.0\n" };

const WORKFLOW = text`
  on:
    push:
      tags: ["v*"]
      branches: [main, "releases/*/*"]
  jobs:
    publish:
      steps:
        - run: npx --no releases ci publish --layout build
        - run: npx --no releases ci package-chart orders
        - run: npx --no releases ci validate
`;

/** Returns the repository of orders, in which a text isn't what it should be. */
function service(from = "", to = ""): NonNullable<BadInput["service"]> {
  return {
    ...CHART,
    ".github/workflows/release.yml": WORKFLOW.replace(from, to),
    "releases.yaml": PUBLISHED.replace(from, to),
  };
}

/** Returns what is said of a part that differs. */
function differs(what: string): string {
  return `${what}; run releases init --service, or change the list`;
}

const WORKFLOW_FILE = ".github/workflows/release.yml";

/** What is wrong in the repository of a service. */
export const PUBLICATION: readonly BadInput[] = [
  {
    code: "no-publication",
    files: LIST,
    service: CHART,
    at: "releases.yaml:1:1",
    says: "there is no such file; run releases init --service",
  },
  {
    code: "publication-differs",
    shows: "an image repository",
    files: LIST,
    service: service("acme/orders]", "acme/order]"),
    at: "releases.yaml:5:13",
    says: differs(
      `"services.orders.images" is ghcr.io/acme/order, and the list says ghcr.io/acme/orders`,
    ),
  },
  {
    code: "publication-differs",
    shows: "an alias that the list hasn't",
    files: LIST,
    service: service("acme/orders]", "acme/orders, ghcr.io/acme/orders-1]"),
    at: "releases.yaml:5:13",
    says: differs(
      `"services.orders.images" is ghcr.io/acme/orders, ghcr.io/acme/orders-1, and the list says ghcr.io/acme/orders`,
    ),
  },
  {
    code: "publication-differs",
    shows: "a spelling of tags, and files, that the list hasn't",
    files: LIST,
    service: service(
      "releases: acme/orders",
      'releases: acme/orders\n    tags: { image: "{version}" }\n    assets: [x]',
    ),
    at: "releases.yaml:8:11",
    says: differs(`"services.orders.tags" is image {version}, and the list has none`),
    also: [
      {
        code: "publication-differs",
        at: "releases.yaml:9:13",
        says: differs(`"services.orders.assets" is x, and the list has none`),
      },
    ],
  },
  {
    code: "publication-differs",
    shows: "a part that is missing",
    files: {
      ...LIST,
      "service/shop.yaml": LIST["service/shop.yaml"] + "  assets: [orders.tar.gz]\n",
    },
    service: service(),
    at: "releases.yaml:5:5",
    says: differs(`"services.orders.assets" is missing, and the list says orders.tar.gz`),
  },
  {
    code: "publication-differs",
    shows: "another repository, mutable tags, chart and releases",
    files: LIST,
    service: {
      ...service(),
      "charts/order/Chart.yaml": "name: order\n",
      "releases.yaml": text`
        source: acme/order
        mutableTags: [main]
        services:
          orders:
            images: [ghcr.io/acme/orders]
            branches: { main: main }
            releases: acme/order
            chart: { repository: oci://ghcr.io/acme/order, folder: charts/order }
      `,
    },
    at: "releases.yaml:1:9",
    says: `"source" is acme/order, and its origin is acme/orders; run releases init --service`,
    also: [
      {
        code: "publication-differs",
        at: "releases.yaml:2:14",
        says: differs(`"mutableTags" is main, and the list says latest, main, *-daily, *-test`),
      },
      {
        code: "publication-differs",
        at: "releases.yaml:7:15",
        says: differs(`"services.orders.releases" is acme/order, and the list says acme/orders`),
      },
      {
        code: "publication-differs",
        at: "releases.yaml:8:12",
        says: differs(
          `"services.orders.chart" is repository oci://ghcr.io/acme/order, folder charts/order, and the list says repository oci://ghcr.io/acme/charts/orders, folder deploy/chart`,
        ),
      },
    ],
  },
  {
    code: "unknown-service",
    shows: "what is published of a service that was removed from the list",
    files: LIST,
    service: service("services:", "services:\n  order: { releases: acme/orders }"),
    at: "releases.yaml:4:3",
    says: `"services.order" isn't in the list; did you mean "orders"?`,
  },
  {
    code: "unpublished-service",
    files: {
      ...LIST,
      "service/more.yaml": "- { github: orders, docker: worker, deploy: { release: v1.0.0 } }\n",
    },
    service: service(),
    at: "releases.yaml:3:1",
    says: `"services.worker" is missing, and the list has this repository for it; run releases init --service`,
  },
  {
    code: "not-publishable",
    files: {
      ...LIST,
      "Pulumi.production.yaml": LIST["Pulumi.production.yaml"].replace(/^.*registry.*\n/m, ""),
    },
    service: service(),
    at: "releases.yaml:4:3",
    says: `"orders": no stack config has a registry to push to; write releases:registry with role source or external`,
  },
  {
    code: "missing-chart",
    shows: "a folder that isn't there",
    files: LIST,
    service: service("folder: deploy/chart", "folder: helm/orders"),
    at: "releases.yaml:10:15",
    says: `"services.orders.chart.folder" is helm/orders, and there is no helm/orders/Chart.yaml; give the folder of the chart orders`,
  },
  {
    code: "missing-chart",
    shows: "the folder of another chart",
    files: LIST,
    service: { ...service(), "deploy/chart/Chart.yaml": "name: order\n" },
    at: "releases.yaml:10:15",
    says: `"services.orders.chart.folder" is deploy/chart, and deploy/chart/Chart.yaml is of order; give the folder of the chart orders`,
  },
  {
    code: "release-workflow",
    shows: "other refs",
    files: LIST,
    service: service('tags: ["v*"]', 'tags: ["*"]'),
    at: `${WORKFLOW_FILE}:3:11`,
    says: `"on.push.tags" is *, and releases.yaml publishes v*; write the same`,
  },
  {
    code: "release-workflow",
    shows: "branches that are missing, and steps",
    files: LIST,
    service: {
      ...service(),
      [WORKFLOW_FILE]: WORKFLOW.replace(/^ +branches.*\n/m, "").replace(
        /^.*package-chart.*\n/m,
        "",
      ),
    },
    at: `${WORKFLOW_FILE}:3:5`,
    says: `"on.push.branches" is nothing, and releases.yaml publishes main, releases/*/*; write the same`,
    also: [
      {
        code: "release-workflow",
        at: `${WORKFLOW_FILE}:4:1`,
        says: "no step runs releases ci package-chart orders; add one",
      },
    ],
  },
  {
    code: "release-workflow",
    shows: "no workflow",
    severity: "warning",
    files: LIST,
    service: { ...CHART, "releases.yaml": PUBLISHED },
    at: `${WORKFLOW_FILE}:1:1`,
    says: "there is no such file, so nothing publishes here; run releases init --service",
  },
  {
    code: "fixed-branch-tag",
    files: LIST,
    service: service("{ main: main }", "{ develop: develop }"),
    at: "releases.yaml:6:26",
    says: `the tag "develop" follows the branch develop, and "mutableTags" has no pattern of it; add it there, in the list's stack config as well`,
  },
];
