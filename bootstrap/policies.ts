import { ownedServices } from "../src/core/stack/deployments";
import { isProtected } from "../src/core/environments";
import { partitionOf } from "../src/core/aws";
import { cloudformationStackName } from "../src/core/stack/names";
import { allow, policy, type Policy, type Statement } from "../src/core/stack/policy";
import {
  declaredLocation,
  ecrCharts,
  ecrLocation,
  repositoryNames,
} from "../src/core/stack/registry";
import { followedTemplates } from "../src/core/resolve/decision";
import { keepsImages } from "../src/core/stack/shared-registry";
import type { RegistryLocation, StackPlan } from "../src/core/stack/plan";
import type { AccountConfig } from "./config";
import type { Publisher } from "./publishers";
import { readPushes, writePushes } from "./push-permissions";

/** An account's config, and the project's name in ../Pulumi.yaml, which is a part of the paths of its state. */
export interface Account extends AccountConfig {
  readonly project: string;
}

/** Returns what a preview needs: to read the stack's own state, and what the stack declares. */
export function previewPermissions(
  plan: StackPlan,
  config: Account,
  location: RegistryLocation,
): Policy {
  const key = allow("StateKey", ["kms:Decrypt"], keyOf(config));
  return policy([...readState(plan, config, location), key, ...readStack(plan, location)]);
}

/**
 * Returns what `pulumi stack history` needs: to see that the stack exists, and to read what each update says
 * of itself. The state comes with the first, which S3 can't tell from reading it, but not the key of its
 * secrets: the key opens the bucket's objects through S3 alone.
 */
export function historyPermissions(
  { config: { stack } }: StackPlan,
  config: Account,
  { region }: RegistryLocation,
): Policy {
  const bucket = stateBucketOf(config, region);
  const objects = [
    "meta.yaml",
    `stacks/${config.project}/${stack}.json`,
    `stacks/${config.project}/${stack}.json.gz`,
    `stacks/${config.project}/${stack}.json.zst`,
    // The checkpoints beside them are states of the past.
    `history/${config.project}/${stack}/*.history.json*`,
  ];
  return policy([
    ...readObjects(bucket, objects),
    {
      ...allow("BucketKey", ["kms:Decrypt"], keyOf(config)),
      Condition: { StringLike: { "kms:ViaService": "s3.*" } },
    },
  ]);
}

/** Returns the permissions of a deployment: those of a preview, and to write the same. */
export function deployPermissions(
  plan: StackPlan,
  config: Account,
  location: RegistryLocation,
): Policy {
  // S3 encrypts objects by GenerateDataKey; Pulumi itself encrypts with the key at `stack init` alone.
  const actions = ["kms:Decrypt", "kms:GenerateDataKey"];
  return policy([
    ...readState(plan, config, location),
    ...writeState(plan, config, location),
    allow("StateKey", actions, keyOf(config)),
    ...readStack(plan, location),
    // The gates ask once more just before `up`, and what is attested to is attached with a role that the config names.
    ...readImages([plan]),
    ...assumeRoles(assumedIn([plan], ["read", "write"])),
    ...writeRegistry(plan, location),
    ...writeTemplates(plan, location),
    ...writePushes(plan),
  ]);
}

/**
 * Returns what it takes to read a stack's images and charts, what is attached to them, and whether there is a template.
 * @param others stacks that one job may ask about as well, by the roles that their configs name
 */
export function imagesPermissions(plan: StackPlan, others: readonly StackPlan[]): Policy {
  return policy([
    ...readImages([plan]),
    ...assumeRoles(assumedIn([plan, ...others], ["read"])),
    ...findTemplates([plan, ...others]),
  ]);
}

/**
 * Returns what it takes to tag and copy images for stacks of an environment.
 * @param upstream the stacks that the images come from
 */
