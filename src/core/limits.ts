/**
 * Every name and limit that another system imposes on ours, in one place.
 *
 * - ECR: the service's API model, https://docs.aws.amazon.com/AmazonECR/latest/APIReference/
 * - Helm: release names become a label, https://helm.sh/docs/chart_template_guide/
 * - GitHub: what its repository form accepts.
 * - CloudFormation: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 * - IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */

/** Files above this size are refused unread. A definition has about 100 bytes. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** Deeper YAML is refused: the parser recurses. */
export const MAX_NESTING = 256;

export const MAX_GITHUB_NAME = 100;
export const MAX_HELM_RELEASE_NAME = 53;
export const MAX_DNS_LABEL = 63;
export const MIN_ECR_REPOSITORY_NAME = 2;
export const MAX_ECR_REPOSITORY_NAME = 256;
export const MAX_CLOUDFORMATION_STACK_NAME = 128;
export const MAX_ROLE_NAME = 64;
/** Characters of all policies that stand in one role. */
export const MAX_ROLE_POLICY = 10_240;
/** Teams and users that a GitHub environment asks, together. */
export const MAX_REVIEWERS = 6;

/** The longest tag that a registry takes (OCI distribution specification). */
export const MAX_TAG_LENGTH = 128;

/** Exclusion filters of one repository's tag immutability, and `*` within one filter. */
export const MAX_MUTABLE_TAGS = 5;
export const MAX_MUTABLE_TAG_WILDCARDS = 2;
/** Destinations over all replication rules; the provider allows 10 rules of 100 filters each. */
export const MAX_REPLICATION_DESTINATIONS = 25;
export const MAX_REPLICATION_FILTERS = 100;
/** Characters of a registry policy. */
export const MAX_REGISTRY_POLICY = 10_240;

const REPOSITORY_PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

/** An image repository's name: what OCI registries and ECR accept, apart from the length. */
export const IMAGE_REPOSITORY = new RegExp(`^${REPOSITORY_PART}(?:/${REPOSITORY_PART})*$`);

/** A repository prefix. It ends in a slash, so that it can't catch a neighbour (`api` and `api-internal`). */
export const REPOSITORY_PREFIX = new RegExp(`^${REPOSITORY_PART}(?:/${REPOSITORY_PART})*/$`);

/** A tag pattern that may move: ECR's exclusion filter. */
export const MUTABLE_TAG = /^[0-9a-zA-Z._*-]{1,128}$/;

/** A service's name. Slashes and capitals are allowed because an image or GitHub repository may have them. */
export const SERVICE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/;

export const DNS_LABEL = new RegExp(`^[a-z0-9](?:[a-z0-9-]{0,${MAX_DNS_LABEL - 2}}[a-z0-9])?$`);
export const AWS_ACCOUNT = /^\d{12}$/;
/** An EKS cluster's name, https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html */
export const EKS_CLUSTER = /^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/;
export const AWS_REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

/** Whether GitHub accepts the text as a repository's name. */
export function isGithubName(text: string): boolean {
  return (
    /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(text) &&
    text.length <= MAX_GITHUB_NAME &&
    !text.endsWith(".git")
  );
}

/** Whether JavaScript gives every object a property of this name, so that a map by it is a trap. */
export function isReservedName(text: string): boolean {
  return text in Object.prototype;
}

/**
 * Returns the Helm release name of a service: lower case, everything but letters, digits and dashes
 * a dash. `library/alloy` becomes `library-alloy`; two services that meet in one name are a finding.
 */
export function helmReleaseName(service: string): string {
  return service.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-");
}

/** Returns the CloudFormation stack name of a service: like a Helm release name, capitals kept. */
export function cloudformationStackName(service: string): string {
  return service.replaceAll(/[^A-Za-z0-9-]/g, "-");
}

/** Whether CloudFormation accepts the text as a stack's name. */
export function isCloudformationStackName(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9-]*$/.test(text) && text.length <= MAX_CLOUDFORMATION_STACK_NAME;
}

