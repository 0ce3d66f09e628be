import { unlessImported, type Findings, type Located } from "../input/findings";
import { error, warning, type Issue } from "../input/issue";
import { isRegion } from "../aws";
import { configKey, isConfigKey, STACK_KEYS, stackConfig, type StackFile } from "./schema";
import { MUTABLE_TAGS } from "../tag-pattern";
import { isMark, refuseReserved } from "../input/reserved";
import { hasSecret, plainSecrets } from "../input/secrets";
import { expectedRegion } from "../input/scalars";
import { checkShape } from "../input/validate";
import { checkHelmValues } from "./helm-values-rules";
import type { Previews, Registry, StackConfig, Templates } from "./plan";
import { PREVIEW_DEFAULTS } from "../limits";
import type { ProjectConfig } from "./project";
import type { Path, YamlFile } from "../input/source";

/** The values of a stack config below `releases:`, unchecked; keys without the namespace. */
export interface StackValues {
  readonly stack: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** `aws:region`. */
  readonly region: unknown;
  /** Whether `releases:webhookSecret` is there. Its content isn't read. */
  readonly hasWebhookSecret: boolean;
  /** Keys that were left out, each with a finding. */
  readonly refused: readonly string[];
  /** Names of encrypted template parameters, which stay secret. */
  readonly secretParameters: ReadonlySet<string>;
  /** Whether the file imports environments of Pulumi ESC, of which the engine alone knows what they set. */
  readonly hasImports: boolean;
  readonly from: Located;
}

const SECRET = "webhookSecret";

/** The value of an encrypted value, of which only its presence is known. */
export const ENCRYPTED = "[encrypted]";

/**
 * Returns the stack's name of `Pulumi.<stack>.yaml`, or undefined for other files, of which
 * `Pulumi.<stack>.deploy.yaml` is one: settings of Pulumi Deployments.
 */
export function stackOf(file: string): string | undefined {
  return /^Pulumi\.(?!.*\.deploy\.yaml$)([A-Za-z0-9_.-]+)\.yaml$/.exec(file)?.[1];
}

/** Returns the environment of a stack: the one that its config names, else the stack's own name. */
export function environmentOf({ stack, values }: Pick<StackValues, "stack" | "values">): string {
  const { environment } = values;
  return typeof environment === "string" ? environment : stack;
}

/**
 * Returns a stack config's values as its file has them, or else Pulumi.yaml, encrypted ones as `[encrypted]`, and
 * the findings that need the file: plain secrets, encrypted values where none may be, keys without a namespace.
 */
