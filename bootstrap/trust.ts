import { refsThatAsk, type Environment, type Environments } from "../src/core/environments";
import { Ref } from "../src/core/ref";
import { partitionOf } from "../src/core/aws";
import { mutableEndings } from "../src/core/stack/mutable-tags";
import {
  driftEnvironment,
  historyEnvironment,
  previewEnvironment,
  PROMOTE_ENVIRONMENT,
  PRUNE_ENVIRONMENT,
  RESOLVE_ENVIRONMENT,
} from "../src/core/stack/roles";
import { RELEASE_ENVIRONMENT, WORKFLOW_FILE } from "../src/core/publish/workflow";
import type { Policy } from "../src/core/stack/policy";
import type { RegistryLocation } from "../src/core/stack/plan";
import { DEFAULT_BRANCH, type AccountConfig } from "./config";
import type { Publisher } from "./publishers";

/**
 * The issuer of the tokens that the roles trust, https://docs.github.com/en/actions/reference/security/oidc
 */
export const ISSUER = "token.actions.githubusercontent.com";
/** The audience of these tokens: a text that whoever asks for one agrees on, the same in every partition. */
export const AUDIENCE = "sts.amazonaws.com";

/**
 * Returns the trust policy of deployments: jobs of the environment, which GitHub guards, at the environment's
 * ref.
 */
export function deployTrust(
  config: AccountConfig,
  { name, ref }: Environment,
  location: RegistryLocation,
  mutableTags?: readonly string[],
): Policy {
  return trust(config, location, [{ environment: name, ...deployedFrom(ref, mutableTags) }]);
}

/**
 * Returns the trust policy of plans: jobs of the environment for histories, at the environment's ref and at
 * the refs of those that take versions from it.
 */
export function historyTrust(
  config: AccountConfig,
  environments: Environments,
  environment: Environment,
  location: RegistryLocation,
  mutableTags?: readonly string[],
): Policy {
  const jobs = refsThatAsk(environments, environment).map((ref) => ({
    environment: historyEnvironment(environment.name),
    ...deployedFrom(ref, mutableTags),
  }));
  return trust(config, location, jobs);
}

/** Returns the refs that an environment is deployed from. No mutable tag is one of them. */
function deployedFrom(
  ref: string | undefined,
  mutableTags: readonly string[] | undefined,
): Pick<Job, "ref" | "notRefs"> {
  if (ref === undefined) throw new Error("unchecked ref");
  const own = Ref.ofEnvironment(ref);
  if (!own.isPattern) return { ref: own.fullName };
  const notRefs = mutableEndings(mutableTags).map((ending) => Ref.tag(`*${ending}`).fullName);
  return { ref: own.fullName, ...(notRefs.length > 0 && { notRefs }) };
}

/**
 * Returns the trust policy of reads: jobs of the environment for previews, for a pull request, and jobs of
 * the environment for drift, on the default branch. Tokens of other jobs of pull requests name no
 * environment, so no other workflow can assume the role.
 */
export function previewTrust(
  config: AccountConfig,
  { name }: Environment,
  location: RegistryLocation,
): Policy {
  return trust(config, location, [
    { environment: previewEnvironment(name), ref: "refs/pull/*/merge" },
    onDefault(config, driftEnvironment(name)),
  ]);
}

/**
 * Returns the trust policy of what reads images: jobs of the environment for drift, and those that pin services to what
 * they follow, on the default branch.
 */
export function imagesTrust(
  config: AccountConfig,
  { name }: Environment,
  location: RegistryLocation,
): Policy {
  const environments = [driftEnvironment(name), RESOLVE_ENVIRONMENT];
  return trust(
    config,
    location,
    environments.map((environment) => onDefault(config, environment)),
  );
}

/** Returns the trust policy of promotions: their job, whose environment GitHub guards, on the default branch. */
export function promoteTrust(config: AccountConfig, location: RegistryLocation): Policy {
  return trust(config, location, [onDefault(config, PROMOTE_ENVIRONMENT)]);
}