export function promotePermissions(
  targets: readonly StackPlan[],
  upstream: readonly StackPlan[],
): Policy {
  const written = targets.filter(({ config }) => config.registry?.assume?.write === undefined);
  return policy([
    ...readImages([...targets, ...upstream]),
    allow("WriteImages", PUSH, imagesOf(written)),
    ...assumeRoles([...assumedIn(targets, ["read", "write"]), ...assumedIn(upstream, ["read"])]),
  ]);
}

/** Returns what it takes to delete images of the repositories that a stack declares. */
export function prunePermissions(plan: StackPlan): Policy {
  const { write } = plan.config.registry?.assume ?? {};
  return policy([
    ...readImages([plan]),
    allow("DeleteImages", ["ecr:BatchDeleteImage"], write === undefined ? prunedBy(plan) : []),
    ...assumeRoles(assumedIn([plan], ["read", "write"])),
  ]);
}

/** Returns what it takes to push what a service's repository publishes, and to read it again. */
export function publishPermissions({ pushes }: Publisher, location: RegistryLocation): Policy {
  const images = pushes.map((name) => repositoryArn(location, name));
  return policy([
    allow("ReadImages", READ, images),
    allow("WriteImages", PUSH, images),
    allow("Login", ["ecr:GetAuthorizationToken"], ["*"]),
  ]);
}

/** Returns the ARNs of the repositories that `prune --stack` looks at: the stack's own, and its replicas in the account. */
function prunedBy(plan: StackPlan): string[] {
  const { account, registry } = plan.config;
  const replicas = (registry?.replicas ?? []).filter((replica) => replica.account === account);
  return [...repositories(plan), ...replicas.flatMap((replica) => repositoriesAt(plan, replica))];
}

/** What pulls images, lists them and what refers to them, and asks when they were pushed. */
const READ = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:DescribeImages",
  "ecr:GetDownloadUrlForLayer",
];

/** What pushes and tags them, besides. */
const PUSH = [
  "ecr:CompleteLayerUpload",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
];

/** To read the images and charts of stacks, but for those that a role of their configs reads. */
function readImages(plans: readonly StackPlan[]): Statement[] {
  const direct = plans.filter(({ config }) => config.registry?.assume?.read === undefined);
  const images = imagesOf(direct);
  return [
    allow("ReadImages", READ, images),
    // It is of no repository.
    allow("Login", ["ecr:GetAuthorizationToken"], images.length > 0 ? ["*"] : []),
  ];
}

/** Returns the ARNs of the repositories of images and charts that stacks run from, each once. */
function imagesOf(plans: readonly StackPlan[]): string[] {
  const found = plans.flatMap((plan) => {
    const location = ecrLocation(plan.config);
    if (location === undefined) return [];
    const { prefix = "" } = plan.config.registry ?? {};
    const charts = ecrCharts(ownedServices(plan.list, plan.config), location)
      .map(({ name }) => name)
      .filter((name) => prefix === "" || !name.startsWith(prefix));
    const images = [...repositoriesAt(plan, location), ...prunedBy(plan)];
    return [...images, ...charts.map((name) => repositoryArn(location, name))];
  });
  return [...new Set(found)];
}

type End = "read" | "write";

/** Returns the roles that the configs of stacks name for their registries, for one end of a copy or both. */
function assumedIn(plans: readonly StackPlan[], ends: readonly End[]): string[] {
  return plans.flatMap(({ config }) => {
    const { assume } = config.registry ?? {};
    return ends.flatMap((end) => assume?.[end] ?? []);
  });
}

function assumeRoles(roles: readonly string[]): Statement[] {
  return [allow("AssumeRoles", ["sts:AssumeRole"], [...new Set(roles)])];
}

function stateBucketOf({ stateBucket }: AccountConfig, region: string): string {
  return `arn:${partitionOf(region).name}:s3:::${stateBucket}`;
}

