import { fullRef, isTagPattern, type Environment } from "../release/environments";
import { awsPartition } from "../release/names";
import { previewEnvironment } from "../release/roles";
import type { RegistryPlace } from "../release/types";
import type { AccountConfig } from "./config";
import type { Policy } from "./policies";

/** Whose tokens the roles take, https://docs.github.com/en/actions/reference/security/oidc */
export const ISSUER = "token.actions.githubusercontent.com";
/** Whom the tokens are for. */
export const AUDIENCE = "sts.amazonaws.com";

/** Returns who may deploy: a job of the environment, which GitHub guards, that runs at the environment's ref. */
export function deployTrust(
  config: AccountConfig,
  { name, ref }: Environment,
  place: RegistryPlace,
): Policy {
  if (ref === undefined) throw new Error("unchecked ref");
  const operator = isTagPattern(ref) ? "StringLike" : "StringEquals";
  return trust(config, name, place, operator, fullRef(ref));
}

/**
 * Returns who may read: a job of the environment for previews, for a pull request or on the default branch. The
 * subject of all pull requests is no environment's, so that no other workflow comes by it.
 */
export function previewTrust(
  config: AccountConfig,
  { name }: Environment,
  place: RegistryPlace,
): Policy {
  const branch = fullRef(config.defaultBranch ?? "main");
  const refs = ["refs/pull/*/merge", branch];
  return trust(config, previewEnvironment(name), place, "StringLike", refs);
}

/**
 * STS checks `ref` beside the subject since January 2026,
 * https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
 */
function trust(
  config: AccountConfig,
  environment: string,
  { account, region }: RegistryPlace,
  operator: "StringEquals" | "StringLike",
  ref: string | readonly string[],
): Policy {
  const exactly = {
    [`${ISSUER}:aud`]: AUDIENCE,
    [`${ISSUER}:sub`]: `${subject(config)}:environment:${environment}`,
  };
  const at = { [`${ISSUER}:ref`]: ref };
  const Federated = `arn:${awsPartition(region)}:iam::${account}:oidc-provider/${ISSUER}`;
  const Condition =
    operator === "StringEquals"
      ? { StringEquals: { ...exactly, ...at } }
      : { StringEquals: exactly, StringLike: at };
  const Action = ["sts:AssumeRoleWithWebIdentity"];
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Federated }, Action, Condition }],
  };
}

/**
 * Repositories made since July 2026 have numbers in their subjects, so that whoever gets a name later isn't taken
 * for them, https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens
 */
function subject({ repository, ids }: AccountConfig): string {
  if (ids === undefined) return `repo:${repository}`;
  const [owner = "", name = ""] = repository.split("/");
  return `repo:${owner}@${ids.owner}/${name}@${ids.repository}`;
}
