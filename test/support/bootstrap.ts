import * as pulumi from "@pulumi/pulumi";
import { declareBootstrap, type Outputs } from "../../bootstrap/program";
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

export interface Bootstrapped {
  readonly resources: readonly PlannedResource[];
  readonly outputs: Outputs;
}

/** Returns the resources and outputs of a stack of the bootstrap project, with this config in `bootstrap:`. */
export async function bootstrapOf(
  repository: Repository,
  stack: string,
  config: Readonly<Record<string, unknown>>,
): Promise<Bootstrapped> {
  const values = Object.entries(config).map(([key, value]) => [
    `bootstrap:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(values) as Record<string, string>);
  const { result, resources } = await record(stack, () => declareBootstrap(repository));
  return { resources, outputs: result };
}
