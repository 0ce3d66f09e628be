import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import type { PlannedResource } from "../../src/adapters/pulumi/resource";
import MODEL from "../fixtures/other-side.json";
import { TYPES } from "./plans";

/** A limit of a text, or of the length of a list or map. */
export interface Limit {
  readonly min?: number;
  readonly max?: number;
  readonly maxBytes?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

const ecr = MODEL.botocore.shapes["ecr/2015-09-21"];
const events = MODEL.botocore.shapes["events/2015-10-07"];
const cloudformation = MODEL.botocore.shapes["cloudformation/2010-05-15"];
const documented = MODEL.documented;

/** Whatever it is, nobody refuses it: booleans and numbers of ours, and values that a chart alone knows. */
const FREE: readonly Limit[] = [];

/**
 * The limits of every input that the program declares, by type and path; `[]` is each item of a list, `<key>` and
 * `<value>` each of a map. An input without a row fails the test that holds resources to it.
 */
const INPUTS: Readonly<Record<string, Readonly<Record<string, readonly Limit[]>>>> = {
  [TYPES.repository]: {
    name: [ecr.RepositoryName, documented["image name"]],
    imageTagMutability: [ecr.ImageTagMutability],
    imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilters],
    "imageTagMutabilityExclusionFilters[].filter": [ecr.ImageTagMutabilityExclusionFilterValue],
    "imageTagMutabilityExclusionFilters[].filterType": [ecr.ImageTagMutabilityExclusionFilterType],
    "imageScanningConfiguration.scanOnPush": FREE,
    forceDelete: FREE,
  },
  [TYPES.lifecyclePolicy]: { repository: [ecr.RepositoryName], policy: [ecr.LifecyclePolicyText] },
  [TYPES.replication]: {
    "replicationConfiguration.rules": [ecr.ReplicationRuleList, documented["replication rules"]],
    "replicationConfiguration.rules[].destinations": [
      ecr.ReplicationDestinationList,
      documented["replication destinations"],
    ],
    "replicationConfiguration.rules[].destinations[].registryId": [ecr.RegistryId],
    "replicationConfiguration.rules[].destinations[].region": [ecr.Region],
    "replicationConfiguration.rules[].repositoryFilters": [ecr.RepositoryFilterList],
    "replicationConfiguration.rules[].repositoryFilters[].filter": [ecr.RepositoryFilterValue],
    "replicationConfiguration.rules[].repositoryFilters[].filterType": [ecr.RepositoryFilterType],
  },
  [TYPES.registryPolicy]: { policy: [ecr.RegistryPolicyText] },
  [TYPES.queue]: {
    name: [documented["queue name"]],
    messageRetentionSeconds: FREE,
    sqsManagedSseEnabled: FREE,
  },
  [TYPES.queuePolicy]: { queueUrl: [documented.address], policy: FREE },
  [TYPES.eventRule]: {
    name: [events.RuleName],
    description: [events.RuleDescription],
    eventPattern: [events.EventPattern, documented["event pattern"]],
  },
  [TYPES.eventTarget]: {
    rule: [events.RuleName],
    targetId: [events.TargetId],
    arn: [events.TargetArn],
  },
  [TYPES.template]: {
    name: [documented["stack name"]],
    templateUrl: [cloudformation.TemplateURL, documented.address],
    parameters: [documented.parameters],
    "parameters.<key>": [documented["parameter name"]],
    "parameters.<value>": [documented["parameter value"]],
    tags: [cloudformation.Tags],
    "tags.<key>": [cloudformation.TagKey, documented["tag text"]],
    "tags.<value>": [cloudformation.TagValue, documented["tag text"]],
    capabilities: FREE,
    "capabilities[]": [cloudformation.Capability],
  },
  [TYPES.release]: {
    name: [documented["release name"]],
    namespace: [documented.namespace],
    chart: [documented.chart],
    version: [documented["chart version"]],
    "repositoryOpts.repo": [documented.address],
    ...{
      createNamespace: FREE,
      values: FREE,
      resetValues: FREE,
      atomic: FREE,
      cleanupOnFail: FREE,
      skipAwait: FREE,
      description: FREE,
    },
    ...{ compat: FREE, maxHistory: FREE, timeout: FREE },
  },
  ...Object.fromEntries(
    [TYPES.webhook, TYPES.organizationWebhook].map((type) => [
      type,
      {
        repository: [documented["github repository"]],
        "configuration.url": [documented.address],
        "configuration.contentType": [{ enum: ["json", "form"] }],
        ...{ "configuration.insecureSsl": FREE, "configuration.secret": FREE, active: FREE },
        events: FREE,
        "events[]": [{ enum: ["release"] }],
      },
    ]),
  ),
  "pulumi:providers:aws": {
    region: [ecr.Region],
    allowedAccountIds: [documented.account],
    ...{ skipCredentialsValidation: FREE, skipRegionValidation: FREE },
  },
  "pulumi:providers:kubernetes": { context: FREE, clusterIdentifier: FREE },
  "pulumi:providers:github": {
    owner: [documented["github owner"]],
    legacyClient: FREE,
    baseUrl: FREE,
  },
};