/** The objects are those of Pulumi's folder in the bucket. */
function readObjects(bucket: string, objects: readonly string[]): Statement[] {
  return [
    // On the whole bucket: without it S3 answers 403 instead of 404 for an object that doesn't exist.
    allow("ListState", ["s3:ListBucket"], [bucket]),
    allow(
      "ReadState",
      ["s3:GetObject"],
      objects.map((object) => `${bucket}/.pulumi/${object}`),
    ),
  ];
}

function keyOf({ stateKey }: AccountConfig): string[] {
  return stateKey === undefined ? [] : [stateKey];
}

/**
 * What Pulumi reads from an S3 backend, https://github.com/pulumi/pulumi/tree/master/pkg/backend/diy. A
 * preview takes no lock.
 */
function readState(
  { config: { stack } }: StackPlan,
  config: Account,
  { region }: RegistryLocation,
): Statement[] {
  return readObjects(stateBucketOf(config, region), [
    "meta.yaml",
    `stacks/${config.project}/${stack}.json*`,
    `stacks/${config.project}/${stack}.pulumi-tags`,
    `locks/organization/${config.project}/${stack}/*`,
  ]);
}

function writeState(
  { config: { stack } }: StackPlan,
  config: Account,
  { region }: RegistryLocation,
): Statement[] {
  const folder = `${stateBucketOf(config, region)}/.pulumi`;
  const locks = `${folder}/locks/organization/${config.project}/${stack}/*`;
  const history = `${folder}/history/${config.project}/${stack}/*`;
  const objects = [
    `${folder}/stacks/${config.project}/${stack}.json*`,
    history,
    `${folder}/backups/${config.project}/${stack}/*`,
    locks,
  ];
  return [
    // The automation API reads the result of an update there.
    allow("ReadHistory", ["s3:GetObject"], [history]),
    allow("WriteState", ["s3:PutObject"], objects),
    allow("Unlock", ["s3:DeleteObject"], [locks]),
  ];
}

function readStack(plan: StackPlan, location: RegistryLocation): Statement[] {
  const { cluster, registry } = plan.config;
  const { account, region } = location;
  const registryReads = [
    ...(replicates(plan) ? ["ecr:DescribeRegistry"] : []),
    ...(registry?.source !== undefined ? ["ecr:GetRegistryPolicy"] : []),
  ];
  const name = cluster?.context;
  const eks = `arn:${partitionOf(region).name}:eks:${region}:${account}:cluster`;
  return [
    allow(
      "ReadRepositories",
      ["ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"],
      repositories(plan),
    ),
    // A registry has no ARN: an account has one in each region.
    allow("ReadRegistry", registryReads, registryReads.length > 0 ? ["*"] : []),
    allow(
      "ReadTemplates",
      ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"],
      templates(plan, location),
    ),
    ...readPushes(plan),
    allow("Cluster", ["eks:DescribeCluster"], name === undefined ? [] : [`${eks}/${name}`]),
  ];
}

function writeRegistry(plan: StackPlan, { account, region }: RegistryLocation): Statement[] {
  const { config } = plan;
  const writes = [
    "ecr:CreateRepository",
    "ecr:DeleteLifecyclePolicy",
    ...(keepsImages(plan) ? [] : ["ecr:DeleteRepository"]),
    "ecr:PutImageScanningConfiguration",
    "ecr:PutImageTagMutability",
    "ecr:PutLifecyclePolicy",
  ];
  const registryWrites = [
    ...(config.registry?.source !== undefined
      ? ["ecr:DeleteRegistryPolicy", "ecr:PutRegistryPolicy"]
      : []),
    ...(replicates(plan) ? ["ecr:PutReplicationConfiguration"] : []),
  ];
  // The name of a service, not of a host: the same in every partition.
  const service = "replication.ecr.amazonaws.com";
  const role = `aws-service-role/${service}/AWSServiceRoleForECRReplication`;
  const ofService = `arn:${partitionOf(region).name}:iam::${account}:role/${role}`;
  return [
    allow("WriteRepositories", writes, repositories(plan)),
    // As above: a registry has no ARN.
    allow("WriteRegistry", registryWrites, registryWrites.length > 0 ? ["*"] : []),
    // ECR makes its own role for the first replication, with the permissions of whoever configures it.
    {
      ...allow(
        "ReplicationRole",
        ["iam:CreateServiceLinkedRole"],
        replicates(plan) ? [ofService] : [],
      ),
      Condition: { StringEquals: { "iam:AWSServiceName": service } },
    },
  ];
}

