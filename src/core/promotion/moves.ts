import { inOrder } from "../stack/deployments";
import { mutableTagOf } from "../stack/mutable-tags";
import { selector } from "../stack/pin-for";
import type { Environment } from "../environments";
import { compareText } from "../compare-text";
import { chartText, deployedChartText, imageText, withoutDigest } from "../part-texts";
import { stepBetween, type Step } from "./step";
import { belongsTo, type Chart, type Service } from "../list/service";
import type { Deployment, StackConfig, StackPlan } from "../stack/plan";
import { formatPin, Version, type Pin } from "../version";

/** One service of a stack that gets another version. */
export interface Move {
  readonly stack: string;
  readonly name: string;
  /** Null where nothing ran before. */
  readonly from: string | null;
  readonly to: string;
  readonly step: Step;
  readonly fromDigest: string | null;
  readonly toDigest: string | null;
  /** Its chart, where another one deploys it from now on. */
  readonly chart?: Changed;
  /** Its image repository, where that is another one. */
  readonly image?: Changed;
}

interface Changed {
  readonly from: string;
  readonly to: string;
}

/** Returns the move of a service of a stack from what ran to a pin. */
export function moveOf(stack: string, name: string, before: Partial<Pin>, pin: Pin): Move {
  return { stack, ...changeOf(name, before, pin) };
}

function changeOf(name: string, before: Partial<Pin>, pin: Pin): Omit<Move, "stack"> {
  return {
    name,
    from: before.version?.text ?? null,
    to: pin.version.text,
    step: stepBetween(before.version, pin.version),
    fromDigest: before.digest ?? null,
    toDigest: pin.digest ?? null,
  };
}

/** A service of one stack that moves, is new, or is removed. */
export interface Moved extends Omit<Move, "stack" | "to"> {
  /** Null where it was removed. */
  readonly to: string | null;
}

/** What a stack runs. */
export type Runs = Pick<StackPlan, "deployments" | "config" | "list">;

/** Returns the moves from what a stack ran to what it runs, by name. */
export function movesBetween(before: Runs | undefined, after: Runs | undefined): Moved[] {
  const olds = byName(before);
  const news = byName(after);
  const moved = [...news].flatMap(([name, deployment]): Moved[] => {
    const old = olds.get(name);
    const move = changeOf(name, old ?? {}, deployment);
    if (old === undefined || before === undefined || after === undefined) return [move];
    // Where Helm deploys it no more, no chart moves: its release is deleted, which is a change.
    const chart =
      deployment.chart &&
      changed(deployedChartText(old.chart), deployedChartText(deployment.chart));
    const image = changed(
      imageOf(old.service, before.config),
      imageOf(deployment.service, after.config),
    );
    const isMoved = formatPin(old) !== formatPin(deployment);
    if (!isMoved && chart === undefined && image === undefined) return [];
    return [{ ...move, ...(chart && { chart }), ...(image && { image }) }];
  });
  const gone = [...olds].flatMap(([name, { version, digest }]): Moved[] => {
    if (news.has(name)) return [];
    const from = { from: version.text, fromDigest: digest ?? null };
    return [{ name, ...from, to: null, step: "none", toDigest: null }];
  });
  return [...moved, ...gone].sort((a, b) => compareText(a.name, b.name));
}

function byName(runs: Runs | undefined): Map<string, Deployment> {
  return new Map(runs?.deployments.map((deployment) => [deployment.service.name, deployment]));
}

function changed(from: string, to: string): Changed | undefined {
  return from === to ? undefined : { from, to };
}

/** Returns the image repository of a service of a stack, in one text. */
export function imageOf(service: Service, config: StackConfig): string {
  return imageText(service, hostOf(config));
}

/** Returns the host of a stack's images; undefined where each account has a registry of its own. */
export function hostOf({ registry }: StackConfig): string | undefined {
  return registry?.role === "external" ? registry.host : undefined;
}

/** A service at different pins in a stack and upstream. */
export interface Difference {
  readonly stack: string;
  readonly service: Service;
  /** The deployment upstream; where stacks differ there, the newest one. */
  readonly upstream: Deployment;
  /** The deployment here; absent where the service doesn't run. */
  readonly current?: Deployment;
  /** The pin after a promotion. */
  readonly pin: Pin;
  /** The chart after a promotion, where that is another version of the same chart. */
  readonly chart?: Chart;
}

/**
 * Returns the services that a promotion would move in one stack, each after those that it requires, else by
 * name: every service that the stack owns, of its environment, that runs upstream at another version, digest or
 * version of its chart. A digest that only one side has is not a difference.
 * @param upstream what the environment runs that they come from, by service
 */
