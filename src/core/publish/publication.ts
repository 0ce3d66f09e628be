import type { ImageValues } from "../list/service";
import type { Ref } from "../ref";
import { mutablePattern } from "../stack/mutable-tags";
import { tagName, versionIn } from "../tag-pattern";
import { isImageTag } from "../version";
import { RELEASE_BRANCHES, tagOfReleaseBranch } from "./release-branch";

/** What a service's repository publishes: releases.yaml, checked. */
export interface Publications {
  /** The repository of the file, `owner/name`. A workflow of another one publishes nothing. */
  readonly source: string;
  /** Patterns of tags that may move. */
  readonly mutableTags: readonly string[];
  /** Sorted by name, at least one. */
  readonly services: readonly PublishedService[];
}

/** What is published of one service. */
export interface PublishedService {
  readonly name: string;
  /** Repositories with their hosts, its own first, then its aliases. Empty: it has no image. */
  readonly images: readonly string[];
  /** Branches whose commits are pushed, each with the mutable tag that follows it. */
  readonly branches: ReadonlyMap<string, string>;
  /** Where its GitHub releases stand, `owner/name`. Absent: it has none, and only its branches publish it. */
  readonly releases?: string;
  readonly tags: { readonly github: string; readonly image: string };
  readonly assets: readonly string[];
  readonly chart?: PublishedChart;
}

/** A chart of a service's repository. */
export interface PublishedChart {
  /** `oci://host/path/name`, or the address of a chart repository on GitHub Pages. */
  readonly repository: string;
  /** Of a chart repository on GitHub Pages: the repository whose branch has its index, `owner/name`. */
  readonly pages?: string;
  /** Which Chart.yaml must have: of a registry the last part of `repository`. */
  readonly name: string;
  /** Relative to the repository. */
  readonly folder: string;
  readonly imageValues: ImageValues;
}

/** What one commit publishes of one service. */
export interface Publication {
  readonly service: PublishedService;
  /** `v1.2.3` of a tag, `beta-new-api` of a branch releases/beta/new-api, the commit of a branch that is followed. */
  readonly version: string;
  /** The tags of its image, the same in each of its repositories. Empty: it has no image. */
  readonly tags: readonly PublishedTag[];
  /** Whether its chart gets a version that names the image. */
  readonly packagesChart: boolean;
  /** Absent: it has none. */
  readonly release?: NamedRelease;
}

/** A tag of an image. */
export interface PublishedTag {
  readonly name: string;
  /**
   * What happens where it names other bytes: a version's tag is refused, a mutable one moves, and a commit's
   * stays as it is, because a commit may be built for its branch and again for its tag.
   */
  readonly taken: "refuse" | "move" | "keep";
}

/** A GitHub release by its name. */
export interface NamedRelease {
  /** `owner/name`. */
  readonly repository: string;
  readonly tag: string;
  /** The commit that the tag is for; absent in a repository other than the source, which doesn't have it. */
  readonly commit?: string;
  readonly isPrerelease: boolean;
  /** What it replaces where there is one. Nothing: then it is refused. */
  readonly replaces: "nothing" | "release" | "release and tag";
}

/** A GitHub release of all services that have it. */
export interface PublishedRelease extends NamedRelease {
  /** Names of the services, sorted. */
  readonly services: readonly string[];
  /** Names of the files that it has, each once, sorted. */
  readonly assets: readonly string[];
}

/** What a ref publishes: at least one service, or why there is none. */
export type Published =
  | {
      readonly publications: readonly Publication[];
      readonly releases: readonly PublishedRelease[];
    }
  | Refusal;

/** Why nothing is published. */
export interface Refusal {
  readonly refusal: string;
}

/**
 * Returns what a commit publishes by the ref that was pushed:
 * - a tag that spells a version: the image of the version, the chart, and a GitHub release
 * - a branch `releases/<channel>/<name>`: the image, and a GitHub release, by the name of the branch
 * - a branch that a service follows: the image of the commit, and the branch's mutable tag moves there
 *
 * Every other ref is refused, and so is a branch that would make the tag of a version. A service that the ref isn't
 * for is left out.
 */
export function publishedBy(ref: Ref, commit: string, all: Publications): Published {
  const publications: Publication[] = [];
  for (const service of all.services) {
    const found = publicationOf(ref, commit, service, all);
    if (found === undefined) continue;
    if ("refusal" in found) return found;
    publications.push(found);
  }
  if (publications.length === 0) return { refusal: unknownRef(ref, all) };
  return { publications, releases: releasesOf(publications) };
}

