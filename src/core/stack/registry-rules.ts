import { ownedServices } from "./deployments";
import * as limits from "../limits";
import { matchesReleaseTag } from "../tag-pattern";
import {
  ecrLocation,
  formatLocation,
  imagePrefix,
  imageRepositories,
  replicaPolicy,
  replicationFilters,
} from "./registry";
import { pushQueueOf } from "./push-queue";
import { ecrRegion, partitionOf } from "../aws";
import type { Findings } from "../input/findings";
import type { RegistryLocation, StackRule } from "./plan";
import type { ReleaseList } from "../list/service";

/** The rules about the registry of a stack config, most of them limits of ECR. */
export const REGISTRY_RULES: readonly StackRule[] = [
  function registryFitsItsRole({ config }, findings) {
    const { registry } = config;
    if (registry === undefined) return;
    const { role } = registry;
    const without = (key: string, needed: string): void => {
      findings.refuse(
        "registry-role",
        `"registry.${key}" is for role ${needed}; this one is ${role}`,
        ["registry", key],
      );
    };
    if (registry.replicas.length > 0 && role !== "source") without("replicas", "source");
    if (registry.pushes && role !== "source") without("pushes", "source");
    if (registry.source !== undefined && role !== "replica") without("source", "replica");
    if (registry.host !== undefined && role !== "external") without("host", "external");
    if (registry.owner !== undefined && role !== "shared") without("owner", "shared");
    if (registry.mutableTags.length > 0 && role === "shared") {
      const found = `"registry.mutableTags" is for the stack that owns the registry; this one shares it, so remove it`;
      findings.refuse("registry-role", found, ["registry", "mutableTags"]);
    }
    if (registry.owner === undefined && role === "shared") {
      const found = `"registry.owner" is missing; name the stack that declares the repositories`;
      findings.refuse("missing-key", found, ["registry"]);
    }
    if (registry.host === undefined && role === "external") {
      findings.miss(
        "missing-key",
        `"registry.host" is missing; give the host of the images, such as ghcr.io/acme`,
        ["registry"],
      );
    }
  },
  function rolesAreForTheRegistry({ config }, findings) {
    const { assume } = config.registry ?? {};
    if (assume === undefined) return;
    const host = imagePrefix(config).split("/")[0] ?? "";
    const region = ecrRegion(host);
    // Without a host or an account there is another finding.
    if (host === "") return;
    if (region === undefined) {
      const found = `"registry.assume" is for ECR; ${host} takes the login of docker login ${host}, so remove it`;
      findings.refuse("registry-assume", found, ["registry", "assume"]);
      return;
    }
    const { name } = partitionOf(region);
    for (const key of ["read", "write"] as const) {
      const role = assume[key];
      if (role === undefined || role.startsWith(`arn:${name}:`)) continue;
      const found = `"${role}" is in another partition than ${region}, which is in ${name}; name a role there`;
      findings.refuse("registry-assume", found, ["registry", "assume", key], "value");
    }
  },
  function ownerDeclaresWhatRuns({ deployments, owner }, findings) {
    if (owner === undefined) return;
    const declared = new Set(ownedServices(owner.list, owner.config).flatMap(imageRepositories));
    const missing = deployments
      .filter(({ service }) => imageRepositories(service).some((docker) => !declared.has(docker)))
      .map(({ service }) => service.name);
    if (missing.length === 0) return;
    const { stack } = owner.config;
    const found = `${stack}, which owns the registry, declares no repository for ${missing.join(", ")}, which run here; add them to its select`;
    findings.refuse("shared-repository", found, ["registry", "owner"], "value");
  },
  function replicasAreElsewhere({ config }, findings) {
    const { registry } = config;
    const own = ecrLocation(config);
    if (registry === undefined || own === undefined) return;
    const seen = new Set<string>();
    for (const [index, replica] of registry.replicas.entries()) {
      const location = formatLocation(replica);
      const path = ["registry", "replicas", index] as const;
      staysInPartition(replica, own, findings, [...path, "region"]);
      if (location === formatLocation(own)) {
        findings.refuse("replica-is-source", `${location} is the source itself; remove it`, [
          ...path,
        ]);
      }
      if (seen.has(location))
        findings.refuse("duplicate-replica", `${location} is defined twice; keep one`, [...path]);
      seen.add(location);
    }
    if (registry.replicas.length > limits.MAX_REPLICATION_DESTINATIONS) {
      const found = `${registry.replicas.length} replicas; ECR allows ${limits.MAX_REPLICATION_DESTINATIONS}`;
      findings.refuse("too-many-replicas", found, ["registry", "replicas"]);
    }
    if (registry.source === undefined) return;
    staysInPartition(registry.source, own, findings, ["registry", "source", "region"]);
    if (formatLocation(registry.source) === formatLocation(own)) {
      findings.refuse("replica-is-source", `${formatLocation(own)} can't replicate from itself`, [
        "registry",
        "source",
      ]);
    }
  },
  function replicationFitsItsLimits({ config, list }, findings) {
    const { registry } = config;
    const own = ecrLocation(config);
    if (registry === undefined || own === undefined || registry.prefix !== "") return;
    const owned = ownedServices(list, config);
    if (registry.replicas.length > 0) {
      const filters = replicationFilters(registry, owned);
      if (filters.length > limits.MAX_REPLICATION_FILTERS) {
        const found = `${filters.length} repositories without a common prefix; ECR allows ${limits.MAX_REPLICATION_FILTERS} filters. Set registry.prefix`;
        findings.refuse("too-many-filters", found, ["registry", "replicas"]);
      }
      caughtNeighbors(filters, list, registry.prefix).forEach(([filter, neighbor]) => {
        const found = `the filter "${filter}" would also replicate "${neighbor}", which this stack doesn't own; set registry.prefix`;
        findings.refuse("filter-catches-neighbour", found, ["registry", "replicas"]);
      });
      const found = `ECR filters are prefixes: "api" also replicates "api-internal". Set registry.prefix to be sure`;
      findings.warn("replication-without-prefix", found, ["registry", "replicas"]);
    }
    if (registry.source !== undefined) {
      const policy = replicaPolicy(registry, registry.source, own, owned);
      if (policy.length > limits.MAX_REGISTRY_POLICY) {
        const found = `the registry policy would have ${policy.length} characters, and ECR allows ${limits.MAX_REGISTRY_POLICY}; set registry.prefix`;
        findings.refuse("registry-policy-too-long", found, ["registry", "source"]);
      }
    }
  },
  function pushesFitTheirLimits({ config, list }, findings) {
    const queue = pushQueueOf(config, ownedServices(list, config));
    if (queue === undefined) return;
    const { name, pattern } = queue;
    if (name.length > limits.MAX_EVENT_RULE_NAME) {
      const found = `the rule of pushes would be called "${name}", which has ${name.length} characters; EventBridge allows ${limits.MAX_EVENT_RULE_NAME}. Shorten registry.prefix, or remove pushes`;
      findings.refuse("push-rule-limit", found, ["registry", "pushes"]);
    }
    if (pattern.length > limits.MAX_EVENT_PATTERN) {
      const found = `the pattern of pushes would have ${pattern.length} characters, and EventBridge allows ${limits.MAX_EVENT_PATTERN}; set registry.prefix`;
      findings.refuse("push-rule-limit", found, ["registry", "pushes"]);
    }
  },
  function mutableTagsSpareReleases({ config, list }, findings) {
    const { registry } = config;
    if (registry === undefined) return;
    const { mutableTags } = registry;
    const isEcr = ecrLocation(config) !== undefined;
    if (isEcr && mutableTags.length > limits.MAX_MUTABLE_TAGS) {
      const found = `${mutableTags.length} mutable tags; ECR allows ${limits.MAX_MUTABLE_TAGS} exclusion filters`;
      findings.refuse("too-many-mutable-tags", found, ["registry", "mutableTags"]);
    }
    for (const [index, mutable] of mutableTags.entries()) {
      if (mutableTags.indexOf(mutable) === index) continue;
      const found = `"${mutable}" is listed twice, and ECR takes each once; remove it`;
      findings.refuse("invalid-mutable-tag", found, ["registry", "mutableTags", index]);
    }
    const patterns = new Set(ownedServices(list, config).map(({ tags }) => tags.image));
    for (const [index, mutable] of mutableTags.entries()) {
      const caught = [...patterns].find((pattern) => matchesReleaseTag(mutable, pattern));
      if (caught === undefined) continue;
      const found = `"${mutable}" matches release tags (${caught}), which must never move; narrow it`;
      findings.refuse("mutable-release-tag", found, ["registry", "mutableTags", index]);
    }
  },
  function repositoryNamesFit({ config, list }, findings) {
    const { registry } = config;
    if (registry === undefined) return;
    const isOurs = ecrLocation(config) !== undefined;
    const least = isOurs ? limits.MIN_ECR_REPOSITORY_NAME : 1;
    const path = imagePrefix(config).replace(/^[^/]*\/?/, "");
    for (const service of ownedServices(list, config)) {
      for (const docker of imageRepositories(service)) {
        const { length } = path + docker;
        if (length >= least && length <= limits.MAX_IMAGE_NAME) continue;
        const found = `"${path}${docker}" has ${length} characters; an image's name has ${least} to ${limits.MAX_IMAGE_NAME} in this registry`;
        findings.refuse("repository-name-length", found, ["registry", isOurs ? "prefix" : "host"]);
      }
    }
  },
];

/** Accounts, and so permissions, end at the partition. */
function staysInPartition(
  { region }: RegistryLocation,
  own: RegistryLocation,
  findings: Findings,
  path: readonly (string | number)[],
): void {
  const [there, here] = [partitionOf(region).name, partitionOf(own.region).name];
  if (there === here) return;
  const found = `${region} is in the partition ${there} and ${own.region} in ${here}; ECR replicates within a partition, copy images with promote`;
  findings.refuse("replication-crosses-partition", found, path, "value");
}

function caughtNeighbors(
  filters: readonly string[],
  list: ReleaseList,
  prefix: string,
): [string, string][] {
  const own = new Set(filters);
  const others = list.flatMap(imageRepositories).map((docker) => prefix + docker);
  return others
    .filter((name) => !own.has(name))
    .flatMap((name): [string, string][] => {
      const filter = filters.find((candidate) => name.startsWith(candidate));
      return filter === undefined ? [] : [[filter, name]];
    });
}
