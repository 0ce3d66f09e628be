import type { Environments } from "./environments";
import { ownedServices } from "./deployments";
import type { Findings, Located } from "./findings";
import { error, type Issue } from "./issue";
import { imageRepositories } from "./list-rules";
import * as names from "./names";
import { ecrPlace, replicaPolicy, replicationFilters } from "./registry";
import type { Deployment, RegistryPlace, ReleaseList, Service, StackConfig } from "./types";

/** Everything that decides what a stack declares. */
export interface StackPlan {
  readonly config: StackConfig;
  readonly hasWebhookSecret: boolean;
  readonly secretParameters: ReadonlySet<string>;
  readonly list: ReleaseList;
  /** Undefined when there is no environments.yaml. */
  readonly environments: Environments | undefined;
  readonly deployments: readonly Deployment[];
  readonly from: Located;
}

type Rule = (plan: StackPlan, findings: Findings) => void;

/** The rules that a stack config, together with the list, can break. One finding each. */
const RULES: Rule[] = [
  function environmentExists({ config, environments }, findings) {
    if (environments === undefined || environments.has(config.environment)) return;
    const known = [...environments.keys()].join(", ");
    findings.refuse(
      "unknown-environment",
      `"${config.environment}" isn't in environments.yaml; known are ${known}`,
      ["environment"],
    );
  },
  function placesAreGiven({ config, deployments }, findings) {
    const images = deployments.some(({ service }) => service.docker !== undefined);
    const templates = deployments.some(({ service }) => service.provider !== undefined);
    const { registry } = config;
    if (images && registry === undefined) {
      findings.refuse("missing-key", `"registry" is missing; say where the images are`, [
        "registry",
      ]);
    }
    if (images && config.cluster === undefined) {
      findings.refuse(
        "missing-key",
        `"cluster" is missing; name the kubeconfig context that services run in`,
        ["cluster"],
      );
    }
    const aws = templates || (registry !== undefined && registry.role !== "external");
    if (aws && config.account === undefined) {
      findings.refuse(
        "missing-key",
        `"account" is missing; give the AWS account that this stack may touch`,
        ["account"],
      );
    }
    if (aws && config.region === undefined) {
      findings.refuse("missing-key", `"aws:region" is missing; give the AWS region of this stack`, [
        "aws:region",
      ]);
    }
    if (templates && config.templates === undefined) {
      findings.refuse(
        "missing-key",
        `"templates" is missing; provider: cloudformation entries need a bucket`,
        ["templates"],
      );
    }
  },
  function webhookIsWhole({ config, hasWebhookSecret }, findings) {
    if (config.webhook === undefined) {
      if (hasWebhookSecret) {
        findings.warn(
          "key-without-effect",
          `"webhookSecret" has no effect without "webhook.url"; remove it`,
          ["webhookSecret"],
        );
      }
      return;
    }
    if (!hasWebhookSecret) {
      findings.refuse(
        "missing-webhook-secret",
        `"webhook" has no secret; pulumi config set --secret releases:webhookSecret`,
        ["webhook"],
      );
    }
    if (config.githubOwner === undefined) {
      findings.refuse("missing-key", `"github" is missing; give the owner of the repositories`, [
        "github",
      ]);
    }
  },
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
    if (registry.source !== undefined && role !== "replica") without("source", "replica");
    if (registry.host !== undefined && role !== "external") without("host", "external");
    if (registry.host === undefined && role === "external") {
      findings.refuse(
        "missing-key",
        `"registry.host" is missing; say where the images are, such as ghcr.io/acme`,
        ["registry"],
      );
    }
  },
  function replicasAreElsewhere({ config }, findings) {
    const { registry } = config;
    const own = ecrPlace(config);
    if (registry === undefined || own === undefined) return;
    const seen = new Set<string>();
    for (const [index, replica] of registry.replicas.entries()) {
      const place = formatPlace(replica);
      const path = ["registry", "replicas", index] as const;
      if (place === formatPlace(own)) {
        findings.refuse("replica-is-source", `${place} is the source itself; remove it`, [...path]);
      }
      if (seen.has(place))
        findings.refuse("duplicate-replica", `${place} stands twice; keep one`, [...path]);
      seen.add(place);
    }
    if (registry.replicas.length > names.MAX_REPLICATION_DESTINATIONS) {
      const found = `${registry.replicas.length} replicas; ECR allows ${names.MAX_REPLICATION_DESTINATIONS}`;
      findings.refuse("too-many-replicas", found, ["registry", "replicas"]);
    }
    if (registry.source !== undefined && formatPlace(registry.source) === formatPlace(own)) {
      findings.refuse("replica-is-source", `${formatPlace(own)} can't replicate from itself`, [
        "registry",
        "source",
      ]);
    }
  },
  function replicationFitsItsLimits({ config, list }, findings) {
    const { registry } = config;
    const own = ecrPlace(config);
    if (registry === undefined || own === undefined || registry.prefix !== "") return;
    const owned = ownedServices(list, config);
    if (registry.replicas.length > 0) {
      const filters = replicationFilters(registry, owned);
      if (filters.length > names.MAX_REPLICATION_FILTERS) {
        const found = `${filters.length} repositories without a common prefix; ECR allows ${names.MAX_REPLICATION_FILTERS} filters. Set registry.prefix`;
        findings.refuse("too-many-filters", found, ["registry", "replicas"]);
      }
      caughtNeighbours(filters, list, registry.prefix).forEach(([filter, neighbour]) => {
        const found = `the filter "${filter}" would also replicate "${neighbour}", which this stack doesn't own; set registry.prefix`;
        findings.refuse("filter-catches-neighbour", found, ["registry", "replicas"]);
      });
      const found = `ECR filters are prefixes: "api" also replicates "api-internal". Set registry.prefix to be sure`;
      findings.warn("replication-without-prefix", found, ["registry", "replicas"]);
    }
    if (registry.source !== undefined) {
      const policy = replicaPolicy(registry, registry.source, own, owned);
      if (policy.length > names.MAX_REGISTRY_POLICY) {
        const found = `the registry policy would have ${policy.length} characters, and ECR allows ${names.MAX_REGISTRY_POLICY}; set registry.prefix`;
        findings.refuse("registry-policy-too-long", found, ["registry", "source"]);
      }
    }
  },
  function mutableTagsSpareReleases({ config, list }, findings) {
    const { registry } = config;
    if (registry === undefined || ecrPlace(config) === undefined) return;
    const { mutableTags } = registry;
    if (mutableTags.length > names.MAX_MUTABLE_TAGS) {
      const found = `${mutableTags.length} mutable tags; ECR allows ${names.MAX_MUTABLE_TAGS} exclusion filters`;
      findings.refuse("too-many-mutable-tags", found, ["registry", "mutableTags"]);
    }
    const patterns = new Set(ownedServices(list, config).map(({ tags }) => tags.image));
    for (const [index, mutable] of mutableTags.entries()) {
      const caught = [...patterns].find((pattern) => names.matchesReleaseTag(mutable, pattern));
      if (caught === undefined) continue;
      const found = `"${mutable}" matches release tags (${caught}), which must never move; narrow it`;
      findings.refuse("mutable-release-tag", found, ["registry", "mutableTags", index]);
    }
  },
  function repositoryNamesFit({ config, list }, findings) {
    const { registry } = config;
    if (registry === undefined || ecrPlace(config) === undefined) return;
    for (const service of ownedServices(list, config)) {
      for (const docker of imageRepositories(service)) {
        const { length } = registry.prefix + docker;
        if (length >= names.MIN_ECR_REPOSITORY_NAME && length <= names.MAX_ECR_REPOSITORY_NAME)
          continue;
        const found = `"${registry.prefix}${docker}" has ${length} characters; ECR takes ${names.MIN_ECR_REPOSITORY_NAME} to ${names.MAX_ECR_REPOSITORY_NAME}`;
        findings.refuse("repository-name-length", found, ["registry", "prefix"]);
      }
    }
  },
  function templatesHaveNames({ config, deployments }, findings) {
    const entries = deployments.filter(({ service }) => service.provider !== undefined);
    const stacks = new Map<string, Service>();
    for (const { service } of entries) {
      const name = names.cloudformationStackName(service.name);
      const first = stacks.get(name);
      if (!names.isCloudformationStackName(name)) {
        const found = `"${service.name}" can't be a CloudFormation stack's name: a letter, then letters, digits and dashes, at most ${names.MAX_CLOUDFORMATION_STACK_NAME}; give it another "name"`;
        findings.refuse("invalid-name", found, ["templates"]);
      } else if (first !== undefined) {
        const found = `"${service.name}" and "${first.name}" would both be the CloudFormation stack "${name}"; rename one`;
        findings.refuse("shared-cloudformation-stack", found, ["templates"]);
      }
      stacks.set(name, service);
    }
    if (config.templates === undefined || entries.length === 0) return;
    const versioned = config.templates.versions === "all" ? deployments : entries;
    for (const { service } of versioned) {
      const parameter = names.versionParameter(service.name);
      if (!Object.hasOwn(config.templates.parameters, parameter)) continue;
      const found = `"${parameter}" is the version of "${service.name}", which its pin decides; remove it`;
      findings.refuse("parameter-taken", found, ["templates", "parameters", parameter]);
    }
  },
];

