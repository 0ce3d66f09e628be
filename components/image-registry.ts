import * as pulumi from "@pulumi/pulumi";
import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy";
import { RegistryPolicy } from "@pulumi/aws/ecr/registryPolicy";
import { ReplicationConfiguration } from "@pulumi/aws/ecr/replicationConfiguration";
import { Repository } from "@pulumi/aws/ecr/repository";
import { childName } from "../src/core/child-name";
import type { RegistryLocation } from "../src/core/stack/plan";
import { omitUndefinedInputs } from "./omit-undefined-inputs";

/** What a registry has. */
export interface ImageRegistryArgs {
  /** Image repositories by logical name. The names decide which exist, so they are plain data. */
  readonly repositories: ReadonlyMap<string, ImageRepositoryArgs>;
  /** Patterns of mutable tags; every other tag is immutable. ECR takes 5 at most. */
  readonly mutableTags: readonly string[];
  /** Whether deleting or replacing a repository, or the replication, is refused. */
  readonly protect: boolean;
  /** Whether a repository that holds images may be deleted. */
  readonly forceDelete: boolean;
  /** Which repositories are replicated, by prefix, and to which registries. Absent: no replication. */
  readonly replication?: {
    readonly prefixes: readonly string[];
    readonly destinations: readonly RegistryLocation[];
  };
  /** The policy of the registry, as JSON. Absent: no policy. */
  readonly registryPolicy?: string;
}

/** One image repository. */
export interface ImageRepositoryArgs {
  /** Physical name. ECR repositories are addressed by name, so it is fixed. */
  readonly repositoryName: string;
  /** Lifecycle policy, as JSON. */
  readonly lifecyclePolicy: string;
}

/** ECR refuses exclusion without a filter, and filters without exclusion. */
function immutability(mutableTags: readonly string[]) {
  if (mutableTags.length === 0) return { imageTagMutability: "IMMUTABLE" };
  return {
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters: mutableTags.map((filter) => ({
      filter,
      filterType: "WILDCARD",
    })),
  };
}

/** Repositories of the instance with this name are named by their keys alone, see `childName`. */
const DEFAULT_NAME = "registry";

/**
 * The ECR registry of one account and region: its repositories, its replication and its policy. An account
 * has one replication and one policy in each region, so a single stack owns them.
 */
export class ImageRegistry extends pulumi.ComponentResource {
  /** By key of the arguments. Without outputs (see `omitUndefinedInputs`): for `dependsOn` alone. */
  readonly repositories: ReadonlyMap<string, pulumi.Resource>;
  readonly replication: pulumi.Resource | undefined;
  readonly registryPolicy: pulumi.Resource | undefined;

  constructor(name: string, args: ImageRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    const whole = pulumi.mergeOptions(opts, { transformations: [omitUndefinedInputs] });
    super("releases:registry:ImageRegistry", name, {}, whole);
    const child = { parent: this };
    const repositories = new Map<string, pulumi.Resource>();
    for (const [key, { repositoryName, lifecyclePolicy }] of args.repositories) {
      const logicalName = childName(name, DEFAULT_NAME, key);
      const repository = new Repository(
        logicalName,
        {
          name: repositoryName,
          ...immutability(args.mutableTags),
          // Without it an existing setting would stay as it is.
          imageScanningConfiguration: { scanOnPush: true },
          forceDelete: args.forceDelete,
        },
        { ...child, protect: args.protect },
      );
      repositories.set(key, repository);
      new LifecyclePolicy(
        logicalName,
        { repository: repository.name, policy: lifecyclePolicy },
        child,
      );
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
