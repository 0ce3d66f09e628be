import assert from "node:assert/strict";
import { planStacks, type PlannedStack } from "../../src/app/plan-stacks";
import { openRepository } from "../../src/app/open";
import { realWorld } from "../../src/app/real-world";
import type { Notice } from "../../src/app/reporter";
import type { PlannedResource } from "../../src/adapters/pulumi/resource";
import { folderOf, type Files } from "./folder";

export const TYPES = {
  repository: "aws:ecr/repository:Repository",
  lifecyclePolicy: "aws:ecr/lifecyclePolicy:LifecyclePolicy",
  replication: "aws:ecr/replicationConfiguration:ReplicationConfiguration",
  registryPolicy: "aws:ecr/registryPolicy:RegistryPolicy",
  eventRule: "aws:cloudwatch/eventRule:EventRule",
  eventTarget: "aws:cloudwatch/eventTarget:EventTarget",
  queue: "aws:sqs/queue:Queue",
  queuePolicy: "aws:sqs/queuePolicy:QueuePolicy",
  template: "aws:cloudformation/stack:Stack",
  release: "kubernetes:helm.sh/v3:Release",
  webhook: "github:index/repositoryWebhook:RepositoryWebhook",
  organizationWebhook: "github:index/organizationWebhook:OrganizationWebhook",
} as const;

/** Returns the plan of one stack of a repository made of these files. Fails on any finding. */
export async function planOf(files: Files, stack = "testing"): Promise<PlannedStack> {
  const notices: Notice[] = [];
  const report = { notice: (notice: Notice) => notices.push(notice), progress: () => undefined };
  const world = realWorld(folderOf(files));
  const planned = (await planStacks(world, openRepository(world), [stack], report)).get(stack);
  assert.deepEqual(notices, []);
  assert.ok(planned);
  return planned;
}

/** Returns the resources of one type by name. */
export function ofType(
  { resources }: Pick<PlannedStack, "resources">,
  type: string,
): Map<string, PlannedResource> {
  const found = resources.filter((resource) => resource.type === type);
  return new Map(found.map((resource) => [resource.name, resource]));
}

/** Returns the one resource of a type and name. */
export function theOne(
  planned: Pick<PlannedStack, "resources">,
  type: string,
  name: string,
): PlannedResource {
  const resource = ofType(planned, type).get(name);
  assert.ok(resource, `no ${type} ${name}`);
  return resource;
}
