/**
 * The limits that other systems impose on texts and lists, and some of our own, in one place.
 *
 * - ECR: the service's API model, https://docs.aws.amazon.com/AmazonECR/latest/APIReference/
 * - Helm: release names become a label, https://helm.sh/docs/chart_template_guide/
 * - GitHub: the names that its forms for new repositories and organizations accept.
 * - CloudFormation: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 * - EventBridge: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 * - IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */

/** Files above this size are refused unread. A definition has about 100 bytes. */
export const MAX_FILE_BYTES = 1024 * 1024;
/**
 * Values of one file, with what its aliases repeat: texts, numbers, lists and mappings. The 1 MiB of a list
 * holds 70,000 of them at most where nothing is repeated; `plan` keeps 1.5 kB for each.
 */
export const MAX_FILE_VALUES = 100_000;
/** All files of the list together. 10,001 definitions with values have 2 MB, and `lint` takes a second for each MB. */
export const MAX_LIST_BYTES = 8 * 1024 * 1024;
/** Values of all files of the list together. 10,001 definitions have 120,000. */
export const MAX_LIST_VALUES = 1_000_000;
/** Deeper YAML is refused: the parser recurses. */
export const MAX_NESTING = 256;

/** Characters of a GitHub repository's name. */
export const MAX_GITHUB_NAME = 100;
/** Characters of a GitHub organization's or user's name. */
export const MAX_GITHUB_OWNER = 39;
/** Characters of a Helm release's name. */
export const MAX_HELM_RELEASE_NAME = 53;
/** Characters of a DNS label (RFC 1035). */
const MAX_DNS_LABEL = 63;
/** Characters of an ECR repository's name, prefix included. */
export const MIN_ECR_REPOSITORY_NAME = 2;
/**
 * Characters of an image's name without its host. ECR takes one more, and no client of images does:
 * https://github.com/distribution/reference/blob/main/reference.go
 */
export const MAX_IMAGE_NAME = 255;
/** Characters of a CloudFormation stack's name. */
export const MAX_CLOUDFORMATION_STACK_NAME = 128;
/** Letters and digits of a template parameter's name. */
export const TEMPLATE_PARAMETER = /^[A-Za-z0-9]{1,255}$/;
/** Parameters of one template. */
export const MAX_TEMPLATE_PARAMETERS = 200;
/** Bytes of a template parameter's value. */
export const MAX_PARAMETER_BYTES = 4096;
/** Tags of one CloudFormation stack, which gives them to its resources. */
export const MAX_AWS_TAGS = 50;
/** Characters of a key of S3's objects, all of them ASCII here. */
const MAX_OBJECT_KEY = 1024;
/** Characters of an IAM role's name. */
export const MAX_ROLE_NAME = 64;
/** Characters of all policies that one role holds. */
export const MAX_ROLE_POLICY = 10_240;
/** Characters of a role's trust policy. */
export const MAX_TRUST_POLICY = 2048;
/** Managed policies that one role has. */
export const MAX_ROLE_ATTACHMENTS = 10;
/** Reviewers of a GitHub environment, teams and users together. */
export const MAX_REVIEWERS = 6;

/** The longest tag that a registry takes (OCI distribution specification). */
export const MAX_TAG_LENGTH = 128;

/** Characters of a template's path in the folder of its repository and version, which the bucket's key holds. */
export const MAX_TEMPLATE_PATH = MAX_OBJECT_KEY - MAX_GITHUB_NAME - MAX_TAG_LENGTH - "//".length;

/** Exclusion filters of one repository's tag immutability. */
export const MAX_MUTABLE_TAGS = 5;
/** `*` within one exclusion filter. */
const MAX_MUTABLE_TAG_WILDCARDS = 2;
/** Destinations over all replication rules; the provider allows 10 rules of 100 filters each. */
export const MAX_REPLICATION_DESTINATIONS = 25;
/** Filters of one replication rule. */
export const MAX_REPLICATION_FILTERS = 100;
/** Characters of a registry policy. */
export const MAX_REGISTRY_POLICY = 10_240;

/** Characters of the name of a rule of EventBridge. A queue of SQS may have more. */
export const MAX_EVENT_RULE_NAME = 64;
/** Characters of the pattern of a rule: the quota that an account has by default. */
export const MAX_EVENT_PATTERN = 2048;

const REPOSITORY_PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

/** An image repository's name: what OCI registries and ECR accept, apart from the length. */
export const IMAGE_REPOSITORY = new RegExp(`^${REPOSITORY_PART}(?:/${REPOSITORY_PART})*$`);

