// Not the index, which reads 47 files instead of 23: the command line starts sooner.
import type Comparator from "semver/classes/comparator";
import Range from "semver/classes/range";
import type SemVer from "semver/classes/semver";
import parse from "semver/functions/parse";
import validRange from "semver/ranges/valid";
import { compareText } from "./compare-text";
import { MAX_TAG_LENGTH } from "./limits";

const RELEASE =
  /^v(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?(?:\.(0|[1-9]\d*))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

const COMMIT_SUFFIX = /^(?=.*[0-9])(?=.*[a-f])[0-9a-f]{7,40}$/;

/**
 * A release's version as a value: `v1.2.3`, `v1.2` or `v1`, each with an optional `-suffix`. It prints as
 * it was written; a missing minor or patch counts as 0 when versions are compared.
 *
 * With a suffix it is a pre-release (`v1.2.3-rc.1`) or a build of a release (`v1.2.3-ce60d74`). A
 * pre-release comes before its release. A build counts as its release wherever versions are compared: in
 * orders, steps and ranges. Builds of one release have no order among each other.
 */
export class Version {
  readonly text: string;
  readonly #order: Order;
  /** What it counts as: of a build its release, else itself. */
  readonly #rank: Order;

  private constructor(text: string, order: Order) {
    this.text = text;
    this.#order = order;
    this.#rank = this.isBuild ? { numbers: order.numbers, suffix: [] } : order;
  }

  /**
   * Returns the version, or undefined when the text isn't one. Build metadata (`+b1`) is refused: an image
   * tag can't hold a plus sign. So is a suffix that is a number with a leading zero (`v1.2.3-0123`): semver
   * has no order for it. Its numbers may be of any size.
   */
  static parse(text: string): Version | undefined {
    const parts = RELEASE.exec(text);
    if (parts === null || text.length > MAX_TAG_LENGTH) return undefined;
    const [, major = "0", minor = "0", patch = "0", suffix] = parts;
    const order = { numbers: [major, minor, patch], suffix: suffix?.split(".") ?? [] };
    return order.suffix.some((part) => /^0\d+$/.test(part)) ? undefined : new Version(text, order);
  }

  /** Returns the version of a text that is known to be one. */
  static of(text: string): Version {
    const version = Version.parse(text);
    if (version === undefined) throw new Error(`${text} is not a version`);
    return version;
  }

  /** Whether the version has a suffix that makes it a candidate of its release, as `-rc.1` does. */
  get isPrerelease(): boolean {
    return this.#order.suffix.length > 0 && !this.isBuild;
  }

  /**
   * Whether the suffix is a commit: `v1.12.2-ce60d74` is a build of v1.12.2. A commit is 7 to 40 hex
   * digits, with a letter and a decimal digit among them: `-20261121` may be a date and `-defaced` a word,
   * so they count as pre-releases, as in semver.
   */
  get isBuild(): boolean {
    return COMMIT_SUFFIX.test(this.#order.suffix.join("."));
  }

  /** Returns the release that a pre-release is a candidate of: `v1.1.3` of `v1.1.3-rc.2`; else itself. */
  get release(): Version {
    return this.isPrerelease ? Version.of(this.text.replace(/-.*$/, "")) : this;
  }

  /** Negative when this version comes before the other, 0 when they count as the same. */
  compare(other: Version): number {
    return compareExactly(this.#rank, other.#rank);
  }

  /** Whether one of two versions comes first, or they are the same. */
  isOrderedWith(other: Version): boolean {
    if (this.compare(other) !== 0 || this.text === other.text) return true;
    return !this.isBuild && !other.isBuild;
  }

  /**
   * Whether the version is in a semver range such as `>=0.5` or `^1.2`, pre-releases included. A build is in
   * the ranges that its release is in, and in those that name it whole, `1.12.2-ce60d74`.
   */
  satisfies(range: string): boolean {
    if (!isRange(range)) return false;
    return new Range(range, { includePrerelease: true }).set.some((comparators) =>
      comparators.every((comparator) => this.#meets(comparator)),
    );
  }

  /**
   * Whether who follows the range would choose the version: as `satisfies`, but a pre-release only where the range
   * names one of the same three numbers, as `>=1.2.0-rc.1` does for `v1.2.0-rc.2`.
   * @param isPrerelease whether it counts as one. Default: what its suffix says
   */
  isChosenBy(range: string, isPrerelease: boolean = this.isPrerelease): boolean {
    if (!isRange(range)) return false;
    return new Range(range).set.some((comparators) => {
      const isAsked = comparators.some((comparator) => this.#isAskedBy(comparator));
      return (
        (!isPrerelease || isAsked) && comparators.every((comparator) => this.#meets(comparator))
      );
    });
  }

  #meets({ operator, semver, value }: Comparator): boolean {
    // The comparator of any version has no text.
    if (value === "") return true;
    const bound = orderOf(semver);
    const isNamed = operator === "" && compareExactly(this.#order, bound) === 0;
    return isNamed || holds(operator, compareExactly(this.#rank, bound));
  }

  /** Whether a comparator names a pre-release of the same three numbers. */
  #isAskedBy({ semver, value }: Comparator): boolean {
    if (value === "" || semver.prerelease.length === 0) return false;
    return orderOf(semver).numbers.every((number, at) => number === this.#order.numbers[at]);
  }

  /** Returns the step up to a later version: the kind of the highest number that rises. */
  stepTo(later: Version): "major" | "minor" | "patch" | "prerelease" {
    if (this.compare(later) >= 0) throw new Error(`${later.text} isn't later than ${this.text}`);
    const [from, to] = [this.#rank, later.#rank];
    const [, minor, patch] = from.numbers;
    const rises = STEPS.find((_, index) => from.numbers[index] !== to.numbers[index]);
    if (from.suffix.length === 0 || to.suffix.length > 0) return rises ?? "prerelease";
    // A candidate is a part of its release's step: v2.0.0-rc.1 -> v2.0.0 is a major one, as semver has it.
    if (minor === "0" && patch === "0") return "major";
    return rises ?? (patch === "0" ? "minor" : "patch");
  }

  /** Whether it is written with all three numbers: `v1.2` isn't, which as a tag of an image is one that moves. */
  get isWhole(): boolean {
    return this.text.replace(/-.*$/, "").split(".").length === 3;
  }

  /** Returns the next patch release: `v1.2.4` after `v1.2.3`, and `v1.2.3` after `v1.2.3-rc.1`. */
  nextPatch(): Version {
    const { numbers, suffix } = this.#order;
    const [major = "", minor = "", patch = ""] = numbers;
    const next = suffix.length > 0 ? patch : String(BigInt(patch) + 1n);
    return Version.of(`v${major}.${minor}.${next}`);
  }

  toString(): string {
    return this.text;
  }
}

/** The steps of a version's numbers. */
const STEPS = ["major", "minor", "patch"] as const;

/** What decides a version's order: as texts, because semver's library keeps no number above 2^53. */
interface Order {
  /** Major, minor and patch. */
  readonly numbers: readonly string[];
  /** The parts of the suffix. */
  readonly suffix: readonly string[];
}

function orderOf({ major, minor, patch, prerelease }: SemVer): Order {
  return { numbers: [major, minor, patch].map(String), suffix: prerelease.map(String) };
}

/** Compares as semver does. */
function compareExactly(a: Order, b: Order): number {
  const number = a.numbers.findIndex((part, index) => part !== b.numbers[index]);
  if (number !== -1) return comparePart(a.numbers[number] ?? "", b.numbers[number]);
  const [one, other] = [a.suffix, b.suffix];
  if (one.length === 0 || other.length === 0) return other.length - one.length;
  const differing = one.findIndex((part, index) => part !== other[index]);
  if (differing === -1) return one.length - other.length;
  return comparePart(one[differing] ?? "", other[differing]);
}

/** Compares two parts of a version: numbers by size, texts by their letters, and a number before a text. */
function comparePart(one: string, other: string | undefined): number {
  if (other === undefined) return 1;
  const [isNumber, isOtherNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return (isNumber ? one.length - other.length : 0) || compareText(one, other);
}

function holds(operator: string, order: number): boolean {
  switch (operator) {
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    default:
      return order === 0;
  }
}

/** Whether the text is a semver range. An empty one is more likely a forgotten one, and isn't. */
export function isRange(text: string): boolean {
  return text.trim() !== "" && validRange(text) !== null;
}

/** Whether the text is an exact semver, as Helm charts use, some with a `v`: neither a range nor `latest`. */
export function isChartVersion(text: string): boolean {
  return CHART_VERSION.test(text) && parse(text) !== null;
}

const CHART_VERSION = /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** Whether the text is a whole commit SHA: 40 hex digits, in lower case. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** Whether the text is `sha256:` and 64 hex digits. */
export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** Whether the text is what a registry takes as an image's tag. */
export function isImageTag(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(text) && text.length <= MAX_TAG_LENGTH;
}

/** The version that a stack runs of a service, and the digest where it is known. */
export interface Pin {
  readonly version: Version | Commit | Tag;
  readonly digest?: string;
}

/** A commit that runs without a release. Commits have no order. */
export class Commit {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** No range refuses a commit: its repository is the service's own, and it has no order. */
  satisfies(_range: string): boolean {
    return true;
  }

  toString(): string {
    return this.text;
  }
}

/**
 * The own tag of an image, always with its digest: that of an image that others publish, such as `4.0.19.3001` or
 * `2024.01.05`, or one that moves, such as `main`. Nobody knows the order of such tags.
 */
export class Tag {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Whether the range is that of any version: of every other one nobody knows. */
  satisfies(range: string): boolean {
    return validRange(range) === "*";
  }

  toString(): string {
    return this.text;
  }
}

/** Whether one of two versions comes first, or they are the same: commits, tags and builds have no order. */
export function haveOrder(a: Pin["version"], b: Pin["version"]): boolean {
  if (a instanceof Version && b instanceof Version) return a.isOrderedWith(b);
  return a.text === b.text;
}

/** The issue code of a text that isn't a pin. */
export type PinProblem = "invalid-pin" | "invalid-digest" | "mutable-tag-without-digest";

/**
 * Returns the pin of `v1.2.3` or a commit, each with or without `@sha256:<64 hex>`, or of an image's own tag,
 * `<tag>@sha256:<64 hex>`; or its problem. Whether a service takes it, the rules of its stack say.
 */
export function parsePin(text: string): Pin | PinProblem {
  const [tag = "", digest, ...rest] = text.split("@");
  if (rest.length > 0) return "invalid-pin";
  if (digest !== undefined && !isDigest(digest)) return "invalid-digest";
  const version = Version.parse(tag) ?? (isCommit(tag) ? new Commit(tag) : undefined);
  if (version !== undefined) return digest === undefined ? { version } : { version, digest };
  if (!isImageTag(tag)) return "invalid-pin";
  if (digest !== undefined) return { version: new Tag(tag), digest };
  return MUTABLE_NAMES.has(tag) ? "mutable-tag-without-digest" : "invalid-pin";
}

/** Tags that move by their very name, and are taken for versions. */
const MUTABLE_NAMES: ReadonlySet<string> = new Set(["latest", "main"]);

/** Whether two pins are of one version, and may be the same bytes. */
export function mayBeSame(a: Pin, b: Pin): boolean {
  if (a.version.text !== b.version.text) return false;
  return a.digest === undefined || b.digest === undefined || a.digest === b.digest;
}

/** Returns the text of a pin, which `parsePin` parses to the same pin. */
export function formatPin({ version, digest }: Pin): string {
  return digest === undefined ? version.text : `${version.text}@${digest}`;
}

/** A Helm chart's version, exact, and the digest of its bytes where it is known. */
export interface ChartPin {
  readonly version: string;
  readonly digest?: string;
}

/** Returns the text of a chart pin, which `parseChartPin` parses to the same pin. */
export function formatChartPin({ version, digest }: ChartPin): string {
  return digest === undefined ? version : `${version}@${digest}`;
}

/** Returns the chart pin of `1.4.0` or `1.4.0@sha256:<64 hex>`, or undefined. */
export function parseChartPin(text: string): ChartPin | undefined {
  const [version = "", digest, ...rest] = text.split("@");
  if (rest.length > 0 || !isChartVersion(version)) return undefined;
  if (digest === undefined) return { version };
  return isDigest(digest) ? { version, digest } : undefined;
}

/**
 * Returns why one version comes before another though people count it as later, and the spelling that works:
 * `rc10` is a text and comes before `rc9`. Undefined where nobody would mind.
 */
export function textOrder(from: Version, to: Version): string | undefined {
  const [before, after] = [from, to].map(({ text }) => text.replace(/^[^-]*-?/, "").split("."));
  if (before === undefined || after === undefined || from.compare(to) <= 0) return undefined;
  if (from.release.compare(to.release) !== 0) return undefined;
  const index = before.findIndex((part, at) => part !== after[at]);
  const [one = "", other = ""] = [before[index], after[index]];
  const [, word = "", number] = COUNTED.exec(one) ?? [];
  const [, otherWord, otherNumber] = COUNTED.exec(other) ?? [];
  if (word !== otherWord || Number(otherNumber) <= Number(number)) return undefined;
  const next = `${from.release.nextPatch().text}-${word}.1`;
  return `as texts "${other}" comes before "${one}", and so would "${word}.${otherNumber ?? ""}"; count after a dot from the next release on, such as ${next}`;
}

/** A word and a number: `rc10`. */
const COUNTED = /^([A-Za-z-]*[A-Za-z])(\d+)$/;
