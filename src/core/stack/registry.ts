import { ecrHost, partitionOf } from "../aws";
import type { Service } from "../list/service";
import type { Policy, Statement } from "./policy";
import type { Registry, RegistryAccess, RegistryLocation, StackConfig } from "./plan";

/** Returns the image repositories of a service's image, its own first. */
export function imageRepositories({ docker, aliases }: Service): string[] {
  return docker === undefined ? [] : [docker, ...aliases];
}

/** Returns the account and region of the ECR registry that a stack's images are in; undefined without one. */
export function ecrLocation({
  account,
  region,
  registry,
}: StackConfig): RegistryLocation | undefined {
  if (registry === undefined || registry.role === "external") return undefined;
  return account === undefined || region === undefined ? undefined : { account, region };
}

/** Returns the same where the stack declares the registry; undefined where another stack does. */
export function declaredLocation(config: StackConfig): RegistryLocation | undefined {
  return config.registry?.role === "shared" ? undefined : ecrLocation(config);
}

/** Returns a location as messages print it: account and region. */
export function formatLocation({ account, region }: RegistryLocation): string {
  return `${account} ${region}`;
}

/** Returns the start of every image's name in a stack, slash included. */
export function imagePrefix(config: StackConfig): string {
  const { registry } = config;
  const location = ecrLocation(config);
  if (location !== undefined)
    return `${ecrHost(location.account, location.region)}/${registry?.prefix ?? ""}`;
  return registry?.host === undefined ? "" : `${registry.host}/${registry.prefix}`;
}

/** The roles that are assumed for registries, by the start of their images' names. */
export type RegistryRoles = ReadonlyMap<string, RegistryAccess>;

/**
 * Returns the roles that stacks name for their registries. Where two stacks name roles for one registry and prefix,
 * those of the later stack count.
 */
export function registryRoles(...configs: readonly StackConfig[]): RegistryRoles {
  const roles = new Map<string, RegistryAccess>();
  for (const config of configs) {
    const { assume } = config.registry ?? {};
    const prefix = imagePrefix(config);
    if (assume !== undefined) roles.set(prefix, { ...roles.get(prefix), ...assume });
  }
  return roles;
}

/** Returns the image repository names that a stack declares, prefix included, sorted. */
export function repositoryNames(registry: Registry, owned: readonly Service[]): string[] {
  const names = owned.flatMap(imageRepositories).map((docker) => registry.prefix + docker);
  return [...new Set(names)].sort();
}

/** Returns the repositories of the charts that services have in an account's ECR registry, without its host. */
export function ecrCharts(
  services: readonly Service[],
  { account, region }: RegistryLocation,
): { readonly service: string; readonly name: string }[] {
  const start = `oci://${ecrHost(account, region)}/`;
  return services.flatMap(({ name: service, chart }) =>
    chart?.name.startsWith(start) === true
      ? [{ service, name: chart.name.slice(start.length) }]
      : [],
  );
}

/**
 * Returns the filters of replication. ECR matches them as prefixes. A registry with a prefix has one filter,
 * which ends in a slash and so can't catch a neighbor; without a prefix, each repository is its own filter.
 */
export function replicationFilters(registry: Registry, owned: readonly Service[]): string[] {
  return registry.prefix === "" ? repositoryNames(registry, owned) : [registry.prefix];
}

/**
 * Returns the policy of a replica's registry, as JSON: the source account may put images into the stack's
 * repositories. It may not create repositories; the stack declares them.
 */
export function replicaPolicy(
  registry: Registry,
  source: RegistryLocation,
  location: RegistryLocation,
  owned: readonly Service[],
): string {
  const { name: partition } = partitionOf(location.region);
  const names = registry.prefix === "" ? repositoryNames(registry, owned) : [`${registry.prefix}*`];
  const repository = `arn:${partition}:ecr:${location.region}:${location.account}:repository/`;
  const statement: Statement = {
    Sid: `ReplicateFrom${source.account}`,
    Effect: "Allow",
    Principal: { AWS: `arn:${partition}:iam::${source.account}:root` },
    Action: ["ecr:ReplicateImage"],
    Resource: names.map((name) => repository + name),
  };
  const whole: Policy = { Version: "2012-10-17", Statement: [statement] };
  return JSON.stringify(whole);
}

/** Far above the 10,000 images that a repository may hold, so that the rule expires nothing. */
const EVERY_IMAGE = 100_000;

/**
 * The lifecycle policy of every repository, as JSON: nothing expires. A rule knows tags, numbers and ages, and not what
 * runs: a pin names bytes whose tag has moved on, and they would expire. `releases prune` knows. The policy is there so
 * that a repository has no other one, and one that somebody sets by hand is a difference.
 *
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
export const LIFECYCLE_POLICY = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: "Nothing expires: releases prune deletes what no stack runs",
      selection: {
        tagStatus: "tagged",
        tagPatternList: ["*"],
        countType: "imageCountMoreThan",
        countNumber: EVERY_IMAGE,
      },
      action: { type: "expire" },
    },
  ],
});
