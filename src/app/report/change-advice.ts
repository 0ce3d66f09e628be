import type { ResourceChange } from "../../adapters/pulumi/compare";
import { HELM_RELEASE, type PlannedResource } from "../../adapters/pulumi/resource";
import { isClassic } from "../../core/list/service";
import type { Moved } from "../../core/promotion/moves";
import type { Deployment } from "../../core/stack/plan";
import type { ManifestChange } from "./manifests";

/** A change of one stack, as advice is given on it. */
export interface AdvisedChange {
  readonly stack: string;
  readonly changes: readonly ResourceChange[];
  readonly before: readonly PlannedResource[];
  readonly after: readonly PlannedResource[];
  readonly manifests: readonly ManifestChange[];
}

/** Returns what a person should do about a change, or know of it, a line each. */
export function adviceOn({ stack, changes, before, after, manifests }: AdvisedChange): string[] {
  const [olds, news] = [byUrn(before), byUrn(after)];
  const renamed = renames(changes, olds, news);
  const renamedUrns = new Set(renamed.map(({ old }) => old.urn));
  return [
    ...renamed.map(
      ({ old, now, what }) =>
        `${old.name} becomes ${now.name} and stays ${what}: run pulumi state rename '${old.urn}' ${now.name} ` +
        `--stack ${stack} before up; to import it would end with its removal`,
    ),
    ...changes
      .filter(({ op, urn }) => op === "replace" || (op === "delete" && !renamedUrns.has(urn)))
      .filter(({ urn }) => olds.get(urn)?.options.protect === true)
      .map(
        ({ op, name, urn }) =>
          `${name} is protected: up doesn't ${op} it before pulumi state unprotect '${urn}' --stack ${stack}`,
      ),
    ...unversionedCharts(changes, news),
    ...manifests.flatMap(digestAdvice),
  ];
}

/** Returns what to know of charts that move and that Helm takes by their version, whatever digest is pinned. */
export function packageAdvice(
  moves: readonly Pick<Moved, "name">[],
  deployments: readonly Pick<Deployment, "service" | "chart">[],
): string[] {
  const moved = new Set(moves.map(({ name }) => name));
  return deployments.flatMap(({ service: { name }, chart }) => {
    if (chart?.digest === undefined || !isClassic(chart) || !moved.has(name)) return [];
    return `${name}: Helm compares no digest with ${chart.repository}: ci begin does just before up`;
  });
}

function byUrn(resources: readonly PlannedResource[]): Map<string, PlannedResource> {
  return new Map(resources.map((resource) => [resource.urn, resource]));
}

interface Rename {
  readonly old: PlannedResource;
  readonly now: PlannedResource;
  /** The thing that both names are of. */
  readonly what: string;
}

/** Returns the resources that go under one name and come under another one, and are one and the same thing. */
function renames(
  changes: readonly ResourceChange[],
  olds: ReadonlyMap<string, PlannedResource>,
  news: ReadonlyMap<string, PlannedResource>,
): Rename[] {
  const resourcesOf = (op: string, of: ReadonlyMap<string, PlannedResource>) =>
    changes.filter((change) => change.op === op).flatMap(({ urn }) => of.get(urn) ?? []);
  const created = resourcesOf("create", news);
  return resourcesOf("delete", olds).flatMap((old) => {
    const what = thingOf(old);
    if (what === undefined) return [];
    const now = created.find((resource) => thingOf(resource) === what);
    return now === undefined ? [] : [{ old, now, what }];
  });
}

/** Returns the thing that a resource is, where a second one of it can't be. */
function thingOf({ type, inputs }: PlannedResource): string | undefined {
  const { name, namespace } = inputs;
  switch (type) {
    case HELM_RELEASE:
      return `the Helm release ${String(namespace)}/${String(name)}`;
    case "aws:cloudformation/stack:Stack":
      return `the CloudFormation stack ${String(name)}`;
    case "aws:ecr/repository:Repository":
      return `the image repository ${String(name)}`;
    default:
      return undefined;
  }
}

function unversionedCharts(
  changes: readonly ResourceChange[],
  news: ReadonlyMap<string, PlannedResource>,
): string[] {
  const charts = changes
    .filter(({ properties }) => properties.some(({ path }) => path === "(chart files)"))
    .filter(({ properties }) => !properties.some(({ path }) => path === "version"))
    .flatMap(({ urn }) => news.get(urn) ?? [])
    .map(({ inputs }) => `${String(inputs["chart"])} ${String(inputs["version"])}`);
  return [...new Set(charts)].map(
    (chart) => `files of ${chart} change and its version doesn't: give it a new one in Chart.yaml`,
  );
}

function digestAdvice({ name, digest, problem }: ManifestChange): string[] {
  if (digest === "unused") {
    return [`${name}: its chart doesn't render the pinned digest, so what runs is the tag's image`];
  }
  if (digest !== "not checked") return [];
  const why = problem === null ? "Helm isn't installed" : "its manifests aren't rendered";
  return [`${name}: whether its chart uses the pinned digest isn't checked: ${why}`];
}
