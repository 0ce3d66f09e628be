import { ecrRegion, partitionOf } from "../aws";
import { publishRole } from "../stack/roles";
import type { Publications, PublishedService } from "./publication";
import { RELEASE_BRANCHES } from "./release-branch";
import { fromTemplate, type Words } from "./template";

/** The release workflow of a service's repository. */
export const WORKFLOW_FILE = ".github/workflows/release.yml";

/** The GitHub environment of its jobs, where they have a secret. */
export const RELEASE_ENVIRONMENT = "release";

const GHCR = "ghcr.io";

function needsSecret(host: string): boolean {
  return host !== GHCR && ecrRegion(host) === undefined;
}

/**
 * Returns the text of the release workflow of a service's repository.
 * @param node the version of Node.js
 */
export function releaseWorkflow(
  template: string,
  publications: Publications,
  node: string,
): string {
  const { source, services } = publications;
  const written = services.flatMap(({ releases, chart }) => [releases, chart?.pages]);
  const repositories = [...new Set(written.flatMap((repository) => repository ?? []))].sort();
  const isElsewhere = repositories.some((repository) => repository !== source);
  const isHere = repositories.length > 0 && !isElsewhere;
  const hosts = hostsOf(services);
  const ecr = hosts.flatMap((host) => {
    const region = ecrRegion(host);
    if (region === undefined) return [];
    const account = host.slice(0, host.indexOf("."));
    const role = publishRole(source.slice(source.indexOf("/") + 1), { account, region }).arn;
    return [{ host, region, role, partition: partitionOf(region).name }];
  });
  const others = hosts.filter(needsSecret);
  const words = {
    tags: list(tagFilters(publications)),
    branches: list(branchFilters(publications)),
    node,
    idToken: ecr.length > 0 ? "for signatures, and for the role of ECR" : "for signatures",
    readToken: isElsewhere
      ? "${{ steps.app.outputs.token || github.token }}"
      : "${{ github.token }}",
    token: isElsewhere ? "${{ steps.app.outputs.token }}" : "${{ github.token }}",
    owner: repositories[0]?.split("/")[0] ?? "",
    repositories: repositories.map((repository) => repository.split("/")[1]).join(","),
  };
  return fromTemplate(template, words, {
    releases: once(repositories.length > 0),
    images: once(hosts.length > 0),
    releasesHere: once(isHere),
    releasesElsewhere: once(!isHere),
    apps: once(isElsewhere),
    secrets: once(isElsewhere || others.length > 0),
    ecr,
    ghcr: once(hosts.includes(GHCR)),
    logins: others.map((host) => ({ host })),
    charted: once(services.some(({ chart }) => chart !== undefined)),
    charts: services.flatMap(({ name, chart }) => (chart === undefined ? [] : [{ service: name }])),
  });
}

function once(isThere: boolean): Words[] {
  return isThere ? [{}] : [];
}

/** Returns the registries of images and charts. */
function hostsOf(services: readonly PublishedService[]): string[] {
  const names = services.flatMap(({ images, chart }) => [
    ...images,
    ...(chart === undefined || chart.pages !== undefined
      ? []
      : [chart.repository.slice("oci://".length)]),
  ]);
  return [...new Set(names.map((name) => name.slice(0, name.indexOf("/"))))].sort();
}

/** Returns the filters of tags that start the workflow: those of versions, as the services spell them. */
export function tagFilters({ services }: Publications): string[] {
  const patterns = services.flatMap(({ releases, tags }) =>
    releases === undefined ? [] : [tags.github],
  );
  // A filter that begins with * would be one of every tag.
  const filters = patterns.map((pattern) =>
    pattern.replace("{version}", pattern.startsWith("{") ? "[0-9]*" : "*"),
  );
  return [...new Set(filters)].sort();
}

/** Returns the filters of branches that start the workflow: those that services follow, and release branches. */
export function branchFilters({ services }: Publications): string[] {
  const hasReleases = services.some(({ releases }) => releases !== undefined);
  const followed = services.flatMap(({ branches }) => [...branches.keys()]);
  // Git allows these in the name of a branch, and to GitHub they mean something else.
  const filters = [...new Set(followed)].sort().map((name) => name.replaceAll(/[+!]/g, "\\$&"));
  return hasReleases ? [...filters, RELEASE_BRANCHES] : filters;
}

function list(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;
}