/**
 * Returns the template parameter that carries a service's version: its name in title case without
 * separators, and `Version`. `splits-lite` becomes `SplitsLiteVersion`.
 */
export function versionParameter(service: string): string {
  const words = service.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const title = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());
  return `${title.join("")}Version`;
}

/** Returns the host of an account's ECR registry in a region. */
export function ecrHost(account: string, region: string): string {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `${account}.dkr.ecr.${region}.${suffix}`;
}

/** Returns the ARN partition that a region belongs to. */
export function awsPartition(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** Returns the tag of a version as a pattern spells it: `v{version}` and `v1.2.3` give `v1.2.3`. */
export function tagName(pattern: string, version: string): string {
  return pattern.replace("{version}", version.replace(/^v/, ""));
}

/**
 * Whether a mutable tag pattern (`*` stands for any text) can match a final release's tag, such as
 * `v1.2.3`. The tags that a pattern like `v{version}` spells are walked as a graph, all at once: each
 * character of the mutable pattern is a step, and a `*` is any number of steps.
 */
export function matchesReleaseTag(mutable: string, tagPattern: string): boolean {
  const graph = releaseTags(tagPattern);
  let states = new Set([0]);
  for (const character of mutable) {
    states =
      character === "*"
        ? reachable(graph, states)
        : step(graph, states, (accepts) => accepts(character));
  }
  return states.has(graph.final);
}

interface TagGraph {
  readonly edges: readonly { from: number; to: number; accepts: (character: string) => boolean }[];
  readonly final: number;
}

/** Returns the graph of what stands before a version, one to three numbers, and what stands behind. */
function releaseTags(tagPattern: string): TagGraph {
  const [before = "", after = ""] = tagPattern.split("{version}");
  const edges: { from: number; to: number; accepts: (character: string) => boolean }[] = [];
  const isDigit = (character: string): boolean => /^\d$/.test(character);
  const only = (expected: string) => (character: string) => character === expected;
  [...before].forEach((expected, at) =>
    edges.push({ from: at, to: at + 1, accepts: only(expected) }),
  );
  const first = before.length;
  // A number is entered by its first digit, stays in itself by more, and is left by a dot.
  const numbers = [first + 1, first + 3, first + 5];
  for (const number of numbers) {
    edges.push({ from: number - 1, to: number, accepts: isDigit });
    edges.push({ from: number, to: number, accepts: isDigit });
    if (number !== numbers[2]) edges.push({ from: number, to: number + 1, accepts: only(".") });
  }
  const end = first + 6;
  [...after].forEach((expected, at) => {
    if (at > 0) edges.push({ from: end + at - 1, to: end + at, accepts: only(expected) });
    else
      for (const number of numbers) edges.push({ from: number, to: end, accepts: only(expected) });
  });
  if (after !== "") return { edges, final: end + after.length - 1 };
  // With nothing behind it, a tag ends in any of its numbers: their digits lead to the end as well.
  for (const number of numbers) {
    edges.push({ from: number - 1, to: end, accepts: isDigit });
    edges.push({ from: number, to: end, accepts: isDigit });
  }
  return { edges, final: end };
}

function step(
  { edges }: TagGraph,
  states: ReadonlySet<number>,
  passes: (accepts: (character: string) => boolean) => boolean,
): Set<number> {
  const taken = edges.filter(({ from, accepts }) => states.has(from) && passes(accepts));
  return new Set(taken.map(({ to }) => to));
}

function reachable(graph: TagGraph, states: ReadonlySet<number>): Set<number> {
  const found = new Set(states);
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const state of step(graph, found, () => true)) found.add(state);
  }
  return found;
}

/** Whether a mutable tag pattern matches one given tag. */
export function matchesTag(mutable: string, tag: string): boolean {
  return new RegExp(`^${mutable.split("*").map(escape).join(".*")}$`).test(tag);
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
