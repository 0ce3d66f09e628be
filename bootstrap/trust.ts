import { fullRef, isTagPattern, type Environment } from "../src/core/environments";
import { awsPartition } from "../src/core/stack/names";
import { driftEnvironment, previewEnvironment } from "../src/core/stack/roles";
import type { Policy } from "../src/core/stack/policy";
import type { RegistryLocation } from "../src/core/stack/plan";
import { DEFAULT_BRANCH, type AccountConfig } from "./config";

/** Whose tokens the roles take, https://docs.github.com/en/actions/reference/security/oidc */
export const ISSUER = "token.actions.githubusercontent.com";
/** Whom the tokens are for. */
export const AUDIENCE = "sts.amazonaws.com";

/** Returns who may deploy: a job of the environment, which GitHub guards, that runs at the environment's ref. */
export function deployTrust(
  config: AccountConfig,
  { name, ref }: Environment,
  place: RegistryLocation,
): Policy {
  if (ref === undefined) throw new Error("unchecked ref");
  return trust(config, place, [{ environment: name, ref: fullRef(ref) }]);
}

/**
 * Returns who may read: a job of the environment for previews, for a pull request, and one of that for drift on
 * the default branch. The subject of all pull requests is no environment's, so that no other workflow comes by it.
 */
export function previewTrust(
  config: AccountConfig,
  { name }: Environment,
  place: RegistryLocation,
): Policy {
  return trust(config, place, [
    { environment: previewEnvironment(name), ref: "refs/pull/*/merge" },
    { environment: driftEnvironment(name), ref: fullRef(config.defaultBranch ?? DEFAULT_BRANCH) },
  ]);
}

/** A job: the GitHub environment that it is of, and the ref that it runs at, which may be a pattern. */
interface Job {
  readonly environment: string;
  readonly ref: string;
}

/**
 * STS checks `ref` beside the subject since January 2026,
 * https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
 */
function trust(
  config: AccountConfig,
  { account, region }: RegistryLocation,
  jobs: readonly Job[],
): Policy {
  const Federated = `arn:${awsPartition(region)}:iam::${account}:oidc-provider/${ISSUER}`;
  return {
    Version: "2012-10-17",
    Statement: jobs.map(({ environment, ref }) => {
      const exactly = {
        [`${ISSUER}:aud`]: AUDIENCE,
        [`${ISSUER}:sub`]: `${subject(config)}:environment:${environment}`,
      };
      const at = { [`${ISSUER}:ref`]: ref };
      return {
        Effect: "Allow",
        Principal: { Federated },
        Action: ["sts:AssumeRoleWithWebIdentity"],
        Condition: isTagPattern(ref)
          ? { StringEquals: exactly, StringLike: at }
          : { StringEquals: { ...exactly, ...at } },
      };
    }),
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
