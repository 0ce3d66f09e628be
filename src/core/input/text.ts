import { error, type Issue, type Position } from "./issue";
import { MAX_NESTING } from "../limits";

export function decode(file: string, bytes: Uint8Array): { text: string } | Issue {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    const found = "the file starts with a byte order mark; save it as UTF-8 without one";
    return error("byte-order-mark", file, found);
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    const found = "the file is not UTF-8 text; save it as UTF-8";
    return error("invalid-utf8", file, found, firstBadByte(bytes));
  }
}

function firstBadByte(bytes: Uint8Array): Position {
  // Replacement marks where decoding failed; one that the file itself holds comes first at worst.
  const before = new TextDecoder("utf-8").decode(bytes).split("\uFFFD", 1)[0] ?? "";
  const line = before.split("\n").length;
  return { line, column: before.length - (before.lastIndexOf("\n") + 1) + 1 };
}

/** Returns where brackets or stacked block indicators go too deep. Brackets in strings count too. */
export function deepNesting(text: string): Position | undefined {
  let brackets = 0;
  for (const [index, line] of text.split("\n").entries()) {
    let indicators = 0;
    for (let column = 0; column < line.length; column++) {
      const character = line[column];
      if (character === "[" || character === "{") brackets++;
      else if ((character === "]" || character === "}") && brackets > 0) brackets--;
      else if (/^[-?:][ \t]?$/.test(line.slice(column, column + 2))) indicators++;
      else if (character !== " " && character !== "\t") indicators = 0;
      if (brackets > MAX_NESTING || indicators > MAX_NESTING) {
        return { line: index + 1, column: column + 1 };
      }
    }
  }
  return undefined;
}
