import { stacksAt } from "../app/environment-state";
import type { EnvironmentReader } from "../app/environments";
import type { World } from "../app/world";
import { refsThatAsk, type Environment } from "../core/environments";
import { Ref } from "../core/ref";
import { askedLocation } from "../core/resolve/decision";
import { mutableTagsIn, planStack, type Repository } from "../core/repository";
import { environmentOf } from "../core/stack/config";
import { mutablePattern } from "../core/stack/mutable-tags";
import { webhookTargets } from "../core/stack/deployments";
import type { RegistryLocation, StackPlan } from "../core/stack/plan";
import { declaredLocation, ecrLocation } from "../core/stack/registry";
import {
  deployRole,
  driftEnvironment,
  historyEnvironment,
  historyRole,
  imagesRole,
  previewEnvironment,
  previewRole,
  promoteRole,
  pruneRole,
  type Role,
} from "../core/stack/roles";

/** What a job that runs Pulumi for a stack must know. A text is empty where there is nothing to know. */
export interface StackJob {
  readonly stack: string;
  /** The Pulumi project's name. */
  readonly project: string;
  readonly environment: string;
  /** The GitHub environment of jobs that only read, for pull requests. */
  readonly previewEnvironment: string;
  /** The GitHub environment of jobs that only read, for drift. */
  readonly driftEnvironment: string;
  /** The GitHub environment of jobs that read what was deployed. */
  readonly historyEnvironment: string;
  readonly region: string;
  /** ARN of the role that reads. */
  readonly previewRole: string;
  /** ARN of the role that reads what was deployed. */
  readonly historyRole: string;
  /** ARN of the role that changes. */
  readonly deployRole: string;
  /** ARN of the role that reads images of ECR. */
  readonly imagesRole: string;
  /** ARN of the role that deletes images of ECR, where the stack declares the repositories. */
  readonly pruneRole: string;
  /** The kubeconfig's context. */
  readonly context: string;
  /** GitHub repositories that get a webhook, joined by commas. */
  readonly webhooks: string;
}

/** Returns the jobs of stacks, in the order of the names. A stack that can't be declared has none. */
export function jobsOf(repository: Repository, names: Iterable<string>): StackJob[] {
  return [...names].flatMap((name) => {
    const values = repository.stacks.get(name);
    const { plan } = values === undefined ? {} : planStack(repository, values);
    if (plan === undefined) return [];
    const { stack, environment, account, region, cluster } = plan.config;
    const own = account === undefined || region === undefined ? undefined : { account, region };
    const arnOf = (
      role: (stack: string, location: RegistryLocation) => Role,
      location: RegistryLocation | undefined,
    ): string => (location === undefined ? "" : role(stack, location).arn);
    return {
      stack,
      project: repository.project.name,
      environment,
      previewEnvironment: previewEnvironment(environment),
      driftEnvironment: driftEnvironment(environment),
      historyEnvironment: historyEnvironment(environment),
      region: region ?? "",
      previewRole: arnOf(previewRole, own),
      historyRole: arnOf(historyRole, own),
      deployRole: arnOf(deployRole, own),
      imagesRole: arnOf(imagesRole, ecrLocation(plan.config)),
      pruneRole: arnOf(pruneRole, declaredLocation(plan.config)),
      context: cluster?.context ?? "",
      webhooks: webhookTargets(plan.config, plan.deployments).join(","),
    };
  });
}

/**
 * Returns the jobs of the stacks whose histories the plan of a ref reads: those of every environment whose
 * `ref` is this one, or a pattern of tags that it matches, and of the environments that it takes versions from.
 * Whether a higher tag took over is known to the plan.
 * @param ref a branch or a tag
 */
export function jobsAt({ current, environments }: EnvironmentReader, ref: Ref): StackJob[] {
  const moves = mutablePattern(ref.name, mutableTagsIn(current)) !== undefined;
  if (ref.kind === "tag" && moves) return [];
  const isRead = (environment: Environment): boolean =>
    refsThatAsk(environments, environment).some((own) => Ref.ofEnvironment(own).matches(ref));
  const names = [...current.stacks.values()].flatMap((values) => {
    const environment = environments.get(environmentOf(values));
    return environment !== undefined && isRead(environment) ? values.stack : [];
  });
  return jobsOf(current, names);
}

/** A role of AWS that a job assumes. */
export interface JobRole {
  readonly arn: string;
  readonly region: string;
}

/**
 * Returns the role that tags and copies images for a promotion: of the first stack of the target with a registry of
 * ECR. Undefined where there is none, as nothing of AWS is asked then.
 * @param to the environment, or the stack, that services are promoted to
 * @throws ReleasesError of kind `usage` where there is neither
 */
export function promotingRole(reader: EnvironmentReader, to: string): JobRole | undefined {
  const place = reader.place(to);
  const plans = stacksAt(reader.inWorkingTree(place.environment), place);
  return firstRole(plans, ({ config }) => ecrLocation(config), promoteRole);
}

/** Returns the role that asks AWS what stacks follow: of the first of which AWS has something. */
export function readingRole(plans: readonly StackPlan[]): JobRole | undefined {
  return firstRole(plans, askedLocation, imagesRole);
}

function firstRole(
  plans: readonly StackPlan[],
  locationOf: (plan: StackPlan) => RegistryLocation | undefined,
  role: (stack: string, location: RegistryLocation) => Role,
): JobRole | undefined {
  const [first] = plans.flatMap((plan) => {
    const location = locationOf(plan);
    if (location === undefined) return [];
    return [{ arn: role(plan.config.stack, location).arn, region: location.region }];
  });
  return first;
}

/** The job of a stack as declared at its environment's ref. */
export interface DeployedJob extends StackJob {
  readonly commit: string;
}

/**
 * Returns the jobs of all stacks as declared. An environment whose ref doesn't exist was never deployed;
 * one without a ref is deployed from the working tree.
 */
export function deployedJobs({ git }: World, reader: EnvironmentReader): DeployedJob[] {
  return [...reader.environments.values()].flatMap((environment) => {
    const { repository, ref, plans } = reader.declared(environment);
    if (environment.ref !== undefined && ref === undefined) return [];
    const commit = ref?.commit ?? git.commitOf("HEAD") ?? "";
    const names = plans.map(({ config }) => config.stack);
    return jobsOf(repository, names).map((job) => ({ ...job, commit }));
  });
}
