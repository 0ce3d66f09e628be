import { text } from "../../support/text";
import { EXTERNAL, config, type BadInput } from "./parts";

/** A service with previews, and one with a chart of its own. */
const PREVIEWED = text`
  - github: orders
    docker: orders
    deploy: { release: v1.2.0, preview: true }
`;
const OWN_CHART = text`
  - github: catalog
    docker: catalog
    deploy: { release: v2.3.4, preview: true }
    chart: { name: "oci://ghcr.io/acme/charts/catalog", version: 1.4.0 }
`;
const PATH = text`
  environments:
    testing: { accepts: [release, preview] }
    staging: { from: testing, accepts: [release, preview] }
`;
const COMMIT = "3f9c0ffee13f9c0ffee13f9c0ffee13f9c0ffee1";
const DIGEST = `sha256:${"0".repeat(64)}`;

const open = (service: string, branch: string): string =>
  `{ service: ${service}, pullRequest: 12, branch: ${branch}, commit: "${COMMIT}", digest: "${DIGEST}", until: "2026-12-03T09:00:00Z" }`;

/** Returns a repository whose testing has these previews. */
function previews(keys: string, { list = PREVIEWED, path = PATH } = {}) {
  return {
    "service/shop.yaml": list,
    "environments.yaml": path,
    "Pulumi.testing.yaml": config(EXTERNAL, keys),
  };
}

