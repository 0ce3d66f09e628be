import picomatch from "picomatch";
import { ecrHost, partitionOf } from "../../src/core/aws";
import { EVENTS } from "./events";
import { IAM } from "./iam";
import { Refusal, type Kind, type StandIn } from "./stand-in";
import type { Scope, Properties, World } from "./world";

/**
 * The rules of ECR and CloudFormation, from ECR's API model (botocore 1.44, ecr/2015-09-21) and the limits of
 * the Terraform provider.
 */
const REPOSITORY_NAME =
  /^(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\/)*[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const MUTABILITIES = ["MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"];
const EXCLUSION = /^[0-9a-zA-Z._*-]{1,128}$/;
const PREFIX = /^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*\/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$/;

interface Exclusion {
  readonly filter: string;
  readonly filterType: string;
}

interface Rule {
  readonly destinations: readonly { readonly registryId: string; readonly region: string }[];
  readonly repositoryFilters?: readonly Exclusion[];
}

const within = (text: string, low: number, high: number): boolean =>
  text.length >= low && text.length <= high;

const repositoryKey = ({ account, region }: Scope, name: string): string =>
  `${account ?? ""} ${region ?? ""} repository ${name}`;

const repository: Kind = {
  check: ({
    name,
    imageTagMutability = "MUTABLE",
    imageTagMutabilityExclusionFilters: filters,
  }) => {
    const found: string[] = [];
    const exclusions = (filters ?? []) as readonly Exclusion[];
    const text = String(name);
    if (!REPOSITORY_NAME.test(text) || !within(text, 2, 256)) {
      found.push(`InvalidParameterException: '${text}' is not a repository name`);
    }
    if (!MUTABILITIES.includes(String(imageTagMutability))) {
      found.push(`InvalidParameterException: '${String(imageTagMutability)}' is not a mutability`);
    }
    if (String(imageTagMutability).endsWith("_WITH_EXCLUSION") !== exclusions.length > 0) {
      found.push(
        "InvalidParameterException: exclusion filters belong to a mutability with exclusion",
      );
    }
    if (exclusions.length > 5) {
      found.push("InvalidParameterException: at most 5 exclusion filters");
    }
    for (const { filter, filterType } of exclusions) {
      if (EXCLUSION.test(filter) && filter.split("*").length <= 3 && filterType === "WILDCARD")
        continue;
      found.push(`InvalidParameterException: '${filter}' is not an exclusion filter`);
    }
    return found;
  },
  key: ({ name }, scope) => repositoryKey(scope, String(name)),
  id: ({ name }) => String(name),
  taken: "RepositoryAlreadyExistsException",
  outputs: ({ name }, { account = "", region = "" }) => ({
    arn: `arn:${partitionOf(region).name}:ecr:${region}:${account}:repository/${String(name)}`,
    registryId: account,
    repositoryUrl: `${ecrHost(account, region)}/${String(name)}`,
  }),
  before: (action, { inputs, world, key }) => {
    if (action !== "delete" || inputs["forceDelete"] === true) return;
    const images = Object.keys(world.get(key)?.images ?? {});
    if (images.length === 0) return;
    throw new Refusal(`RepositoryNotEmptyException: ${key} holds ${images.join(", ")}`);
  },
};

const lifecyclePolicy: Kind = {
  check: ({ policy }) => {
    const text = String(policy);
    if (!within(text, 100, 30_720)) {
      return ["InvalidParameterException: a lifecycle policy has 100 to 30,720 characters"];
    }
    const { rules } = JSON.parse(text) as { rules: { rulePriority: number }[] };
    const priorities = rules.map(({ rulePriority }) => rulePriority);
    if (new Set(priorities).size === priorities.length) return [];
    return ["InvalidParameterException: two rules of one priority"];
  },
  key: ({ repository }, { account = "", region = "" }) =>
    `${account} ${region} lifecycle ${String(repository)}`,
  id: ({ repository }) => String(repository),
  before: (action, { inputs, scope, world }) => {
    const name = String(inputs["repository"]);
    if (action === "delete" || world.get(repositoryKey(scope, name)) !== undefined) return;
    throw new Refusal(`RepositoryNotFoundException: ${name}`);
  },
};

const replication: Kind = {
  check: ({ replicationConfiguration }) => {
    const { rules } = replicationConfiguration as { rules: readonly Rule[] };
    const destinations = rules.flatMap(({ destinations }) => destinations);
    const found: string[] = [];
    if (rules.length > 10) found.push("expected at most 10 replication rules");
    if (destinations.length > 25) found.push("expected at most 25 destinations");
    for (const { repositoryFilters = [] } of rules) {
      if (repositoryFilters.length > 100) found.push("expected at most 100 filters in a rule");
      for (const { filter, filterType } of repositoryFilters) {
        if (filterType === "PREFIX_MATCH" && within(filter, 2, 256) && PREFIX.test(filter))
          continue;
        found.push(`InvalidParameterException: '${filter}' is not a prefix`);
      }
    }
    return found;
  },
  key: (_inputs, { account = "", region = "" }) => `${account} ${region} replication`,
  id: (_inputs, { account = "" }) => account,
  before: (action, { inputs, scope }) => {
    if (action === "delete") return;
    const { rules } = inputs["replicationConfiguration"] as { rules: readonly Rule[] };
    const itself = rules
      .flatMap(({ destinations }) => destinations)
      .some(
        ({ registryId, region }) => registryId === scope["account"] && region === scope["region"],
      );
    if (itself)
      throw new Refusal("InvalidParameterException: a registry can't replicate to itself");
  },
};

const registryPolicy: Kind = {
  check: ({ policy }) =>
    within(String(policy), 0, 10_240)
      ? []
      : ["InvalidParameterException: a registry policy has at most 10,240 characters"],
  key: (_inputs, { account = "", region = "" }) => `${account} ${region} policy`,
  id: (_inputs, { account = "" }) => account,
};

const template: Kind = {
  check: ({ name, templateUrl }) => {
    const found: string[] = [];
    if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(String(name))) {
      found.push(`ValidationError: '${String(name)}' is not a stack name`);
    }
    if (!/^https:\/\//.test(String(templateUrl))) {
      found.push("ValidationError: the template's address is https");
    }
    return found;
  },
  key: ({ name }, { account = "", region = "" }) =>
    `${account} ${region} cloudformation ${String(name)}`,
  id: ({ name }) => String(name),
  taken: "AlreadyExistsException",
};

