import type { PublishResult } from "../app/publish";

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
