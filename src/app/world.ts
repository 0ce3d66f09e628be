import type { Git } from "../adapters/git/repository";
import type { GithubClient } from "../adapters/github/github";
import type { ChartRepositories } from "../adapters/helm/chart-repositories";
import type { HelmRenderer } from "../adapters/helm/helm";
import type { ChartPackages } from "../adapters/helm/packages";
import type { ImageRegistries } from "../adapters/oci/image-registries";
import type { Evaluation } from "../adapters/pulumi/resource";
import type { Refreshed } from "../adapters/pulumi/refresh";
import type { Update } from "../adapters/pulumi/stack-history";
import type { BucketObject } from "../core/aws";
import type { Repository, Sources } from "../core/repository";
import type { StackValues } from "../core/stack/config";
import type { RegistryRoles } from "../core/stack/registry";

/**
 * All that a use case may reach: one repository's folder, and the outside. The command line and the
 * pipeline steps give the real one (`realWorld`), a test gives values.
 */
export interface World {
  /** The repository's folder. */
  readonly folder: string;
  /** The folder of the Pulumi project, which paths of charts are relative to. */
  readonly project: string;
  readonly files: Files;
  readonly git: Git;
  readonly engine: Engine;
  /**
   * Connects to registries. Whoever connects also closes.
   * @param roles the roles to assume for ECR, `registryRoles` of the stacks' configs. Default: none
   */
  readonly registries: (roles?: RegistryRoles) => ImageRegistries;
  /**
   * Connects to GitHub; undefined without a token.
   * @param token in place of the one of the environment. Default: none
   */
  readonly github: (token?: string) => Promise<GithubClient | undefined>;
  /**
   * Whether an object is in its bucket.
   * @throws ReleasesError of kind `outside` where S3 doesn't tell
   */
  readonly hasObject: (object: BucketObject) => Promise<boolean>;
  /** Connects to GitHub without a token, which sees public repositories alone. */
  readonly publicGithub: () => Promise<GithubClient>;
  /** Undefined where Helm isn't installed. */
  readonly helm: () => HelmRenderer | undefined;
  /** Undefined where Helm isn't installed. */
  readonly charts: () => ChartPackages | undefined;
  /** Reads chart repositories that aren't OCI: of one reader each answer is asked for once. */
  readonly chartRepositories: () => ChartRepositories;
  readonly now: () => Date;
}

/** The files of the repository, and the default chart. */
export interface Files {
  /** Returns the list, the promotion path and the stack configs. Throws `outside` without the folder. */
  readonly read: () => Sources;
  /** Returns what Kayron reads besides, each with a warning. Throws `outside` without the folder. */
  readonly readKayron: () => Pick<Sources, "list" | "issues">;
  /** Returns the default chart, which belongs to this program and to no commit. */
  readonly defaultCharts: () => Sources["defaultCharts"];
  readonly exists: (file: string) => boolean;
  readonly text: (file: string) => string;
  /** Makes a file with its folders, or replaces the whole file at once. */
  readonly write: (file: string, text: string) => Promise<void>;
  /**
   * Runs `act` while no other run edits the file. `write` replaces the whole file at once.
   * Throws `outside` when another run holds it for ten seconds.
   */
  readonly edit: <Result>(
    file: string,
    act: (write: (text: string) => Promise<void>) => Promise<Result>,
  ) => Promise<Result>;
}

/** Pulumi: evaluates the program, and asks the engine about a stack's state. */
export interface Engine {
  /** Evaluates one stack that was checked, without account, cluster or token. */
  readonly evaluate: (repository: Repository, values: StackValues) => Promise<Evaluation>;
  /**
   * Returns the updates of a stack that succeeded, newest first; none where it was never deployed.
   * @param kept a folder of earlier answers, which is read instead of the state
   * @throws ReleasesError of kind `outside` without a Pulumi CLI, and where the state can't be read
   */
  readonly updates: (stack: string, kept?: string) => readonly Update[];
  /**
   * Returns the difference between state and live resources.
   * @param context the stack's cluster, which messages name
   * @throws ReleasesError of kind `outside` without a Pulumi CLI, and where a provider fails or doesn't answer
   */
  readonly previewRefresh: (stack: string, context?: string) => Promise<Refreshed[]>;
}
