/** Returns a text in which Markdown finds no markup: what people write may hold some. In one line. */
export function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|#&]/g, "\\$&").replaceAll("\n", " ");
}

/** Returns a text as code in one line, whatever is in it. */
export function code(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, " ");
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const space = longest > 0 ? " " : "";
  return `${fence}${space}${line}${space}${fence}`;
}

/** Returns a row of a table. */
export function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** Returns lines that are folded until somebody opens them. */
export function folded(title: string, lines: readonly string[]): string[] {
  return ["<details>", `<summary>${title}</summary>`, "", ...lines, "", "</details>"];
}

/** Returns a block of code, whatever is in it. */
export function block(language: string, text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, text, fence];
}
