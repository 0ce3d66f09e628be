import { definition } from "./shop";

/** The regions of production. */
export const REGIONS = ["ap", "eu", "us"] as const;

/** A path whose production has three replicas. */
export const REPLICAS_PATH = `environments:
  testing: { accepts: [release, prerelease] }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, accepts: [release], soak: 1h }
`;

/** A path in which one region goes first, as an environment of its own. */
export const CANARY_PATH = `environments:
  testing: { accepts: [release, prerelease] }
  staging: { from: testing, accepts: [release] }
  production-eu: { from: [staging], accepts: [release], protected: true }
  production: { from: [production-eu], accepts: [release], soak: 1h }
`;

/** What a repository of regions has otherwise than by default. */
export interface Regions {
  readonly environments?: string;
  /** Environments by stack, where that isn't the stack's name. */
  readonly of?: Readonly<Record<string, string>>;
  /** Pins of orders, by stack. By default all run v1.0.0. */
  readonly pins?: Readonly<Record<string, string>>;
  /** Further lines of a stack's config, by stack. */
  readonly more?: Readonly<Record<string, string>>;
}

const OF_PRODUCTION = Object.fromEntries(
  REGIONS.map((region) => [`production-${region}`, "production"]),
);

/** Returns the files of a repository whose production has a stack in each of three regions. */
export function regionFiles({
  environments = REPLICAS_PATH,
  of = OF_PRODUCTION,
  pins = {},
  more = {},
}: Regions = {}): Record<string, string> {
  const stacks = ["testing", "staging", ...REGIONS.map((region) => `production-${region}`)];
  const all = new Set([...stacks, ...Object.keys(of)]);
  const configs = [...all].map((stack) => {
    const environment = of[stack];
    const text = `config:
  pulumi:disable-default-providers: ["*"]
${environment === undefined ? "" : `  releases:environment: ${environment}\n`}  releases:cluster: { context: ${stack} }
  releases:github: { owner: acme }
  releases:registry: { role: external, host: ghcr.io/acme }
  releases:versions:
    catalog: v1.0.0
    orders: ${pins[stack] ?? "v1.0.0"}
${more[stack] ?? ""}`;
    return [`Pulumi.${stack}.yaml`, text] as const;
  });
  return {
    "service/shop.yaml": definition("catalog") + definition("orders"),
    "environments.yaml": environments,
    ...Object.fromEntries(configs),
  };
}
