import { haveOrder, Version, type Pin } from "../version";

/** The size of a change of version: the highest number that rises, or that none rises. */
export type Step = "major" | "minor" | "patch" | "prerelease" | "none" | "downgrade" | "unordered";

/**
 * Returns the step from one version to another; `unordered` when one of them is a commit or an image's own tag, when they are
 * builds of one release (`v1.12.2`, `v1.12.2-ce60d74`), or when nothing ran before.
 */
export function stepBetween(from: Pin["version"] | undefined, to: Pin["version"]): Step {
  if (!(from instanceof Version && to instanceof Version) || !haveOrder(from, to))
    return "unordered";
  const order = to.compare(from);
  if (order === 0) return "none";
  return order < 0 ? "downgrade" : from.stepTo(to);
}
