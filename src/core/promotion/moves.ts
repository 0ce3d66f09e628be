import { inOrder } from "../stack/deployments";
import type { Environment } from "../environments";
import { compareText } from "../compare-text";
import { stepBetween, type Step } from "./step";
import { belongsTo, type Service } from "../list/service";
import type { Deployment } from "../stack/plan";
import { Commit, formatPin, type Pin } from "../version";

/** One service that gets another version. */
export interface Move {
  readonly name: string;
  /** Null where nothing ran before. */
  readonly from: string | null;
  readonly to: string;
  readonly step: Step;
  readonly fromDigest: string | null;
  readonly toDigest: string | null;
}

/** Returns the move of a service from what ran to a pin. */
export function moveOf(name: string, before: Partial<Pin>, pin: Pin): Move {
  return {
    name,
    from: before.version?.text ?? null,
    to: pin.version.text,
    step: stepBetween(before.version, pin.version),
    fromDigest: before.digest ?? null,
    toDigest: pin.digest ?? null,
  };
}

/** A service that moves, comes, or goes. */
export interface Moved extends Omit<Move, "to"> {
  /** Null where it doesn't run any more. */
  readonly to: string | null;
}

/** Returns what differs between what a stack ran and what it runs, by name. */
export function movesBetween(before: readonly Deployment[], after: readonly Deployment[]): Moved[] {
  const olds = new Map(before.map((deployment) => [deployment.service.name, deployment]));
  const names = new Set(after.map(({ service }) => service.name));
  const moved = after
    .filter((deployment) => {
      const old = olds.get(deployment.service.name);
      return old === undefined || formatPin(old) !== formatPin(deployment);
    })
    .map((deployment): Moved => {
      const { name } = deployment.service;
      return moveOf(name, olds.get(name) ?? {}, deployment);
    });
  const gone = before
    .filter(({ service }) => !names.has(service.name))
    .map(({ service: { name }, version, digest }): Moved => {
      const from = { from: version.text, fromDigest: digest ?? null };
      return { name, ...from, to: null, step: "none", toDigest: null };
    });
  return [...moved, ...gone].sort((a, b) => compareText(a.name, b.name));
}

/** A service that runs otherwise in one environment than in the one before it. */
export interface Difference {
  readonly service: Service;
  /** What runs in the environment before. */
  readonly upstream: Deployment;
  /** What runs now; absent when nothing does. */
  readonly current?: Deployment;
  /** What would run after a promotion. */
  readonly pin: Pin;
}

/**
 * Returns what a promotion would move, each after what it requires, else by name: every service that
 * runs upstream at another version or digest, and that belongs to the environment. A digest that only
 * one side knows is no difference by itself.
 */
export function differences(
  upstream: ReadonlyMap<string, Deployment>,
  target: ReadonlyMap<string, Deployment>,
  environment: Environment,
): Difference[] {
  return inOrder([...upstream.values()])
    .filter(({ service }) => belongsTo(service, environment.name))
    .map((deployment) => {
      const { service } = deployment;
      const current = target.get(service.name);
      return {
        service: current?.service ?? service,
        upstream: deployment,
        ...(current !== undefined && { current }),
        pin: pinAfter(service, deployment, environment),
      };
    })
    .filter(({ pin, current }) => differs(pin, current));
}

/**
 * Returns what an environment runs of a pin that is promoted to it: the release of a pre-release where
 * it accepts releases only, `v1.1.3` for `v1.1.3-rc.2`. The digest stays. A template is no image, and
 * nothing can give it another version.
 */
export function pinAfter(
  service: Service,
  { version, digest }: Pin,
  { accepts }: Environment,
): Pin {
  const becomesFinal =
    !(version instanceof Commit) &&
    version.isPrerelease &&
    canBecomeFinal(service) &&
    !accepts.includes("prerelease") &&
    accepts.includes("release");
  const after = becomesFinal ? version.release : version;
  return digest === undefined ? { version: after } : { version: after, digest };
}

/** Whether a version is a tag of an image alone, so that the image can be given another. */
export function canBecomeFinal({ docker, provider }: Service): boolean {
  return docker !== undefined && provider === undefined;
}

function differs(pin: Pin, current: Pin | undefined): boolean {
  if (current === undefined || !sameVersion(pin.version, current.version)) return true;
  const [a, b] = [pin.digest, current.digest];
  return a !== undefined && b !== undefined && a !== b;
}

function sameVersion(a: Pin["version"], b: Pin["version"]): boolean {
  return a instanceof Commit === b instanceof Commit && a.text === b.text;
}