/** Finds every issue of one stack config against the list and the promotion path. */
export function checkStack(plan: StackPlan, findings: Findings): void {
  for (const rule of RULES) rule(plan, findings);
}

/** Returns the issues that stacks have together: what only one of them may own. */
export function checkStacksTogether(plans: readonly StackPlan[]): Issue[] {
  const issues: Issue[] = [];
  const claim = (
    code: Issue["code"],
    claims: (plan: StackPlan) => { key: string; what: string; path: string[] }[],
  ): void => {
    const owners = new Map<string, StackPlan>();
    for (const plan of plans) {
      for (const { key, what, path } of claims(plan)) {
        const owner = owners.get(key);
        owners.set(key, owner ?? plan);
        if (owner === undefined) continue;
        const message = `${what} is also declared by ${owner.from.file}; one stack may own it`;
        issues.push(error(code, plan.from.file, message, plan.from.locate(path, "key")));
      }
    }
  };

  claim("two-replication-owners", ({ config }) => {
    const place = ecrPlace(config);
    if (place === undefined || config.registry?.replicas.length === 0) return [];
    if (config.registry?.role !== "source") return [];
    const key = formatPlace(place);
    return [{ key, what: `the replication of ${key}`, path: ["registry", "replicas"] }];
  });
  claim("two-policy-owners", ({ config }) => {
    const place = ecrPlace(config);
    if (place === undefined || config.registry?.source === undefined) return [];
    const key = formatPlace(place);
    return [{ key, what: `the registry policy of ${key}`, path: ["registry", "source"] }];
  });
  claim("repository-declared-twice", ({ config, list }) => {
    const place = ecrPlace(config);
    const { registry } = config;
    if (place === undefined || registry === undefined) return [];
    return ownedServices(list, config)
      .flatMap(imageRepositories)
      .map((docker) => ({
        key: `${formatPlace(place)}/${registry.prefix}${docker}`,
        what: `the repository "${registry.prefix}${docker}" of ${formatPlace(place)}`,
        path: ["registry"],
      }));
  });
  claim("shared-webhook", ({ config, deployments }) =>
    webhookTargets(config, deployments).map((target) => ({
      key: `${target} ${config.webhook?.url ?? ""}`,
      what: `a webhook of ${target} to the same url`,
      path: ["webhook", "url"],
    })),
  );
  claim("shared-helm-release", ({ config, deployments }) =>
    deployments.flatMap(({ service }) => {
      if (service.docker === undefined || config.cluster === undefined) return [];
      const release = `${service.namespace}/${names.helmReleaseName(service.name)}`;
      const { context } = config.cluster;
      return [
        {
          key: `${context} ${release}`,
          what: `the Helm release ${release} of ${context}`,
          path: ["cluster"],
        },
      ];
    }),
  );
  return oncePerPlace(issues);
}

/** Returns what a stack's webhooks hang on: each repository once, or the organization. */
export function webhookTargets(
  { webhook, githubOwner }: StackConfig,
  deployments: readonly Deployment[],
): string[] {
  if (webhook === undefined || githubOwner === undefined) return [];
  if (webhook.scope === "organization") return [githubOwner];
  return [...new Set(deployments.map(({ service }) => service.github))].sort();
}

function formatPlace({ account, region }: RegistryPlace): string {
  return `${account} ${region}`;
}

function caughtNeighbours(
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

/** A thousand services declared twice are one mistake: one key of one file. */
function oncePerPlace(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ code, file, line, column }) => {
    const key = `${code} ${file}:${line}:${column}`;
    return !seen.has(key) && seen.add(key);
  });
}
