import { pinsDigests } from "../core/environments";
import { isError, usageError } from "../core/error";
import type { Service } from "../core/list/service";
import { proposeBump, proposeChart, type StackText } from "../core/promotion/proposal";
import { parseChartPin, type Pin } from "../core/version";
import { editStack, type EditResult } from "./edit-stack";
import { pinNamed, serviceIn, stackFor } from "./named";
import { taggedImage } from "./pinned-bytes";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** A service of a stack, and the version to pin it to. */
export interface BumpRequest {
  readonly service: string;
  /** `v1.2.3`, or with its digest. */
  readonly version: string;
  readonly stack: string | undefined;
  /** Whether the version is that of the service's chart: `1.4.0`, or with its digest. */
  readonly chart: boolean;
  readonly dryRun: boolean;
}

/**
 * Pins a service of a stack to a version, with the digest that the registry has where the environment after
 * this one requires digests. A hold refuses it, and so do a freeze and a new error of lint.
 */
export async function bump(
  world: World,
  request: BumpRequest,
  report: Reporter,
): Promise<EditResult> {
  const { service: name, version, stack, dryRun } = request;
  if (request.chart) return bumpChart(world, request);
  const pin = pinNamed(version);
  return editStack(world, stackFor(world, stack, name), dryRun, async (text) => {
    const service = serviceIn(text.plan, name);
    return proposeBump(
      text,
      service,
      await resolved(world, text, service, pin, report),
      world.now(),
    );
  });
}

async function bumpChart(world: World, request: BumpRequest): Promise<EditResult> {
  const { service: name, version, stack, dryRun } = request;
  const chart = parseChartPin(version);
  if (chart === undefined) {
    throw usageError(`"${version}" is not a chart's version; give 1.4.0, or 1.4.0@sha256:...`);
  }
  return editStack(world, stackFor(world, stack, name), dryRun, (text) => {
    const { config, deployments } = text.plan;
    serviceIn(text.plan, name);
    const deployment = deployments.find(({ service }) => service.name === name);
    if (deployment === undefined) throw usageError(`${config.stack} doesn't run ${name}`);
    return proposeChart(text, deployment, chart, world.now());
  });
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
