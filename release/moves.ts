import { compareText } from "./issue";
import { stepBetween, type Step } from "./step";
import type { Deployment } from "./types";
import { Commit, type Pin } from "./version";

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

/**
 * Returns what a promotion would move, sorted by name: each service that runs upstream at another
 * version or digest, and that belongs to the environment. A digest that only one side knows is no
 * difference by itself.
 */
export function movesBetween(
  upstream: ReadonlyMap<string, Deployment>,
  target: ReadonlyMap<string, Deployment>,
  environment: string,
): Move[] {
  return [...upstream.values()]
    .filter(({ service }) => service.environments?.includes(environment) !== false)
    .filter((deployment) => differs(deployment, target.get(deployment.service.name)))
    .map((deployment) => {
      const { name } = deployment.service;
      return moveOf(name, target.get(name) ?? {}, deployment);
    })
    .sort((a, b) => compareText(a.name, b.name));
}

function differs(upstream: Deployment, target: Deployment | undefined): boolean {
  if (target === undefined || !sameVersion(upstream.version, target.version)) return true;
  const [a, b] = [upstream.digest, target.digest];
  return a !== undefined && b !== undefined && a !== b;
}

function sameVersion(a: Pin["version"], b: Pin["version"]): boolean {
  return a instanceof Commit === b instanceof Commit && a.text === b.text;
}
