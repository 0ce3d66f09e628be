/** A mapping of YAML or JSON, whose values are anything. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Whether a value is a mapping: neither a list nor a scalar. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns a value that is a mapping, or else an empty one. */
export function asMapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}
