import { text } from "../../support/text";
import { AWS, config, services, STACK, stack, type BadInput } from "./parts";

/** More image repositories without a common prefix than fit into the pattern of a rule. */
const MANY = services(70, (index) => `service-with-a-long-name-${index}`);

/** Stack configs: the image registry. */
export const REGISTRY: readonly BadInput[] = [
  {
    code: "registry-role",
    shows: "A queue for pushes to a registry that nobody pushes to.",
    files: stack(
      AWS,
      'releases:registry: { role: replica, source: { account: "222222222222", region: eu-west-1 }, pushes: true }\n',
    ),
    at: "Pulumi.testing.yaml:6:95",
    says: `"registry.pushes" is for role source; this one is replica`,
  },
  {
    code: "push-rule-limit",
    shows: "Repositories without a common prefix.",
    files: {
      ...stack(AWS, "releases:registry: { role: source, pushes: true }\n"),
      "service/many.yaml": MANY,
    },
    at: "Pulumi.testing.yaml:6:38",
    says: "the pattern of pushes would have 2231 characters, and EventBridge allows 2048; set registry.prefix",
  },
  {
    code: "push-rule-limit",
    shows: "A prefix that is longer than a rule's name.",
    files: stack(
      AWS,
      `releases:registry: { role: source, prefix: ${"a".repeat(58)}/, pushes: true }\n`,
    ),
    at: "Pulumi.testing.yaml:6:107",
    says: `the rule of pushes would be called "${"a".repeat(58)}-pushes", which has 65 characters; EventBridge allows 64. Shorten registry.prefix, or remove pushes`,
  },
  {
    code: "registry-role",
    shows: "Mutable tags of a registry that another stack owns.",
    files: {
      ...stack(AWS, "releases:registry: { role: shared, owner: owner, mutableTags: [latest] }\n"),
      "Pulumi.owner.yaml": config(
        AWS.replace("acme-testing", "acme-owner"),
        "releases:registry: { role: source }\n",
      ),
    },
    at: "Pulumi.testing.yaml:6:52",
    says: `"registry.mutableTags" is for the stack that owns the registry; this one shares it, so remove it`,
  },
  {
    code: "registry-role",
    shows: "An owner of a registry that nobody shares.",
    files: stack(AWS, "releases:registry: { role: source, owner: other }\n"),
    at: "Pulumi.testing.yaml:6:38",
    says: `"registry.owner" is for role shared; this one is source`,
  },
  {
    code: "shared-owner",
    shows: "A stack that isn't there.",
    files: stack(AWS, "releases:registry: { role: shared, owner: staging }\n"),
    at: "Pulumi.testing.yaml:6:45",
    says: `"registry.owner" is "staging", and there is no such stack; name a stack with role source or replica`,
  },
  {
    code: "shared-owner",
    shows: "A stack that shares a registry itself.",
    files: {
      ...stack(AWS, "releases:registry: { role: shared, owner: staging }\n"),
      "Pulumi.staging.yaml": config(
        AWS.replace("acme-testing", "acme-staging"),
        "releases:registry: { role: shared, owner: owner }\n",
      ),
      "Pulumi.owner.yaml": config(
        AWS.replace("acme-testing", "acme-owner"),
        "releases:registry: { role: source }\n",
      ),
    },
    at: "Pulumi.testing.yaml:6:45",
    says: `"registry.owner" is staging, which shares a registry itself; name a stack with role source or replica`,
  },
  {
    code: "shared-elsewhere",
    files: {
      ...stack(AWS, "releases:registry: { role: shared, owner: staging }\n"),
      "Pulumi.staging.yaml": config(AWS, "releases:registry: { role: source }\n").replace(
        "111111111111",
        "222222222222",
      ),
    },
    at: "Pulumi.testing.yaml:6:45",
    says: "the registry of staging is in 222222222222 eu-west-1, and this stack in 111111111111 eu-west-1; only stacks of one account and region share one",
  },
  {
    code: "shared-repository",
    files: {
      ...stack(AWS, "releases:registry: { role: shared, owner: staging }\n"),
      "Pulumi.staging.yaml": config(
        AWS,
        "releases:registry: { role: source }\nreleases:select: { names: [] }\n",
      ),
    },
    at: "Pulumi.testing.yaml:6:45",
    says: "staging, which owns the registry, declares no repository for orders, which run here; add them to its select",
  },
  {
    code: "registry-role",
    shows: "Replicas of a replica.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: replica
          prefix: releases/
          replicas:
            - { account: "222222222222", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:9:5",
    says: `"registry.replicas" is for role source; this one is replica`,
  },
  {
    code: "registry-role",
    shows: "A source of the source.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          prefix: releases/
          source: { account: "222222222222", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:9:5",
    says: `"registry.source" is for role replica; this one is source`,
  },
  {
    code: "registry-role",
    shows: "A host of a registry in AWS.",
    files: stack(
      AWS,
      text`
        releases:registry: { role: source, prefix: releases/, host: ghcr.io/acme }
      `,
    ),
    at: "Pulumi.testing.yaml:6:57",
    says: `"registry.host" is for role external; this one is source`,
  },
  {
    code: "replica-is-source",
    shows: "A source that replicates to itself.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          prefix: releases/
          replicas:
            - { account: "222222222222", region: eu-west-1 }
            - { account: "111111111111", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:11:9",
    says: "111111111111 eu-west-1 is the source itself; remove it",
  },
  {
    code: "replica-is-source",
    shows: "A replica that receives from itself.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: replica
          prefix: releases/
          source: { account: "111111111111", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:9:5",
    says: "111111111111 eu-west-1 can't replicate from itself",
  },
  {
    code: "replication-crosses-partition",
    shows: "A replica in China.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          prefix: releases/
          replicas:
            - { account: "222222222222", region: us-east-1 }
            - { account: "333333333333", region: cn-north-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:11:44",
    says: "cn-north-1 is in the partition aws-cn and eu-west-1 in aws; ECR replicates within a partition, copy images with promote",
  },
  {
    code: "replication-crosses-partition",
    shows: "A replica in GovCloud whose source isn't.",
    files: stack(
      AWS.replace("eu-west-1", "us-gov-west-1"),
      text`
        releases:registry:
          role: replica
          prefix: releases/
          source: { account: "222222222222", region: us-east-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:9:48",
    says: "us-east-1 is in the partition aws and us-gov-west-1 in aws-us-gov; ECR replicates within a partition, copy images with promote",
  },
  {
    code: "duplicate-replica",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          prefix: releases/
          replicas:
            - { account: "222222222222", region: eu-west-1 }
            - { account: "222222222222", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:11:9",
    says: "222222222222 eu-west-1 is defined twice; keep one",
  },
  {
    code: "too-many-replicas",
    files: () => {
      const replicas = Array.from(
        { length: 26 },
        (_, index) => `    - { account: "${200000000000 + index}", region: eu-west-1 }\n`,
      );
      return stack(
        AWS,
        `releases:registry:\n  role: source\n  prefix: releases/\n  replicas:\n${replicas.join("")}`,
      );
    },
    at: "Pulumi.testing.yaml:9:5",
    says: "26 replicas; ECR allows 25",
  },
  {
    code: "too-many-filters",
    shows: "101 repositories, each of them a filter.",
    files: () =>
      stack(
        AWS,
        text`
          releases:registry:
            role: source
            replicas:
              - { account: "222222222222", region: eu-west-1 }
        `,
        services(101, (index) => `service-${1000 + index}`),
      ),
    at: "Pulumi.testing.yaml:8:5",
    says: "101 repositories without a common prefix; ECR allows 100 filters. Set registry.prefix",
    also: [
      {
        code: "replication-without-prefix",
        severity: "warning",
        at: "Pulumi.testing.yaml:8:5",
        says: `ECR filters are prefixes: "api" also replicates "api-internal". Set registry.prefix to be sure`,
      },
    ],
  },
  {
    code: "filter-catches-neighbour",
    files: stack(
      AWS,
      text`
        releases:select: { names: [orders] }
        releases:registry:
          role: source
          replicas:
            - { account: "222222222222", region: eu-west-1 }
      `,
      text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
        - github: orders-internal
          docker: orders-internal
          deploy: { release: v0.1.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:9:5",
    says: `the filter "orders" would also replicate "orders-internal", which this stack doesn't own; set registry.prefix`,
    also: [
      {
        code: "replication-without-prefix",
        severity: "warning",
        at: "Pulumi.testing.yaml:9:5",
        says: `ECR filters are prefixes: "api" also replicates "api-internal". Set registry.prefix to be sure`,
      },
    ],
  },
  {
    code: "replication-without-prefix",
    severity: "warning",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          replicas:
            - { account: "222222222222", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:8:5",
    says: `ECR filters are prefixes: "api" also replicates "api-internal". Set registry.prefix to be sure`,
  },
  {
    code: "registry-policy-too-long",
    shows: "200 repositories, each of them in the policy.",
    files: () =>
      stack(
        AWS,
        text`
          releases:registry:
            role: replica
            source: { account: "222222222222", region: eu-west-1 }
        `,
        services(200, (index) => `service-${1000 + index}`),
      ),
    at: "Pulumi.testing.yaml:8:5",
    says: "the registry policy would have 12389 characters, and ECR allows 10240; set registry.prefix",
  },
  {
    code: "too-many-mutable-tags",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          prefix: releases/
          mutableTags: [latest, main, staging, testing, "*-daily", "*-test"]
      `,
    ),
    at: "Pulumi.testing.yaml:9:5",
    says: "6 mutable tags; ECR allows 5 exclusion filters",
  },
  {
    code: "mutable-release-tag",
    shows: "Every tag that starts with a v.",
    files: stack(
      AWS,
      text`
        releases:registry: { role: source, prefix: releases/, mutableTags: [latest, "v*"] }
      `,
    ),
    at: "Pulumi.testing.yaml:6:79",
    says: `"v*" matches release tags (v{version}), which must never move; narrow it`,
  },
  {
    code: "mutable-release-tag",
    shows: "A service whose release tags have no v.",
    files: stack(
      AWS,
      text`
        releases:registry: { role: source, prefix: releases/, mutableTags: ["1*"] }
      `,
      text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          tags: { image: "{version}" }
      `,
    ),
    at: "Pulumi.testing.yaml:6:71",
    says: `"1*" matches release tags ({version}), which must never move; narrow it`,
  },
  {
    code: "invalid-role",
    shows: "A role without its account.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          prefix: releases/
          assume: { read: "arn:aws:iam::role/reader" }
      `,
    ),
    at: "Pulumi.testing.yaml:9:21",
    says: `"registry.assume.read" is "arn:aws:iam::role/reader"; expected a role's ARN with its account, such as "arn:aws:iam::111111111111:role/releases-registry-read"`,
  },
  {
    code: "registry-assume",
    shows: "A role for a registry that isn't AWS's.",
    files: stack(
      STACK,
      text`
        releases:cluster: { context: acme-testing }
        releases:registry:
          role: external
          host: ghcr.io/acme
          assume: { write: "arn:aws:iam::111111111111:role/writer" }
      `,
    ),
    at: "Pulumi.testing.yaml:7:5",
    says: `"registry.assume" is for ECR; ghcr.io takes the login of docker login ghcr.io, so remove it`,
  },
  {
    code: "registry-assume",
    shows: "A role of China for a registry elsewhere.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          prefix: releases/
          assume: { read: "arn:aws-cn:iam::111111111111:role/reader" }
      `,
    ),
    at: "Pulumi.testing.yaml:9:21",
    says: `"arn:aws-cn:iam::111111111111:role/reader" is in another partition than eu-west-1, which is in aws; name a role there`,
  },
  {
    code: "repository-name-length",
    files: stack(
      AWS,
      text`
        releases:registry: { role: source }
      `,
      text`
        - github: x
          docker: x
          deploy: { release: v1.2.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:6:22",
    says: `"x" has 1 characters; an image's name has 2 to 255 in this registry`,
  },
];
