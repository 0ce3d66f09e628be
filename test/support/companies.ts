import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";

/** The list, the path and the stack configs of a company: texts by path. */
export type CompanyFiles = Readonly<Record<string, string>>;

/** Returns the files of one of the examples. */
export function exampleFiles(name: string): CompanyFiles {
  const from = path.join(PROGRAM, "examples", name);
  const files = fs
    .readdirSync(from, { recursive: true, encoding: "utf8" })
    .filter((file) => fs.statSync(path.join(from, file)).isFile());
  return Object.fromEntries(
    files.map((file) => [file, fs.readFileSync(path.join(from, file), "utf8")]),
  );
}

/** The accounts of Continuous Delivery: one for what is built and tried, one for staging and production. */
export const [E2E, PRD] = ["111111111111", "222222222222"] as const;

/**
 * Returns an account for what is built and tried, and one whose registry staging and production share.
 * @param digest of the image that all of them run
 */
export function continuousDelivery(digest: string): CompanyFiles {
  const stack = (
    name: string,
    account: string,
    registry: string,
    version: string,
  ): string => `config:
  pulumi:disable-default-providers: ["*"]
  aws:region: eu-west-2
  releases:account: "${account}"
  releases:cluster: { context: ${name} }
  releases:registry: ${registry}
  releases:versions:
    inventory: ${version}@${digest}
  releases:charts: { inventory: 1.1.0 }
`;
  const shared = "{ role: shared, owner: staging }";
  return {
    "service/shop.yaml": "- { github: inventory, docker: inventory, deploy: { range: '>=1' } }\n",
    "environments.yaml": `environments:
  e2e: { accepts: [release, prerelease], digest: required }
  staging: { from: e2e, accepts: [release], digest: required }
  production: { from: staging, accepts: [release], digest: required, soak: 24h }
`,
    "Pulumi.e2e.yaml": stack("e2e", E2E, "{ role: source }", "v1.1.2-rc.1"),
    "Pulumi.staging.yaml": stack("staging", PRD, "{ role: source, prefix: shop/ }", "v1.1.2"),
    "Pulumi.production.yaml": stack("production", PRD, shared, "v1.1.2"),
  };
}

/** Where the charts of GomenHashai are. */
export const GOMENHASHAI_CHARTS = "https://marcantoineRaymond.github.io/GomenHashai";

/**
 * Returns an image and a chart with versions of their own; digests are pinned, because the image is signed.
 * @param digest of the image that runs
 */
export function gomenhashai(digest: string): CompanyFiles {
  const stack = (context: string): string => `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: ${context} }
  releases:github: { owner: marcantoineraymond }
  releases:registry: { role: external, host: ghcr.io/marcantoineraymond }
  releases:versions:
    gomenhashai: v1.0.0@${digest}
  releases:charts:
    gomenhashai: 1.0.0
`;
  return {
    "service/gomenhashai.yaml": `- github: GomenHashai
  docker: gomenhashai
  deploy: { release: v1.0.0 }
  namespace: gomenhashai
  chart: { name: gomenhashai, repository: "${GOMENHASHAI_CHARTS}", version: 1.0.0 }
  imageValues: { repository: image.repository, tag: image.tag, digest: image.digest }
`,
    "environments.yaml": `environments:
  testing: { accepts: [release, prerelease], digest: required }
  production: { from: testing, accepts: [release], digest: required, soak: 24h }
`,
    "Pulumi.testing.yaml": stack("kind-testing"),
    "Pulumi.production.yaml": stack("production"),
  };
}

/** Returns three regions of production, of which the one in Europe goes first. */
export function threeRegions(): CompanyFiles {
  const stack = (name: string, environment: string): string => `config:
  pulumi:disable-default-providers: ["*"]
  releases:environment: ${environment}
  releases:cluster: { context: ${name} }
  releases:registry: { role: external, host: ghcr.io/acme }
  releases:versions:
    catalog: v1.0.0
    orders: v1.0.0
  releases:charts: { catalog: 1.1.0, orders: 1.1.0 }
`;
  return {
    "service/shop.yaml": `- { github: catalog, docker: catalog, deploy: { release: v1.0.0 } }
- { github: orders, docker: orders, deploy: { release: v1.0.0 } }
`,
    "environments.yaml": `environments:
  testing: { accepts: [release, prerelease] }
  staging: { from: testing, accepts: [release], soak: 1h }
  production-eu: { from: [staging], accepts: [release], soak: 2h, protected: true }
  production: { from: [production-eu], accepts: [release], soak: 24h }
`,
    "Pulumi.testing.yaml": stack("testing", "testing"),
    "Pulumi.staging.yaml": stack("staging", "staging"),
    "Pulumi.production-eu.yaml": stack("production-eu", "production-eu"),
    "Pulumi.production-us.yaml": stack("production-us", "production"),
    "Pulumi.production-ap.yaml": stack("production-ap", "production"),
  };
}
