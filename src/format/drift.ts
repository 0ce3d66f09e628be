import type { Drift } from "../app/drift";
import { printable } from "../core/printable";
import { table } from "./table";

/** Returns the properties of a stack that drift as a table; a sentence where none does. */
export function formatDrift(stack: string, drift: readonly Drift[]): string {
  if (drift.length === 0) return `${printable(stack)} matches the list.`;
  const rows = drift.map(({ type, name, property, list, state, refresh }) => [
    `${type} ${name}`,
    property,
    ...[list, state, refresh].map(formatValue),
  ]);
  return table(["RESOURCE", "PROPERTY", "LIST", "STATE", "REFRESH"], rows);
}

function formatValue(value: unknown): string {
  if (value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}
