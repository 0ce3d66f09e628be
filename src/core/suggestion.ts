import { closest, distance } from "fastest-levenshtein";

/**
 * Returns the way on for a name that isn't known: `did you mean "orders"?` where one is near, else every
 * name that is known.
 */
export function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return "none is known";
  const nearest = closest(name, known);
  const likely = distance(name, nearest) <= Math.max(2, Math.floor(name.length / 3));
  return likely ? `did you mean "${nearest}"?` : `known are ${known.join(", ")}`;
}
