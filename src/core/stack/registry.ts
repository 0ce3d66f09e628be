import { awsPartition, ecrHost } from "./names";
import type { ReleaseList, Service } from "../list/service";
import type { Policy, Statement } from "./policy";
import type { Registry, RegistryLocation, StackConfig } from "./plan";

/** The image repositories that carry a service's image, its own first. */
export function imageRepositories({ docker, aliases }: Service): string[] {
  return docker === undefined ? [] : [docker, ...aliases];
}

/** Which account's registry a stack declares; undefined when it declares none. */
export function ecrLocation({
  account,
  region,
  registry,
}: StackConfig): RegistryLocation | undefined {
  if (registry === undefined || registry.role === "external") return undefined;
  return account === undefined || region === undefined ? undefined : { account, region };
}

/** Returns a place as people read it: account and region. */
export function formatLocation({ account, region }: RegistryLocation): string {
  return `${account} ${region}`;
}

/** Returns what an image's name starts with in a stack, slash included. */
export function imagePrefix(config: StackConfig): string {
  const { registry } = config;
  const place = ecrLocation(config);
  if (place !== undefined)
    return `${ecrHost(place.account, place.region)}/${registry?.prefix ?? ""}`;
  return registry?.host === undefined ? "" : `${registry.host}/${registry.prefix}`;
}

/** Returns the image repository names that a stack declares, prefix included, sorted. */
export function repositoryNames(registry: Registry, owned: readonly Service[]): string[] {
  const names = owned.flatMap(imageRepositories).map((docker) => registry.prefix + docker);
  return [...new Set(names)].sort();
}

/**
 * Returns the filters that choose what is replicated. ECR matches them as prefixes: with a prefix of
 * our own there is one, which ends in a slash and so can't catch a neighbour; without one, each
 * repository is its own filter.
 */
export function replicationFilters(registry: Registry, owned: readonly Service[]): string[] {
  return registry.prefix === "" ? repositoryNames(registry, owned) : [registry.prefix];
}

/**
 * Returns the policy of a replica's registry: the source account may put images into our
 * repositories, and nothing else. It may not create repositories; the stack declares them.
 */
export function replicaPolicy(
  registry: Registry,
  source: RegistryLocation,
  place: RegistryLocation,
  owned: readonly Service[],
): string {
  const partition = awsPartition(place.region);
  const names = registry.prefix === "" ? repositoryNames(registry, owned) : [`${registry.prefix}*`];
  const repository = `arn:${partition}:ecr:${place.region}:${place.account}:repository/`;
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

/** Images that carry a tag of one mutable pattern, at the most. */
const KEPT_PER_MUTABLE_TAG = 50;
/** Days after which an image without any tag goes. Parts of a multi-platform image stay with it. */
const UNTAGGED_DAYS = 14;
/** Far above the 10,000 images that a repository may hold, so that the rule expires nothing. */
const EVERY_RELEASE = 100_000;

/**
 * Returns a repository's lifecycle policy. Its first rule matches release tags and expires none: what
 * a rule matches, no later rule may expire, even when the image also has a tag that may go.
 * One rule per pattern, because patterns of one rule must all match; ascending priorities, because
 * ECR sorts them and an unsorted policy would differ at every preview.
 */
export function lifecyclePolicy(mutableTags: readonly string[], tagPattern: string): string {
  const releases = tagPattern.replace("{version}", "*");
  // Where releases are plain numbers no pattern tells them from other tags, and every tag stays.
  const expiring = releases === "*" ? [] : mutableTags;
  const patterns = expiring.filter((pattern) => pattern.includes("*")).sort();
  const rules = [
    countRule(`Release tags ${releases} never expire`, releases, EVERY_RELEASE),
    ...patterns.map((pattern) =>
      countRule(`The newest ${KEPT_PER_MUTABLE_TAG} of ${pattern}`, pattern, KEPT_PER_MUTABLE_TAG),
    ),
    untaggedRule(UNTAGGED_DAYS),
  ].map((rule, index): LifecycleRule => ({ rulePriority: index + 1, ...rule }));
  return JSON.stringify({ rules });
}

/** A rule of a lifecycle policy, https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html */
interface LifecycleRule {
  readonly rulePriority: number;
  readonly description: string;
  readonly selection:
    | {
        readonly tagStatus: "tagged";
        readonly tagPatternList: readonly string[];
        readonly countType: "imageCountMoreThan";
        readonly countNumber: number;
      }
    | {
        readonly tagStatus: "untagged";
        readonly countType: "sinceImagePushed";
        readonly countUnit: "days";
        readonly countNumber: number;
      };
  readonly action: { readonly type: "expire" };
}

type UnrankedRule = Omit<LifecycleRule, "rulePriority">;

function countRule(description: string, pattern: string, countNumber: number): UnrankedRule {
  return {
    description,
    selection: {
      tagStatus: "tagged",
      tagPatternList: [pattern],
      countType: "imageCountMoreThan",
      countNumber,
    },
    action: { type: "expire" },
  };
}

function untaggedRule(days: number): UnrankedRule {
  return {
    description: `Without a tag for ${days} days`,
    selection: {
      tagStatus: "untagged",
      countType: "sinceImagePushed",
      countUnit: "days",
      countNumber: days,
    },
    action: { type: "expire" },
  };
}

/** Returns how a repository's release tags are spelled, for every repository of the list. */
export function tagPatterns(list: ReleaseList): Map<string, string> {
  return new Map(
    list.flatMap((service) =>
      imageRepositories(service).map((docker): [string, string] => [docker, service.tags.image]),
    ),
  );
}
