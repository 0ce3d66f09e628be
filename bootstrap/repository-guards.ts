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
  /** Who makes the tags that environments are deployed from. Absent: no tag is. */
  readonly releases?: ReleaseGuard;
  /** Full names of the branches that change by a reviewed pull request alone. */
  readonly branches: readonly string[];
}

/** Who approves the jobs of a GitHub environment, and the refs that they run at. */
export interface EnvironmentGuard {
  /** One of them has to approve a job, by GitHub's ids. Both empty: no approval is needed. */
  readonly reviewers: { readonly teams: readonly number[]; readonly users: readonly number[] };
  /** Whether nobody approves a job that they started, and no administrator skips the approval. */
  readonly strict: boolean;
  /** The refs that a job may run at. Absent: every ref, pull requests included. */
  readonly runsAt?: readonly RefPattern[];
}

/** The branches, or the tags, of a pattern. */
export type RefPattern = { readonly branchPattern: string } | { readonly tagPattern: string };

/** Which tags of a repository are immutable. */
export interface TagGuard {
  /** Patterns of whole refs: their tags can be made, and neither moved nor removed. */
  readonly includes: readonly string[];
  /** Patterns of refs among them that can be moved and removed. */
  readonly excludes: readonly string[];
}

/** Which tags of the repository of the environments only some may make. */
export interface ReleaseGuard extends TagGuard {
  /** Who makes them, by GitHub's ids. A bypass counts for a whole ruleset, so this is one of its own. */
  readonly makers: {
    readonly teams: readonly number[];
    readonly users: readonly number[];
    readonly apps: readonly number[];
  };
}

/** Guards of the instance with this name are named by what they guard alone, see `childName`. */
const DEFAULT_NAME = "guards";

/**
 * What GitHub enforces: environments, branches and deployed tags of one repository, and immutable tags of
 * many. Names of its rulesets have a space where no repository has one.
 */
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
    if (args.releases !== undefined) this.#guardReleases(name, args.repository, args.releases);
    this.#guardBranches(name, args.repository, args.branches);
    this.registerOutputs({});
  }

  #guardReleases(
    name: string,
    repository: string,
    { includes, excludes, makers }: ReleaseGuard,
  ): void {
    const actors = Object.entries({
      Integration: makers.apps,
      Team: makers.teams,
      User: makers.users,
    });
    new RepositoryRuleset(
      childName(name, DEFAULT_NAME, "deployed tags"),
      {
        name: "release managers make the tags that are deployed",
        repository,
        target: "tag",
        enforcement: "active",
        bypassActors: actors.flatMap(([actorType, ids]) =>
          ids.map((actorId) => ({ actorId, actorType, bypassMode: "always" })),
        ),
        conditions: { refName: { includes: [...includes], excludes: [...excludes] } },
        rules: { creation: true },
      },
      { parent: this, protect: true },
    );
  }

  #guardBranches(name: string, repository: string, branches: readonly string[]): void {
    new RepositoryRuleset(
      childName(name, DEFAULT_NAME, "reviewed branches"),
      {
        name: "branches change by reviewed pull requests",
        repository,
        target: "branch",
        enforcement: "active",
        conditions: { refName: { includes: [...branches], excludes: [] } },
        rules: {
          deletion: true,
          nonFastForward: true,
          pullRequest: {
            requiredApprovingReviewCount: 1,
            requireCodeOwnerReview: true,
            requireLastPushApproval: true,
            dismissStaleReviewsOnPush: true,
          },
        },
      },
      { parent: this, protect: true },
    );
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
    for (const [index, pattern] of (runsAt ?? []).entries()) {
      const [ref = ""] = Object.values(pattern);
      new RepositoryEnvironmentDeploymentPolicy(
        index === 0 ? logicalName : `${logicalName} ${ref}`,
        { repository, environment: environment.environment, ...pattern },
        { parent: this, protect: strict },
      );
    }
  }
}
