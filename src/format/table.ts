import type { Move } from "../core/promotion/moves";

/** Returns rows as columns that line up, two spaces apart, indented by two. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => `  ${line}`.trimEnd())
    .join("\n");
}

/** Returns as much of a digest as people compare by eye; nothing of none. */
export function shortDigest(digest: string | null): string {
  return digest?.slice(0, "sha256:".length + 12) ?? "";
}

/** Returns moves as people read them. */
export function moveTable(moves: readonly Move[]): string {
  const rows = moves.map(({ name, from, to, step }) => [name, from ?? "", to, step]);
  return table(["SERVICE", "FROM", "TO", "STEP"], rows);
}
