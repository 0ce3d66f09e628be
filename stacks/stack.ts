import type * as pulumi from "@pulumi/pulumi";
import { ImageRegistry, type ImageRegistryArgs } from "../components/image-registry";
import { PushQueue } from "../components/push-queue";
import { ReleaseWebhooks } from "../components/release-webhooks";
import { ServiceReleases } from "../components/service-releases";
import { inOrder, ownedServices, webhookTargets } from "../src/core/stack/deployments";
import { isProtected } from "../src/core/environments";
import { pushQueueOf } from "../src/core/stack/push-queue";
import * as registries from "../src/core/stack/registry";
import { keepsImages, mayLoseImages } from "../src/core/stack/shared-registry";
import type { Registry, StackPlan } from "../src/core/stack/plan";
import type { FolderOf } from "./chart-content";
import { awsProvider, githubProvider, kubernetesProvider } from "./providers";
import { copyArgs, serviceArgs } from "./service-args";

/** What a stack exports: a public contract. */
export interface Outputs {
  readonly environment: string;
  /**
   * By service; `digest` and `chart` are absent where there is none. The digest is the pinned one: a chart may
   * ignore it, which `plan --since` says.
   */
  readonly services: Readonly<
    Record<string, { version: string; digest?: string; chart?: string; chartVersion?: string }>
  >;
  /** Image repository to URL, without a tag. */
  readonly repositories: Readonly<Record<string, string>>;
  /** GitHub repository, or organization, to the URL that its release events go to. */
  readonly webhooks: Readonly<Record<string, string>>;
  /** The address of the queue with pushes to ECR, for `releases receive --queue`; absent where there is none. */
  readonly pushQueue?: string;
}

/**
 * Declares all resources of one stack and returns its outputs. Everything that decides which
 * resources exist is computed before the first one is made.
 * @param folderOf returns the folder of a chart whose name starts with `./`
 */
export function declareStack(
  plan: StackPlan,
  webhookSecret: pulumi.Output<string> | undefined,
  folderOf: FolderOf,
): Outputs {
  const { config, deployments } = plan;
  const registry = registryArgs(plan);
  const pushes = pushQueueOf(config, ownedServices(plan.list, config));
  const services = inOrder(deployments).flatMap(
    (deployment) => serviceArgs(deployment, plan, folderOf) ?? [],
  );
  const copies = plan.copies.flatMap(
    ({ deployment }) => copyArgs(deployment, plan, folderOf) ?? [],
  );
  const targets = webhookTargets(config, deployments);

  const needsAws = registry !== undefined || services.some(({ kind }) => kind === "template");
  const providers: pulumi.ProviderResource[] = [
    ...(needsAws ? [awsProvider(config)] : []),
    ...([...services, ...copies].some(({ kind }) => kind === "helm")
      ? [kubernetesProvider(config)]
      : []),
  ];
  if (registry !== undefined) new ImageRegistry("registry", registry, { providers });
  if (pushes !== undefined) new PushQueue("pushes", pushes, { providers });
  if (services.length > 0) {
    const protect = isProtected(plan.environments, config.environment);
    new ServiceReleases("services", { services, protect }, { providers });
  }
  if (copies.length > 0) {
    new ServiceReleases("previews", { services: copies, protect: false }, { providers });
  }
  if (config.webhook !== undefined && webhookSecret !== undefined && targets.length > 0) {
    const { url, scope } = config.webhook;
    const args = { url, scope, targets, secret: webhookSecret };
    new ReleaseWebhooks("webhooks", args, { providers: [githubProvider(config)] });
  }

  return {
    environment: config.environment,
    services: Object.fromEntries(
      deployments.map(({ service, version, digest, chart }) => [
        service.name,
        {
          version: version.text,
          ...(digest !== undefined && { digest }),
          ...(chart !== undefined && { chart: chart.name, chartVersion: chart.version }),
        },
      ]),
    ),
    repositories: repositoryUrls(plan),
    webhooks: Object.fromEntries(targets.map((target) => [target, config.webhook?.url ?? ""])),
    ...(pushes !== undefined && { pushQueue: pushes.url }),
  };
}

/** Returns what a stack declares of a registry: nothing of one that another stack owns. */
function registryArgs(plan: StackPlan): ImageRegistryArgs | undefined {
  const { config, list } = plan;
  const { registry } = config;
  const location = registries.declaredLocation(config);
  if (registry === undefined || location === undefined) return undefined;
  const owned = ownedServices(list, config);
  const { replicas, source } = registry;
  return {
    repositories: repositories(registry, owned),
    mutableTags: registry.mutableTags,
    protect: keepsImages(plan),
    forceDelete: mayLoseImages(plan),
    ...(replicas.length > 0 && {
      replication: {
        prefixes: registries.replicationFilters(registry, owned),
        destinations: replicas,
      },
    }),
    ...(source !== undefined && {
      registryPolicy: registries.replicaPolicy(registry, source, location, owned),
    }),
  };
}

function repositories(
  registry: Registry,
  owned: StackPlan["list"],
): ImageRegistryArgs["repositories"] {
  const names = owned.flatMap(registries.imageRepositories).sort();
  return new Map(
    names.map((docker) => [
      docker,
      {
        repositoryName: registry.prefix + docker,
        lifecyclePolicy: registries.LIFECYCLE_POLICY,
      },
    ]),
  );
}

function repositoryUrls({ config, list }: StackPlan): Outputs["repositories"] {
  if (config.registry === undefined) return {};
  const prefix = registries.imagePrefix(config);
  const names = ownedServices(list, config).flatMap(registries.imageRepositories).sort();
  return Object.fromEntries(names.map((docker) => [docker, prefix + docker]));
}
