/**
 * Characters that would end a line, move the cursor of a terminal, change the direction of a text or hide a
 * part of it: control characters (C0, C1), format characters (bidi, tags, zero width), line and paragraph
 * separators, and halves of a character. The two that join letters belong to how languages are written.
 */
const HIDDEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Returns a foreign text in one line, with every character of these spelled out, such as `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(HIDDEN, spelled);
}

/** Returns lines of which line ends and tabs stay, and every other character of these is spelled out. */
export function printableLines(text: string): string {
  return text.replaceAll(HIDDEN, (character) =>
    character === "\n" || character === "\t" ? character : spelled(character),
  );
}

/** Returns a character as JSON and JavaScript spell it. */
export function spelled(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  const long = units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  return SHORT[character] ?? long;
}