/** CloudFormation makes the resources of a template with the permissions of the role: `templatePolicies`. */
/** Whether there is a template, S3 tells whoever may read it and list the bucket. */
function findTemplates(plans: readonly StackPlan[]): Statement[] {
  const found = plans.flatMap((plan) => {
    const { region = "", templates } = plan.config;
    return followedTemplates(plan).map(({ githubSource }) => {
      const bucket = `arn:${partitionOf(region).name}:s3:::${templates?.bucket ?? ""}`;
      return { bucket, files: `${bucket}/${githubSource}/*` };
    });
  });
  const sorted = (texts: readonly string[]): string[] => [...new Set(texts)].sort();
  return [
    allow("TemplateFiles", ["s3:GetObject"], sorted(found.map(({ files }) => files))),
    allow("TemplateBuckets", ["s3:ListBucket"], sorted(found.map(({ bucket }) => bucket))),
  ];
}

function writeTemplates(plan: StackPlan, location: RegistryLocation): Statement[] {
  const bucket = `arn:${partitionOf(location.region).name}:s3:::${plan.config.templates?.bucket ?? ""}`;
  const folders = entries(plan).map(({ service }) => `${bucket}/${service.githubSource}/*`);
  return [
    allow(
      "WriteTemplates",
      [
        "cloudformation:CreateStack",
        ...(keepsData(plan) ? [] : ["cloudformation:DeleteStack"]),
        "cloudformation:DescribeStackEvents",
        "cloudformation:TagResource",
        "cloudformation:UntagResource",
        "cloudformation:UpdateStack",
      ],
      templates(plan, location),
    ),
    allow("TemplateFiles", ["s3:GetObject"], [...new Set(folders)].sort()),
  ];
}

/**
 * In a protected environment resources with data stay, and the deploy role can't delete them either.
 */
function keepsData({ config, environments }: StackPlan): boolean {
  return isProtected(environments, config.environment);
}

function replicates({ config }: StackPlan): boolean {
  return config.registry !== undefined && config.registry.replicas.length > 0;
}

/** Returns the ARNs of the repositories that a stack declares. */
function repositories(plan: StackPlan): string[] {
  const location = declaredLocation(plan.config);
  return location === undefined ? [] : repositoriesAt(plan, location);
}

/** Returns the ARNs of a stack's repositories: one for its prefix, or one for each name without a prefix. */
function repositoriesAt({ config, list }: StackPlan, location: RegistryLocation): string[] {
  const { registry } = config;
  if (registry === undefined) return [];
  const names =
    registry.prefix === ""
      ? repositoryNames(registry, ownedServices(list, config))
      : [`${registry.prefix}*`];
  return names.map((name) => repositoryArn(location, name));
}

function repositoryArn({ account, region }: RegistryLocation, name: string): string {
  return `arn:${partitionOf(region).name}:ecr:${region}:${account}:repository/${name}`;
}

/** Returns the ARNs of a stack's CloudFormation stacks. They end in an id that AWS gives. */
function templates(plan: StackPlan, { account, region }: RegistryLocation): string[] {
  const names = entries(plan).map(({ service }) => cloudformationStackName(service.name));
  const prefix = `arn:${partitionOf(region).name}:cloudformation:${region}:${account}:stack`;
  return names.sort().map((name) => `${prefix}/${name}/*`);
}

function entries({ deployments }: StackPlan): StackPlan["deployments"] {
  return deployments.filter(({ service }) => service.provider !== undefined);
}
