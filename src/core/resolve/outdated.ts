import type { Service } from "../list/service";
import type { StackPlan } from "../stack/plan";
import { Version } from "../version";
import type { Offer } from "./offers";

/** A service of a stack that runs a version below the newest one. */
export interface Outdated {
  readonly stack: string;
  readonly service: string;
  readonly current: string;
  /** The highest version of the range that the definition follows; null where it follows none, or has it. */
  readonly wanted: string | null;
  /** The highest version of each step above what runs; null where there is none. */
  readonly patch: string | null;
  readonly minor: string | null;
  readonly major: string | null;
  /** The range that would take the highest version; null where the range takes it, or there is no such range. */
  readonly widen: { readonly from: string; readonly to: string } | null;
}

/** Returns the services of a stack whose newer versions can be told: those that run a release. */
export function comparableIn({ deployments }: StackPlan): { service: Service; version: Version }[] {
  return deployments.flatMap(({ service, version }) => {
    return version instanceof Version ? [{ service, version }] : [];
  });
}

/**
 * Returns which versions above the running one there are; undefined where there is none. A pre-release counts where
 * the range asks for it, or what runs is one of the same release.
 */
export function outdatedOf(
  { deploy }: Pick<Service, "deploy">,
  current: Version,
  offers: readonly Offer[],
): Omit<Outdated, "stack" | "service"> | undefined {
  const range = deploy.strategy === "range" ? deploy.range : undefined;
  const isWanted = ({ version, isPrerelease }: Offer): boolean =>
    range !== undefined && version.isChosenBy(range, isPrerelease);
  const newer = offers
    .filter((offer) => {
      const isOfSame = current.isPrerelease && sameRelease(offer.version, current);
      return !offer.isPrerelease || isOfSame || isWanted(offer);
    })
    .filter(({ version }) => version.compare(current) > 0)
    .sort((a, b) => b.version.compare(a.version));
  const [highest] = newer;
  if (highest === undefined) return undefined;
  const first = (...steps: readonly string[]): string | null =>
    newer.find(({ version }) => steps.includes(current.stepTo(version)))?.version.text ?? null;
  const isOutside = range !== undefined && !isWanted(highest);
  return {
    current: current.text,
    wanted: newer.find(isWanted)?.version.text ?? null,
    patch: first("patch", "prerelease"),
    minor: first("minor"),
    major: first("major"),
    widen: isOutside ? wideningOf(range, highest) : null,
  };
}

function sameRelease(one: Version, other: Version): boolean {
  return one.release.compare(other.release) === 0;
}

/**
 * Returns how a range is widened to take a version as well, in the same manner: `^1.2 || ^2.0` for v2.0.3,
 * `~1.2 || ~1.3`, and with the suffix of a pre-release. null where no such range takes it.
 */
export function wideningOf(from: string, { version, isPrerelease }: Offer): Outdated["widen"] {
  const whole = version.text.slice(1);
  const [major = "0", minor = "0"] = whole.replace(/-.*$/, "").split(".");
  const operator = /^\s*~/.test(from) ? "~" : "^";
  const to = [`${major}.${minor}`, whole]
    .map((low) => `${from} || ${operator}${low}`)
    .find((range) => version.isChosenBy(range, isPrerelease));
  return to === undefined ? null : { from, to };
}
