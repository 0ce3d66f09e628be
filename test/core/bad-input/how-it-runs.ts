import { text } from "../../support/text";
import { EXTERNAL, stack, type BadInput } from "./parts";

/** Definitions: chart, values and tags. */
export const HOW_IT_RUNS: readonly BadInput[] = [
  {
    code: "invalid-namespace",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          namespace: Shop
      `,
    },
    at: "service/shop.yaml:4:14",
    says: `definition 1 (orders): "namespace" is "Shop"; expected a DNS label: at most 63 lower-case letters, digits and dashes`,
  },
  {
    code: "invalid-chart",
    shows: "A name without the repository that has it.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: orders, version: 1.4.0 }
      `,
    },
    at: "service/shop.yaml:4:10",
    says: `definition 1 (orders): "chart.name" is "orders"; a chart that isn't oci://... or ./... needs "chart.repository"`,
  },
  {
    code: "invalid-chart",
    shows: "A repository of a chart that is a folder.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: ./charts/orders, version: 1.4.0, repository: "https://charts.acme.example" }
      `,
    },
    at: "service/shop.yaml:4:51",
    says: `definition 1 (orders): "chart.repository" has no effect on "./charts/orders"; remove it`,
  },
  {
    code: "invalid-chart",
    shows: "A digest of a chart that is a folder.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart:
            name: ./charts/orders
            version: 1.4.0
            digest: sha256:${"0".repeat(64)}
      `,
    },
    at: "service/shop.yaml:7:5",
    says: `definition 1 (orders): "chart.digest" has no effect on "./charts/orders", whose bytes are in the commit; remove it`,
  },
  {
    code: "invalid-chart",
    shows: "A folder outside of the repository.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: ./../orders, version: 1.4.0 }
      `,
    },
    at: "service/shop.yaml:4:18",
    says: `definition 1 (orders): "chart.name" is "./../orders"; expected "oci://host/path/name" in lower case and without a tag, a name with "repository", or a folder of this repository that starts with "./"`,
  },
  {
    code: "invalid-chart",
    shows: "Capitals in a registry.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: "oci://ghcr.io/Acme/Charts/orders", version: 1.4.0 }
      `,
    },
    at: "service/shop.yaml:4:18",
    says: `definition 1 (orders): "chart.name" is "oci://ghcr.io/Acme/Charts/orders"; expected "oci://host/path/name" in lower case and without a tag, a name with "repository", or a folder of this repository that starts with "./"`,
  },
  {
    code: "invalid-chart",
    shows: "A folder that isn't there.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: ./charts/typo, version: 1.0.0 }
      `,
    },
    at: "service/shop.yaml:4:18",
    says: `definition 1 (orders): "chart.name" is "./charts/typo", and the repository has no charts/typo/Chart.yaml; name a folder with a chart`,
  },
  {
    code: "invalid-chart",
    shows: "A folder that no commit has.",
    files: {
      "node_modules/charts/web/Chart.yaml": "{ apiVersion: v2, name: web, version: 1.1.0 }\n",
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: ./node_modules/charts/web, version: 1.1.0 }
      `,
    },
    at: "service/shop.yaml:4:18",
    says: `definition 1 (orders): "chart.name" is "./node_modules/charts/web"; expected "oci://host/path/name" in lower case and without a tag, a name with "repository", or a folder of this repository that starts with "./"`,
  },
  {
    code: "invalid-chart-version",
    shows: "Another version than the folder's.",
    files: {
      "deploy/web/Chart.yaml": "{ apiVersion: v2, name: web, version: 1.1.0 }\n",
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: ./deploy/web, version: 9.9.9 }
      `,
    },
    at: "service/shop.yaml:4:41",
    says: `definition 1 (orders): "chart.version" is "9.9.9", and deploy/web/Chart.yaml has "1.1.0"; write the same in both`,
  },
  {
    code: "chart-refuses-values",
    shows: "Values that the default chart doesn't know, or of another type.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: { replicas: 2, port: "8080" }
      `,
    },
    at: "service/shop.yaml:4:23",
    says: `definition 1 (orders): charts/service/1.1.0/values.schema.json refuses "values.replicas": unknown key`,
    also: [
      {
        code: "chart-refuses-values",
        at: "service/shop.yaml:4:32",
        says: `definition 1 (orders): charts/service/1.1.0/values.schema.json refuses "values.port": Invalid input: expected number, received string`,
      },
    ],
  },
  {
    code: "invalid-chart-version",
    shows: "A range.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: "oci://ghcr.io/acme/charts/orders", version: ^1.4 }
      `,
    },
    at: "service/shop.yaml:4:63",
    says: `definition 1 (orders): "chart.version" is "^1.4"; expected an exact chart version, such as "1.4.0"; ranges and "latest" would float between two previews`,
  },
  {
    code: "invalid-digest",
    shows: "A pin whose digest is a digit short.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: "v1.2.0@sha256:${"0".repeat(63)}" }
      `,
    ),
    at: "Pulumi.testing.yaml:5:32",
    says: `"versions.orders" is "v1.2.0@sha256:000000000000000000000000000000000000000000000000000000000000000"; expected "sha256:" and 64 hex digits in lower case after the @`,
  },
  {
    code: "invalid-digest",
    shows: "A chart's digest with capitals.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart:
            name: oci://ghcr.io/acme/charts/orders
            version: 1.4.0
            digest: sha256:${"A".repeat(64)}
      `,
    },
    at: "service/shop.yaml:7:13",
    says: `definition 1 (orders): "chart.digest" is "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"; expected "sha256:" and 64 hex digits in lower case`,
  },
  {
    code: "invalid-value-path",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          imageValues: { repository: "containers[0].image", tag: image.tag }
      `,
    },
    at: "service/shop.yaml:4:30",
    says: `definition 1 (orders): "imageValues.repository" is "containers[0].image"; expected keys joined by dots, such as "image.tag"`,
  },
  {
    code: "invalid-tag-pattern",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          tags: { image: release }
      `,
    },
    at: "service/shop.yaml:4:18",
    says: `definition 1 (orders): "tags.image" is "release"; expected a tag without slashes that holds {version} once, such as "v{version}"`,
  },
  {
    code: "invalid-template",
    files: {
      "infrastructure/shop.yaml": text`
        - github: network
          provider: cloudformation
          deploy: { release: v0.5.8 }
          template: ../dns/index.yaml
      `,
    },
    at: "infrastructure/shop.yaml:4:13",
    says: `definition 1 (network): "template" is "../dns/index.yaml"; expected a file of the template folder, such as "index.yaml", of at most 794 characters`,
  },
  {
    code: "plain-secret",
    shows: "A password among the values.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: { env: { DATABASE_PASSWORD: hunter2 } }
      `,
    },
    at: "service/shop.yaml:4:20",
    severity: "warning",
    says: `definition 1 (orders): "values.env.DATABASE_PASSWORD" looks like a secret in plain text; rotate it, and name a Kubernetes Secret that holds it`,
  },
  {
    code: "values-set-image",
    shows: "Values of a definition.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: { image: { tag: v1.1.0, pullPolicy: Always } }
      `,
    },
    at: "service/shop.yaml:4:22",
    says: `definition 1 (orders): "values.image.tag" sets the image, which the pin decides; remove it`,
  },
];
