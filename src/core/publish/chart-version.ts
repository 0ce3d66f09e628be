import compare from "semver/functions/compare";
import inc from "semver/functions/inc";
import prerelease from "semver/functions/prerelease";
import { isChartVersion } from "../version";

/** Returns the tag of a chart's version: a registry takes no plus sign, for which Helm writes an underscore. */
export function chartTag(version: string): string {
  return version.replaceAll("+", "_");
}

/** Returns the versions among a chart's tags, the newest first. */
export function chartVersions(tags: readonly string[]): string[] {
  const versions = tags.map((tag) => tag.replaceAll("_", "+")).filter(isChartVersion);
  return versions.sort(compare).reverse();
}

/**
 * Returns the version that a chart gets for another image: its own where it is above everything published, else the
 * one after the newest. After a pre-release that is the next pre-release: nobody has said that it is final.
 * @param own that of Chart.yaml, whose spelling with a "v" or without one stays
 */
export function nextChartVersion(own: string, tags: readonly string[]): string {
  const [newest] = chartVersions(tags);
  if (newest === undefined || compare(own, newest) > 0) return own;
  const next = inc(newest, prerelease(newest) === null ? "patch" : "prerelease");
  if (next === null) throw new Error(`${newest} has no version after it`);
  return own.startsWith("v") ? `v${next}` : next;
}

/** Whether a chart's version is published, in whichever spelling. */
export function isPublished(version: string, tags: readonly string[]): boolean {
  const bare = chartTag(version).replace(/^v/, "");
  return tags.some((tag) => tag.replace(/^v/, "") === bare);
}

/** Returns the tag of a chart's own GitHub release, as Helm's chart releaser names them. */
export function chartReleaseTag(name: string, version: string): string {
  return `${name}-${version}`;
}