/** Returns what a commit publishes of one service; undefined where the ref isn't for it. */
export function publicationOf(
  ref: Ref,
  commit: string,
  service: PublishedService,
  { source, mutableTags, services }: Publications,
): Publication | Refusal | undefined {
  const names = namesOf(ref, commit, service);
  if (names === undefined) return undefined;
  const { version, tag, release } = names;
  const moves = (name: string): boolean => mutablePattern(name, mutableTags) !== undefined;
  if (release !== undefined && ref.kind === "branch" && !moves(tag)) {
    const other = services.find(({ tags }) => versionIn(tags.github, tag) !== undefined);
    if (other !== undefined) {
      const refusal = `the branch ${ref.name} would make the tag ${tag}, which is a version of ${other.name}; push that tag, or rename the branch`;
      return { refusal };
    }
  }
  const hasImage = service.images.length > 0;
  if (hasImage && !isImageTag(tag)) {
    const refusal = `"${tag}" can't be the tag of an image; give the ${ref.kind} ${ref.name} another name`;
    return { refusal };
  }
  const tags: PublishedTag[] = [
    { name: tag, taken: moves(tag) ? "move" : "refuse" },
    { name: commit, taken: "keep" },
  ];
  const isHere = service.releases === source;
  return {
    service,
    version,
    tags: hasImage ? tags : [],
    packagesChart: ref.kind === "tag" && service.chart !== undefined,
    ...(release !== undefined && {
      release: {
        ...release,
        // Another repository has other commits.
        ...(isHere && { commit }),
        replaces: moves(release.tag) ? replaced(ref, isHere) : "nothing",
      },
    }),
  };
}

/** What a service's publication is called. */
interface Names {
  readonly version: string;
  /** Of its image. */
  readonly tag: string;
  readonly release?: Pick<NamedRelease, "repository" | "tag" | "isPrerelease">;
}

function namesOf(ref: Ref, commit: string, service: PublishedService): Names | undefined {
  const { branches, releases: repository, tags } = service;
  const followed = ref.kind === "branch" ? branches.get(ref.name) : undefined;
  if (followed !== undefined) return { version: commit, tag: followed };
  if (repository === undefined) return undefined;
  if (ref.kind === "branch") {
    const tag = tagOfReleaseBranch(ref.name);
    if (tag === undefined) return undefined;
    return { version: tag, tag, release: { repository, tag, isPrerelease: true } };
  }
  const version = ref.kind === "tag" ? versionIn(tags.github, ref.name) : undefined;
  if (version === undefined) return undefined;
  const { text, isPrerelease } = version;
  const release = { repository, tag: ref.name, isPrerelease };
  return { version: text, tag: tagName(tags.image, text), release };
}

/** A tag of the source that was pushed is where it belongs; every other one was made with its release. */
function replaced(ref: Ref, isHere: boolean): NamedRelease["replaces"] {
  return ref.kind === "tag" && isHere ? "release" : "release and tag";
}

/** Returns the releases of some publications, one for each tag of a repository. */
function releasesOf(publications: readonly Publication[]): PublishedRelease[] {
  const found = new Map<string, PublishedRelease>();
  for (const { service, release } of publications) {
    if (release === undefined) continue;
    const key = `${release.repository} ${release.tag}`;
    const { services = [], assets = [] } = found.get(key) ?? {};
    found.set(key, {
      ...release,
      services: [...services, service.name],
      assets: [...new Set([...assets, ...service.assets])].sort(),
    });
  }
  return [...found.values()];
}

function unknownRef(ref: Ref, { services }: Publications): string {
  const released = services.filter(({ releases }) => releases !== undefined);
  const tags = [...new Set(released.map((service) => service.tags.github))];
  const branches = new Set(services.flatMap((service) => [...service.branches.keys()]));
  const known = [
    ...tags.map((pattern) => `a tag ${pattern}`),
    ...(tags.length > 0 ? [`a branch ${RELEASE_BRANCHES}`] : []),
    ...[...branches].map((name) => `the branch ${name}`),
  ];
  const isBuild = ref.kind === "tag" && ref.name.includes("+");
  const hint = isBuild ? ` (a version has no "+", as no tag of an image has one)` : "";
  return `the ${ref.kind} ${ref.name} publishes nothing; push ${known.join(", or ")}${hint}`;
}
