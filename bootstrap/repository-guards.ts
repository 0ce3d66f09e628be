import * as pulumi from "@pulumi/pulumi";
import { RepositoryEnvironment } from "@pulumi/github/repositoryEnvironment";
import { RepositoryEnvironmentDeploymentPolicy } from "@pulumi/github/repositoryEnvironmentDeploymentPolicy";
import { RepositoryRuleset } from "@pulumi/github/repositoryRuleset";

export interface RepositoryGuardsArgs {
  /** The repository of the environments, without its owner. */
  readonly repository: string;
  /** By name. */
  readonly environments: ReadonlyMap<string, EnvironmentGuard>;
  /** By repository, without its owner. */
  readonly tags: ReadonlyMap<string, TagGuard>;
}

export interface EnvironmentGuard {
  /** One of them has to approve a job, by number. Both empty: nobody is asked. */
  readonly reviewers: { readonly teams: readonly number[]; readonly users: readonly number[] };
  /** Whether nobody approves what he started himself, and no administrator passes by. */
  readonly strict: boolean;
  /** What a job may run at. Absent: at every ref, pull requests included. */
  readonly runsAt?: { readonly branchPattern: string } | { readonly tagPattern: string };
}

export interface TagGuard {
  /** Patterns of whole refs whose tags can be made, and neither moved nor removed. */
  readonly includes: readonly string[];
  /** Patterns of those that may. */
  readonly excludes: readonly string[];
}

/** What GitHub holds people and workflows to: environments of one repository, and tags of many. */
export class RepositoryGuards extends pulumi.ComponentResource {
  constructor(name: string, args: RepositoryGuardsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("releases:github:RepositoryGuards", name, {}, opts);
    for (const [environment, guard] of args.environments) {
      this.#guardEnvironment(args.repository, environment, guard);
    }
    for (const [repository, { includes, excludes }] of args.tags) {
      new RepositoryRuleset(
        repository,
        {
          name: "release tags are immutable",
          repository,
          target: "tag",
          enforcement: "active",
          conditions: { refName: { includes: [...includes], excludes: [...excludes] } },
          rules: { update: true, deletion: true, nonFastForward: true },
        },
        { parent: this, protect: true },
      );
    }
    this.registerOutputs({});
  }

  #guardEnvironment(
    repository: string,
    name: string,
    { reviewers, strict, runsAt }: EnvironmentGuard,
  ): void {
    const { teams, users } = reviewers;
    const environment = new RepositoryEnvironment(
      name,
      {
        repository,
        environment: name,
        ...(teams.length + users.length > 0 && {
          reviewers: [
            {
              ...(teams.length > 0 && { teams: [...teams] }),
              ...(users.length > 0 && { users: [...users] }),
            },
          ],
        }),
        preventSelfReview: strict,
        canAdminsBypass: !strict,
        ...(runsAt !== undefined && {
          deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
        }),
      },
      { parent: this, protect: strict },
    );
    if (runsAt === undefined) return;
    new RepositoryEnvironmentDeploymentPolicy(
      name,
      { repository, environment: environment.environment, ...runsAt },
      { parent: this, protect: strict },
    );
  }
}
