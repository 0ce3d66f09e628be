import { formatImageReference, parseImageReference } from "../image-reference";

/** Hosts of Docker Hub. Without a host an image is there as well. */
const HUB = ["index.docker.io", "docker.io", "registry-1.docker.io", ""];

/** Of what Docker itself publishes, in whose names it may be left out. */
const LIBRARY = "library/";

/**
 * Returns the names by which pods may name an image repository: one, but for Docker Hub. Engines compare them as they
 * are written, or all with the first.
 */
export function imageNames(image: string): string[] {
  const { host, repository } = parseImageReference(image);
  if (!HUB.includes(host)) return [image];
  const full = repository.includes("/") ? repository : LIBRARY + repository;
  const repositories = full.startsWith(LIBRARY) ? [full, full.slice(LIBRARY.length)] : [full];
  return HUB.flatMap((hub) =>
    repositories.map((name) => formatImageReference({ host: hub, repository: name })),
  );
}
