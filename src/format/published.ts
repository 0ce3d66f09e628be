import type { PublishedPackage } from "../app/publish/package-chart";
import type { PublishResult } from "../app/publish/publish";

/** Returns what was published, a line for each image in a repository and each release. */
export function formatPublished({ images, releases }: PublishResult): string[] {
  return [
    ...images.map(({ name, tags, kept }) => {
      const before = kept.map((tag) => `; ${tag} stays what was built before`).join("");
      return `${name}: tagged ${tags.join(", ") || "nothing"}${before}`;
    }),
    ...releases.map(({ address, isNew }) => `${address}${isNew ? "" : ": published before"}`),
  ];
}

/** Returns what was published of a chart, a line for the chart and one for its release. */
export function formatPackage({
  name,
  version,
  image,
  wasThere,
  release,
}: PublishedPackage): string[] {
  const before = wasThere ? ", published before" : "";
  return [
    `${name}: ${version}${before}, for ${image.tag}@${image.digest}`,
    ...(release === undefined ? [] : [release]),
  ];
}
