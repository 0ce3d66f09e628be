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
  return new Html(
    strings.map((string, index) => string + (index in parts ? markup(parts[index]) : "")).join(""),
  );
}

/** Returns pieces of HTML joined by a text, which is HTML itself. */
export function joined(pieces: readonly Html[], separator = "\n"): Html {
  return new Html(pieces.map(({ text }) => text).join(separator));
}

function markup(part: Part | undefined): string {
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return joined(part, "").text;
  return escaped(String(part ?? ""));
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
  return text.replaceAll(/[&<>"'\n]/g, (character) => ENTITIES[character] ?? character);
}
