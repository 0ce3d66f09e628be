import { SECRET } from "../adapters/pulumi/resource";
import type { Drift } from "../app/drift";
import { printable } from "../core/printable";
import { table } from "./table";

/** The limit of every refresh of Helm releases, which is no less true where nothing drifts. */
const LIMIT =
  "Objects of Helm releases aren't compared: helm get manifest NAME | kubectl diff -f - shows them.";

/**
 * Returns the properties of a stack that drift as a table, with what to do; a sentence where none does. Either
 * way with what isn't compared.
 * @param hasReleases whether the stack has Helm releases
 */
export function formatDrift(stack: string, drift: readonly Drift[], hasReleases = true): string {
  const limit = hasReleases ? [LIMIT] : [];
  if (drift.length === 0) return [`${printable(stack)} matches the list.`, ...limit].join(" ");
  const rows = drift.map(({ type, name, property, list, state, refresh }) => [
    `${type} ${name}`,
    property,
    formatValue(list),
    formatValue(state),
    state === SECRET && refresh === SECRET ? `${SECRET}, another one` : formatValue(refresh),
  ]);
  const remedies = drift.flatMap(({ name, remedy }) =>
    remedy === null ? [] : [`${printable(name)}: ${printable(remedy)}`],
  );
  const head = ["RESOURCE", "PROPERTY", "LIST", "STATE", "REFRESH"];
  return [table(head, rows), "", ...remedies, ...limit].join("\n").trimEnd();
}

function formatValue(value: unknown): string {
  if (value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}
