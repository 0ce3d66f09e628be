// Not the index, which reads 47 files instead of 23: the command line starts sooner.
import type SemVer from "semver/classes/semver";
import diff from "semver/functions/diff";
import inc from "semver/functions/inc";
import parse from "semver/functions/parse";
import satisfies from "semver/functions/satisfies";
import validRange from "semver/ranges/valid";
import { MAX_TAG_LENGTH } from "./limits";

const RELEASE =
  /^v(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?(?:\.(0|[1-9]\d*))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

const COMMIT_SUFFIX = /^(?=.*[0-9])(?=.*[a-f])[0-9a-f]{7,40}$/;

/**
 * A release's version as a value: `v1.2.3`, `v1.2` or `v1`, each with an optional `-suffix`. It prints as
 * it was written; a missing minor or patch counts as 0 when versions are compared.
 *
 * With a suffix it is a pre-release (`v1.2.3-rc.1`) or a build of a release (`v1.2.3-ce60d74`). A
 * pre-release comes before its release. A build is a release: it has no order among the builds of its
 * release, and satisfies the ranges that its release satisfies.
 */
export class Version {
  readonly text: string;
  readonly #semver: SemVer;

  private constructor(text: string, parsed: SemVer) {
    this.text = text;
    this.#semver = parsed;
  }

  /**
   * Returns the version, or undefined when the text isn't one. Build metadata (`+b1`) is refused: an image
   * tag can't hold a plus sign. So is a suffix that is a number with a leading zero (`v1.2.3-0123`): semver
   * has no order for it.
   */
  static parse(text: string): Version | undefined {
    const parts = RELEASE.exec(text);
    if (parts === null || text.length > MAX_TAG_LENGTH) return undefined;
    const [, major, minor = "0", patch = "0", suffix] = parts;
    const full = `${major}.${minor}.${patch}${suffix === undefined ? "" : `-${suffix}`}`;
    const parsed = parse(full);
    return parsed === null ? undefined : new Version(text, parsed);
  }

  /** Returns the version of a text that is known to be one. */
  static of(text: string): Version {
    const version = Version.parse(text);
    if (version === undefined) throw new Error(`${text} is not a version`);
    return version;
  }

  /** Whether the version has a suffix that makes it a candidate of its release, as `-rc.1` does. */
  get isPrerelease(): boolean {
    return this.#semver.prerelease.length > 0 && !this.isBuild;
  }

  /**
   * Whether the suffix is a commit: `v1.12.2-ce60d74` is a build of v1.12.2. A commit is 7 to 40 hex
   * digits, with a letter and a decimal digit among them: `-20261121` may be a date and `-defaced` a word,
   * so they count as pre-releases, as in semver.
   */
  get isBuild(): boolean {
    return COMMIT_SUFFIX.test(this.#semver.prerelease.join("."));
  }

  /** Returns the release that a pre-release is a candidate of: `v1.1.3` of `v1.1.3-rc.2`; else itself. */
  get release(): Version {
    return this.isPrerelease ? Version.of(this.text.replace(/-.*$/, "")) : this;
  }

  /** Negative when this version comes before the other, 0 when they are equal. */
  compare(other: Version): number {
    return this.#semver.compare(other.#semver);
  }

  /** Whether one of two versions comes first. Builds of one release have no order among each other. */
  isOrderedWith(other: Version): boolean {
    if (this.#semver.compareMain(other.#semver) !== 0 || this.text === other.text) return true;
    return !this.isBuild && !other.isBuild;
  }

  /**
   * Whether the version is in a semver range such as `>=0.5` or `^1.2`, pre-releases included. A build is in
   * the ranges that its release is in, and in the one that names it whole, `1.12.2-ce60d74`.
   */
  satisfies(range: string): boolean {
    const options = { includePrerelease: true };
    if (!this.isBuild) return satisfies(this.#semver, range, options);
    const { major, minor, patch, version } = this.#semver;
    return (
      satisfies(`${major}.${minor}.${patch}`, range, options) || parse(range)?.version === version
    );
  }

  /** Returns the step up to a later version: the kind of the highest number that rises. */
  stepTo(later: Version): "major" | "minor" | "patch" | "prerelease" {
    const step = diff(this.#semver, later.#semver);
    if (step === null) throw new Error(`${later.text} isn't later than ${this.text}`);
    // A pre-release of the next major is a major step: semver calls it premajor.
    const plain = step.replace(/^pre(?!release)/, "");
    return plain === "release"
      ? "prerelease"
      : (plain as "major" | "minor" | "patch" | "prerelease");
  }

  /** Returns the next patch release: `v1.2.4` after `v1.2.3`, and `v1.2.3` after `v1.2.3-rc.1`. */
  nextPatch(): Version {
    return Version.of(`v${inc(this.#semver.version, "patch") ?? ""}`);
  }

  toString(): string {
    return this.text;
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

/** The version that a stack runs of a service, a release or a commit, and the digest where it is known. */
export interface Pin {
  readonly version: Version | Commit;
  readonly digest?: string;
}

/** A commit that runs without a release. Commits have no order. */
export class Commit {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** The issue code of a text that isn't a pin. */
export type PinProblem = "invalid-pin" | "invalid-digest" | "commit-without-digest";

/** Returns the pin of `v1.2.3`, `v1.2.3@sha256:<64 hex>` or `<commit>@sha256:<64 hex>`, or its problem. */
export function parsePin(text: string): Pin | PinProblem {
  const [tag = "", digest, ...rest] = text.split("@");
  if (rest.length > 0) return "invalid-pin";
  if (digest !== undefined && !isDigest(digest)) return "invalid-digest";
  const version = Version.parse(tag);
  if (version !== undefined) return digest === undefined ? { version } : { version, digest };
  if (!isCommit(tag)) return "invalid-pin";
  return digest === undefined ? "commit-without-digest" : { version: new Commit(tag), digest };
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
