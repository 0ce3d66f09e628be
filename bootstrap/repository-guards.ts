import * as pulumi from "@pulumi/pulumi";
import { RepositoryEnvironment } from "@pulumi/github/repositoryEnvironment";
import { RepositoryEnvironmentDeploymentPolicy } from "@pulumi/github/repositoryEnvironmentDeploymentPolicy";
import { RepositoryRuleset } from "@pulumi/github/repositoryRuleset";
import { childName } from "../src/core/child-name";

/** What GitHub enforces. */
export interface RepositoryGuardsArgs {
  /** The repository of the environments, without its owner. */
  readonly repository: string;
  /** By name. */
  readonly environments: ReadonlyMap<string, EnvironmentGuard>;
  /** By repository, without its owner. */
  readonly tags: ReadonlyMap<string, TagGuard>;
}

/** Who approves the jobs of a GitHub environment, and the refs that they run at. */
export interface EnvironmentGuard {
  /** One of them has to approve a job, by GitHub's ids. Both empty: no approval is needed. */
  readonly reviewers: { readonly teams: readonly number[]; readonly users: readonly number[] };
  /** Whether nobody approves a job that they started, and no administrator skips the approval. */
  readonly strict: boolean;
  /** The refs that a job may run at. Absent: every ref, pull requests included. */
  readonly runsAt?: { readonly branchPattern: string } | { readonly tagPattern: string };
}

/** Which tags of a repository are immutable. */
export interface TagGuard {
  /** Patterns of whole refs: their tags can be made, and neither moved nor removed. */
  readonly includes: readonly string[];
  /** Patterns of refs among them that can be moved and removed. */
  readonly excludes: readonly string[];
}

/** Guards of the instance with this name are named by what they guard alone, see `childName`. */
const DEFAULT_NAME = "guards";

/** What GitHub enforces: environments of one repository, and immutable tags of many. */
export class RepositoryGuards extends pulumi.ComponentResource {
  constructor(name: string, args: RepositoryGuardsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("releases:github:RepositoryGuards", name, {}, opts);
    for (const [environment, guard] of args.environments) {
      const logicalName = childName(name, DEFAULT_NAME, environment);
      this.#guardEnvironment(logicalName, args.repository, environment, guard);
    }
    for (const [repository, { includes, excludes }] of args.tags) {
      new RepositoryRuleset(
        childName(name, DEFAULT_NAME, repository),
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
    logicalName: string,
    repository: string,
    name: string,
    { reviewers, strict, runsAt }: EnvironmentGuard,
  ): void {
    const { teams, users } = reviewers;
    const environment = new RepositoryEnvironment(
      logicalName,
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
      logicalName,
      { repository, environment: environment.environment, ...runsAt },
      { parent: this, protect: strict },
    );
  }
}
