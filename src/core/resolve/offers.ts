import type { Environments } from "../environments";
import type { Service } from "../list/service";
import { mutablePattern, mutableTagOf } from "../stack/mutable-tags";
import type { StackConfig } from "../stack/plan";
import { versionInTag } from "../version-of-tag";
import type { Version } from "../version";

/** A version that can be chosen. */
export interface Offer {
  readonly version: Version;
  /** Whether it is a pre-release by its suffix, or because its publisher marked it as one. */
  readonly isPrerelease: boolean;
  /** When it was published or pushed; absent where nobody tells. */
  readonly at?: Date;
  /** Names of its files; absent for a tag of an image. */
  readonly files?: readonly string[];
}

/** A release on GitHub that is no draft. */
export interface Released {
  readonly tag: string;
  readonly publishedAt: Date;
  /** Whether it is marked as a pre-release. */
  readonly isPrerelease: boolean;
  readonly files: readonly string[];
}

/** A tag of an image repository. */
export interface StoredTag {
  readonly name: string;
  /** When its image was pushed; absent where the registry doesn't tell. */
  readonly pushedAt?: Date;
}

/**
 * Returns where the versions of a service are published: as releases on GitHub, or as tags of its image where
 * `unreleased` of an environment names it, or the stack names no owner on GitHub.
 */
export function sourceOf(
  { name, docker }: Service,
  { githubOwner }: Pick<StackConfig, "githubOwner">,
  environments: Environments | undefined,
): "releases" | "tags" {
  const all = [...(environments?.values() ?? [])];
  const isUnreleased = all.some(({ unreleased = [] }) => unreleased.includes(name));
  return docker !== undefined && (isUnreleased || githubOwner === undefined) ? "tags" : "releases";
}

/**
 * Returns the versions of releases. Only tags in the definition's own spelling count: none that may move, and no
 * number by itself, which may be a date or a part of a commit.
 */
export function offersOfReleases(
  service: Service,
  releases: readonly Released[],
  config: Pick<StackConfig, "mutableTags">,
): Offer[] {
  return releases.flatMap(({ tag, publishedAt, isPrerelease, files }): Offer[] => {
    const version = versionIn(tag, service.tags.github, service, config);
    if (version === undefined) return [];
    return [
      { version, isPrerelease: isPrerelease || version.isPrerelease, at: publishedAt, files },
    ];
  });
}

/**
 * Returns the versions of an image's tags, as those of releases. One that isn't written with three numbers doesn't
 * count: `v1.2` is a tag that moves with each v1.2.x.
 */
export function offersOfTags(
  service: Service,
  tags: readonly StoredTag[],
  config: Pick<StackConfig, "mutableTags">,
): Offer[] {
  return tags.flatMap(({ name, pushedAt }): Offer[] => {
    const version = versionIn(name, service.tags.image, service, config);
    if (version?.isWhole !== true) return [];
    const { isPrerelease } = version;
    return [{ version, isPrerelease, ...(pushedAt !== undefined && { at: pushedAt }) }];
  });
}

function versionIn(
  tag: string,
  pattern: string,
  service: Service,
  config: Pick<StackConfig, "mutableTags">,
): Version | undefined {
  const version = versionInTag(tag, pattern);
  if (version === undefined || /^v\d+$/.test(version.text)) return undefined;
  const moves =
    mutablePattern(tag, config.mutableTags) ?? mutableTagOf(service, version, config)?.pattern;
  return moves === undefined ? version : undefined;
}
