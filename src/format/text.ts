/**
 * Control characters, and those that change the direction of a text: they would end a line, move the
 * cursor of a terminal, or hide what a text is.
 */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Returns a foreign text in one line, with every control character spelled out, such as `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, spelled);
}

/** Returns lines of which line ends and tabs stay, and every other control character is spelled out. */
export function printableLines(text: string): string {
  return text.replaceAll(CONTROL, (character) =>
    character === "\n" || character === "\t" ? character : spelled(character),
  );
}

function spelled(character: string): string {
  const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
  return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Returns a number with its noun, in the plural where it needs one. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Returns a text with each of its lines moved to the right by two. */
export function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