/** Returns what the other side would refuse of a resource, and inputs that have no limits here. */
export function refusedOf({ type, name, inputs }: PlannedResource): string[] {
  const limits = INPUTS[type];
  if (limits === undefined) return type.startsWith("releases:") ? [] : [`${type} has no limits`];
  return walk(inputs, "", limits).map((found) => `${type} ${name}: ${found}`);
}

function walk(
  value: unknown,
  at: string,
  limits: Readonly<Record<string, readonly Limit[]>>,
): string[] {
  const own = limits[at];
  if (own === FREE && !Object.keys(limits).some((path) => path.startsWith(`${at}[]`))) return [];
  const here = (own ?? [])
    .filter((limit) => !satisfies(value, limit))
    .map(() => `${at} ${shown(value)}`);
  if (Array.isArray(value))
    return [...here, ...value.flatMap((item) => walk(item, `${at}[]`, limits))];
  if (typeof value === "object" && value !== null) {
    const isMap = limits[`${at}.<key>`] !== undefined;
    const below = Object.entries(value).flatMap(([key, part]) =>
      isMap
        ? [...walk(key, `${at}.<key>`, limits), ...walk(part, `${at}.<value>`, limits)]
        : walk(part, at === "" ? key : `${at}.${key}`, limits),
    );
    return [...here, ...below];
  }
  return own === undefined ? [`${at} has no limits`] : here;
}

function satisfies(
  value: unknown,
  { min = 0, max = Infinity, maxBytes = Infinity, pattern, enum: known }: Limit,
): boolean {
  const size = sizeOf(value);
  if (size < min || size > max || Buffer.byteLength(String(value)) > maxBytes) return false;
  if (known !== undefined && !known.includes(String(value))) return false;
  return pattern === undefined || new RegExp(`^(?:${pattern})$`, "u").test(String(value));
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  return [...String(value)].length;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}... (${text.length})` : text;
}

/** A model of botocore, as far as it is used. */
interface ServiceModel {
  readonly shapes: Readonly<Record<string, Limit | undefined>>;
}

/** Returns botocore's model of a service; undefined where botocore isn't installed, which moto brings. */
export function botocoreModel(service: string): ServiceModel | undefined {
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  const lib = path.join(cache, "releases-ci/python/lib");
  const versions = fs.existsSync(lib) ? fs.readdirSync(lib) : [];
  const file = versions
    .map((version) =>
      path.join(lib, version, "site-packages/botocore/data", service, "service-2.json.gz"),
    )
    .find((candidate) => fs.existsSync(candidate));
  return file === undefined
    ? undefined
    : (JSON.parse(gunzipSync(fs.readFileSync(file)).toString("utf8")) as ServiceModel);
}

/** The shapes that are kept here, by service. */
export const BOTOCORE: Readonly<Record<string, Readonly<Record<string, Limit>>>> =
  MODEL.botocore.shapes;
