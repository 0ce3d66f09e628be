import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { DeliveryRoles } from "./delivery-roles";
import { RepositoryGuards } from "./repository-guards";
import { Findings } from "../src/core/input/findings";
import { error, formatIssue, hasErrors, sortIssues, type Issue } from "../src/core/input/issue";
import { partitionOf } from "../src/core/aws";
import {
  EKS_CLUSTER,
  MAX_ROLE_ATTACHMENTS,
  MAX_ROLE_NAME,
  MAX_ROLE_POLICY,
  MAX_TRUST_POLICY,
} from "../src/core/limits";
import { readSources } from "../src/core/read";
import {
  issuesFor,
  parseRepository,
  planStack,
  type CheckedStack,
  type Repository,
  mutableTagsIn,
} from "../src/core/repository";
import type { StackPlan } from "../src/core/stack/plan";
import { awsProvider, githubProvider } from "../stacks/providers";
import { withoutTraces } from "../stacks/traces";
import { configFile, readAccountConfig, readGithubConfig, type AccountConfig } from "./config";
import { checkEnvironment, checkReleaseManagers, checkReviewers, repositoryGuards } from "./guards";
import { rolesOf, type NamedRole } from "./roles";
import { AUDIENCE, ISSUER } from "./trust";

/**
 * The stack with the guards of GitHub. Every other one has the roles of the release list's stack of its name.
 */
const GITHUB_STACK = "github";

/** The outputs of a stack. */
export interface Outputs {
  /** ARNs of the roles that workflows assume, by their keys, such as `deploy`; none in the stack of GitHub. */
  readonly roles: Readonly<Record<string, string>>;
  /** GitHub repositories whose release tags are immutable; none in the stack of an account. */
  readonly guarded: readonly string[];
}

/** The folder of this program, which has the default chart. */
const PROGRAM = path.join(__dirname, "..");

/**
 * The Pulumi program for administrators: declares the guards of GitHub, or the roles of one account. Returns its
 * outputs.
 * @param folder the folder of the release list
 * @throws pulumi.RunError as `declareBootstrap`
 */
export function bootstrap(folder: string): Outputs {
  return withoutTraces(() =>
    declareBootstrap(parseRepository(readSources(folder, PROGRAM, folder))),
  );
}

/**
 * Checks the list and the running stack's config, then declares the stack. Returns its outputs.
 * @throws pulumi.RunError with every finding, before the first resource, when there is an error
 */
export function declareBootstrap(repository: Repository): Outputs {
  const stack = pulumi.getStack();
  return stack === GITHUB_STACK
    ? declareGuards(repository, stack)
    : declareRoles(repository, stack);
}

function declareGuards(repository: Repository, stack: string): Outputs {
  const { config, issues } = readGithubConfig();
  const { environments } = repository;
  const mutableTags = mutableTagsIn(repository);
  const found = [...issuesFor(repository), ...issues, ...checkPath(repository)];
  if (environments !== undefined) {
    found.push(...[...environments.values()].flatMap((one) => checkEnvironment(one, mutableTags)));
    if (config !== undefined) {
      found.push(...checkReviewers(environments, config, stack));
      found.push(...checkReleaseManagers(environments, config, stack));
    }
  }
  if (config === undefined || environments === undefined || hasErrors(found)) refuse(stack, found);
  const guards = repositoryGuards(repository.list, environments, config, mutableTags);
  const [githubOwner = ""] = config.repository.split("/");
  new RepositoryGuards("guards", guards, { providers: [githubProvider({ githubOwner })] });
  return { roles: {}, guarded: [...guards.tags.keys()] };
}

function declareRoles(repository: Repository, stack: string): Outputs {
  const { config, issues } = readAccountConfig();
  const { plan, issues: ofPlan } = planOf(repository, stack);
  const found = [...issuesFor(repository, stack), ...issues, ...checkPath(repository), ...ofPlan];
  if (plan !== undefined) found.push(...checkPlan(plan));
  if (plan !== undefined && config !== undefined) found.push(...checkPartitions(plan, config));
  if (config === undefined || plan === undefined || hasErrors(found)) refuse(stack, found);
  const roles = rolesOf(repository, plan, { ...config, project: repository.project.name });
  const tooLong = checkLengths(roles, plan);
  if (tooLong.length > 0) refuse(stack, tooLong);
  const oidcProvider = { url: `https://${ISSUER}`, audience: AUDIENCE };
  new DeliveryRoles(
    "roles",
    {
      roles: new Map(roles.map(({ key, args }) => [key, args])),
      ...(config.oidcProvider === undefined && { oidcProvider }),
    },
    { providers: [awsProvider(plan.config)] },
  );
  return { roles: Object.fromEntries(roles.map(({ key, arn }) => [key, arn])), guarded: [] };
}

