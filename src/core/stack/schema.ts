import { z } from "zod";
import {
  EXPECTED_BUCKET,
  IMAGE_REPOSITORY,
  isAwsTag,
  isBucketName,
  isDnsName,
  isHost,
  isRoleArn,
  MAX_AWS_TAGS,
  MAX_PARAMETER_BYTES,
  PREVIEW_DEFAULTS,
  REPOSITORY_PREFIX,
  TEMPLATE_PARAMETER,
} from "../limits";
import { MUTABLE_TAGS } from "../tag-pattern";
import { isCommit, isDigest, parseChartPin, parsePin } from "../version";
import { expectedPin } from "../version-advice";
import { expectedWebhookAddress } from "../webhook-address";
import {
  account,
  byName,
  day,
  duration,
  githubOwner,
  mutableTag,
  nonEmpty,
  parsed,
  refuse,
  region,
  serviceName,
  strict,
  text,
} from "../input/scalars";

/** The namespace of our keys in a stack config. */
export const NAMESPACE = "releases";

/** Returns a key as a stack config has it: `releases:versions` of `versions`. */
export function configKey(key: string): string {
  return `${NAMESPACE}:${key}`;
}

/** Whether a key of a stack config is in our namespace. */
export function isConfigKey(key: string): boolean {
  return key.startsWith(configKey(""));
}

const pin = z
  .string()
  .meta({
    description:
      "A pin: v1.2.3, v1.2.3@sha256:..., <commit>@sha256:... or <image's own tag>@sha256:...; without an image <commit>",
    pattern: "^(v\\d|[0-9a-f]{40}$|[A-Za-z0-9_][A-Za-z0-9._-]*@sha256:)",
    examples: ["v1.2.3"],
  })
  .transform((value, context) => {
    const parsed = parsePin(value);
    if (typeof parsed !== "string") return parsed;
    refuse(context, { code: parsed, expected: expectedPin(value, parsed) });
    return z.NEVER;
  });

const chartPin = parsed(
  {
    code: "invalid-chart-version",
    expected: `an exact chart version, "1.4.0" or "1.4.0@sha256:<64 hex digits>"`,
  },
  parseChartPin,
  {
    description: "The chart's exact version: 1.4.0 or 1.4.0@sha256:...",
    examples: ["1.4.0"],
  },
);

function isRegistryHost(value: string): boolean {
  const [host = "", ...path] = value.split("/");
  return isHost(host) && (path.length === 0 || IMAGE_REPOSITORY.test(path.join("/")));
}

/** The address may hold a secret, so no message repeats it. */
const webhookAddress = z
  .string()
  .superRefine((value, context) => {
    const expected = expectedWebhookAddress(value);
    if (expected === undefined) return;
    refuse(context, { code: "invalid-webhook-url", expected, hidden: true });
  })
  .meta({
    pattern: "^https://",
    description: "Address that release events are sent to.",
    examples: ["https://hooks.acme.example/testing"],
  });

const parameterName = text(
  { code: "invalid-parameter", expected: "1 to 255 letters and digits, as CloudFormation takes" },
  (value) => TEMPLATE_PARAMETER.test(value),
  { pattern: TEMPLATE_PARAMETER.source },
);

/** The program has encrypted ones as they are, so no message repeats a value. */
const parameterValue = z.string().superRefine((value, context) => {
  if (new TextEncoder().encode(value).length <= MAX_PARAMETER_BYTES) return;
  const expected = `at most ${MAX_PARAMETER_BYTES} bytes, as CloudFormation takes`;
  refuse(context, { code: "invalid-parameter", expected, hidden: true });
});

const awsTags = z
  .record(z.string(), z.string().meta({ description: "Value of this tag." }))
  .superRefine((tags, context) => {
    for (const [key, value] of Object.entries(tags)) {
      if (isAwsTag(key, value)) continue;
      const expected = `a tag that AWS takes: a key of 1 to 128 and a value of 1 to 256 letters, digits, spaces and "_.:/=+-@", no key that begins with "aws:"`;
      refuse(context, { code: "invalid-tag", expected }, [key]);
    }
    const count = Object.keys(tags).length;
    if (count <= MAX_AWS_TAGS) return;
    refuse(context, { code: "invalid-tag", expected: `at most ${MAX_AWS_TAGS} tags` });
  });

const registryLocation = strict({ account, region });

const registryRole = (access: string, description: string) =>
  text(
    {
      code: "invalid-role",
      expected: `a role's ARN with its account, such as "arn:aws:iam::111111111111:role/releases-registry-read"`,
    },
    isRoleArn,
    { description, examples: [`arn:aws:iam::111111111111:role/releases-registry-${access}`] },
  );

