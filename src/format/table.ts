import type { ValueDifference } from "../app/diff";
import type { Move } from "../core/promotion/moves";
import { printable } from "../core/printable";
import { PLAIN, type Emphasis, type Style } from "./style";

/** A cell of a table: its text, and how it stands out. */
export type Cell = string | { readonly text: string; readonly emphasis: Emphasis | undefined };

/** Returns rows as columns that line up, two spaces apart, indented by two. */
export function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  style: Style = PLAIN,
): string {
  const lines = [head, ...rows].map((row) => row.map(normalized));
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.text.length ?? 0)),
  );
  return lines
    .map((line) => {
      const last = line.findLastIndex(({ text }) => text !== "");
      return line.slice(0, last + 1).map(({ text, emphasis }, column) => {
        const shown = emphasis === undefined ? text : style(emphasis, text);
        const padding = column === last ? 0 : (widths[column] ?? 0) - text.length;
        return shown + " ".repeat(padding);
      });
    })
    .map((cells) => `  ${cells.join("  ")}`.trimEnd())
    .join("\n");
}

function normalized(cell: Cell): { text: string; emphasis: Emphasis | undefined } {
  return typeof cell === "string"
    ? { text: printable(cell), emphasis: undefined }
    : { ...cell, text: printable(cell.text) };
}

/** Digits of a digest that people compare by eye. */
const SHORT_DIGEST = 12;

/** Returns the beginning of a digest; an empty text for none. */
export function shortDigest(digest: string | null): string {
  return digest?.slice(0, "sha256:".length + SHORT_DIGEST) ?? "";
}

/** Returns a version, of which a whole commit is cut to its first twelve digits. */
export function shortVersion(version: string): string {
  return /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 12) : version;
}

/** Returns moves as a table, with their stacks where these are several, and below it charts and image repositories that move. */
export function moveTable(moves: readonly Move[]): string {
  const hasStacks = new Set(moves.map(({ stack }) => stack)).size > 1;
  const rows = moves.map(({ stack, name, from, to, step }) => {
    return [...(hasStacks ? [stack] : []), name, from ?? "", to, step];
  });
  const parts = moves.flatMap(movedParts).map((line) => `  ${printable(line)}`);
  const head = [...(hasStacks ? ["STACK"] : []), "SERVICE", "FROM", "TO", "STEP"];
  return [table(head, rows), ...new Set(parts)].join("\n");
}

/** Returns Helm values that differ as a table. */
export function valueTable(values: readonly ValueDifference[]): string {
  const rows = values.map(({ name, path, from, to }) => [name, path, ...[from, to].map(asJson)]);
  return `Values differ, and no promotion moves them:\n${table(["SERVICE", "VALUE", "FROM", "TO"], rows)}`;
}

function asJson(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}

/** Returns what else of a service moves than its version, a line each. */
export function movedParts({
  name,
  chart,
  image,
}: Pick<Move, "name" | "chart" | "image">): string[] {
  return [
    ...(chart === undefined ? [] : [`${name}: chart ${chart.from} -> ${chart.to}`]),
    ...(image === undefined ? [] : [`${name}: image repository ${image.from} -> ${image.to}`]),
  ];
}
