import { isClassic, type Chart, type Service } from "../list/service";
import { valueAt } from "../stack/helm-values";

/** What a packaged chart says by itself, before anybody gives it values. */
export interface ChartContents {
  /** `values.yaml`, parsed. */
  readonly values: unknown;
  /** The annotations of `Chart.yaml`. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What `Chart.yaml` calls it; absent where it says none. */
  readonly name?: string;
  /** Its own version, where `Chart.yaml` says one. */
  readonly version?: string;
  /** The version of what it deploys, where `Chart.yaml` says one. */
  readonly appVersion?: string;
}

/**
 * Returns where a chart calls itself otherwise than it is pinned: whoever reads the pin would take it for another
 * one. Undefined where it is the same. In a registry a copy may have another name, and a tag a "v" that the chart lacks.
 */
export function otherNameIn(
  { name, version }: Pick<ChartContents, "name" | "version">,
  chart: Chart,
): string | undefined {
  const bare = (text: string) => text.replace(/^v/, "");
  const isNamed = !isClassic(chart) || name === undefined || name === chart.name;
  if (isNamed && (version === undefined || bare(version) === bare(chart.version))) return undefined;
  const own = [isNamed ? [] : name, version ?? []].flat().join(" ");
  return `its Chart.yaml says ${own}, and ${chart.version} is pinned; pin what it is`;
}

/** Keys beside the paths of an image that charts take a digest from. */
const DIGEST_KEYS = ["digest", "sha", "sha256"];

/** An image in a text, by its digest. */
const IMAGE_BY_DIGEST = /([\w./:-]+)@(sha256:[0-9a-fA-F]+)/g;

/**
 * Returns where a chart names other bytes of a service's image than the pinned ones, in its values or in its
 * annotations; undefined where it names them, or leaves them to values. Other images, such as sidecars, are its own.
 * @param digest the pinned one
 */
export function otherImageIn(
  { values, annotations }: ChartContents,
  { docker, aliases, imageValues }: Pick<Service, "docker" | "aliases" | "imageValues">,
  digest: string,
): string | undefined {
  if (docker === undefined) return undefined;
  const { repository, tag, digest: own } = imageValues;
  const beside = [repository, tag].flatMap((path) => {
    return DIGEST_KEYS.map((key) => [...path.split(".").slice(0, -1), key].join("."));
  });
  const ofDigest = new Set([...(own === undefined ? [] : [own]), ...beside]);
  const inValues = [
    ...[...ofDigest].map((path) => ({ path, found: prefixed(textAt(values, path)) })),
    ...[repository, tag].map((path) => ({ path, found: textAt(values, path)?.split("@")[1] })),
  ].map(({ path, found }) => ({ where: `${path} of its values`, found }));
  const names = [docker, ...aliases];
  const inAnnotations = Object.entries(annotations).flatMap(([key, text]) =>
    [...text.matchAll(IMAGE_BY_DIGEST)]
      .filter(([, image = ""]) => names.some((name) => isOf(image, name)))
      .map(([, , found]) => ({ where: `its annotation ${key}`, found })),
  );
  const other = [...inValues, ...inAnnotations].find(
    ({ found }) => found !== undefined && found !== digest,
  );
  if (other === undefined) return undefined;
  return `${other.where} names ${other.found ?? ""}, and ${digest} is pinned; release the chart with this image, or leave its digest to values`;
}

function textAt(values: unknown, path: string): string | undefined {
  const value = valueAt(values, path);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A digest, which some charts write without its algorithm. */
function prefixed(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? `sha256:${text}` : text;
}

/** Whether an image, with a host and a tag or without, is one of a repository. */
function isOf(image: string, repository: string): boolean {
  const name = image.replace(/:[\w.-]+$/, "");
  return name === repository || name.endsWith(`/${repository}`);
}
