import { isDeepStrictEqual } from "node:util";
import { isMapping, type Mapping } from "../../core/mapping";

/** The keys that lead to a property, from the outermost. */
export type Path = readonly string[];

/** One property that differs; undefined where it doesn't exist. */
export interface Difference {
  readonly path: Path;
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * Returns the properties that differ between two values. It descends where both are lists or both are maps.
 */
export function differences(from: unknown, to: unknown, path: Path = []): Difference[] {
  if (isDeepStrictEqual(from, to)) return [];
  const isBoth = (test: (value: unknown) => boolean): boolean => test(from) && test(to);
  if (!isBoth(Array.isArray) && !isBoth(isMapping)) return [{ path, from, to }];
  const [olds, news] = [from, to] as [Mapping, Mapping];
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return [...keys].flatMap((key) => differences(own(olds, key), own(news, key), [...path, key]));
}

/** Returns the value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce(
    (inner: unknown, key) =>
      typeof inner === "object" && inner !== null ? own(inner as Mapping, key) : undefined,
    value,
  );
}

/** Whether an option `ignoreChanges` names a path, or a property that the path is in. */
export function isIgnored(path: Path, ignoreChanges: readonly string[]): boolean {
  return ignoreChanges.some((text) => parsePath(text).every((key, depth) => key === path[depth]));
}

/** Returns a path as Pulumi writes it, e.g. `values.image.tag`, `rules[0]`, `values["a.b"]`. */
export function formatPath(path: Path): string {
  const parts = path.map((key) => {
    if (/^\d+$/.test(key)) return `[${key}]`;
    return /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return parts.join("").replace(/^\./, "");
}

/** Returns a path that Pulumi wrote. */
export function parsePath(text: string): Path {
  const parts = text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g);
  return [...parts].map(
    ([, quoted, index, plain]) => quoted?.replaceAll(/\\(.)/g, "$1") ?? index ?? plain ?? "",
  );
}

/** Returns the value of a key that is the mapping's own: every mapping inherits a `toString`. */
function own(mapping: Mapping, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}
