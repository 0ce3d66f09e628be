/**
 * Returns a document with another text in one of its generated sections. A section lies between the
 * lines `<!-- NAME: written by npm run COMMAND -->` and `<!-- /NAME -->`, with an empty line inside each.
 *
 * @throws Error when the document has no such section, or has it more than once.
 */
export function withSection(document: string, name: string, command: string, text: string): string {
  const start = `<!-- ${name}: written by npm run ${command} -->\n`;
  const end = `<!-- /${name} -->\n`;
  const [before, rest] = split(document, start);
  const [, after] = split(rest, end);
  return `${before}${start}\n${text}\n${end}${after}`;
}

function split(document: string, mark: string): [before: string, after: string] {
  const [before = "", after, ...more] = document.split(mark);
  if (after === undefined || more.length > 0) {
    throw new Error(`the document must have one line ${mark.trim()}`);
  }
  return [before, after];
}

/** Returns the lines of a Markdown table, header first, padded as the formatter pads them, and an empty line. */
export function tableOf(rows: readonly (readonly string[])[]): string[] {
  const [header = [], ...body] = rows.map((cells) =>
    cells.map((cell) => cell.replaceAll("|", String.raw`\|`)),
  );
  const widths = header.map((_, column) =>
    Math.max(3, ...[header, ...body].map((cells) => (cells[column] ?? "").length)),
  );
  const line = (cells: readonly string[], fill = " "): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(" | ")} |`;
  const rule = line(
    header.map(() => ""),
    "-",
  );
  return [line(header), rule, ...body.map((cells) => line(cells)), ""];
}
