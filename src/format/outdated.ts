import { printable } from "../core/printable";
import type { Outdated } from "../core/resolve/outdated";
import { table } from "./table";

/** Returns outdated services as a table, and below it the ranges that would take their highest versions. */
export function outdatedText(outdated: readonly Outdated[]): string {
  if (outdated.length === 0) return "Nothing is outdated.";
  const rows = outdated.map(({ stack, service, current, wanted, patch, minor, major }) => {
    return [stack, service, current, wanted ?? "", patch ?? "", minor ?? "", major ?? ""];
  });
  const head = ["STACK", "SERVICE", "CURRENT", "IN RANGE", "PATCH", "MINOR", "MAJOR"];
  const widen = outdated.flatMap(({ service, widen }) => {
    return widen === null ? [] : [`  ${service}: range: "${widen.from}" -> "${widen.to}"`];
  });
  const ranges = [...new Set(widen)].map(printable);
  const proposal = [
    "",
    "The highest version is outside of these ranges. To take it, widen them in the definitions:",
  ];
  return [table(head, rows), ...(ranges.length === 0 ? [] : [...proposal, ...ranges])].join("\n");
}