function refuse(stack: string, found: readonly Issue[]): never {
  const errors = sortIssues(found).filter(({ severity }) => severity === "error");
  const texts = errors.map(formatIssue).join("\n");
  throw new pulumi.RunError(`stack ${stack} of bootstrap/ can't be declared:\n${texts}`);
}

function checkPath(repository: Repository): Issue[] {
  if (repository.environments !== undefined) return [];
  return missing(repository, "environments.yaml", "there is no promotion path; write one");
}

function planOf(repository: Repository, stack: string): CheckedStack {
  const values = repository.stacks.get(stack);
  if (values !== undefined) return planStack(repository, values);
  const known = [...repository.stacks.keys(), GITHUB_STACK].join(", ");
  const found = `the list has no stack "${stack}"; stacks here are ${known}`;
  return { plan: undefined, issues: missing(repository, `Pulumi.${stack}.yaml`, found) };
}

/** Returns the finding of a file that doesn't exist, unless the file has a finding of its own. */
function missing({ issues }: Repository, file: string, message: string): Issue[] {
  return issues.some((issue) => issue.file === file) ? [] : [error("unreadable", file, message)];
}

function checkPlan({ config, environments, from }: StackPlan): Issue[] {
  const { account, cluster, environment, region } = config;
  const findings = new Findings(from);
  if (account === undefined || region === undefined) {
    const found = `"account" and "aws:region" are needed for roles; set both`;
    findings.refuse("missing-key", found, ["account"]);
  }
  if (cluster !== undefined && !EKS_CLUSTER.test(cluster.context)) {
    const found = `"cluster.context" is "${cluster.context}", which is not the name of an EKS cluster; give the context the name of its cluster`;
    findings.refuse("invalid-value", found, ["cluster", "context"], "value");
  }
  const known = environments?.get(environment);
  // Their refs are in the trust of the role for histories.
  const readers = [...(environments?.values() ?? [])].filter(
    ({ from, ref }) => from.includes(environment) && ref !== undefined,
  );
  const named = known === undefined ? [] : [known, ...readers];
  return [...findings.issues, ...named.flatMap((one) => checkEnvironment(one, config.mutableTags))];
}

/** Finds ARNs of another partition than that of the stack's region, which name nothing there. */
function checkPartitions(
  { config: { region, stack } }: StackPlan,
  { stateKey, templatePolicies = [] }: AccountConfig,
): Issue[] {
  if (region === undefined) return [];
  const { name: own } = partitionOf(region);
  const arns = { ...(stateKey !== undefined && { stateKey }), ...arnsByKey(templatePolicies) };
  return Object.entries(arns).flatMap(([key, arn]) => {
    const [, partition] = arn.split(":");
    if (partition === own) return [];
    const found = `"${key}" is "${arn}"; ${region} is in the partition ${own}, so it begins with arn:${own}:`;
    return [error("invalid-value", configFile(stack), found)];
  });
}

function arnsByKey(policies: readonly string[]): Record<string, string> {
  return Object.fromEntries(policies.map((arn, index) => [`templatePolicies.${index}`, arn]));
}

function checkLengths(roles: readonly NamedRole[], { from }: StackPlan): Issue[] {
  const issues: Issue[] = [];
  const refuse = (message: string): void => {
    issues.push(error("invalid-value", from.file, message));
  };
  for (const { roleName, permissions, policies, trust } of roles.map(({ args }) => args)) {
    if (roleName.length > MAX_ROLE_NAME) {
      refuse(
        `its role would be "${roleName}"; IAM takes ${MAX_ROLE_NAME} characters, rename the stack`,
      );
    }
    if (permissions.length > MAX_ROLE_POLICY) {
      refuse(
        `the policy of ${roleName} has ${permissions.length} characters; IAM takes ${MAX_ROLE_POLICY}, give the registry a prefix`,
      );
    }
    if (trust.length > MAX_TRUST_POLICY) {
      refuse(
        `the trust policy of ${roleName} has ${trust.length} characters; IAM takes ${MAX_TRUST_POLICY}, let fewer environments come "from" this one`,
      );
    }
    if (policies.length > MAX_ROLE_ATTACHMENTS) {
      refuse(
        `${roleName} would have ${policies.length} templatePolicies; IAM takes ${MAX_ROLE_ATTACHMENTS}, join some`,
      );
    }
  }
  return issues;
}
