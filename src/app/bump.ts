import { pinsDigests } from "../core/environments";
import { isError, outsideError, usageError } from "../core/error";
import { hasDigests, isClassic, type Service } from "../core/list/service";
import {
  proposeBump,
  proposeChart,
  type ProposedText,
  type StackText,
} from "../core/promotion/proposal";
import { proposalOf, proposeRelease } from "../core/promotion/proposal";
import { refusals } from "../core/promotion/gates";
import { mutableTagOf } from "../core/stack/mutable-tags";
import type { Deployment } from "../core/stack/plan";
import { parseChartPin, Version, type ChartPin, type Pin } from "../core/version";
import { policyOf } from "../core/verify/policy";
import type { UnknownChart } from "../core/verify/chart-index";
import { takersOf, withValue } from "./list-edit";
import { tellLanding, tellLandingOf } from "./landing";
import { openRepository } from "./open";
import { editStacks, type EditResult } from "./edit-stacks";
import { pinNamed, scopeFor, serviceIn, type EditPlace } from "./named";
import { chartDigest, taggedImage } from "./verify/pinned-bytes";
import type { Reporter } from "./reporter";
import { tellDifferingOf } from "./stacks-differ";
import type { World } from "./world";

/** A service of a stack or of an environment, and the version to pin it to. */
export interface BumpRequest extends EditPlace {
  readonly service: string;
  /** `v1.2.3`, or with its digest. */
  readonly version: string;
  /** Whether the version is that of the service's chart: `1.4.0`, or with its digest. */
  readonly chart: boolean;
  readonly dryRun: boolean;
}

/**
 * Pins a service of a stack, or of each stack of an environment, to a version, with the digest that the registry has
 * where the environment after this one requires digests, and for a mutable tag. A hold refuses it, and so do a freeze
 * and a new error of lint.
 */
export async function bump(
  world: World,
  request: BumpRequest,
  report: Reporter,
): Promise<EditResult> {
  const { service: name, dryRun, stack, environment } = request;
  if (stack === undefined && environment === undefined && !request.chart) {
    const inList = await bumpInList(world, request);
    if (inList !== undefined) {
      const isEdited = !inList.isRefused && inList.proposal.edits.length > 0;
      if (isEdited) tellLanding(world, inList.places, report);
      return inList;
    }
  }
  const propose = request.chart
    ? chartProposal(world, request, report)
    : pinProposal(world, request, report);
  const scope = scopeFor(world, request, name);
  const title = { verb: "bump", place: scope.name };
  const result = await editStacks(world, { ...scope, title, dryRun, propose }, report);
  if (!result.isRefused) tellDifferingOf(world, scope.stacks, result.proposal.moves, report);
  tellLandingOf(world, scope.stacks, result, report);
  return result;
}

/** Edits the release of a definition that stacks take from the list; undefined where none does. */
async function bumpInList(
  world: World,
  { service: name, version, dryRun }: BumpRequest,
): Promise<(EditResult & { readonly places: readonly string[] }) | undefined> {
  const found = openRepository(world).list.find((service) => service.name === name);
  if (found?.deploy.strategy !== "release") return undefined;
  const { file } = found.source;
  const act = async (
    write: (text: string) => Promise<void>,
  ): Promise<(EditResult & { readonly places: readonly string[] }) | undefined> => {
    const repository = openRepository(world);
    const service = repository.list.find((one) => one.name === name);
    const takers = takersOf(world, repository, name);
    if (service === undefined || takers.length === 0) return undefined;
    const pin = pinNamed(version);
    if (pin.digest !== undefined || !(pin.version instanceof Version)) {
      throw usageError(`${file} has releases such as v1.2.3; pin "${version}" with --stack`);
    }
    const moves = takers.some(({ config }) => mutableTagOf(service, pin.version, config));
    if (moves && service.docker !== undefined) {
      throw usageError(`"${version}" is a mutable tag, which needs a digest; pin it with --stack`);
    }
    const old = world.files.text(file);
    const { text, edit } = withValue(old, service, ["deploy", "release"], pin.version.text);
    const changes = proposeRelease(takers, service, pin, world.now());
    const places = [...new Set(takers.map(({ config }) => config.environment))];
    const title = { verb: "bump", place: places.join(", ") };
    const edits = text === old ? [] : [edit];
    const proposal = { ...proposalOf(title, changes), edits };
    const isRefused = refusals(proposal.gates).length > 0;
    if (!isRefused && edits.length > 0) await write(text);
    return { proposal, isRefused, files: [{ file, text }], places };
  };
  return dryRun ? act(() => Promise.resolve()) : world.files.edit(file, act);
}

