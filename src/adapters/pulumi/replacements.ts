import type { PlannedResource } from "./resource";

/**
 * Inputs whose change makes a provider replace a resource, by Pulumi's type token. The providers' sources
 * decide; test/fixtures/forced-replacements.json names them, and a test holds this table against it.
 */
export const REPLACED_BY: Readonly<Record<string, readonly string[]>> = {
  "aws:cloudformation/stack:Stack": ["name", "disableRollback", "onFailure", "timeoutInMinutes"],
  "aws:cloudwatch/eventRule:EventRule": ["name", "namePrefix", "eventBusName"],
  "aws:cloudwatch/eventTarget:EventTarget": ["rule", "targetId", "eventBusName"],
  // No Update: each change of a policy deletes the old one and makes a new one.
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": ["repository", "policy"],
  "aws:ecr/registryPolicy:RegistryPolicy": [],
  "aws:ecr/replicationConfiguration:ReplicationConfiguration": [],
  "aws:ecr/repository:Repository": ["name", "encryptionConfigurations"],
  "aws:sqs/queue:Queue": ["name", "namePrefix", "fifoQueue"],
  "aws:sqs/queuePolicy:QueuePolicy": ["queueUrl"],
  "github:index/organizationWebhook:OrganizationWebhook": [],
  "github:index/repositoryWebhook:RepositoryWebhook": ["repository"],
  "kubernetes:helm.sh/v3:Release": ["name", "namespace"],
};

type Inputs = PlannedResource["inputs"];

/** Whether a provider replaces a resource for a change of inputs, rather than updating it. */
export function isReplaced(
  type: string,
  changed: readonly string[],
  old: Inputs,
  now: Inputs,
): boolean {
  if (type === "pulumi:providers:kubernetes") return isAnotherCluster(changed, old, now);
  return changed.some((input) => REPLACED_BY[type]?.includes(input));
}

/**
 * Whether a Kubernetes provider is replaced, and so every resource that it deployed: for another identifier,
 * or without identifiers for another context. pulumi-kubernetes, provider/pkg/provider/provider.go:
 * DiffConfig.
 */
function isAnotherCluster(changed: readonly string[], old: Inputs, now: Inputs): boolean {
  const [was, is] = [old["clusterIdentifier"], now["clusterIdentifier"]];
  if (was !== undefined && is !== undefined) return was !== is;
  return changed.includes("context");
}
