/** What a new repository is written from. */
export interface Answers {
  /** The owner of the services' GitHub repositories. */
  readonly owner: string;
  /** In the order in which versions move. */
  readonly environments: readonly string[];
  readonly services: readonly string[];
  readonly registry: RegistryAnswer;
  /** Whether services run in Kubernetes clusters. */
  readonly clusters: boolean;
  /** The services that run by the default chart. Default: all of `services`. */
  readonly charted?: readonly string[];
  /** Whether there are templates of CloudFormation, each of which gets every version. Default: false. */
  readonly templates?: boolean;
}

/** Where images are: ECR, an account for each environment, or elsewhere. */
export type RegistryAnswer =
  { readonly accounts: readonly string[]; readonly region: string } | { readonly host: string };

/** Files by their paths in a repository. */
export type Texts = ReadonlyMap<string, string>;

/** The version that the services of a new repository run at until somebody writes theirs. */
const FIRST_VERSION = "v0.1.0";

const SCHEMAS = "node_modules/pulumi-releases/dist/schemas";

/** Returns a text as YAML has it, with quotes where it might be taken for something else. */
function scalar(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) && !OTHERS.test(text) ? text : JSON.stringify(text);
}

/** What YAML 1.1, which Pulumi's reader keeps, takes for no text. */
const OTHERS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/**
 * Returns the data of a new repository: the list, the promotion path, and a stack config for each environment.
 * @param chart the version of the default chart that services are pinned to
 */
export function starterData(answers: Answers, chart: string): Texts {
  return new Map([
    ["service/services.yaml", listOf(answers)],
    ["environments.yaml", pathOf(answers.environments)],
    ...stackConfigs(answers, chart),
  ]);
}

/** Returns a stack config for each environment, with a pin for each service that was named. */
export function stackConfigs(answers: Answers, chart: string): Texts {
  const { environments } = answers;
  return new Map(
    environments.map((name) => [`Pulumi.${name}.yaml`, stackOf(name, answers, chart)] as const),
  );
}

function listOf({ services }: Answers): string {
  const definitions = services.map(
    (name) =>
      `- github: ${scalar(name)}\n  docker: ${scalar(name)}\n  deploy: { release: ${FIRST_VERSION} }\n`,
  );
  return `# yaml-language-server: $schema=../${SCHEMAS}/definitions.schema.json
# What exists. What runs where is pinned in Pulumi.<stack>.yaml.

${definitions.join("\n")}`;
}

function pathOf(environments: readonly string[]): string {
  const parts = environments.map((name, index) => {
    const from = environments[index - 1];
    const isLast = index === environments.length - 1 && from !== undefined;
    return [
      `  ${scalar(name)}:`,
      "    ref: main",
      ...(from === undefined ? [] : [`    from: ${scalar(from)}`]),
      `    accepts: [release${isLast ? "" : ", prerelease"}]`,
      ...(isLast ? ["    soak: 24h"] : []),
      "",
    ].join("\n");
  });
  return `# yaml-language-server: $schema=${SCHEMAS}/environments.schema.json
# The promotion path. It has other owners than the list: whoever edits a version can't approve its promotion.

environments:
${parts.join("\n")}`;
}

function stackOf(environment: string, answers: Answers, chart: string): string {
  const { owner, services, clusters, templates = false } = answers;
  const pinned = services.length > 0;
  const context = scalar(`${owner}-${environment}`.toLowerCase());
  const { charted = services } = answers;
  const pins = (names: readonly string[], version: string): string[] =>
    names.map((name) => `    ${scalar(name)}: ${version}`);
  const lines = [
    ...placeOf(environment, answers),
    ...(clusters
      ? ["  releases:cluster:", `    context: ${context}`, `    identifier: ${context}`]
      : []),
    "  releases:github:",
    `    owner: ${scalar(owner)}`,
    ...registryOf(environment, answers),
    ...(templates
      ? [
          "  releases:templates:",
          `    bucket: ${scalar(`${owner}-templates-${environment}`.toLowerCase())}`,
          "    versions: all",
        ]
      : []),
    ...(pinned
      ? ["", "  # What runs here.", "  releases:versions:", ...pins(services, FIRST_VERSION)]
      : []),
    ...(clusters && charted.length > 0
      ? [
          "",
          "  # Versions of the default chart, so that an upgrade of pulumi-releases moves no service.",
          "  releases:charts:",
          ...pins(charted, chart),
        ]
      : []),
  ];
  return `# yaml-language-server: $schema=${SCHEMAS}/stack.schema.json
config:
  pulumi:disable-default-providers: ["*"]

  # Where this stack may act. Nothing ambient is used.
${lines.join("\n")}
`;
}

function placeOf(environment: string, { environments, registry }: Answers): string[] {
  if (!("accounts" in registry)) return [];
  const account = registry.accounts[environments.indexOf(environment)] ?? "";
  return [`  aws:region: ${scalar(registry.region)}`, `  releases:account: "${account}"`];
}

/** The first environment's account has the images; the others get copies. Environments of one account share it. */
function registryOf(environment: string, { environments, registry }: Answers): string[] {
  if ("host" in registry) {
    return ["  releases:registry:", "    role: external", `    host: ${scalar(registry.host)}`];
  }
  const { accounts, region } = registry;
  const place = (account = ""): string => `{ account: "${account}", region: ${scalar(region)} }`;
  const at = environments.indexOf(environment);
  const owner = accounts.indexOf(accounts[at] ?? "");
  if (owner < at) {
    return [
      "  releases:registry:",
      "    role: shared",
      `    owner: ${scalar(environments[owner] ?? "")}`,
      "    prefix: releases/",
    ];
  }
  if (at > 0) {
    return [
      "  releases:registry:",
      "    role: replica",
      "    prefix: releases/",
      `    source: ${place(accounts[0])}`,
    ];
  }
  const others = new Set(accounts.filter((account) => account !== accounts[0]));
  const replicas = [...others].map((account) => `      - ${place(account)}`);
  return [
    "  releases:registry:",
    "    role: source",
    "    prefix: releases/",
    ...(replicas.length > 0 ? ["    replicas:", ...replicas] : []),
  ];
}
