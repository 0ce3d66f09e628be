import type { PlannedResource } from "./resource";
import { differences, formatPath, isIgnored } from "./properties";
import { isReplaced } from "./replacements";

/** A change that an `up` would make to one resource. */
export interface ResourceChange {
  readonly op: "create" | "update" | "replace" | "delete";
  /** Pulumi's type token. */
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Properties that change. Empty for a resource that is created or deleted. */
  readonly properties: readonly PropertyChange[];
}

/** A change of one property. */
export interface PropertyChange {
  /** Such as `values.image.tag` or `rules[0].priority`; `(protect)` for an option of the resource. */
  readonly path: string;
  /** Undefined where it wasn't set. Secrets are `[secret]`. */
  readonly from: unknown;
  /** Undefined where it isn't set any more. */
  readonly to: unknown;
}

/**
 * Returns the changes between two evaluations of a stack, sorted by URN. Components are left out, because
 * they have no properties of their own; so are secrets of which the content alone changes.
 */
export function compareResources(
  before: readonly PlannedResource[],
  after: readonly PlannedResource[],
): ResourceChange[] {
  const [olds, news] = [byUrn(before), byUrn(after)];
  const urns = [...new Set([...olds.keys(), ...news.keys()])].sort();
  const changes = urns.flatMap((urn) => compareOne(urn, olds.get(urn), news.get(urn)));
  return withProviders(changes, news);
}

function byUrn(resources: readonly PlannedResource[]): Map<string, PlannedResource> {
  return new Map(resources.filter(isReal).map((resource) => [resource.urn, resource]));
}

/** Components exist only in Pulumi's state. */
function isReal({ type }: PlannedResource): boolean {
  return !type.startsWith("releases:");
}

function compareOne(
  urn: string,
  old: PlannedResource | undefined,
  now: PlannedResource | undefined,
): ResourceChange[] {
  const { type, name } = (now ?? old) as PlannedResource;
  if (old === undefined) return [{ op: "create", type, name, urn, properties: [] }];
  if (now === undefined) return [{ op: "delete", type, name, urn, properties: [] }];
  const inputs = differences(old.inputs, now.inputs).filter(
    ({ path }) => !isIgnored(path, now.options.ignoreChanges),
  );
  const properties = [
    ...inputs.map(({ path, from, to }) => ({ path: formatPath(path), from, to })),
    ...OPTIONS.filter((option) => old.options[option] !== now.options[option]).map((option) => ({
      path: `(${option})`,
      from: old.options[option],
      to: now.options[option],
    })),
    ...(old.provider === now.provider
      ? []
      : [{ path: "(provider)", from: old.provider, to: now.provider }]),
  ];
  if (properties.length === 0) return [];
  const changed = [...new Set(inputs.map(({ path }) => path[0] ?? ""))];
  const replaces =
    old.provider !== now.provider || isReplaced(type, changed, old.inputs, now.inputs);
  return [{ op: replaces ? "replace" : "update", type, name, urn, properties }];
}

/** Options that a change report shows: they forbid or change what a deletion does. */
const OPTIONS = ["protect", "retainOnDelete"] as const;

/** The engine replaces all resources of a provider that is replaced. */
function withProviders(
  changes: readonly ResourceChange[],
  news: ReadonlyMap<string, PlannedResource>,
): ResourceChange[] {
  const replaced = new Set(
    changes
      .filter(({ op, type }) => op === "replace" && type.startsWith("pulumi:providers:"))
      .map(({ urn }) => urn),
  );
  if (replaced.size === 0) return [...changes];
  const known = new Map(changes.map((change) => [change.urn, change]));
  for (const { urn, type, name, provider } of news.values()) {
    if (provider === null || !replaced.has(provider)) continue;
    const change = known.get(urn) ?? { op: "replace", type, name, urn, properties: [] };
    known.set(urn, change.op === "update" ? { ...change, op: "replace" } : change);
  }
  return [...known.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
}
