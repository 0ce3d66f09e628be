import { printableLines } from "../core/printable";

/** A piece of HTML that is safe to put into a page. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Html[];

/** Returns a template as HTML. Every text in it is escaped; HTML in it stays as it is. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const [first = "", ...rest] = strings;
  return new Html(
    parts.reduce<string>((text, part, index) => text + markup(part) + (rest[index] ?? ""), first),
  );
}

/** Returns pieces of HTML joined by a text, which is HTML itself. */
export function joined(pieces: readonly Html[], separator = "\n"): Html {
  return new Html(pieces.map(({ text }) => text).join(separator));
}

/** Returns a text that leads to an address, or the text alone. */
export function linked(address: string | undefined | null, text: string): Html {
  return address === undefined || address === null
    ? html`${text}`
    : html`<a href="${address}">${text}</a>`;
}

function markup(part: Part): string {
  if (typeof part === "string") return escaped(part);
  if (typeof part === "number") return String(part);
  return part instanceof Html ? part.text : joined(part, "").text;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "\n": "&#10;",
};

function escaped(text: string): string {
  return printableLines(text).replaceAll(
    /[&<>"'\n]/g,
    (character) => ENTITIES[character] ?? character,
  );
}