const registry = strict({
  role: z
    .enum(["source", "replica", "shared", "external"], {
      error: `"source", "replica", "shared" or "external"`,
    })
    .meta({
      description:
        "source: CI pushes here. replica: receives from the source. shared: another stack owns it. external: no ECR is declared.",
    }),
  owner: nonEmpty(
    "With role shared: the stack of the same account and region that declares the repositories.",
  )
    .optional()
    .meta({ examples: ["staging"] }),
  prefix: text(
    {
      code: "invalid-prefix",
      expected: `a repository prefix that ends in a slash, such as "releases/", so that it can't catch a neighbor`,
    },
    (value) => REPOSITORY_PREFIX.test(value),
    {
      pattern: REPOSITORY_PREFIX.source,
      description:
        "Start of every image repository's name. Ends in a slash. With role shared: the owner's.",
      default: "",
      examples: ["releases/"],
    },
  ).optional(),
  mutableTags: z.array(mutableTag()).optional().meta({
    description:
      "Mutable tags: the only ones that may be pushed again. Say them once: stacks that don't say any have those of the others.",
    default: MUTABLE_TAGS,
  }),
  replicas: z
    .array(registryLocation)
    .optional()
    .meta({ description: "Replicas: registries that the source replicates to." }),
  source: registryLocation
    .optional()
    .meta({ description: "Registry that a replica receives from." }),
  pushes: z.boolean().optional().meta({
    description:
      "With role source: a queue gets what ECR says of pushed images, for releases receive --queue. The output pushQueue is its address.",
    default: false,
  }),
  host: text(
    {
      code: "invalid-host",
      expected: `a registry's host with an optional path, such as "ghcr.io/acme"`,
    },
    isRegistryHost,
    {
      description: "With role external: the host of the images, with an optional path.",
      examples: ["ghcr.io/acme"],
    },
  ).optional(),
  assume: strict({
    read: registryRole(
      "read",
      "For questions, and for images that are copied from this registry.",
    ).optional(),
    write: registryRole(
      "write",
      "For images that are copied or tagged into this registry.",
    ).optional(),
  })
    .optional()
    .meta({
      description:
        "IAM roles to assume for ECR, each for one end of a copy. Default: none, AWS's own credentials.",
    }),
});

/** As long as a branch's name on GitHub, with the owner of a fork in front of it. */
const MAX_BRANCH = 300;

const openPreview = strict({
  service: serviceName.meta({ description: "The service that it is a copy of." }),
  pullRequest: z
    .int()
    .min(1)
    .meta({ description: "Number of the pull request in the service's repository." }),
  branch: text(
    { code: "invalid-value", expected: `a branch's name of at most ${MAX_BRANCH} characters` },
    (value) => value !== "" && value.length <= MAX_BRANCH,
    {
      description:
        "Branch of the pull request, which the names of its copies come from; of a fork `<owner>:<branch>`.",
      examples: ["feature-x"],
    },
  ),
  commit: text({ code: "invalid-pin", expected: "a commit of 40 hex digits" }, isCommit, {
    description: "Commit that runs, which is the tag of its image.",
    examples: ["3f9c0ffee13f9c0ffee13f9c0ffee13f9c0ffee1"],
  }),
  digest: text({ code: "invalid-digest", expected: `"sha256:" and 64 hex digits` }, isDigest, {
    description: "Digest of the image.",
    examples: [`sha256:${"0".repeat(64)}`],
  }),
  until: day.meta({
    description:
      "Time at which the copy ends, unless there is a push: releases resolve removes it.",
    examples: ["2026-12-03T09:00:00Z"],
  }),
});

const previews = strict({
  domain: text(
    { code: "invalid-domain", expected: `a name of DNS in lower case, such as "acme.example"` },
    isDnsName,
    {
      description:
        "Domain of the copies, each of which is at `<hash>.<service>.<environment>.<domain>`.",
      examples: ["acme.example"],
    },
  ),
  max: z.int().min(1).optional().meta({
    description: "Most copies at a time. Those that were pushed last have a place.",
    default: PREVIEW_DEFAULTS.max,
  }),
  maxPerService: z.int().min(1).optional().meta({
    description: "Most copies of one service at a time.",
    default: PREVIEW_DEFAULTS.maxPerService,
  }),
  ttl: duration.optional().meta({
    description: "How long a copy runs after the last push to its pull request.",
    default: PREVIEW_DEFAULTS.ttl,
    examples: ["7d"],
  }),
  allow: z
    .array(z.enum(["forks", "bots"], { error: `"forks" or "bots"` }))
    .optional()
    .meta({
      description: "Pull requests from forks, and those that bots open, get copies as well.",
      default: [],
      examples: [["bots"]],
    }),
  values: byName(z.record(z.string(), z.json()))
    .optional()
    .meta({
      description:
        "Helm values of copies: service name to values, over those of the service. In texts {host}, {hash} and {name} are the copy's. Needed for a chart of the service's own.",
      examples: [{ orders: { ingress: { host: "{host}" } } }],
    }),
  open: z
    .array(openPreview)
    .optional()
    .meta({ description: "Copies that are declared. releases resolve writes them." }),
});