/** Copies of services for open pull requests. */
export const PREVIEWS: readonly BadInput[] = [
  {
    code: "preview-not-accepted",
    shows: "An environment that doesn't accept them.",
    files: previews("releases:previews: { domain: acme.example }\n", {
      path: "environments:\n  testing: { accepts: [release] }\n",
    }),
    at: "Pulumi.testing.yaml:5:3",
    says: `testing doesn't accept previews; remove "previews", or add preview to its "accepts"`,
  },
  {
    code: "preview-not-accepted",
    shows: "An environment that isn't the first to accept them.",
    files: {
      "service/shop.yaml": PREVIEWED,
      "environments.yaml": PATH,
      "Pulumi.staging.yaml": config(EXTERNAL, "releases:previews: { domain: acme.example }\n"),
    },
    at: "Pulumi.staging.yaml:5:3",
    says: `previews are for the first environment that accepts them, testing; remove "previews"`,
  },
  {
    code: "preview-not-accepted",
    shows: "Signatures that nobody would ask of a copy.",
    files: previews("releases:previews: { domain: acme.example }\n", {
      list: PREVIEWED.replace("release: v1.2.0, ", ""),
      path: text`
        environments:
          testing: { accepts: [release, preview], verify: { mode: require, identities: [{ key: trust/acme.pub }] } }
      `,
    }),
    at: "Pulumi.testing.yaml:5:3",
    says: `"orders" has previews, and testing requires signatures, which nobody asks of a copy; remove its "deploy.preview", or have verify.services.orders.mode warn`,
  },
  {
    code: "key-without-effect",
    shows: "Previews without a domain.",
    files: previews(""),
    at: "Pulumi.testing.yaml:2:3",
    severity: "warning",
    says: `"deploy.preview" of orders has no effect in testing; set previews.domain, such as "acme.example"`,
  },
  {
    code: "invalid-domain",
    shows: "An address.",
    files: previews("releases:previews: { domain: https://acme.example }\n"),
    at: "Pulumi.testing.yaml:5:32",
    says: `"previews.domain" is "https://acme.example"; expected a name of DNS in lower case, such as "acme.example"`,
  },
  {
    code: "invalid-domain",
    shows: "An environment that DNS refuses.",
    files: {
      "service/shop.yaml": PREVIEWED,
      "environments.yaml": "environments:\n  test_1: { accepts: [release, preview] }\n",
      "Pulumi.test_1.yaml": config(EXTERNAL, "releases:previews: { domain: acme.example }\n"),
    },
    at: "Pulumi.test_1.yaml:5:24",
    says: `a preview of "orders" would have the host "0d6e4079.orders.test_1.acme.example", which isn't a name of DNS; rename the service or the environment`,
  },
  {
    code: "name-too-long",
    shows: "A preview of a service whose own name fits.",
    files: previews("releases:previews: { domain: acme.example }\n", {
      list: PREVIEWED.replaceAll("orders", "o".repeat(45)),
    }),
    at: "Pulumi.testing.yaml:5:3",
    says: `a preview of "${"o".repeat(45)}" would be a Helm release of 54 characters, such as "${"o".repeat(45)}-0d6e4079"; 53 are allowed. Give the service a shorter "name"`,
  },
  {
    code: "missing-key",
    shows: "Previews without a cluster.",
    files: {
      ...previews(""),
      "Pulumi.testing.yaml": text`
        config:
          pulumi:disable-default-providers: ["*"]
          releases:registry: { role: external, host: ghcr.io/acme }
          releases:previews: { domain: acme.example }
      `,
    },
    at: "Pulumi.testing.yaml:2:3",
    says: `"cluster" is missing; previews are Helm releases in it`,
  },
  {
    code: "missing-key",
    shows: "A chart that isn't told the host of a preview.",
    files: previews("releases:previews: { domain: acme.example }\n", { list: OWN_CHART }),
    at: "Pulumi.testing.yaml:5:22",
    says: `"previews.values.catalog" is missing; say where its chart takes the host, such as { ingress: { host: "{host}" } }`,
  },
  {
    code: "values-set-image",
    shows: "Values of a preview.",
    files: previews(
      "releases:previews: { domain: acme.example, values: { orders: { image: { tag: main } } } }\n",
    ),
    at: "Pulumi.testing.yaml:5:75",
    says: `"previews.values.orders.image.tag" sets the image, which the pin decides; remove it`,
  },
  {
    code: "unknown-service",
    shows: "Values of previews.",
    files: previews(
      "releases:previews: { domain: acme.example, values: { order: { replicaCount: 2 } } }\n",
    ),
    at: "Pulumi.testing.yaml:5:56",
    says: `"previews.values.order" names a service that isn't in the list; remove it, or add the service`,
  },
  {
    code: "pin-without-effect",
    shows: "A preview of a service that has none any more.",
    files: previews(
      text`
        releases:previews:
          domain: acme.example
          open:
            - ${open("orders", "main")}
      `,
      { list: PREVIEWED.replace(", preview: true", "") },
    ),
    at: "Pulumi.testing.yaml:8:9",
    severity: "warning",
    says: `"orders" has no previews in testing, so none is declared; remove it, as releases resolve does`,
  },
  {
    code: "shared-helm-release",
    shows: "Two previews of one branch.",
    files: previews(text`
      releases:previews:
        domain: acme.example
        open:
          - ${open("orders", "main")}
          - ${open("orders", "main")}
    `),
    at: "Pulumi.testing.yaml:9:9",
    says: `the preview of "orders" for pull request 12 and the preview of "orders" for pull request 12 would both be the Helm release "orders-0d6e4079"; remove one`,
  },
  {
    code: "shared-preview-host",
    files: {
      ...previews("releases:previews: { domain: acme.example }\n"),
      "Pulumi.testing-us.yaml": config(
        EXTERNAL.replace("acme-testing", "acme-us"),
        text`
          releases:environment: testing
          releases:previews: { domain: acme.example }
        `,
      ),
    },
    at: "Pulumi.testing-us.yaml:6:24",
    says: `the host <hash>.orders.testing.acme.example is also declared by Pulumi.testing.yaml; one stack may own it`,
  },
  {
    code: "chart-refuses-values",
    shows: "Values of copies, whether a pull request is open or not.",
    files: previews(
      'releases:previews: { domain: acme.example, values: { orders: { port: "{host}", replicas: 2 } } }\n',
    ),
    at: "Pulumi.testing.yaml:5:66",
    says: `charts/service/1.1.0/values.schema.json refuses "previews.values.orders.port": Invalid input: expected number, received string`,
    also: [
      {
        code: "chart-refuses-values",
        at: "Pulumi.testing.yaml:5:82",
        says: `charts/service/1.1.0/values.schema.json refuses "previews.values.orders.replicas": unknown key`,
      },
    ],
  },
  {
    code: "chart-refuses-values",
    shows: "Values of a stack, for a service that runs nowhere but as copies.",
    files: previews(
      "releases:previews: { domain: acme.example }\nreleases:values: { orders: { replicas: 2 } }\n",
      { list: PREVIEWED.replace("release: v1.2.0, ", "") },
    ),
    at: "Pulumi.testing.yaml:6:32",
    says: `charts/service/1.1.0/values.schema.json refuses "values.orders.replicas": unknown key`,
  },
];
