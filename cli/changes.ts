import { isDeepStrictEqual } from "node:util";
import type { PlannedResource } from "../stacks/embedded";

/** One property of a resource that differs; undefined where it isn't there. */
export interface PropertyChange {
  /** Keys joined by dots. */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** One resource that differs between two plans of a stack. */
export interface Change {
  readonly op: "create" | "update" | "delete";
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly properties: readonly PropertyChange[];
}

/** Returns what differs between two plans of one stack, sorted by URN. */
export function changesBetween(
  before: readonly PlannedResource[],
  after: readonly PlannedResource[],
): Change[] {
  const old = new Map(before.map((resource) => [resource.urn, resource]));
  const kept = new Set(after.map(({ urn }) => urn));
  const changes = after.flatMap((resource): Change[] => {
    const was = old.get(resource.urn);
    if (was === undefined) return [change("create", resource, [])];
    const properties = differences(was.inputs, resource.inputs);
    return properties.length === 0 ? [] : [change("update", resource, properties)];
  });
  const removed = before.filter(({ urn }) => !kept.has(urn));
  changes.push(...removed.map((resource) => change("delete", resource, [])));
  return changes.sort((a, b) => (a.urn < b.urn ? -1 : 1));
}

function change(
  op: Change["op"],
  { type, name, urn }: PlannedResource,
  properties: PropertyChange[],
): Change {
  return { op, type, name, urn, properties };
}

/** Returns the properties that differ between two values, as deep as both are mappings. */
export function differences(from: unknown, to: unknown, path = ""): PropertyChange[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (!isMapping(from) || !isMapping(to)) return [{ path, from, to }];
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key) =>
    differences(from[key], to[key], path === "" ? key : `${path}.${key}`),
  );
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
