import * as pulumi from "@pulumi/pulumi";
import type { ServiceArgs } from "../components/service-releases";
import {
  cloudformationStackName,
  helmReleaseName,
  versionParameter,
} from "../src/core/stack/names";
import { s3Address } from "../src/core/aws";
import { required } from "../src/core/required";
import { chartContent, type FolderOf } from "./chart-content";
import { imagePrefix } from "../src/core/stack/registry";
import { isClassic, type Chart } from "../src/core/list/service";
import type { Deployment, StackPlan } from "../src/core/stack/plan";
import { templateOf } from "../src/core/stack/template";
import { heldValues, helmValues, imageOf } from "../src/core/stack/helm-values";

/** Revisions that Helm keeps of a release: more than anyone rolls back. Unset, it keeps all. */
const MAX_HISTORY = 10;

/**
 * Returns what one deployment declares: a Helm release, or a CloudFormation stack; undefined for a release of
 * files, and without a cluster.
 */
export function serviceArgs(
  deployment: Deployment,
  plan: StackPlan,
  folderOf: FolderOf,
): ServiceArgs | undefined {
  const { service, chart } = deployment;
  const common = { name: service.name, requires: [...service.requires.keys()] };
  if (service.provider !== undefined) return { ...templateArgs(deployment, plan), ...common };
  if (chart === undefined) return undefined;
  return { ...helmArgs(deployment, chart, imagePrefix(plan.config), folderOf), ...common };
}

/**
 * Returns what the copy of a service for a pull request declares. Helm doesn't wait for it: a copy that doesn't start
 * fails no update of the services.
 */
export function copyArgs(
  deployment: Deployment,
  plan: StackPlan,
  folderOf: FolderOf,
): ServiceArgs | undefined {
  const declared = serviceArgs(deployment, plan, folderOf);
  if (declared?.kind !== "helm") return undefined;
  return { ...declared, args: { ...declared.args, atomic: false, skipAwait: true } };
}

function helmArgs(
  { service, ...deployment }: Deployment,
  chart: Chart,
  prefix: string,
  folderOf: FolderOf,
) {
  const image = imageOf({ service, ...deployment }, `${prefix}${service.docker ?? ""}`);
  const values = helmValues(deployment.values, service.imageValues, image);
  const args = {
    name: helmReleaseName(service.name),
    namespace: service.namespace,
    createNamespace: true,
    chart: helmReference(chart),
    version: chart.version,
    ...(chart.repository !== undefined && { repositoryOpts: { repo: chart.repository } }),
    ...descriptionOf(chart, folderOf),
    values: asData(values),
    // The list decides: an override that was removed from it must go.
    resetValues: true,
    atomic: true,
    cleanupOnFail: true,
    maxHistory: MAX_HISTORY,
    timeout: service.timeoutSeconds,
  };
  const { values: _values, ...others } = args;
  const allButPin = [
    ...Object.keys(others).sort(),
    ...(chart.repository === undefined ? ["repositoryOpts"] : []),
    ...("description" in others ? [] : ["description"]),
    ...heldValues(values, service.imageValues),
  ];
  return { kind: "helm" as const, args, ignoreChanges: deployment.held ? allButPin : [] };
}

/**
 * Returns a chart as Helm takes it. With a digest Helm fetches by it alone, and the version stays for people. Of a
 * chart repository it fetches by the version, whatever the digest is: `ci begin` compares the bytes.
 */
function helmReference(chart: Chart): string {
  const { name, digest } = chart;
  return digest === undefined || isClassic(chart) ? name : `${name}@${digest}`;
}

/**
 * Returns what `helm history` shows of a chart from a folder. A folder that changes without a new version would
 * reach no release until its next bump.
 */
function descriptionOf({ name, version }: Chart, folderOf: FolderOf): { description?: string } {
  const content = name.startsWith("./") ? chartContent(folderOf(name)) : undefined;
  return content === undefined ? {} : { description: `${name} ${version} ${content}` };
}

function templateArgs(
  { service, version, held }: Deployment,
  { config, deployments, secretParameters }: StackPlan,
) {
  const templates = required(config.templates, "templates");
  const { tags } = templates;
  const own = versionParameter(service.name);
  const versions = Object.fromEntries(
    (templates.versions === "all" ? deployments : [])
      .map(({ service, version }) => [versionParameter(service.name), version.text])
      .sort(),
  ) as Record<string, string>;
  const given = Object.fromEntries(
    Object.entries(templates.parameters).map(([key, value]) => [
      key,
      secretParameters.has(key) ? pulumi.secret(value) : value,
    ]),
  );
  const parameters = { ...given, ...versions, [own]: version.text };
  const args = {
    name: cloudformationStackName(service.name),
    templateUrl: s3Address(templateOf(service, version, config)),
    parameters: asData(parameters),
    tags: asData({ ...tags }),
    // What a template with roles in it needs; the same as Kayron's.
    capabilities: ["CAPABILITY_IAM"],
  };
  const others = Object.keys(parameters).filter((key) => key !== own);
  const allButPin = [
    "capabilities",
    "name",
    "tags",
    ...others.map((key) => `parameters["${key}"]`),
  ];
  return { kind: "template" as const, args, ignoreChanges: held ? allButPin : [] };
}

/**
 * Returns data of users as an input. The SDK writes every plain input into a label, for which it calls the
 * `toString` of one that has a key of this name.
 */
function asData<Data extends object>(data: Data): Promise<Data> {
  return Promise.resolve(data);
}