export function differences(
  upstream: ReadonlyMap<string, Deployment>,
  target: Runs,
  environment: Environment,
): Difference[] {
  const { stack, select } = target.config;
  const running = byName(target);
  const owns = selector(select);
  // The definition may be another one in each environment.
  const defined = new Map(target.list.map((service) => [service.name, service]));
  return inOrder([...upstream.values()])
    .map((deployment) => {
      const { name } = deployment.service;
      const current = running.get(name);
      return { deployment, current, service: current?.service ?? defined.get(name) };
    })
    .map(({ service, ...rest }) => ({ ...rest, service: service ?? rest.deployment.service }))
    .filter(({ service }) => belongsTo(service, environment.name) && owns(service))
    .map(({ deployment, current, service }) => {
      const chart = chartAfter(deployment, current);
      return {
        stack,
        service,
        upstream: deployment,
        ...(current !== undefined && { current }),
        pin: pinAfter(service, deployment, environment, target.config),
        ...(chart !== undefined && { chart }),
      };
    })
    .filter((difference) => movesPin(difference) || difference.chart !== undefined);
}

/**
 * Returns what stacks of one environment run, by service: where they differ, the newest, which is what is
 * promoted once all of them have run it.
 */
export function newestOf(stacks: readonly Runs[]): Map<string, Deployment> {
  const found = new Map<string, Deployment>();
  for (const deployment of stacks.flatMap(({ deployments }) => deployments)) {
    const { name } = deployment.service;
    const known = found.get(name);
    if (known === undefined || isNewer(deployment, known)) found.set(name, deployment);
  }
  return found;
}

function isNewer(deployment: Deployment, known: Deployment): boolean {
  if (formatPin({ version: known.version }) === formatPin({ version: deployment.version })) {
    return known.digest === undefined && deployment.digest !== undefined;
  }
  return FORWARD.has(stepBetween(known.version, deployment.version));
}

const FORWARD: ReadonlySet<Step> = new Set(["major", "minor", "patch", "prerelease"]);

/** Whether a promotion moves more of a service than its chart. */
export function movesPin({ pin, current }: Difference): boolean {
  return differs(pin, current);
}

/**
 * Returns the chart upstream where a pin of its version brings it: one of the same name, not of a folder, or the
 * default one at a pin.
 */
function chartAfter(
  { service, chart }: Deployment,
  current: Deployment | undefined,
): Chart | undefined {
  // Of one that is new the definition's chart would run, or the newest default one.
  const own = current === undefined ? service.chart : current.chart;
  const isDefault = own === undefined ? current === undefined : own.isPinned !== undefined;
  if (chart === undefined || chartText(chart) === chartText(own)) return undefined;
  // Its digest was resolved on the way: upstream has no other chart.
  if (chartText(chart) === withoutDigest(chartText(own))) return undefined;
  if (chart.isPinned === true && isDefault) return chart;
  if (chart.isPinned !== undefined || chart.name.startsWith("./")) return undefined;
  return chart.name === own?.name && chart.repository === own.repository ? chart : undefined;
}

/** Returns the move that a difference is, to a pin. */
export function moveOfDifference({ stack, service, current, chart }: Difference, pin: Pin): Move {
  const move = moveOf(stack, service.name, current ?? {}, pin);
  if (chart === undefined) return move;
  return { ...move, chart: { from: chartText(current?.chart), to: chartText(chart) } };
}

/**
 * Returns the pin after a promotion to an environment: the release of a pre-release where the environment
 * accepts releases only, `v1.1.3` for `v1.1.3-rc.2`. The digest stays. A template has no image that could get
 * another tag, and keeps its version; a mutable tag is no candidate of a release.
 */
export function pinAfter(
  service: Service,
  { version, digest }: Pin,
  { accepts }: Environment,
  config: Pick<StackConfig, "mutableTags"> = {},
): Pin {
  const becomesFinal =
    version instanceof Version &&
    version.isPrerelease &&
    canBecomeFinal(service) &&
    mutableTagOf(service, version, config) === undefined &&
    !accepts.includes("prerelease") &&
    accepts.includes("release");
  const after = becomesFinal ? version.release : version;
  return digest === undefined ? { version: after } : { version: after, digest };
}

/** Whether a service's version is nothing but a tag of its image, which can get another tag. */
export function canBecomeFinal({ docker, provider }: Service): boolean {
  return docker !== undefined && provider === undefined;
}

function differs(pin: Pin, current: Pin | undefined): boolean {
  if (current === undefined || !sameVersion(pin.version, current.version)) return true;
  const [a, b] = [pin.digest, current.digest];
  return a !== undefined && b !== undefined && a !== b;
}

function sameVersion(a: Pin["version"], b: Pin["version"]): boolean {
  return a.constructor === b.constructor && a.text === b.text;
}
