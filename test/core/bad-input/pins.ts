import { text } from "../../support/text";
import { CLOUDFORMATION, EXTERNAL, config, stack, type BadInput } from "./parts";

/** Stack configs: what runs. */
export const PINS: readonly BadInput[] = [
  {
    code: "invalid-pin",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: latest }
      `,
    ),
    at: "Pulumi.testing.yaml:5:32",
    says: `"versions.orders" is "latest"; expected a release such as "v1.2.3", or with its digest "v1.2.3@sha256:<64 hex digits>"`,
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
    says: `"versions.orders" is "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"; expected a commit with its digest, "<40 hex digits>@sha256:<64 hex digits>"`,
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
    shows: "A chart that is a folder of this repository.",
    files: stack(
      EXTERNAL,
      text`
        releases:charts: { orders: 1.4.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:5:22",
    says: `"orders" uses the chart ./charts/service, which has the one version of its folder; remove it`,
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
  {
    code: "invalid-chart-pin",
    shows: "A digest where there is none.",
    files: stack(
      EXTERNAL,
      text`
        releases:charts: { orders: "1.5.0@sha256:${"0".repeat(64)}" }
      `,
      text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: orders, version: 1.4.0, repository: "https://charts.acme.example" }
      `,
    ),
    at: "Pulumi.testing.yaml:5:22",
    says: `"orders" uses the chart orders, which isn't in an OCI registry and has no digest; leave the digest out`,
  },
];
