import { printable, printableLines } from "../core/printable";

/**
 * Returns a text of which nothing is markup, in one line, wherever it is put: into a paragraph, a heading, an
 * item, a cell, or an element of HTML.
 */
export function escaped(text: string): string {
  return printable(text).replaceAll(MARKUP, (character) =>
    LINKING.has(character) ? `<span>${character}</span>` : `&#${character.codePointAt(0) ?? 0};`,
  );
}

/**
 * What is markup somewhere: punctuation of Markdown and HTML; what begins a list or underlines a heading at
 * the beginning of a line; blanks at an end, where they break a line or keep `**` from closing. And what GitHub
 * makes links, pictures or formulas of: addresses, mentions, issues, emoji, dollars. The time of day is none.
 */
const MARKUP =
  /[\\`*_~^[\]<>|&@$#]|^(?:[-+=]|\d(?=\d*[.)](?:\s|$)))|^\s|\s$|:(?!\s|(?<=\d:)\d\d(?!\d))|(?<=www)\.|(?<=GH)-/giu;

/**
 * GitHub looks for these in the text that people read, so an entity hides nothing; cmark-gfm takes `[&#94;` for
 * a footnote. In an element of its own, as GitHub recommends it for dollars, a character isn't read together
 * with its neighbors.
 */
const LINKING = new Set([..."@$#:.-^"]);

/** Returns a text as code in one line, wherever it is put but into an element of HTML. */
export function code(text: string): string {
  return isPlain(text) ? `\`${text}\`` : `<code>${escaped(text)}</code>`;
}

/** Whether backticks show a text as it is, in a cell of a table as well. */
function isPlain(text: string): boolean {
  return printable(text) === text && /^(?! )[^`\\|]+(?<! )$/.test(text);
}

/** Returns a row of a table. The cells are Markdown in which every text was escaped. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Returns lines of Markdown that are folded until somebody opens them. */
export function folded(title: string, lines: readonly string[]): string[] {
  return ["<details>", `<summary>${escaped(title)}</summary>`, "", ...lines, "", "</details>"];
}

/** Returns a block of code, whatever is in it. */
export function block(language: string, text: string): string[] {
  const lines = printableLines(text);
  const longest = Math.max(2, ...[...lines.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, lines, fence];
}