export function parseStackFile(
  stack: string,
  file: YamlFile,
  project: ProjectConfig = new Map(),
): { values: StackValues | undefined; issues: Issue[] } {
  if (file.issues.length > 0) return { values: undefined, issues: [...file.issues] };
  const whole = file.value;
  if (typeof whole !== "object" || whole === null || Array.isArray(whole)) {
    const found = `a stack config is a mapping with the key "config"`;
    const issue = error("invalid-type", file.file, found, file.locate([]));
    return { values: undefined, issues: [issue] };
  }
  const { config: own = {}, environment } = whole as { config?: unknown; environment?: unknown };
  const config = own ?? {};
  if (typeof config !== "object" || Array.isArray(config)) {
    const found = `"config" must be a mapping of keys such as "releases:account"`;
    return {
      values: undefined,
      issues: [error("invalid-type", file.file, found, file.locate(["config"]))],
    };
  }
  const issues: Issue[] = [];
  const values = new Map<string, unknown>();
  const refused: string[] = [];
  let hasWebhookSecret = false;
  const inherited = [...project].filter(([key]) => !(key in config));
  for (const [key, value] of [...inherited, ...Object.entries(config)]) {
    const at = ["config", key];
    if (key === configKey(SECRET)) hasWebhookSecret = true;
    if (isPlainSecret(key, value)) {
      const found = `"${key}" is a secret in plain text; rotate it, then pulumi config set --secret ${key}`;
      issues.push(error("plain-secret", file.file, found, file.locate(at)));
    } else if (isConfigKey(key) && key !== configKey(SECRET)) {
      const name = key.slice(configKey("").length);
      const encrypted = name === "values" ? encryptedPaths(value) : [];
      for (const path of encrypted) {
        const found = `"${[name, ...path].join(".")}" is encrypted to Pulumi, as its one key is "secure"; name a Kubernetes Secret, or write it into the definition`;
        issues.push(error("encrypted-value", file.file, found, file.locate([...at, ...path])));
      }
      if (encrypted.length > 0) {
        refused.push(name);
      } else if (name !== "templates" && holdsEncrypted(value)) {
        const found = `"${key}" is encrypted; only ${SECRET} and template parameters may be: reviewers must see the rest`;
        issues.push(error("encrypted-value", file.file, found, file.locate(at)));
        refused.push(name);
      } else {
        values.set(name, mask(value));
      }
    } else if ((STACK_KEYS as string[]).includes(key)) {
      const found = `"${key}" has no namespace; did you mean "${configKey(key)}"?`;
      issues.push(error("unknown-key", file.file, found, file.locate(at, "key")));
    }
  }
  const hasImports = environment !== undefined && environment !== null;
  const settings: Record<string, unknown> = { ...Object.fromEntries(project), ...config };
  if (values.size > 0 && !disablesDefaultProviders(settings)) {
    const found = `default providers are on; add pulumi:disable-default-providers: ["*"], so that none is used by mistake`;
    const unless = hasImports ? unlessImported(found) : found;
    issues.push(warning("default-providers", file.file, unless, file.locate(["config"], "key")));
  }
  const region = settings["aws:region"];
  const secretParameters = encryptedParameters(settings[configKey("templates")]);
  const from = inConfig(file);
  return {
    values: {
      stack,
      // One of its keys may be __proto__, which an assignment would take for something else.
      values: Object.fromEntries(values),
      region,
      hasWebhookSecret,
      refused,
      secretParameters,
      hasImports,
      from,
    },
    issues,
  };
}

/** Returns a view of a stack config's file in which `versions.x` is `config.releases:versions.x`. */
export function inConfig(file: Located): Located {
  const full = (path: readonly (string | number)[]): (string | number)[] => {
    const [key, ...rest] = path;
    if (key === undefined) return ["config"];
    return ["config", String(key).includes(":") ? key : configKey(String(key)), ...rest];
  };
  return {
    file: file.file,
    locate: (path, part) => file.locate(full(path), part),
    written: (path) => file.written(full(path)),
    otherReadings: (path) => file.otherReadings(full(path)),
  };
}

/**
 * Returns a stack's config; every value that the schema refuses becomes a finding. With findings, it is the
 * config without the refused values, for the rules about the rest.
 */
export function checkStackValues(
  { stack, values, region, secretParameters }: StackValues,
  findings: Findings,
): StackConfig | undefined {
  const known = typeof region === "string" && isRegion(region) ? region : undefined;
  if (region !== undefined && known === undefined) {
    const near = expectedRegion(typeof region === "string" ? region : "");
    const found = `"aws:region" is ${JSON.stringify(region)}; expected ${near}`;
    findings.refuseShape("invalid-region", found, ["aws:region"], "value");
  }
  if (isMark(stack) || stack === "__proto__") {
    const found = `"${stack}" can't be a stack's name: it means something else to Pulumi or JavaScript; rename the file`;
    findings.refuseShape("reserved-name", found, [], "value");
  }
  refuseReserved(values, findings);
  const shaped = checkShape(stackConfig, values, findings);
  for (const key of Object.keys(values)) {
    findings.refuseOtherReadings([key], key === "values" || key === "previews");
  }
  for (const [name, own] of shaped?.values ?? []) checkHelmValues(own, ["values", name], findings);
  for (const [name, own] of shaped?.previews?.values ?? []) {
    checkHelmValues(own, ["previews", "values", name], findings);
  }
  if (shaped !== undefined) warnOfSecrets(shaped, secretParameters, findings);
  return shaped && toConfig(stack, shaped, known);
}

function warnOfSecrets(
  { webhook, templates }: StackFile,
  encrypted: ReadonlySet<string>,
  findings: Findings,
): void {
  if (webhook !== undefined && hasSecret(webhook.url)) {
    const found = `"webhook.url" has what looks like a secret, which plans and GitHub show; rotate it, and let the receiver check the signature by ${SECRET}`;
    findings.warn("plain-secret", found, ["webhook", "url"]);
  }
  for (const path of plainSecrets(templates?.parameters, ["templates", "parameters"])) {
    if (encrypted.has(String(path.at(-1)))) continue;
    const found = `"${path.join(".")}" looks like a secret in plain text; rotate it, then encrypt it with pulumi config set --secret --path`;
    findings.warn("plain-secret", found, path);
  }
}