/** The keys of a stack config's `releases:` namespace, all but the secret. */
export const stackConfig = strict({
  environment: nonEmpty("Environment of environments.yaml. Default: the stack's name.")
    .optional()
    .meta({ examples: ["testing"] }),
  account: account.optional(),
  cluster: strict({
    context: nonEmpty("Context of the kubeconfig; never the current one.").meta({
      examples: ["acme-testing"],
    }),
    identifier: nonEmpty(
      "Identity of the cluster, which keeps Helm releases when the kubeconfig changes.",
    )
      .optional()
      .meta({ examples: ["acme-testing"] }),
  })
    .optional()
    .meta({ description: "Kubernetes cluster that the services run in." }),
  github: strict({
    owner: githubOwner,
  })
    .optional()
    .meta({ description: "Owner of the services' GitHub repositories." }),
  registry: registry.optional().meta({ description: "Registry of the images." }),
  webhook: strict({
    url: webhookAddress,
    scope: z
      .enum(["repository", "organization"], { error: `"repository" or "organization"` })
      .optional()
      .meta({
        description: "One webhook per GitHub repository, or one for the organization.",
        default: "repository",
      }),
  })
    .optional()
    .meta({ description: "Webhooks that GitHub sends release events by." }),
  versions: byName(pin).optional().meta({
    description:
      "Pins: service name to pin. Without a pin a service runs the release of its definition.",
  }),
  charts: byName(chartPin).optional().meta({
    description:
      "Chart pins: service name to chart version. Without one the definition's chart counts, or the newest default one.",
  }),
  values: byName(z.record(z.string(), z.json()))
    .optional()
    .meta({
      description:
        "Helm values that differ here: service name to values, merged over the definition's. Never secrets.",
      examples: [{ orders: { replicaCount: 3 } }],
    }),
  holds: byName(
    strict({
      reason: nonEmpty("Why the service is held.").meta({ examples: ["load test"] }),
      until: day.optional().meta({
        description: "Time at which the hold ends by itself. Default: never.",
      }),
    }),
  )
    .optional()
    .meta({
      description: "Holds: services that stay at their pin until the hold is lifted.",
    }),
  templates: strict({
    bucket: text({ code: "invalid-bucket", expected: EXPECTED_BUCKET }, isBucketName, {
      description: "S3 bucket of the templates, which has a folder for each version.",
      examples: ["acme-templates-testing"],
    }),
    parameters: z
      .record(parameterName, parameterValue)
      .optional()
      .meta({ description: "Parameters of every template, by name." }),
    tags: awsTags.optional().meta({
      description: "AWS tags of every CloudFormation stack.",
      examples: [{ team: "platform" }],
    }),
    versions: z.enum(["own", "all"], { error: `"own" or "all"` }).optional().meta({
      description:
        "own: a template gets its own version as a parameter. all: the version of every service, as Kayron does.",
      default: "own",
    }),
  })
    .optional()
    .meta({ description: "Templates of services with provider: cloudformation." }),
  previews: previews
    .optional()
    .meta({ description: "Previews: copies of services for open pull requests." }),
  select: strict({
    team: nonEmpty("Only the services of this team.")
      .optional()
      .meta({ examples: ["shop"] }),
    names: z
      .array(serviceName)
      .optional()
      .meta({ description: "Only these services.", examples: [["inventory", "orders"]] }),
  })
    .optional()
    .meta({ description: "The part of the list that this stack owns. Default: all." }),
});

/** The `releases:` keys of a stack config, with pins as values. */
export type StackFile = z.infer<typeof stackConfig>;

/** The keys that decide which version of which service runs where: history reads them of stack configs. */
export const DECIDING_KEYS = [
  "environment",
  "select",
  "versions",
  "charts",
  "registry",
  "holds",
] as const satisfies readonly (keyof StackFile)[];

/** The keys that stand in a stack config itself: those, and values, which are changes that a freeze refuses. */
export const OWN_KEYS = [...DECIDING_KEYS, "values"] as const;

/**
 * The keys that the engine must have as the stack config has them, as gates have judged them. A registry may come
 * from elsewhere, as it is the account's.
 */
export const JUDGED_KEYS = OWN_KEYS.filter((key) => key !== "registry");

/** The keys that the program reads below `releases:`. */
export const STACK_KEYS = Object.keys(stackConfig.shape) as (keyof StackFile)[];