type Propose = (text: StackText) => ProposedText | Promise<ProposedText>;

function pinProposal(
  world: World,
  { service: name, version }: BumpRequest,
  report: Reporter,
): Propose {
  const pin = pinNamed(version);
  const digests = new Map<string, string>();
  return async (text) => {
    const service = serviceIn(text.plan, name);
    const resolvedPin = await resolved(world, text, service, pin, report);
    const { digest } = resolvedPin;
    if (digest !== undefined) digests.set(digest, text.plan.config.stack);
    const [first, other] = digests;
    if (first !== undefined && other !== undefined) {
      const found = `${name} ${pin.version.text} is ${first[0]} in the registry of ${first[1]}, and ${other[0]} in that of ${other[1]}`;
      throw outsideError(`${found}; find out which is right, and give the pin with its digest`);
    }
    return proposeBump(text, service, resolvedPin, world.now());
  };
}

function chartProposal(
  world: World,
  { service: name, version }: BumpRequest,
  report: Reporter,
): Propose {
  const chart = parseChartPin(version);
  if (chart === undefined) {
    throw usageError(`"${version}" is not a chart's version; give 1.4.0, or 1.4.0@sha256:...`);
  }
  return async (text) => {
    const { config, deployments } = text.plan;
    serviceIn(text.plan, name);
    const deployment = deployments.find(({ service }) => service.name === name);
    if (deployment === undefined) throw usageError(`${config.stack} doesn't run ${name}`);
    const resolvedChart = await resolvedChartOf(world, text, deployment, chart, report);
    return proposeChart(text, deployment, resolvedChart, world.now());
  };
}

/** Returns a chart's pin with its digest, where one is asked for and its registry has digests. */
async function resolvedChartOf(
  world: World,
  { plan: { config, environments } }: StackText,
  { service, chart }: Deployment,
  pin: ChartPin,
  report: Reporter,
): Promise<ChartPin> {
  if (chart === undefined || !hasDigests(chart) || pin.digest !== undefined) return pin;
  const environment = environments?.get(config.environment);
  const isRequired = environment?.digest === "required";
  // Helm takes no digest of a chart repository: it is what signatures are of.
  const isAsked = isClassic(chart)
    ? policyOf(environment ?? {}, service, config.githubOwner).mode !== "off"
    : isRequired || pinsDigests(environments, config.environment);
  if (!isAsked) return pin;
  const { version } = pin;
  const digest = await unlessOutside(service, report, () =>
    chartDigest(world, { ...chart, version }, config),
  );
  return digest === undefined ? pin : { version, digest };
}

/** Returns a pin with its digest where one is asked for. What the registry can't tell, a deployment asks. */
async function resolved(
  world: World,
  { plan: { config, environments } }: StackText,
  service: Service,
  pin: Pin,
  report: Reporter,
): Promise<Pin> {
  const { version } = pin;
  const isResolved = pin.digest !== undefined || service.docker === undefined;
  const moves = mutableTagOf(service, version, config) !== undefined;
  const isAsked = moves || pinsDigests(environments, config.environment);
  if (isResolved || !isAsked) return pin;
  const digest = await unlessOutside(service, report, () => {
    return taggedImage(world, service, version, config);
  });
  return digest === undefined ? pin : { version, digest };
}

/** Returns a digest that is asked for. Where nobody can tell it, it is undefined, which is told. */
async function unlessOutside(
  { name: service }: Service,
  report: Reporter,
  ask: () => Promise<{ readonly digest: string | undefined } | UnknownChart>,
): Promise<string | undefined> {
  const tell = (reason: string): void =>
    report.notice({ kind: "unresolved-digest", service, reason });
  try {
    const found = await ask();
    if ("problem" in found) {
      tell(found.problem);
      return undefined;
    }
    if (found.digest === undefined) tell("no such tag");
    return found.digest;
  } catch (cause) {
    if (!isError(cause, "outside")) throw cause;
    tell(cause.message);
    return undefined;
  }
}
