import { webhookTargets } from "../release/deployments";
import { awsPartition } from "../release/names";
import { planStack, type Repository } from "../release/repository";
import { deployRole, driftEnvironment, previewEnvironment, previewRole } from "../release/roles";

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
