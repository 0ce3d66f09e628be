/**
 * A resource as a policy sees it, whatever program declared it. Inputs that aren't known yet are undefined.
 */
export interface Declared {
  /** Pulumi's type token, such as `aws:ecr/repository:Repository`. */
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  /** Name of its provider; undefined where it has none. */
  readonly provider: string | undefined;
}

/** What is demanded of the stack that a resource belongs to. */
export interface Settings {
  /** Whether nothing may be deleted or replaced by accident. */
  readonly isProtected: boolean;
  /** Whether the same holds for images: of the stack, or of one that shares its repositories. */
  readonly keepsImages: boolean;
  /** Whether images run by digest. */
  readonly byDigest: boolean;
  /** Names of protected releases that may be deleted or replaced: each for one change, then removed. */
  readonly mayGo: readonly string[];
}

/** One rule for resources. */
export interface Rule {
  readonly name: string;
  /** The demand, in one sentence. */
  readonly description: string;
  /** Types that it applies to. Absent: all. */
  readonly types?: readonly string[];
  /** Returns what violates the rule, each with what to do; empty for a resource that doesn't. */
  readonly violations: (resource: Declared, settings: Settings) => string[];
}

const REPOSITORY = "aws:ecr/repository:Repository";
const RELEASE = "kubernetes:helm.sh/v3:Release";

/** All rules of the pack. */
export const RULES: readonly Rule[] = [
  {
    name: "immutable-tags",
    description: "Tags of an image repository are immutable, but for those that it excludes.",
    types: [REPOSITORY],
    violations: ({ inputs }) =>
      /^IMMUTABLE/.test(textOf(inputs["imageTagMutability"]))
        ? []
        : ["its tags are mutable; set imageTagMutability to IMMUTABLE_WITH_EXCLUSION"],
  },
  {
    name: "no-wildcards",
    description: "A policy of a registry, repository or queue names its principals and actions.",
    types: [
      "aws:ecr/registryPolicy:RegistryPolicy",
      "aws:ecr/repositoryPolicy:RepositoryPolicy",
      "aws:sqs/queue:Queue",
      "aws:sqs/queuePolicy:QueuePolicy",
    ],
    violations: ({ inputs }) =>
      statementsOf(inputs["policy"]).flatMap((statement) => [
        ...wildcardsIn(statement),
        ...unboundServicesIn(statement),
      ]),
  },
  {
    name: "protected-repositories",
    description:
      "Repositories with images of a protected environment can't be deleted or replaced.",
    types: [REPOSITORY],
    violations: ({ protect, inputs }, { keepsImages }) => {
      if (!keepsImages) return [];
      return [
        ...(protect ? [] : ["it isn't protected; set the option protect"]),
        ...(inputs["forceDelete"] === true
          ? ["it would be deleted with its images; unset forceDelete"]
          : []),
      ];
    },
  },
  {
    name: "protected-releases",
    description:
      "A release of a protected environment is deleted or replaced only where that is allowed by name.",
    types: [RELEASE],
    violations: ({ name, protect }, { isProtected, mayGo }) =>
      protect || !isProtected || mayGo.includes(name)
        ? []
        : ["it isn't protected; set the option protect, or allow this one in mayGo for one change"],
  },
  {
    name: "exact-charts",
    description: "A Helm release has one exact chart.",
    types: [RELEASE],
    violations: ({ inputs }) => {
      const { chart, version } = inputs;
      if (/^\.\.?\/|@sha256:[0-9a-f]{64}$/.test(textOf(chart))) return [];
      if (/^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/.test(textOf(version))) return [];
      const found = version === undefined ? "no version" : `the version ${textOf(version)}`;
      return [`its chart has ${found}; give one, such as 1.4.0`];
    },
  },
  {
    name: "images-by-digest",
    description:
      "Values have a digest for each image where that is required. Charts may ignore it: plan --since looks.",
    types: [RELEASE],
    violations: ({ inputs }, { byDigest }) =>
      byDigest ? imagesWithoutDigest(inputs["values"], "values") : [],
  },
  {
    name: "signed-webhooks",
    description: "Webhooks go to https, are signed, and check the receiver.",
    types: [
      "github:index/repositoryWebhook:RepositoryWebhook",
      "github:index/organizationWebhook:OrganizationWebhook",
    ],
    violations: ({ inputs }) => {
      const { url, secret, insecureSsl } = mapOf(inputs["configuration"]);
      return [
        ...(url === undefined || textOf(url).startsWith("https://") ? [] : ["its url isn't https"]),
        ...("secret" in mapOf(inputs["configuration"]) && secret !== ""
          ? []
          : ["it has no secret, so anybody can forge its deliveries"]),
        ...(insecureSsl === true ? ["it doesn't check the receiver; unset insecureSsl"] : []),
      ];
    },
  },
  {
    name: "explicit-providers",
    description: "Every resource has an explicit provider.",
    violations: ({ provider }) =>
      provider !== undefined && /^default(?:_|$)/.test(provider)
        ? [
            "it has Pulumi's default provider, which takes its account or cluster from the environment; pass one",
          ]
        : [],
  },
];

interface Statement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Condition?: unknown;
}

/** Returns the statements of a policy; none while the policy isn't known. */
function statementsOf(policy: unknown): Statement[] {
  const document = mapOf(typeof policy === "string" ? JSON.parse(policy) : policy);
  return listOf(document["Statement"]).map((statement) => mapOf(statement));
}

function wildcardsIn({ Effect, Principal, NotPrincipal, Action, NotAction }: Statement): string[] {
  if (Effect === "Deny") return [];
  const principals = [...listOf(Principal), ...Object.values(mapOf(Principal)).flatMap(listOf)];
  const actions = listOf(Action).map(textOf);
  return [
    ...(principals.includes("*") || NotPrincipal !== undefined
      ? ["everybody has access; name the accounts"]
      : []),
    ...(actions.some((action) => action.includes("*")) || NotAction !== undefined
      ? ["it allows actions by a wildcard; name them"]
      : []),
  ];
}

/** Whoever uses a service of AWS has it act for them, unless a policy says for which resource, or whose. */
function unboundServicesIn({ Effect, Principal, Condition }: Statement): string[] {
  const services = listOf(mapOf(Principal)["Service"]).map(textOf);
  if (Effect === "Deny" || services.length === 0) return [];
  const keys = Object.values(mapOf(Condition)).flatMap((tests) => Object.keys(mapOf(tests)));
  return keys.some((key) => /^aws:Source(?:Arn|Account|OrgID)$/i.test(key))
    ? []
    : [`${services.join(", ")} may act for anybody; add a condition on aws:SourceArn`];
}

/**
 * Returns the images without a digest in values. An image is a map with a repository and a tag, at any depth.
 */
function imagesWithoutDigest(values: unknown, path: string): string[] {
  if (typeof values !== "object" || values === null) return [];
  const { repository, tag, digest } = values as Record<string, unknown>;
  const isImage = typeof repository === "string" && typeof tag === "string";
  const hasDigest = [tag, digest].some((text) => /sha256:[0-9a-f]{64}$/.test(textOf(text)));
  return [
    ...(isImage && !hasDigest ? [`${path} is ${repository}:${tag} without a digest; pin one`] : []),
    ...Object.entries(values).flatMap(([key, value]) =>
      imagesWithoutDigest(value, `${path}.${key}`),
    ),
  ];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
}

function mapOf(value: unknown): Record<string, unknown> {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  return isMap ? (value as Record<string, unknown>) : {};
}
