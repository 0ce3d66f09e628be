import * as pulumi from "@pulumi/pulumi";
import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy";
import { RegistryPolicy } from "@pulumi/aws/ecr/registryPolicy";
import { ReplicationConfiguration } from "@pulumi/aws/ecr/replicationConfiguration";
import { Repository } from "@pulumi/aws/ecr/repository";
import type { RegistryLocation } from "../src/core/stack/plan";
import { omitUndefinedInputs } from "./omit-undefined-inputs";

export interface ImageRegistryArgs {
  /** Image repositories by logical name. The name decides which exist, so it is plain data. */
  readonly repositories: ReadonlyMap<string, ImageRepositoryArgs>;
  /** Tags that may move; every other tag is immutable. At most 5 patterns (ECR). */
  readonly mutableTags: readonly string[];
  /** Whether deleting or replacing a repository, or the replication, is refused. */
  readonly protect: boolean;
  /** Whether a repository that holds images may be deleted. */
  readonly forceDelete: boolean;
  /** What goes from here to where. Absent: nothing, and no replication is declared. */
  readonly replication?: {
    readonly prefixes: readonly string[];
    readonly destinations: readonly RegistryLocation[];
  };
  /** The registry's policy as JSON. Absent: none is declared. */
  readonly registryPolicy?: string;
}

export interface ImageRepositoryArgs {
  /** Physical name. ECR repositories are addressed by name, so it is fixed. */
  readonly repositoryName: string;
  /** Lifecycle policy as JSON. */
  readonly lifecyclePolicy: string;
}

/**
 * One account's ECR registry: its repositories, and what it replicates or accepts. Replication and
 * policy are singletons of an account and region, so one stack owns them.
 */
export class ImageRegistry extends pulumi.ComponentResource {
  /** By logical name; to depend on, without outputs (see `omitUndefinedInputs`). */
  readonly repositories: ReadonlyMap<string, pulumi.Resource>;
  readonly replication: pulumi.Resource | undefined;
  readonly registryPolicy: pulumi.Resource | undefined;

  constructor(name: string, args: ImageRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    const whole = pulumi.mergeOptions(opts, { transformations: [omitUndefinedInputs] });
    super("releases:registry:ImageRegistry", name, {}, whole);
    const child = { parent: this };
    const repositories = new Map<string, pulumi.Resource>();
    for (const [key, { repositoryName, lifecyclePolicy }] of args.repositories) {
      const repository = new Repository(
        key,
        {
          name: repositoryName,
          imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
          imageTagMutabilityExclusionFilters: args.mutableTags.map((filter) => ({
            filter,
            filterType: "WILDCARD",
          })),
          // Left out, an existing setting would stay as it is.
          imageScanningConfiguration: { scanOnPush: true },
          forceDelete: args.forceDelete,
        },
        { ...child, protect: args.protect },
      );
      repositories.set(key, repository);
      new LifecyclePolicy(key, { repository: repository.name, policy: lifecyclePolicy }, child);
    }
    this.repositories = repositories;
    this.replication = args.replication && this.#replicate(name, args.replication, args.protect);
    this.registryPolicy =
      args.registryPolicy === undefined
        ? undefined
        : new RegistryPolicy(name, { policy: args.registryPolicy }, child);
    this.registerOutputs({});
  }

  #replicate(
    name: string,
    { prefixes, destinations }: NonNullable<ImageRegistryArgs["replication"]>,
    protect: boolean,
  ): ReplicationConfiguration {
    const rule = {
      destinations: destinations.map(({ account, region }) => ({ registryId: account, region })),
      repositoryFilters: prefixes.map((filter) => ({ filter, filterType: "PREFIX_MATCH" })),
    };
    return new ReplicationConfiguration(
      name,
      { replicationConfiguration: { rules: [rule] } },
      { parent: this, protect },
    );
  }
}
