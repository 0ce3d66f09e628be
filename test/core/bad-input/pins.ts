import { PACKAGE_FOLDER } from "../../../src/core/files";
import { link, PROGRAM_ROOT } from "../../support/repository";
import { text } from "../../support/text";
import { CLOUDFORMATION, EXTERNAL, config, stack, type BadInput } from "./parts";

/** Stack configs: what runs. */
export const PINS: readonly BadInput[] = [
  {
    code: "mutable-tag-without-digest",
    shows: "A tag that names no version.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: latest }
      `,
    ),
    at: "Pulumi.testing.yaml:5:32",
    says: `"versions.orders" is "latest"; expected "latest@sha256:<64 hex digits>", as latest moves`,
  },
  {
    code: "mutable-tag-without-digest",
    shows: "A channel.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: v0.10-daily }
      `,
    ),
    at: "Pulumi.testing.yaml:5:32",
    says: `"versions.orders" is a mutable tag (*-daily) without a digest, which says no image; pin v0.10-daily@sha256:...`,
  },
  {
    code: "invalid-pin",
    shows: "No version at all.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: stable }
      `,
    ),
    at: "Pulumi.testing.yaml:5:32",
    says: `"versions.orders" is "stable"; expected a release such as "v1.2.3", or with its digest "v1.2.3@sha256:<64 hex digits>"`,
  },
  {
    code: "commit-without-digest",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: ${"c0ffee00".repeat(5)} }
      `,
    ),
    at: "Pulumi.testing.yaml:5:32",
    says: `"versions.orders" is a commit without a digest, which says no image; pin c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00@sha256:...`,
  },
  {
    code: "invalid-pin",
    shows: "A digest, where there is no image.",
    files: {
      "infrastructure/network.yaml": text`
        - github: network
          provider: cloudformation
          deploy: { branch: main }
      `,
      "Pulumi.testing.yaml": config(
        CLOUDFORMATION,
        text`
          releases:templates: { bucket: acme-templates }
          releases:versions: { network: ${"c0ffee00".repeat(5)}@sha256:${"0".repeat(64)} }
        `,
      ),
    },
    at: "Pulumi.testing.yaml:6:33",
    says: `"versions.network" has a digest, and "network" has no image; leave it out`,
  },
  {
    code: "unknown-service",
    shows: "A pin.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { order: v1.2.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:5:24",
    says: `"versions.order" names a service that isn't in the list; remove it, or add the service`,
  },
  {
    code: "unknown-service",
    shows: "A name that the stack selects.",
    files: stack(
      EXTERNAL,
      text`
        releases:select: { names: [orders, payments] }
      `,
    ),
    at: "Pulumi.testing.yaml:5:38",
    says: `"select.names" has "payments", which isn't in the list; remove it`,
  },
  {
    code: "unknown-service",
    shows: "A team that has no service.",
    files: stack(
      EXTERNAL,
      text`
        releases:select: { team: shop }
      `,
    ),
    at: "Pulumi.testing.yaml:5:28",
    says: `"select.team" is "shop", and no service of the list has that team`,
  },
  {
    code: "pin-without-effect",
    shows: "A service that doesn't run in this environment.",
    severity: "warning",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { catalog: v2.3.4 }
      `,
      text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
        - github: catalog
          docker: catalog
          deploy: { release: v2.3.4 }
          environments: [staging]
      `,
    ),
    at: "Pulumi.testing.yaml:5:24",
    says: `"versions.catalog" has no effect: testing doesn't run "catalog"`,
  },
  {
    code: "pin-without-effect",
    shows: "A service of another stack.",
    severity: "warning",
    files: stack(
      EXTERNAL,
      text`
        releases:select: { names: [orders] }
        releases:charts: { catalog: 1.4.0 }
      `,
      text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
        - github: catalog
          docker: catalog
          deploy: { release: v2.3.4 }
      `,
    ),
    at: "Pulumi.testing.yaml:6:22",
    says: `"charts.catalog" has no effect: testing doesn't run "catalog"`,
  },
  {
    code: "tag-too-long",
    shows: "A release of the list.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          tags: { image: "${"orders-".repeat(15)}{version}" }
          deploy: { release: v1.2.0-nightly.20261121.1 }
      `,
    },
    at: "service/shop.yaml:4:22",
    says: `definition 1 (orders): "deploy.release" gives the image's tag 129 characters, and a registry takes 128; shorten the version or "tags.image"`,
  },
  {
    code: "tag-too-long",
    shows: "A pin.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: v1.2.0-nightly.20261121.1 }
      `,
      text`
        - github: orders
          docker: orders
          tags: { image: "{version}${"-orders".repeat(15)}" }
          deploy: { release: v1.2.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:5:32",
    says: `"versions.orders" gives the image's tag 129 characters, and a registry takes 128; shorten the version or "tags.image"`,
  },
  {
    code: "outside-range",
    shows: "A release.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: v9.9.9 }
      `,
      text`
        - github: orders
          docker: orders
          deploy: { range: ^1.2 }
      `,
    ),
    at: "Pulumi.testing.yaml:5:32",
    says: `"versions.orders" is v9.9.9, and its definition follows ^1.2, which isn't in it; pin another version, or widen the range`,
  },
  {
    code: "outside-range",
    shows: "An image's own tag.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { sonarr: "4.0.19.3001@sha256:${"5e5a8404".repeat(8)}" }
      `,
      text`
        - github: sonarr
          docker: sonarr
          deploy: { range: ^4 }
      `,
    ),
    at: "Pulumi.testing.yaml:5:32",
    says: `"versions.sonarr" is 4.0.19.3001, and its definition follows ^4, which has no order; follow the range *`,
  },
  {
    code: "invalid-pin",
    shows: "An image's own tag for a service that has no image.",
    files: {
      "infrastructure/shop.yaml": text`
        - github: network
          provider: cloudformation
          deploy: { release: v0.5.8 }
      `,
      "Pulumi.testing.yaml": config(
        CLOUDFORMATION,
        `releases:templates: { bucket: acme-templates }\nreleases:versions: { network: "0.5.8.1@sha256:${"5e5a8404".repeat(8)}" }\n`,
      ),
    },
    at: "Pulumi.testing.yaml:6:33",
    says: `"versions.network" is an image's own tag, and "network" has a template; pin a release`,
  },
  {
    code: "uneditable",
    files: stack(
      EXTERNAL,
      text`
        releases:versions:
          orders: &pin v1.2.0
          catalog: *pin
      `,
    ),
    bump: { name: "orders", version: "v1.3.0" },
    at: "Pulumi.testing.yaml:7:14",
    says: `"releases:versions.catalog" repeats "releases:versions.orders" by the alias "*pin", and would change with it; write the value out in each place`,
  },
  {
    code: "missing-pin",
    shows: "A branch.",
    files: stack(
      EXTERNAL,
      "",
      text`
        - github: orders
          docker: orders
          deploy: { branch: main }
      `,
    ),
    at: "Pulumi.testing.yaml:2:3",
    says: `"orders" follows a branch, so its version must be pinned, but testing has none; set versions.orders to what runs there`,
  },
  {
    code: "missing-pin",
    shows: "A suspended service.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: {}
      `,
      text`
        - github: orders
          docker: orders
          deploy: { suspend: true }
      `,
    ),
    at: "Pulumi.testing.yaml:5:22",
    says: `"orders" is suspended and stays at its pin, but testing has none; set versions.orders to what runs there`,
  },
  {
    code: "hold-without-pin",
    files: stack(
      EXTERNAL,
      text`
        releases:holds: { orders: { reason: v1.2.1 doubled the latency } }
      `,
    ),
    at: "Pulumi.testing.yaml:5:21",
    says: `"orders" is held but has no pin, which a hold keeps; set versions.orders, such as "v1.2.0"`,
  },
  {
    code: "invalid-chart-pin",
    shows: "A version of the default chart that isn't there.",
    files: stack(
      EXTERNAL,
      text`
        releases:charts: { orders: 1.4.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:5:22",
    says: `"orders" pins 1.4.0 of the default chart, which has 1.1.0, 1.0.0 here; pin one of these`,
  },
  {
    code: "invalid-chart-pin",
    shows: "A digest of the default chart.",
    files: stack(
      EXTERNAL,
      text`
        releases:charts: { orders: "1.1.0@sha256:${"0".repeat(64)}" }
      `,
    ),
    at: "Pulumi.testing.yaml:5:22",
    says: `"orders" uses the default chart, which has no digest; leave it out`,
  },
  {
    code: "invalid-chart-pin",
    shows: "A chart that is a folder of this repository.",
    files: {
      "charts/web/Chart.yaml": "{ apiVersion: v2, name: web, version: 1.4.0 }\n",
      ...stack(
        EXTERNAL,
        text`
          releases:charts: { orders: 1.4.0 }
        `,
        text`
          - github: orders
            docker: orders
            deploy: { release: v1.2.0 }
            chart: { name: ./charts/web, version: 1.4.0 }
        `,
      ),
    },
    at: "Pulumi.testing.yaml:5:22",
    says: `"orders" uses the chart ./charts/web, which has the one version of its folder; remove it`,
  },
  {
    code: "unpinned-chart",
    severity: "warning",
    files: {
      [PACKAGE_FOLDER]: link(PROGRAM_ROOT),
      ...stack(EXTERNAL, ""),
    },
    at: "Pulumi.testing.yaml:2:3",
    says: `"charts" pins no version of the default chart for orders, so an upgrade of the package may change it; set charts.orders to "1.1.0"`,
  },
  {
    code: "invalid-chart-pin",
    shows: "An entry without a chart.",
    files: {
      "infrastructure/shop.yaml": text`
        - github: network
          provider: cloudformation
          deploy: { release: v0.5.8 }
      `,
      "Pulumi.testing.yaml": config(
        CLOUDFORMATION,
        text`
          releases:templates: { bucket: acme-templates }
          releases:charts: { network: 1.4.0 }
        `,
      ),
    },
    at: "Pulumi.testing.yaml:6:22",
    says: `"network" is deployed by CloudFormation and has no chart; remove it`,
  },
];
