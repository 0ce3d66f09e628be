import { mutablePattern } from "./stack/mutable-tags";
import { isCommit, Version } from "./version";

/** A manifest of an image repository: an image, an index of several, or what refers to one. */
export interface StoredManifest {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Of its config and layers; 0 for an index, whose parts have their own. Layers may be shared. */
  readonly bytes: number;
  /** Absent where the registry doesn't tell. */
  readonly pushedAt?: Date;
  /** Of an index the digests of its parts. */
  readonly children: readonly string[];
  /** Of its parts those that are indexes themselves, where the registry doesn't list them. */
  readonly indexes?: readonly string[];
  /** The digest that it refers to, such as that of the image that it signs. */
  readonly subject?: string;
}

/** What stays in a repository, and why. */
export interface KeepRules {
  /** Why digests stay, wherever they are. */
  readonly digests: ReadonlyMap<string, string>;
  /** Why tags stay. */
  readonly tags: ReadonlyMap<string, string>;
  /** Spellings of release tags, such as `v{version}`. */
  readonly tagPatterns: readonly string[];
  /** Mutable tags, such as `main` and `*-daily`. */
  readonly mutableTags: readonly string[];
  /** When git last said of digests that they run: they were pushed before. */
  readonly lastRan: ReadonlyMap<string, Date>;
  /** What was pushed later than so many milliseconds ago stays. */
  readonly minimumAge: number;
  /** Whether what was pushed nobody knows when may go. */
  readonly takesUnknownAge: boolean;
}

/** Why a manifest stays. */
export type StayKind =
  "runs" | "belongs" | "young" | "unknown-age" | "channel" | "other-tag" | "other-subject";

/** A manifest that stays. */
export interface Staying {
  readonly manifest: StoredManifest;
  readonly kind: StayKind;
  readonly reason: string;
}

/** What goes of a repository, and what stays. */
export interface PrunePlan {
  /** In the order of deletion: nothing of a step is needed by a manifest of a later one. */
  readonly steps: readonly (readonly StoredManifest[])[];
  readonly staying: readonly Staying[];
}

/**
 * Returns which manifests of a repository may go. What runs, and what ran of late, stays by digest and by tag, and
 * with it all that belongs to it: the parts of an index, and what refers to it or to one of its parts. So does what is
 * young, what has a tag that nobody here makes, and what refers to something that isn't here.
 * @param manifests all of the repository, each once
 */
export function prunePlan(
  manifests: readonly StoredManifest[],
  rules: KeepRules,
  now: Date,
): PrunePlan {
  const links = new Links(manifests);
  const staying = new Map<string, Staying>();
  for (const manifest of manifests) {
    const why = ownReason(manifest, rules, links, now);
    if (why !== undefined) staying.set(manifest.digest, { manifest, ...why });
  }
  // A digest that runs may be known as a part of an index alone.
  const roots = [...staying.keys(), ...[...rules.digests.keys()].filter((one) => links.has(one))];
  const kept = new Set(roots);
  const open = [...kept];
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    for (const next of links.belongingTo(digest)) {
      if (kept.has(next)) continue;
      kept.add(next);
      open.push(next);
      const manifest = links.get(next);
      if (manifest === undefined) continue;
      const reason = `belongs to ${staying.get(digest)?.manifest.tags[0] ?? digest}`;
      staying.set(next, { manifest, kind: "belongs", reason });
    }
  }
  const going = manifests.filter(({ digest }) => !kept.has(digest));
  return { steps: inSteps(going, links), staying: [...staying.values()] };
}

/** A release on GitHub, as far as it decides whether it may go. */
interface Released {
  readonly tag: string;
  readonly publishedAt: Date;
}

/**
 * Returns the releases of mutable channels that may go: a tag with the ending of a mutable one, as the list spells it,
 * which no stack runs or may go back to.
 */
export function outdatedReleases<One extends Released>(
  releases: readonly One[],
  {
    tags,
    tagPatterns,
    mutableTags,
    minimumAge,
  }: Pick<KeepRules, "tags" | "tagPatterns" | "mutableTags" | "minimumAge">,
  now: Date,
): One[] {
  return releases.filter(({ tag, publishedAt }) => {
    const isOwn = tagPatterns.some((pattern) => isVersionTag(tag, pattern));
    const isOld = now.getTime() - publishedAt.getTime() >= minimumAge;
    return mutablePattern(tag, mutableTags) !== undefined && isOwn && isOld && !tags.has(tag);
  });
}

/** Returns the manifests that go, in the order of deletion. */
export function goingOf({ steps }: PrunePlan): StoredManifest[] {
  return steps.flat();
}

