/**
 * The baseline: the resources of \`writeStack\`'s stack, hand-written flat, with deep imports and no
 * checks. It knows nothing of a release list; the number of services is all it is told.
 */
import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy";
import { ReplicationConfiguration } from "@pulumi/aws/ecr/replicationConfiguration";
import { Repository } from "@pulumi/aws/ecr/repository";
import { Provider as AwsProvider } from "@pulumi/aws/provider";
import { Release } from "@pulumi/kubernetes/helm/v3/release";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";

const POLICY = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: "Nothing expires, whatever tag an image has in its repository",
      selection: {
        tagStatus: "tagged",
        tagPatternList: ["*"],
        countType: "imageCountMoreThan",
        countNumber: 100_000,
      },
      action: { type: "expire" },
    },
  ],
});

/** Declares a repository, a lifecycle policy and a Helm release for each service. */
export function declareFlat(services: number): void {
  const aws = new AwsProvider("aws", { allowedAccountIds: ["111111111111"], region: "eu-west-1" });
  const kubernetes = new KubernetesProvider("kubernetes", { context: "bench" });
  const host = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/releases";
  for (let index = 0; index < services; index++) {
    const name = `service-${index}`;
    const repository = new Repository(
      name,
      {
        name: `releases/${name}`,
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: ["latest", "main", "*-daily", "*-test"].map(
          (filter) => ({ filter, filterType: "WILDCARD" }),
        ),
        imageScanningConfiguration: { scanOnPush: true },
        forceDelete: true,
      },
      { provider: aws },
    );
    new LifecyclePolicy(name, { repository: repository.name, policy: POLICY }, { provider: aws });
    new Release(
      name,
      {
        name,
        namespace: "default",
        createNamespace: true,
        chart: "./charts/service/1.0.0",
        version: "1.0.0",
        values: { image: { repository: `${host}/${name}`, tag: `v1.2.${index}` } },
        resetValues: true,
        atomic: true,
        cleanupOnFail: true,
        maxHistory: 10,
        timeout: 300,
      },
      { provider: kubernetes },
    );
  }
  new ReplicationConfiguration(
    "registry",
    {
      replicationConfiguration: {
        rules: [
          {
            destinations: [{ registryId: "222222222222", region: "eu-west-1" }],
            repositoryFilters: [{ filter: "releases/", filterType: "PREFIX_MATCH" }],
          },
        ],
      },
    },
    { provider: aws },
  );
}
