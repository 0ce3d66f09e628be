import type { EnvironmentReader } from "../app/environments";
import { commitOf } from "../adapters/git/refs";
import { webhookTargets } from "../core/stack/deployments";
import { awsPartition } from "../core/stack/names";
import { planStack, type Repository } from "../core/repository";
import { deployRole, driftEnvironment, previewEnvironment, previewRole } from "../core/stack/roles";

/** What a job that runs Pulumi for a stack must know of it. What there is none of is empty. */
export interface StackJob {
  readonly stack: string;
  readonly environment: string;
  /** The GitHub environments of jobs that only read, for pull requests and for drift. */
  readonly previewEnvironment: string;
  readonly driftEnvironment: string;
  readonly region: string;
  /** ARN of the role that reads. */
  readonly previewRole: string;
  /** ARN of the role that changes. */
  readonly deployRole: string;
  /** The kubeconfig's context. */
  readonly context: string;
  /** GitHub repositories that get a webhook, joined by commas. */
  readonly webhooks: string;
}

/** Returns the jobs of stacks, in the order of names; a stack that can't be declared has none. */
export function jobsOf(repository: Repository, names: Iterable<string>): StackJob[] {
  return [...names].flatMap((name) => {
    const values = repository.stacks.get(name);
    const { plan } = values === undefined ? {} : planStack(repository, values);
    if (plan === undefined) return [];
    const { stack, environment, account, region = "", cluster } = plan.config;
    const roles = [previewRole, deployRole].map((role) =>
      account === undefined ? "" : role(stack, account, awsPartition(region)).arn,
    );
    const [preview = "", deploy = ""] = roles;
    return {
      ...{ stack, environment },
      previewEnvironment: previewEnvironment(environment),
      driftEnvironment: driftEnvironment(environment),
      ...{ region, context: cluster?.context ?? "", previewRole: preview, deployRole: deploy },
      webhooks: webhookTargets(plan.config, plan.deployments).join(","),
    };
  });
}

/** The job of a stack as the tree at its environment's ref has it. */
export interface DeployedJob extends StackJob {
  readonly commit: string;
}

/**
 * Returns the jobs of all stacks at what they are deployed from. An environment whose ref isn't there hasn't been
 * deployed; one without a ref is deployed from the current tree.
 */
export function deployedJobs(reader: EnvironmentReader): DeployedJob[] {
  return [...reader.environments.values()].flatMap((environment) => {
    const { repository, truth, plans } = reader.atRef(environment);
    if (environment.ref !== undefined && truth === undefined) return [];
    const commit = truth?.commit ?? commitOf(reader.path, "HEAD") ?? "";
    const names = plans.map(({ config }) => config.stack);
    return jobsOf(repository, names).map((job) => ({ ...job, commit }));
  });
}