/** A repository prefix. It ends in a slash, so that it can't catch a neighbor (`api` and `api-internal`). */
export const REPOSITORY_PREFIX = new RegExp(`^${REPOSITORY_PART}(?:/${REPOSITORY_PART})*/$`);

/** A pattern of mutable tags: ECR's exclusion filter of tag immutability. */
export const MUTABLE_TAG = /^[0-9a-zA-Z._*-]{1,128}$/;

/** Whether ECR takes a text as an exclusion filter. */
export function isMutableTagPattern(text: string): boolean {
  return MUTABLE_TAG.test(text) && text.split("*").length - 1 <= MAX_MUTABLE_TAG_WILDCARDS;
}

/** A service's name. Slashes and capitals are allowed because an image or GitHub repository may have them. */
export const SERVICE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/;

/** A DNS label (RFC 1123), which Kubernetes namespaces and hosts consist of. */
export const DNS_LABEL = new RegExp(`^[a-z0-9](?:[a-z0-9-]{0,${MAX_DNS_LABEL - 2}}[a-z0-9])?$`);
/** Characters of a name in DNS (RFC 1035). */
const MAX_DNS_NAME = 253;

/** Whether the text is a name of DNS in lower case, as Kubernetes takes it for the host of an Ingress. */
export function isDnsName(text: string): boolean {
  return text.length <= MAX_DNS_NAME && text.split(".").every((label) => DNS_LABEL.test(label));
}

/** Whether the text is a host in lower case, a name or an IPv4 address, with an optional port. */
export function isHost(text: string): boolean {
  const [name = "", port, ...rest] = text.split(":");
  return (
    name.split(".").every((label) => DNS_LABEL.test(label)) &&
    (port === undefined || (/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535)) &&
    rest.length === 0
  );
}

/** An AWS account's 12 digits. */
export const AWS_ACCOUNT = /^\d{12}$/;
/**
 * Whether the text is the ARN of an IAM role, path included,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
export function isRoleArn(text: string): boolean {
  const [, name = ""] = ROLE_ARN.exec(text) ?? [];
  return name !== "" && name.length <= MAX_ROLE_NAME;
}

const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]+)$/;

/** An EKS cluster's name, https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html */
export const EKS_CLUSTER = /^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/;

/**
 * A GitHub organization's or user's name: dashes stand alone and inside. Those of managed users end in an
 * underscore and a short code.
 */
export const GITHUB_OWNER = new RegExp(
  `^(?=.{1,${MAX_GITHUB_OWNER}}$)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?:_[A-Za-z0-9]+)?$`,
);

/** Whether GitHub accepts the text as a repository's name. */
export function isGithubName(text: string): boolean {
  return (
    /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(text) &&
    text.length <= MAX_GITHUB_NAME &&
    !/\.git$/i.test(text)
  );
}

/**
 * Whether S3 has general purpose buckets of this name,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function isBucketName(text: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text) &&
    !text.includes("..") &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(text) &&
    !/^(?:xn--|sthree-|amzn-s3-demo-)/.test(text) &&
    !/(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(text) &&
    // The ending of buckets that are an account's own in a region.
    (!text.endsWith("-an") || /-\d{12}-[a-z0-9-]+-an$/.test(text))
  );
}

/** What a bucket's name may be, in words. */
export const EXPECTED_BUCKET =
  "an S3 bucket's name: 3 to 63 lower-case letters, digits, dots and dashes, no address of four numbers, no two dots in a row, no beginning or ending that AWS keeps for itself";

/** Whether AWS takes a tag of this key and value, https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
export function isAwsTag(key: string, value: string): boolean {
  return (
    AWS_TAG.test(key) &&
    AWS_TAG.test(value) &&
    [...key].length <= 128 &&
    [...value].length <= 256 &&
    !/^aws:/i.test(key)
  );
}

/** CloudFormation takes no empty text. */
const AWS_TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u;

/** Whether JavaScript gives every object a property of this name, which a map by name would find. */
export function isReservedName(text: string): boolean {
  return text in Object.prototype;
}

/**
 * Characters of an environment's name. GitHub takes 255; names of ours stand around it, such as `preview-` or a
 * file's ending.
 */
export const MAX_ENVIRONMENT_NAME = 63;

/** How many copies for pull requests a stack has, and how long after the last push, where its config doesn't say it. */
export const PREVIEW_DEFAULTS = { max: 20, maxPerService: 5, ttl: "7d" } as const;
