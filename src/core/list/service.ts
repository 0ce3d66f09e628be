import type { ChartPin, Version } from "../version";

/** The version that runs where no stack config pins one, or how the pins follow another source. */
export type Deploy =
  | { readonly strategy: "release"; readonly version: Version }
  | { readonly strategy: "branch"; readonly branch: string }
  | { readonly strategy: "range"; readonly range: string }
  | { readonly strategy: "suspend" }
  /** Nothing runs of it but copies of open pull requests. */
  | { readonly strategy: "previews" };

/** A Helm chart at one exact version. */
export interface Chart extends ChartPin {
  /** `oci://host/path/name`, a chart of `repository`, or a folder that starts with `./`. */
  readonly name: string;
  readonly repository?: string;
  /** Of the default chart alone: whether a stack config pins its version. */
  readonly isPinned?: boolean;
}

/** A chart of a repository with an `index.yaml`, as `helm repo add` takes it: not in an OCI registry. */
export type ClassicChart = Chart & { readonly repository: string };

/** Whether a chart is one of a repository with an `index.yaml`. Helm doesn't compare its bytes with a digest. */
export function isClassic<One extends Pick<Chart, "repository">>(
  chart: One,
): chart is One & { readonly repository: string } {
  return chart.repository !== undefined;
}

/** Whether a chart may have a digest: one that is in a folder has the bytes that the commit has. */
export function hasDigests({ name }: Chart): boolean {
  return !name.startsWith("./");
}

/** Returns a chart at a pin. A digest belongs to its version. */
export function pinnedChart({ digest: _digest, ...chart }: Chart, pin: ChartPin): Chart {
  return { ...chart, ...pin, ...(chart.isPinned !== undefined && { isPinned: true }) };
}

/** The chart of services that name none, in each version that this program has, newest first. */
export type DefaultCharts = readonly [newest: Chart, ...older: Chart[]];

/** Paths into a chart's values for the image: keys joined by dots. */
export interface ImageValues {
  readonly repository: string;
  readonly tag: string;
  /** Without it the digest follows the tag, `v1.2.3@sha256:...`. */
  readonly digest?: string;
}

/** One definition of the release list with its defaults filled in. */
export interface Service {
  /** Identity everywhere; unique in the list. */
  readonly name: string;
  /** Repository on GitHub that has its releases, without the owner. */
  readonly github: string;
  /** The one that it is built in: the same, unless its definition names two. */
  readonly githubSource: string;
  /** Image repository; absent for a service that has none: a template, or a release of files. */
  readonly docker?: string;
  /** Present: deployed as a CloudFormation stack, not as a Helm release. It may have an image. */
  readonly provider?: "cloudformation";
  readonly deploy: Deploy;
  readonly preview: boolean;
  /** Absent: all. */
  readonly environments?: readonly string[];
  /** Absent: the default chart. */
  readonly chart?: Chart;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly imageValues: ImageValues;
  readonly timeoutSeconds: number;
  /** Tag patterns, with `{version}` for the version without its v. */
  readonly tags: { readonly github: string; readonly image: string };
  readonly aliases: readonly string[];
  readonly assets: readonly string[];
  readonly requires: ReadonlyMap<string, string>;
  /** Template file in the bucket's folder of the version. */
  readonly template: string;
  readonly team?: string;
  /** Whether its definition has no error. With one it is never declared. */
  readonly sound: boolean;
  /** The file of the definition, and its index there. */
  readonly source: { readonly file: string; readonly index: number };
}

/**
 * Whether a service belongs to an environment: to all of them where its definition names none, and to none where
 * it has nothing but previews.
 */
export function belongsTo(
  {
    environments,
    deploy,
  }: {
    readonly environments?: readonly unknown[];
    readonly deploy?: Pick<Deploy, "strategy">;
  },
  environment: string,
): boolean {
  return deploy?.strategy !== "previews" && environments?.includes(environment) !== false;
}

/** Whether no environment runs both of two services: each names environments, and they share none. */
export function areApart(
  { environments: some }: Pick<Service, "environments">,
  { environments: others }: Pick<Service, "environments">,
): boolean {
  return some !== undefined && others?.some((environment) => some.includes(environment)) === false;
}

/**
 * Returns a list as one environment has it, a definition for each name: of several definitions the one that
 * belongs to the environment, else the first.
 */
export function listIn(list: ReleaseList, environment: string): ReleaseList {
  const found = new Map<string, Service>();
  for (const service of list) {
    const other = found.get(service.name);
    const isBetter =
      other !== undefined && !belongsTo(other, environment) && belongsTo(service, environment);
    if (other === undefined || isBetter) found.set(service.name, service);
  }
  return found.size === list.length ? list : [...found.values()];
}

/** Whether Helm deploys a service where there is a cluster: it has an image, and no provider deploys it. */
export function isOfHelm({
  docker,
  provider,
}: {
  readonly docker?: string | undefined;
  readonly provider?: string | undefined;
}): boolean {
  return docker !== undefined && provider === undefined;
}

/** All services of the list, sorted by name. */
export type ReleaseList = readonly Service[];
