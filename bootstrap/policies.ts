import { ownedServices } from "../src/core/stack/deployments";
import { positionInPath } from "../src/core/environments";
import { awsPartition, cloudformationStackName } from "../src/core/stack/names";
import { allow, policy, type Policy, type Statement } from "../src/core/stack/policy";
import { ecrLocation, repositoryNames } from "../src/core/stack/registry";
import type { RegistryLocation, StackPlan } from "../src/core/stack/plan";
import type { AccountConfig } from "./config";

/** The project's name in ../Pulumi.yaml, which paths of the state hold. */
const PROJECT = "releases";

/** Returns what a preview needs: to read the stack's own state, and what the stack declares. */
export function previewPermissions(
  plan: StackPlan,
  config: AccountConfig,
  place: RegistryLocation,
): Policy {
  const key = allow("StateKey", ["kms:Decrypt"], keyOf(config));
  return policy([...readState(plan, config, place), key, ...readStack(plan, place)]);
}

/** Returns what a deployment needs beside: to write the stack's own state, and what the stack declares. */
export function deployPermissions(
  plan: StackPlan,
  config: AccountConfig,
  place: RegistryLocation,
): Policy {
  // A key of the bucket's writes by GenerateDataKey; Pulumi encrypts with the key at `stack init` alone.
  const actions = ["kms:Decrypt", "kms:GenerateDataKey"];
  return policy([
    ...readState(plan, config, place),
    ...writeState(plan, config, place),
    allow("StateKey", actions, keyOf(config)),
    ...readStack(plan, place),
    ...writeRegistry(plan, place),
    ...writeTemplates(plan, place),
  ]);
}

function keyOf({ stateKey }: AccountConfig): string[] {
  return stateKey === undefined ? [] : [stateKey];
}

/** What an S3 backend reads, https://github.com/pulumi/pulumi/tree/master/pkg/backend/diy; a preview takes no lock. */
function readState(
  { config: { stack } }: StackPlan,
  { stateBucket }: AccountConfig,
  { region }: RegistryLocation,
): Statement[] {
  const bucket = `arn:${awsPartition(region)}:s3:::${stateBucket}`;
  const objects = [
    "meta.yaml",
    `stacks/${PROJECT}/${stack}.json*`,
    `stacks/${PROJECT}/${stack}.pulumi-tags`,
    `locks/organization/${PROJECT}/${stack}/*`,
  ];
  return [
    // On the whole bucket: without it S3 says of an object that isn't there that it is forbidden.
    allow("ListState", ["s3:ListBucket"], [bucket]),
    allow(
      "ReadState",
      ["s3:GetObject"],
      objects.map((object) => `${bucket}/.pulumi/${object}`),
    ),
  ];
}

function writeState(
  { config: { stack } }: StackPlan,
  { stateBucket }: AccountConfig,
  { region }: RegistryLocation,
): Statement[] {
  const folder = `arn:${awsPartition(region)}:s3:::${stateBucket}/.pulumi`;
  const locks = `${folder}/locks/organization/${PROJECT}/${stack}/*`;
  const history = `${folder}/history/${PROJECT}/${stack}/*`;
  const objects = [
    `${folder}/stacks/${PROJECT}/${stack}.json*`,
    history,
    `${folder}/backups/${PROJECT}/${stack}/*`,
    locks,
  ];
  return [
    // The automation API looks there for what an update came to.
    allow("ReadHistory", ["s3:GetObject"], [history]),
    allow("WriteState", ["s3:PutObject"], objects),
    allow("Unlock", ["s3:DeleteObject"], [locks]),
  ];
}

function readStack(plan: StackPlan, place: RegistryLocation): Statement[] {
  const { cluster, registry } = plan.config;
  const { account, region } = place;
  const registryReads = [
    ...(replicates(plan) ? ["ecr:DescribeRegistry"] : []),
    ...(registry?.source !== undefined ? ["ecr:GetRegistryPolicy"] : []),
  ];
  const name = cluster?.context;
  const eks = `arn:${awsPartition(region)}:eks:${region}:${account}:cluster`;
  return [
    allow(
      "ReadRepositories",
      ["ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"],
      repositories(plan),
    ),
    // A registry has no ARN: there is one in an account and region.
    allow("ReadRegistry", registryReads, registryReads.length > 0 ? ["*"] : []),
    allow(
      "ReadTemplates",
      ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"],
      templates(plan, place),
    ),
    allow("Cluster", ["eks:DescribeCluster"], name === undefined ? [] : [`${eks}/${name}`]),
  ];
}

function writeRegistry(plan: StackPlan, { account, region }: RegistryLocation): Statement[] {
  const { config } = plan;
  const writes = [
    "ecr:CreateRepository",
    "ecr:DeleteLifecyclePolicy",
    ...(isLast(plan) ? [] : ["ecr:DeleteRepository"]),
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
  const service = "replication.ecr.amazonaws.com";
  const role = `aws-service-role/${service}/AWSServiceRoleForECRReplication`;
  const ofService = `arn:${awsPartition(region)}:iam::${account}:role/${role}`;
  return [
    allow("WriteRepositories", writes, repositories(plan)),
    // As above: a registry has no ARN.
    allow("WriteRegistry", registryWrites, registryWrites.length > 0 ? ["*"] : []),
    // ECR makes its own role when the first replication is configured, by the rights of who configures it.
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

/** What a template makes, CloudFormation makes with the role's rights; those are `templatePolicies`. */
function writeTemplates(plan: StackPlan, place: RegistryLocation): Statement[] {
  const bucket = `arn:${awsPartition(place.region)}:s3:::${plan.config.templates?.bucket ?? ""}`;
  const folders = entries(plan).map(({ service }) => `${bucket}/${service.github}/*`);
  return [
    allow(
      "WriteTemplates",
      [
        "cloudformation:CreateStack",
        ...(isLast(plan) ? [] : ["cloudformation:DeleteStack"]),
        "cloudformation:DescribeStackEvents",
        "cloudformation:TagResource",
        "cloudformation:UntagResource",
        "cloudformation:UpdateStack",
      ],
      templates(plan, place),
    ),
    allow("TemplateFiles", ["s3:GetObject"], [...new Set(folders)].sort()),
  ];
}

/** At the end of the path what holds data is protected, and who deploys can't remove it either. */
function isLast({ config, environments }: StackPlan): boolean {
  return positionInPath(environments, config.environment) === "last";
}

function replicates({ config }: StackPlan): boolean {
  return config.registry !== undefined && config.registry.replicas.length > 0;
}

/** The repositories of a stack: by its prefix, which is its own, or else each by its name. */
function repositories({ config, list }: StackPlan): string[] {
  const place = ecrLocation(config);
  const { registry } = config;
  if (registry === undefined || place === undefined) return [];
  const { account, region } = place;
  const names =
    registry.prefix === ""
      ? repositoryNames(registry, ownedServices(list, config))
      : [`${registry.prefix}*`];
  return names.map(
    (name) => `arn:${awsPartition(region)}:ecr:${region}:${account}:repository/${name}`,
  );
}

/** The CloudFormation stacks of a stack. Their ARNs end in a number that AWS gives. */
function templates(plan: StackPlan, { account, region }: RegistryLocation): string[] {
  const names = entries(plan).map(({ service }) => cloudformationStackName(service.name));
  const prefix = `arn:${awsPartition(region)}:cloudformation:${region}:${account}:stack`;
  return names.sort().map((name) => `${prefix}/${name}/*`);
}

function entries({ deployments }: StackPlan): StackPlan["deployments"] {
  return deployments.filter(({ service }) => service.provider !== undefined);
}
