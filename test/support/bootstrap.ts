import * as pulumi from "@pulumi/pulumi";
import { declareFoundation, type Outputs } from "../../bootstrap/program";
import type { Repository } from "../../src/core/repository";
import { record } from "../../src/adapters/pulumi/embedded";
import type { PlannedResource } from "../../src/adapters/pulumi/resource";

export const ROLE = "aws:iam/role:Role";
export const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
export const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
export const OIDC_PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider";
export const ENVIRONMENT = "github:index/repositoryEnvironment:RepositoryEnvironment";
export const DEPLOYMENT_POLICY =
  "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy";
export const RULESET = "github:index/repositoryRuleset:RepositoryRuleset";

export interface Founded {
  readonly resources: readonly PlannedResource[];
  readonly outputs: Outputs;
}

/** Returns what a stack of the foundation is made of, with this config below `foundation:`. */
export async function foundationOf(
  repository: Repository,
  stack: string,
  config: Readonly<Record<string, unknown>>,
): Promise<Founded> {
  const values = Object.entries(config).map(([key, value]) => [
    `foundation:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(values) as Record<string, string>);
  const { result, resources } = await record(stack, () => declareFoundation(repository));
  return { resources, outputs: result };
}