/**
 * Pushes an image, as CI does.
 * @throws Refusal for a repository that doesn't exist, and for an immutable tag of other bytes
 */
export function pushImage(
  world: World,
  scope: Scope,
  name: string,
  tag: string,
  digest: string,
): void {
  const key = repositoryKey(scope, name);
  const found = world.get(key);
  if (found === undefined) throw new Refusal(`RepositoryNotFoundException: ${name}`);
  const there = found.images?.[tag];
  if (there !== undefined && there !== digest && !isMutable(found.properties, tag)) {
    throw new Refusal(`ImageTagAlreadyExistsException: ${tag} of ${name} is ${there}`);
  }
  world.put({ ...found, images: { ...found.images, [tag]: digest } });
}

/** Whether a repository takes other bytes for a tag that it has. */
function isMutable(properties: Properties, tag: string): boolean {
  const { imageTagMutability, imageTagMutabilityExclusionFilters = [] } = properties;
  const excluded = (imageTagMutabilityExclusionFilters as readonly Exclusion[]).some(({ filter }) =>
    picomatch.isMatch(tag, filter, { dot: true }),
  );
  const immutable = /^IMMUTABLE/.test(
    typeof imageTagMutability === "string" ? imageTagMutability : "",
  );
  return immutable ? excluded : !excluded;
}

/**
 * Returns the stand-in of AWS.
 * @param caller the account of the credentials. Default: the account that a stack allows
 */
export function aws(caller?: string): StandIn {
  return {
    name: "aws",
    kinds: {
      "aws:ecr/repository:Repository": repository,
      "aws:ecr/lifecyclePolicy:LifecyclePolicy": lifecyclePolicy,
      "aws:ecr/replicationConfiguration:ReplicationConfiguration": replication,
      "aws:ecr/registryPolicy:RegistryPolicy": registryPolicy,
      "aws:cloudformation/stack:Stack": template,
      ...EVENTS,
      ...IAM,
    },
    configure: (config: Properties) => {
      const allowed = listOf(config["allowedAccountIds"]);
      const account = caller ?? allowed[0] ?? "000000000000";
      // A provider that names no account takes any, so the program names one.
      if (allowed.length > 0 && !allowed.includes(account))
        throw new Refusal(`AWS account ID not allowed: ${account}`);
      return { account, region: String(config["region"]) };
    },
  };
}

/** Pulumi encodes the settings of a provider as JSON. */
function listOf(value: unknown): string[] {
  const list: unknown = typeof value === "string" ? JSON.parse(value) : value;
  return Array.isArray(list) ? list.map(String) : [];
}
