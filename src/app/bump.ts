import { pinsDigests } from "../core/environments";
import { isError, outsideError, usageError } from "../core/error";
import type { Service } from "../core/list/service";
import {
  proposeBump,
  proposeChart,
  type ProposedText,
  type StackText,
} from "../core/promotion/proposal";
import { parseChartPin, type Pin } from "../core/version";
import { editStacks, type EditResult } from "./edit-stacks";
import { pinNamed, scopeFor, serviceIn, type EditPlace } from "./named";
import { taggedImage } from "./pinned-bytes";
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
 * Pins a service of a stack, or of each stack of an environment, to a version, with the digest that the registry
 * has where the environment after this one requires digests. A hold refuses it, and so do a freeze and a new
 * error of lint.
 */
export async function bump(
  world: World,
  request: BumpRequest,
  report: Reporter,
): Promise<EditResult> {
  const { service: name, dryRun } = request;
  const propose = request.chart
    ? chartProposal(world, request)
    : pinProposal(world, request, report);
  const scope = scopeFor(world, request, name);
  const title = { verb: "bump", place: scope.name };
  const result = await editStacks(world, { ...scope, title, dryRun, propose }, report);
  if (!result.isRefused) tellDifferingOf(world, scope.stacks, result.proposal.moves, report);
  return result;
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

function chartProposal(world: World, { service: name, version }: BumpRequest): Propose {
  const chart = parseChartPin(version);
  if (chart === undefined) {
    throw usageError(`"${version}" is not a chart's version; give 1.4.0, or 1.4.0@sha256:...`);
  }
  return (text) => {
    const { config, deployments } = text.plan;
    serviceIn(text.plan, name);
    const deployment = deployments.find(({ service }) => service.name === name);
    if (deployment === undefined) throw usageError(`${config.stack} doesn't run ${name}`);
    return proposeChart(text, deployment, chart, world.now());
  };
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
  const isAsked = pinsDigests(environments, config.environment);
  if (isResolved || !isAsked) return pin;
  try {
    const { digest } = await taggedImage(world, service, version, config);
    if (digest !== undefined) return { version, digest };
    report.notice({ kind: "unresolved-digest", service: service.name, reason: "no such tag" });
  } catch (cause) {
    if (!isError(cause, "outside")) throw cause;
    report.notice({ kind: "unresolved-digest", service: service.name, reason: cause.message });
  }
  return pin;
}
