import { tagName } from "../tag-pattern";
import type { ImageValues, Service } from "../list/service";
import type { Deployment } from "./plan";
import { Version, type Pin } from "../version";
import { isMapping, type Mapping } from "../mapping";

/** An image, as the values of a chart hold it. */
export interface Image {
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
}

/** Returns the image that a deployment runs: its tag by the list's pattern, its digest when pinned. */
export function imageOf({ service, version, digest }: Deployment, repository: string): Image {
  const tag = imageTag(service, version);
  return digest === undefined ? { repository, tag } : { repository, tag, digest };
}

/** Returns the tag of a service's image at a version, by the list's pattern; a commit, and an image's own tag, as it is. */
export function imageTag({ tags }: Service, version: Pin["version"]): string {
  return version instanceof Version ? tagName(tags.image, version.text) : version.text;
}

/**
 * Returns the Helm values of a deployment: those given, and the image at the chart's paths. A chart
 * without a path for the digest gets it after the tag, so that the exact bytes run all the same.
 */
export function helmValues(
  values: Readonly<Record<string, unknown>>,
  paths: ImageValues,
  { repository, tag, digest }: Image,
): Record<string, unknown> {
  const result = structuredClone(values) as Record<string, unknown>;
  const afterTag = digest !== undefined && paths.digest === undefined;
  set(result, paths.repository, repository);
  set(result, paths.tag, afterTag ? `${tag}@${digest}` : tag);
  if (digest !== undefined && paths.digest !== undefined) set(result, paths.digest, digest);
  return result;
}

/** Returns values with others over them, as Helm merges files of values: maps deeply, all else replaced, also by null. */
export function mergeValues(below: Mapping, above: Mapping): Mapping {
  const result = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const before = result.get(key);
    result.set(key, isMapping(before) && isMapping(value) ? mergeValues(before, value) : value);
  }
  return Object.fromEntries(result);
}

/** Returns a chart's own values and those given, as Helm joins them: maps deeply, and null removes. */
export function coalesce(own: object, given: object): Record<string, unknown> {
  const result = new Map<string, unknown>(Object.entries(own));
  for (const [key, value] of Object.entries(given) as [string, unknown][]) {
    const before = result.get(key);
    if (value === null) result.delete(key);
    else result.set(key, isMapping(before) && isMapping(value) ? coalesce(before, value) : value);
  }
  return Object.fromEntries(result);
}

/** The registry that charts by Bitnami, and those made like them, put in front of every image. */
const REGISTRY_OF_ALL = ["global", "imageRegistry"];

/** Keys of texts that charts put in front of an image's repository, or prefer to its tag. */
const BESIDE_THE_IMAGE = ["registry", "digest", "sha", "sha256"];

/**
 * Returns the paths of values that would decide on the image besides the pin: what is at a chart's paths of
 * the image, the texts of `registry`, `digest`, `sha` and `sha256` next to these, and the registry of all images.
 */
export function imageKeys(
  values: object,
  paths: Partial<Record<keyof ImageValues, string | undefined>>,
): string[][] {
  const own = Object.values(paths).flatMap((path) => (path === undefined ? [] : [path.split(".")]));
  const beside = own.flatMap((path) => BESIDE_THE_IMAGE.map((key) => [...path.slice(0, -1), key]));
  const found = [
    ...own.map((path) => follow(values, path)),
    ...[...beside, REGISTRY_OF_ALL]
      .map((path) => follow(values, path))
      .filter(({ value }) => isText(value)),
  ];
  const there = found.filter(({ value }) => value !== undefined).map(({ path }) => path);
  return [...new Map(there.map((path) => [path.join("."), path])).values()];
}

/** Returns the value at a path, or the first value on it that isn't a mapping, and its path. */
export function follow(values: unknown, path: string[]): { value: unknown; path: string[] } {
  let value = values;
  for (const [depth, key] of path.entries()) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return { value, path: path.slice(0, depth) };
    }
    value = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    if (value === undefined) return { value, path };
  }
  return { value, path };
}

/** Returns the value at a path, as `imageValues` writes it; undefined where values end before. */
export function valueAt(values: unknown, path: string): unknown {
  const keys = path.split(".");
  const { value, path: reached } = follow(values, keys);
  return reached.length === keys.length ? value : undefined;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/**
 * Returns the property paths of Helm values that a hold keeps as they are: all of the definition's. The paths
 * of the image are left out, so that the pin of a rollback is still applied.
 */
export function heldValues(
  values: Readonly<Record<string, unknown>>,
  paths: ImageValues,
): string[] {
  const image = [paths.repository, paths.tag, paths.digest].filter((path) => path !== undefined);
  return held(values, "", image).map((path) => `values${path}`);
}

function held(values: object, above: string, image: readonly string[]): string[] {
  return Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]: [string, unknown]) => {
      const path = `${above}["${key.replaceAll(/["\\]/g, "\\$&")}"]`;
      const below = image.filter((part) => part.split(".")[0] === key);
      if (below.length === 0) return [path];
      if (typeof value !== "object" || value === null) return [];
      return held(
        value,
        path,
        below.map((part) => part.split(".").slice(1).join(".")),
      );
    });
}

function set(values: Record<string, unknown>, path: string, value: string): void {
  const [key = "", ...below] = path.split(".");
  if (below.length === 0) {
    put(values, key, value);
    return;
  }
  const next = Object.hasOwn(values, key) ? values[key] : undefined;
  const target = typeof next === "object" && next !== null ? next : {};
  if (target !== next) put(values, key, target);
  set(target as Record<string, unknown>, below.join("."), value);
}

/** Sets a key of the object itself, whatever its name. */
function put(values: object, key: string, value: unknown): void {
  Object.defineProperty(values, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
