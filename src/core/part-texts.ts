import { DEFAULT_TAG_PATTERN } from "./tag-pattern";

/** A chart as far as it is known: all of it today, what a file of the past had of it. */
interface ChartParts {
  readonly repository?: string;
  readonly name?: string;
  readonly version?: string;
  readonly digest?: string;
  readonly isPinned?: boolean;
}

/**
 * Returns a chart in one text, the same for the same chart: repository, name, version and digest. A chart of a
 * folder has the one version of its folder. The default chart has a version where a stack config pins it: which
 * one was the newest, in the past or in another checkout, a repository doesn't tell.
 */
export function chartText(chart: ChartParts | undefined): string {
  const { repository, name = "", version = "", digest, isPinned } = chart ?? { isPinned: false };
  if (isPinned !== undefined) return isPinned ? `default ${version}` : "default";
  if (name.startsWith("./")) return name;
  const where = repository === undefined ? name : `${repository} ${name}`;
  return `${where} ${version}${digest === undefined ? "" : `@${digest}`}`;
}

/** Returns a chart of `chartText` without its digest; undefined for one that has none. */
export function withoutDigest(chart: string): string | undefined {
  return /^(.*)@sha256:[0-9a-f]{64}$/.exec(chart)?.[1];
}

/** What runs of a chart or an image where there is none. */
export const NONE = "nothing";

/** Returns the chart that Helm deploys a service with, in one text: `nothing` for one that Helm doesn't deploy. */
export function deployedChartText(chart: ChartParts | undefined): string {
  return chart === undefined ? NONE : chartText(chart);
}

/** An image as a definition has it, today or in the past. */
interface ImageParts {
  readonly docker?: string;
  readonly tags?: { readonly image?: string };
}

/**
 * Returns an image repository in one text, with the spelling of its tags where that is another one: it decides
 * which image a version is. Accounts have registries of their own, so it is without a host unless the registry
 * is an external one.
 */
export function imageText({ docker, tags }: ImageParts, host: string | undefined): string {
  if (docker === undefined) return NONE;
  const { image = DEFAULT_TAG_PATTERN } = tags ?? {};
  const name = image === DEFAULT_TAG_PATTERN ? docker : `${docker}:${image}`;
  return host === undefined ? name : `${host}/${name}`;
}
