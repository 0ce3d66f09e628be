import type { GithubClient } from "../../adapters/github/github";
import { imageEvidence } from "../../adapters/oci/images";
import { formatImageReference, parseImageReference } from "../../core/image-reference";
import type { Environment } from "../../core/environments";
import { hasDigests, isClassic, type Chart } from "../../core/list/service";
import { chartText } from "../../core/part-texts";
import type { Artifact } from "../../core/promotion/artifacts";
import type { Difference } from "../../core/promotion/moves";
import type { Promoted } from "../../core/promotion/promotion";
import type { RegistryAccess, StackConfig } from "../../core/stack/plan";
import {
  imagePrefix,
  imageRepositories,
  registryRoles,
  type RegistryRoles,
} from "../../core/stack/registry";
import { tagName } from "../../core/tag-pattern";
import { policyOf } from "../../core/verify/policy";
import { Version } from "../../core/version";
import type { EnvironmentState } from "../environment-state";
import { eachOf } from "../each-of";
import { pinnedPackage } from "../verify/chart-packages";
import { chartDigest, type ChartWorld } from "../verify/pinned-bytes";
import type { Reporter } from "../reporter";
import { Signatures } from "../verify/signatures";
import { readerOf } from "../verify/trust";
import { Verifier } from "../verify/verification";
import type { World } from "../world";

/** What registries and GitHub know of a service. */
export type Evidence = Pick<
  Promoted,
  "images" | "released" | "lacks" | "verification" | "chart" | "chartProblem"
>;

/** The stack that services are promoted to. */
interface Target {
  readonly environment: Environment;
  readonly config: StackConfig;
}

/**
 * Asks registries and GitHub about services that are promoted. Returns the answers by service.
 * @throws ReleasesError of kind `outside` when one of them can't be reached or refuses
 */
export async function gatherEvidence(
  world: World,
  moving: readonly Difference[],
  upstream: EnvironmentState,
  target: Target,
  report: Reporter,
): Promise<Map<string, Evidence>> {
  const { config } = target;
  const configs = upstream.plans.map((plan) => plan.config);
  const registries = world.registries(registryRoles(...configs, config));
  const github = await world.github();
  if (github === undefined && config.githubOwner !== undefined) {
    report.notice({ kind: "no-github-token", about: "releases and attestations" });
  }
  const charts = world.chartRepositories();
  const asked: ChartWorld = { registries: world.registries, chartRepositories: () => charts };
  const signatures = new Signatures({
    ...{ registries, github, charts },
    list: [...upstream.repository.list, ...moving.map(({ service }) => service)],
  });
  const verifier = new Verifier(signatures, readerOf(world.files), world.helm);
  try {
    const found = await eachOf(moving, "asking about services", report, async (difference) => {
      const { service } = difference;
      const from = configOf(upstream, difference);
      const images =
        service.docker === undefined
          ? undefined
          : await imageEvidence(registries, difference, from, config);
      const { chart, chartProblem } = await chartEvidence(asked, difference, target);
      const evidence: Evidence = {
        ...(images && { images }),
        ...(chart && { chart }),
        ...(chartProblem !== undefined && { chartProblem }),
        ...(await releaseOf(github, difference, config)),
        ...(await verificationOf(
          verifier,
          { ...difference, ...(chart && { chart }) },
          images,
          from,
          target,
        )),
      };
      return [service.name, evidence] as const;
    });
    return new Map(found);
  } finally {
    registries.close();
  }
}

/** Returns what `gatherEvidence` says of moves into a stack, by service. It asks about each of a stack once. */
export function evidenceOnce(
  world: World,
  upstream: EnvironmentState,
  environment: Environment,
  report: Reporter,
) {
  const known = new Map<string, Map<string, Evidence>>();
  return async (
    moving: readonly Difference[],
    config: StackConfig,
  ): Promise<ReadonlyMap<string, Evidence>> => {
    const answers = known.get(config.stack) ?? new Map<string, Evidence>();
    known.set(config.stack, answers);
    const target = { environment, config };
    const open = moving.filter(({ service }) => !answers.has(service.name));
    const found =
      open.length === 0 ? [] : await gatherEvidence(world, open, upstream, target, report);
    for (const [name, evidence] of found) answers.set(name, evidence);
    return answers;
  };
}

/**
 * Tags and copies the images of a promotion. Images that were brought stay when a later one fails: a
 * second run finds them there.
 * @throws ReleasesError of kind `outside` when a registry can't be reached or refuses
 */
export async function bringArtifacts(
  world: World,
  artifacts: readonly Artifact[],
  report: Reporter,
): Promise<void> {
  const todo = artifacts.filter(({ action }) => action !== "none");
  if (todo.length === 0) return;
  const registries = world.registries(rolesOf(todo));
  try {
    await eachOf(todo, "bringing images", report, ({ action, source, target, digest }) => {
      const to = parseImageReference(target);
      return action === "copy"
        ? registries.copy(parseImageReference(source), to)
        : registries.tag(to, digest);
    });
  } finally {
    registries.close();
  }
}

