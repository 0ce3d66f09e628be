import { formatImageReference, parseImageReference } from "../../core/image-reference";
import { formatRefusal } from "../../core/promotion/gates";
import { imageTag } from "../../core/stack/helm-values";
import type { StackConfig, StackPlan } from "../../core/stack/plan";
import { chartTag } from "../../core/publish/chart-version";
import { imagePrefix, registryRoles } from "../../core/stack/registry";
import { parsePin, type Pin } from "../../core/version";
import { isClassic, type Chart, type Service } from "../../core/list/service";
import type { UnknownChart } from "../../core/verify/chart-index";
import type { PendingMove } from "../report/change-report";
import type { World } from "../world";

/** A version's image in a stack's own registry, and its digest there. */
interface TaggedImage {
  /** With its tag. */
  readonly name: string;
  /** Undefined where the registry has no such tag. */
  readonly digest: string | undefined;
}

/**
 * Returns what a stack's registry has under the tag of a service's version. Release tags are immutable, and a
 * replica has those of its source.
 * @throws ReleasesError of kind `outside` when the registry can't be asked
 */
export async function taggedImage(
  world: Pick<World, "registries">,
  service: Service,
  version: Pin["version"],
  config: StackConfig,
): Promise<TaggedImage> {
  const repository = parseImageReference(`${imagePrefix(config)}${service.docker ?? ""}`);
  const image = { ...repository, tag: imageTag(service, version) };
  const registries = world.registries(registryRoles(config));
  try {
    return { name: formatImageReference(image), digest: await registries.digestOf(image) };
  } finally {
    registries.close();
  }
}

/** Where charts are asked for. */
export type ChartWorld = Pick<World, "registries" | "chartRepositories">;

/**
 * Returns the digest that a chart's version has now: in its registry, whose tags have an underscore for a plus sign,
 * or of the package in its chart repository. Or why it has none.
 * @throws ReleasesError of kind `outside` when it can't be asked
 */
export async function chartDigest(
  world: ChartWorld,
  chart: Chart,
  config: StackConfig,
): Promise<{ readonly digest: string } | UnknownChart> {
  if (isClassic(chart)) return world.chartRepositories().find(chart);
  const { name, version } = chart;
  const repository = parseImageReference(name.replace("oci://", ""));
  const registries = world.registries(registryRoles(config));
  try {
    const digest = await registries.digestOf({ ...repository, tag: chartTag(version) });
    return digest === undefined ? { problem: `no registry has ${name} ${version}` } : { digest };
  } finally {
    registries.close();
  }
}

/** Returns why a chart isn't what the tag of its version is; undefined where it is. */
async function otherChart(
  world: ChartWorld,
  chart: Chart,
  config: StackConfig,
): Promise<string | undefined> {
  const { name, version, digest = "" } = chart;
  const tagged = await chartDigest(world, chart, config);
  if ("problem" in tagged) {
    return `${tagged.problem}, so nobody knows which bytes ran upstream; pin its digest there`;
  }
  if (tagged.digest === digest) return undefined;
  return `${name} ${version} is ${tagged.digest}, and this is ${digest}`;
}

/**
 * Asks the registry which bytes a version upstream has that no digest pins. Returns what `same-digest` refuses
 * then, a line each; what nobody can answer is refused.
 */
export async function askPending(
  world: ChartWorld,
  { config, deployments }: StackPlan,
  pending: readonly PendingMove[],
): Promise<string[]> {
  const refusals: string[] = [];
  for (const { service: name, version = "", signatures, chart, ...move } of pending) {
    // Signatures are asked for by themselves.
    if (signatures === true) continue;
    const deployment = deployments.find(({ service }) => service.name === name);
    if (chart === true && deployment?.chart?.digest !== undefined) {
      const reason = await otherChart(world, deployment.chart, config);
      if (reason !== undefined) refusals.push(formatRefusal({ ...move, service: name, reason }));
      continue;
    }
    const ran = parsePin(version);
    if (deployment === undefined || typeof ran === "string") {
      refusals.push(formatRefusal({ ...move, service: name }));
      continue;
    }
    const { service, digest = "" } = deployment;
    const image = await taggedImage(world, service, ran.version, config);
    if (image.digest === digest) continue;
    const reason =
      image.digest === undefined
        ? `no registry has ${image.name}, so nobody knows which bytes ran upstream; pin its digest there`
        : `${image.name} is ${image.digest}, and this is ${digest}`;
    refusals.push(formatRefusal({ ...move, service: name, reason }));
  }
  return refusals;
}
