import type { PlannedResource } from "./resource";

/** Inputs whose change makes a provider replace a resource, by Pulumi's type token. */
export const REPLACED_BY: Readonly<Record<string, readonly string[]>> = {
  // terraform-provider-aws, internal/service/ecr and cloudformation: ForceNew
  "aws:ecr/repository:Repository": ["name", "encryptionConfigurations"],
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": ["repository"],
  "aws:ecr/replicationConfiguration:ReplicationConfiguration": [],
  "aws:ecr/registryPolicy:RegistryPolicy": [],
  "aws:cloudformation/stack:Stack": ["name"],
  // pulumi-kubernetes, provider/pkg/provider/helm_release.go: forceNewFields
  "kubernetes:helm.sh/v3:Release": ["name", "namespace"],
  // terraform-provider-github
  "github:index/repositoryWebhook:RepositoryWebhook": ["repository"],
  "github:index/organizationWebhook:OrganizationWebhook": [],
};

type Inputs = PlannedResource["inputs"];

/** Whether a change of inputs makes a resource another one. */
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
 * Whether a Kubernetes provider, and so all that it deployed, is replaced: by another identifier; without
 * one by another context. pulumi-kubernetes, provider/pkg/provider/provider.go: DiffConfig.
 */
function isAnotherCluster(changed: readonly string[], old: Inputs, now: Inputs): boolean {
  const [was, is] = [old["clusterIdentifier"], now["clusterIdentifier"]];
  if (was !== undefined && is !== undefined) return was !== is;
  return changed.includes("context");
}