function toConfig(stack: string, file: StackFile, region: string | undefined): StackConfig {
  const { account, cluster, github, previews, registry, templates, webhook } = file;
  return {
    stack,
    environment: environmentOf({ stack, values: file }),
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
    ...(cluster !== undefined && { cluster }),
    ...(github !== undefined && { githubOwner: github.owner }),
    ...(registry !== undefined && { registry: toRegistry(registry) }),
    ...(webhook !== undefined && {
      webhook: { url: webhook.url, scope: webhook.scope ?? "repository" },
    }),
    versions: file.versions ?? new Map(),
    charts: file.charts ?? new Map(),
    values: file.values ?? new Map(),
    holds: file.holds ?? new Map(),
    ...(templates !== undefined && { templates: toTemplates(templates) }),
    ...(previews !== undefined && { previews: toPreviews(previews) }),
    select: file.select ?? {},
  };
}

function toPreviews(file: NonNullable<StackFile["previews"]>): Previews {
  return {
    domain: file.domain,
    max: file.max ?? PREVIEW_DEFAULTS.max,
    maxPerService: file.maxPerService ?? PREVIEW_DEFAULTS.maxPerService,
    ttl: file.ttl ?? PREVIEW_DEFAULTS.ttl,
    allow: file.allow ?? [],
    values: file.values ?? new Map(),
    open: file.open ?? [],
  };
}

function toRegistry(file: NonNullable<StackFile["registry"]>): Registry {
  return {
    role: file.role,
    ...(file.owner !== undefined && { owner: file.owner }),
    prefix: file.prefix ?? "",
    // The owner of a shared registry has them.
    mutableTags: file.mutableTags ?? (file.role === "shared" ? [] : MUTABLE_TAGS),
    replicas: file.replicas ?? [],
    pushes: file.pushes ?? false,
    ...(file.source !== undefined && { source: file.source }),
    ...(file.host !== undefined && { host: file.host }),
    ...(file.assume !== undefined && { assume: file.assume }),
  };
}

function toTemplates(file: NonNullable<StackFile["templates"]>): Templates {
  return {
    bucket: file.bucket,
    parameters: file.parameters ?? {},
    tags: file.tags ?? {},
    versions: file.versions ?? "own",
  };
}

/** Keys of any provider whose value is a secret, such as github:token and aws:secretKey. */
const SECRET_KEY = /(?:token|secret|secretKey|password|passphrase|privateKey|pemFile)$/i;

function isPlainSecret(key: string, value: unknown): boolean {
  if (isEncrypted(value)) return false;
  return (
    key === configKey(SECRET) || (key.includes(":") && !isConfigKey(key) && SECRET_KEY.test(key))
  );
}

function isEncrypted(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).length === 1 &&
    typeof (value as { secure?: unknown }).secure === "string"
  );
}

function holdsEncrypted(value: unknown): boolean {
  return encryptedPaths(value).length > 0;
}

function encryptedPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  if (isEncrypted(value)) return [path];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, part]) =>
    encryptedPaths(part, [...path, isList ? Number(key) : key]),
  );
}

function encryptedParameters(templates: unknown): Set<string> {
  const { parameters } = (templates ?? {}) as { parameters?: unknown };
  if (typeof parameters !== "object" || parameters === null) return new Set();
  return new Set(
    Object.entries(parameters).flatMap(([key, value]) => (isEncrypted(value) ? [key] : [])),
  );
}

function mask(value: unknown): unknown {
  if (isEncrypted(value)) return ENCRYPTED;
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mask(part)]));
}

/** Returns what a text is as JSON, which is how the engine reads a list; undefined where it isn't JSON. */
function listIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function disablesDefaultProviders(settings: Record<string, unknown>): boolean {
  const given = settings["pulumi:disable-default-providers"];
  const disabled = typeof given === "string" ? listIn(given) : given;
  return Array.isArray(disabled) && disabled.includes("*");
}