/** Returns the trust policy of what deletes images: its job, whose environment GitHub guards, on the default branch. */
export function pruneTrust(config: AccountConfig, location: RegistryLocation): Policy {
  return trust(config, location, [onDefault(config, PRUNE_ENVIRONMENT)]);
}

function onDefault({ defaultBranch = DEFAULT_BRANCH }: AccountConfig, environment: string): Job {
  return { environment, ref: Ref.branch(defaultBranch).fullName };
}

/**
 * Returns the trust policy of what pushes images: the release workflow of a service's repository, at the refs that it
 * publishes. No other workflow of that repository can assume the role.
 */
export function publishTrust(
  { repository: own, ids }: AccountConfig,
  { repository, name, refs }: Publisher,
  location: RegistryLocation,
): Policy {
  const [owner = ""] = own.split("/");
  // Of a repository with ids in its subjects that of the owner is known: nobody else can have one of that name.
  const subjects = [
    `repo:${repository}`,
    ...(ids === undefined ? [] : [`repo:${owner}@${ids.owner}/${name}@*`]),
  ];
  // Where the workflow has a secret its jobs are in an environment. The ref is a claim of its own.
  const jobs = ["ref:*", `environment:${RELEASE_ENVIRONMENT}`];
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: issuerOf(location) },
        Action: ["sts:AssumeRoleWithWebIdentity"],
        Condition: {
          StringEquals: {
            [`${ISSUER}:aud`]: AUDIENCE,
            [`${ISSUER}:repository`]: repository,
          },
          StringLike: {
            [`${ISSUER}:sub`]: subjects.flatMap((subject) =>
              jobs.map((job) => `${subject}:${job}`),
            ),
            [`${ISSUER}:ref`]: refs,
            [`${ISSUER}:job_workflow_ref`]: `${repository}/${WORKFLOW_FILE}@*`,
          },
        },
      },
    ],
  };
}

/** Jobs of a GitHub environment at a ref. */
interface Job {
  readonly environment: string;
  /** Its full name. With a `*` it is a pattern, whose `*` matches a `/` as well. */
  readonly ref: string;
  /** Patterns of refs that it isn't, although they match. */
  readonly notRefs?: readonly string[];
}

/**
 * Returns the trust policy of jobs. STS has checked the claim `ref` as well as the subject since January
 * 2026,
 * https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
 */
function trust(config: AccountConfig, location: RegistryLocation, jobs: readonly Job[]): Policy {
  const Federated = issuerOf(location);
  return {
    Version: "2012-10-17",
    Statement: jobs.map(({ environment, ref, notRefs }) => {
      const exactly = {
        [`${ISSUER}:aud`]: AUDIENCE,
        [`${ISSUER}:sub`]: `${subject(config)}:environment:${environment}`,
      };
      const at = { [`${ISSUER}:ref`]: ref };
      return {
        Effect: "Allow",
        Principal: { Federated },
        Action: ["sts:AssumeRoleWithWebIdentity"],
        Condition: ref.includes("*")
          ? {
              StringEquals: exactly,
              StringLike: at,
              ...(notRefs !== undefined && { StringNotLike: { [`${ISSUER}:ref`]: notRefs } }),
            }
          : { StringEquals: { ...exactly, ...at } },
      };
    }),
  };
}

function issuerOf({ account, region }: RegistryLocation): string {
  return `arn:${partitionOf(region).name}:iam::${account}:oidc-provider/${ISSUER}`;
}

/**
 * Returns the subject's first part. Repositories made since July 2026 have ids in it, so that the next owner
 * of a name isn't trusted,
 * https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens
 */
function subject({ repository, ids }: AccountConfig): string {
  if (ids?.repository === undefined) return `repo:${repository}`;
  const [owner = "", name = ""] = repository.split("/");
  return `repo:${owner}@${ids.owner}/${name}@${ids.repository}`;
}