/** Returns the roles of images by their names, without tag or digest. */
function rolesOf(artifacts: readonly Artifact[]): RegistryRoles {
  const roles = new Map<string, RegistryAccess>();
  const add = (image: string, access: RegistryAccess): void => {
    const { host, repository } = parseImageReference(image);
    const name = formatImageReference({ host, repository });
    roles.set(name, { ...roles.get(name), ...access });
  };
  for (const { source, target, assume: { read, write } = {} } of artifacts) {
    if (read !== undefined) add(source, { read });
    if (write !== undefined) add(target, { write });
  }
  return roles;
}

/** Returns the config of the stack whose deployment is promoted, or else of one that runs the service. */
function configOf(
  { plans }: EnvironmentState,
  { upstream, service: { name } }: Difference,
): StackConfig {
  const plan =
    plans.find(({ deployments }) => deployments.includes(upstream)) ??
    plans.find(({ deployments }) => deployments.some(({ service }) => service.name === name));
  if (plan === undefined) throw new Error(`no stack runs ${name}`);
  return plan.config;
}

/**
 * Returns the chart that is deployed with the digest that its registry or repository has, where it has none and the
 * environment asks for digests or signatures, and why it isn't to be had; nothing where there is nothing to ask.
 */
async function chartEvidence(
  world: ChartWorld,
  difference: Difference,
  { environment, config }: Target,
): Promise<Pick<Evidence, "chart" | "chartProblem">> {
  const isVerified = policyOf(environment, difference.service, config.githubOwner).mode !== "off";
  const chart = movingChart(difference) ?? (isVerified ? stayingChart(difference) : undefined);
  if (chart === undefined || !hasDigests(chart)) return {};
  if (chart.digest !== undefined) {
    if (!isClassic(chart)) return {};
    const found = await pinnedPackage(world.chartRepositories(), chart, chart.digest);
    return "problem" in found ? { chartProblem: found.problem } : {};
  }
  // Helm takes no digest of a chart repository: it is what signatures are of.
  const isRequired = environment.digest === "required" && !isClassic(chart);
  if (!isRequired && !isVerified) return {};
  const found = await chartDigest(world, chart, config);
  if ("problem" in found) {
    return { chartProblem: isClassic(chart) ? found.problem : `${found.problem}; publish it` };
  }
  return { chart: { ...chart, digest: found.digest } };
}

/** Returns the chart that stays, of the version that runs upstream as well: then it gets its digest with the move. */
function stayingChart({ upstream, current }: Difference): Chart | undefined {
  const chart = current?.chart;
  return chart !== undefined && chartText(chart) === chartText(upstream.chart) ? chart : undefined;
}

/** Returns the chart that a move brings: of what is new all that runs upstream. */
function movingChart({
  upstream,
  current,
  chart,
}: Pick<Difference, "upstream" | "current" | "chart">): Chart | undefined {
  return chart ?? (current === undefined ? upstream.chart : undefined);
}

/** Returns whether GitHub has the release, and which of its files are missing; nothing where nobody can ask. */
async function releaseOf(
  github: GithubClient | undefined,
  { service, upstream }: Difference,
  { githubOwner }: StackConfig,
): Promise<Pick<Evidence, "released" | "lacks">> {
  const { version } = upstream;
  if (github === undefined || githubOwner === undefined || !(version instanceof Version)) return {};
  const tag = tagName(service.tags.github, version.text);
  const found = await github.releases(`${githubOwner}/${service.github}`).assetNames(tag);
  if (found === undefined) return { released: false };
  const lacks = service.assets.filter((name) => !found.includes(name));
  return { released: true, ...(lacks.length > 0 && { lacks }) };
}

/**
 * Returns what the signatures of a service prove, where the environment demands any: of the image that registries
 * know, in both registries, and of the chart that is deployed after the move, which may be of another image.
 */
async function verificationOf(
  verifier: Verifier,
  difference: Difference,
  images: Evidence["images"],
  from: StackConfig,
  { environment, config }: Target,
): Promise<Pick<Evidence, "verification">> {
  const { service, pin, upstream } = difference;
  const policy = policyOf(environment, service, config.githubOwner);
  if (policy.mode === "off") return {};
  const [known] = (images ?? []).flatMap((image) => ("problem" in image ? [] : image.digest));
  const digest = pin.digest ?? known;
  const chart = movingChart(difference) ?? difference.current?.chart;
  const deployment = {
    service,
    version: upstream.version,
    ...(digest !== undefined && { digest }),
    ...(chart !== undefined && { chart }),
  };
  const elsewhere = imageRepositories(service).map((docker) => `${imagePrefix(from)}${docker}`);
  return { verification: await verifier.verify({ deployment, config, policy }, elsewhere) };
}
