import { Tag, Version, type Pin } from "../version";
import { found, pending, type Found } from "./finding";
import type { Offer } from "./offers";

/** How old a version must be, in milliseconds and in words. */
export interface MinimumAge {
  readonly milliseconds: number;
  readonly text: string;
}

/** Whether what is there since a time is old enough; of an unknown time nothing is. */
export function isOldEnough(since: Date | undefined, age: MinimumAge, now: Date): boolean {
  return since !== undefined && since.getTime() + age.milliseconds <= now.getTime();
}

/** What decides which version of a range is chosen. */
export interface ChoiceRules {
  readonly range: string;
  /** What isn't there where no version is published, in words: `no release of acme/orders on GitHub`. */
  readonly where: string;
  /** What to do then. */
  readonly advice: string;
  /** Versions that never run. */
  readonly rejected: ReadonlySet<string>;
  /** Absent where any age will do. */
  readonly minimumAge?: MinimumAge;
  /** Returns when a commit first pinned a version; undefined where none did. */
  readonly firstPinned: (version: Version) => Date | undefined;
  readonly now: Date;
}

/** The version that is chosen, where it isn't the one that runs, and what is to be said. */
export interface Choice {
  readonly offer?: Offer;
  readonly findings: readonly Found[];
}

const nothing = (...findings: Found[]): Choice => ({ findings });

/**
 * Returns the highest version of a range that isn't rejected and is old enough. Nothing goes down: where what runs is
 * higher, it stays.
 */
export function choose(
  offers: readonly Offer[],
  current: Pin | undefined,
  rules: ChoiceRules,
): Choice {
  const { range, where, advice, rejected } = rules;
  // Nobody knows the order of an image's own tags: who pins one goes on pinning it.
  if (current?.version instanceof Tag) return nothing();
  const inRange = offers.filter(({ version, isPrerelease }) => {
    return version.isChosenBy(range, isPrerelease);
  });
  if (inRange.length === 0) {
    return nothing(found("no-version", `${where} is in ${range}; ${advice}`));
  }
  const allowed = inRange.filter(({ version }) => !rejected.has(version.text));
  const aged = allowed.map((offer) => ({ offer, age: ageOf(offer, rules) }));
  const old = aged.flatMap(({ offer, age }) => (age === "old" ? [offer] : []));
  const choice = highest(old, current, range);
  const [young] = aged
    .filter(({ offer, age }) => age !== "old" && isAbove(offer, choice.offer ?? current))
    .sort((a, b) => b.offer.version.compare(a.offer.version));
  if (young === undefined || young.age === "old") return choice;
  return { ...choice, findings: [...choice.findings, ofAge(young.offer, young.age, rules)] };
}

/** Returns the highest of versions that may be chosen. */
function highest(offers: readonly Offer[], current: Pin | undefined, range: string): Choice {
  const [top] = [...offers].sort((a, b) => b.version.compare(a.version));
  if (top === undefined) return nothing();
  // Pages of a list move while they are read, and what is on two of them is one offer.
  const highest = offers.filter(({ version }) => version.compare(top.version) === 0);
  const equal = [...new Map(highest.map((offer) => [offer.version.text, offer])).values()];
  const runs = current?.version;
  if (runs instanceof Version) {
    if (equal.some(({ version }) => version.text === runs.text)) return nothing();
    const order = top.version.compare(runs);
    if (order < 0) return runs.satisfies(range) ? nothing() : nothing(above(runs, range));
    // Two spellings of one version.
    if (order === 0 && top.version.isOrderedWith(runs)) return nothing();
    if (order === 0) return nothing(unordered([runs, ...equal.map(({ version }) => version)]));
  }
  // Of v1.2 and v1.2.0 the second is the one that doesn't move.
  const spelled = equal.filter(({ version }) => version.isWhole);
  const [only, ...others] = spelled.length === 0 ? equal : spelled;
  if (only === undefined || others.length === 0) return { offer: only ?? top, findings: [] };
  return nothing(unordered([only, ...others].map(({ version }) => version)));
}

function above({ text }: Version, range: string): Found {
  const message = `${text} runs, which is above ${range}, and nothing goes down by itself; widen the range, or roll it back`;
  return found("above-range", message);
}

function unordered(versions: readonly Version[]): Found {
  const names = versions.map(({ text }) => text).join(" and ");
  return found("no-order", `${names} have no order; pin one of them by releases bump`);
}

function isAbove({ version }: Offer, other: Offer | Pin | undefined): boolean {
  return !(other?.version instanceof Version) || version.compare(other.version) > 0;
}

/** Returns `old` for a version that may be chosen; else from when on, or undefined where nobody knows. */
function ageOf(
  { version, at }: Offer,
  { minimumAge, firstPinned, now }: ChoiceRules,
): "old" | Date | undefined {
  if (minimumAge === undefined) return "old";
  const since = at ?? firstPinned(version);
  if (since === undefined) return undefined;
  if (isOldEnough(since, minimumAge, now)) return "old";
  return new Date(since.getTime() + minimumAge.milliseconds);
}

function ofAge({ version }: Offer, from: Date | undefined, { minimumAge }: ChoiceRules): Found {
  const required = `${minimumAge?.text ?? ""} required`;
  if (from === undefined) {
    const message = `nobody knows how old ${version.text} is; ${required}: pin it by releases bump, here or in an environment before`;
    return found("unknown-age", message);
  }
  return pending(
    "too-young",
    `${version.text} is too young; ${required} (passes at ${from.toISOString()})`,
  );
}