/** Returns the size of manifests in bytes, without what their registry may share among them. */
export function bytesOf(manifests: readonly StoredManifest[]): number {
  return manifests.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Returns why a manifest stays by itself; undefined where nothing keeps it. */
function ownReason(
  manifest: StoredManifest,
  rules: KeepRules,
  links: Links,
  now: Date,
): Pick<Staying, "kind" | "reason"> | undefined {
  const { digest, tags } = manifest;
  const runs = [rules.digests.get(digest), ...tags.map((tag) => rules.tags.get(tag))];
  const [reason] = runs.filter((one) => one !== undefined);
  if (reason !== undefined) return { kind: "runs", reason };
  for (const tag of tags) {
    if (subjectOfTag(tag) !== undefined) continue;
    if (rules.mutableTags.includes(tag)) {
      return { kind: "channel", reason: `${tag} is the newest of its channel` };
    }
    if (!isOwnTag(tag, rules)) {
      return { kind: "other-tag", reason: `${tag} is a tag that the list doesn't spell` };
    }
  }
  const subjects = subjectsOf(manifest);
  const other = subjects.find((subject) => !links.has(subject));
  if (other !== undefined) {
    return { kind: "other-subject", reason: `refers to ${other}, which isn't here` };
  }
  return youth(manifest, rules, links, now);
}

function youth(
  manifest: StoredManifest,
  { minimumAge, lastRan, takesUnknownAge }: KeepRules,
  links: Links,
  now: Date,
): Pick<Staying, "kind" | "reason"> | undefined {
  const latest = manifest.pushedAt ?? lastRan.get(manifest.digest);
  if (latest !== undefined) {
    const isYoung = now.getTime() - latest.getTime() < minimumAge;
    if (!isYoung) return undefined;
    const what = manifest.pushedAt === undefined ? "ran" : "was pushed";
    return { kind: "young", reason: `${what} at ${latest.toISOString()}` };
  }
  // A part is as old as the index, and what refers to an image goes with it.
  const isPart = manifest.tags.every((tag) => subjectOfTag(tag) !== undefined);
  if (takesUnknownAge || (isPart && links.isPart(manifest))) return undefined;
  return { kind: "unknown-age", reason: "the registry doesn't tell when it was pushed" };
}

/** Whether a tag is one that the list spells: of a version, a commit, or a mutable pattern. */
export function isOwnTag(
  tag: string,
  { tagPatterns, mutableTags }: Pick<KeepRules, "tagPatterns" | "mutableTags">,
): boolean {
  return (
    isCommit(tag) ||
    tagPatterns.some((pattern) => isVersionTag(tag, pattern)) ||
    mutableTags.some((pattern) => pattern.includes("*") && isLike(tag, pattern))
  );
}

function isVersionTag(tag: string, pattern: string): boolean {
  const [before = "", after = ""] = pattern.split("{version}");
  if (!tag.startsWith(before) || !tag.endsWith(after)) return false;
  if (tag.length < before.length + after.length) return false;
  const text = tag.slice(before.length, tag.length - after.length);
  return Version.parse(`v${text}`) !== undefined;
}

/** Whether a text matches a pattern, whose `*` is any text. */
function isLike(text: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop() ?? "";
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.endsWith(last) && text.length - last.length >= at;
}

/** Returns the digest that a tag such as `sha256-0123....sig` is about; undefined for every other tag. */
export function subjectOfTag(tag: string): string | undefined {
  const [, hex] = /^sha256-([0-9a-f]{64})(?:\.[\w.-]+)?$/.exec(tag) ?? [];
  return hex === undefined ? undefined : `sha256:${hex}`;
}

/** Returns the digests that a manifest refers to. */
function subjectsOf({ tags, subject }: StoredManifest): string[] {
  const named = tags.flatMap((tag) => subjectOfTag(tag) ?? []);
  return subject === undefined ? named : [...named, subject];
}

/** How the manifests of a repository belong together. */
class Links {
  readonly #manifests: ReadonlyMap<string, StoredManifest>;
  readonly #parents = new Map<string, string[]>();
  readonly #referrers = new Map<string, string[]>();

  constructor(manifests: readonly StoredManifest[]) {
    this.#manifests = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
    for (const manifest of manifests) {
      for (const child of manifest.children) add(this.#parents, child, manifest.digest);
      for (const subject of subjectsOf(manifest)) add(this.#referrers, subject, manifest.digest);
    }
  }

  get(digest: string): StoredManifest | undefined {
    return this.#manifests.get(digest);
  }

  /** Whether a digest is here, or is a part of what is. */
  has(digest: string): boolean {
    return this.#manifests.has(digest) || this.#parents.has(digest);
  }

  /** Whether a manifest is a part of an index, or refers to another one. */
  isPart(manifest: StoredManifest): boolean {
    return this.#parents.has(manifest.digest) || subjectsOf(manifest).length > 0;
  }

  /**
   * Returns the digests that stay where one does: its parts, what refers to it, and what it refers to, without which
   * a referrer means nothing.
   */
  belongingTo(digest: string): string[] {
    const manifest = this.get(digest);
    const own = manifest === undefined ? [] : [...manifest.children, ...subjectsOf(manifest)];
    return [...own, ...(this.#referrers.get(digest) ?? [])];
  }

  /** Returns the digests that have to go before one: the indexes that it is a part of, and what refers to it. */
  before(digest: string): string[] {
    return [...(this.#parents.get(digest) ?? []), ...(this.#referrers.get(digest) ?? [])];
  }
}

function add<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const found = map.get(key);
  if (found === undefined) map.set(key, [value]);
  else found.push(value);
}

/** Returns manifests in the order of deletion: each in a step after all that has to go before it. */
function inSteps(going: readonly StoredManifest[], links: Links): StoredManifest[][] {
  const own = new Set(going.map(({ digest }) => digest));
  const depths = new Map<string, number>();
  const depthOf = (digest: string): number => {
    const known = depths.get(digest);
    if (known !== undefined) return known;
    // Names of tags may form a cycle, digests don't.
    depths.set(digest, 0);
    const before = links.before(digest).filter((one) => own.has(one) && one !== digest);
    const depth = before.reduce((most, one) => Math.max(most, depthOf(one) + 1), 0);
    depths.set(digest, depth);
    return depth;
  };
  const steps = new Map<number, StoredManifest[]>();
  for (const manifest of going) add(steps, depthOf(manifest.digest), manifest);
  return [...steps].sort(([a], [b]) => a - b).map(([, step]) => step);
}
