import { error, type Issue, type Position } from "./issue";
import { MAX_NESTING } from "../limits";

/** Returns a file's text, or what is wrong with its bytes. */
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
  // A replacement character marks where decoding failed, unless the file itself has one before that.
  const before = new TextDecoder("utf-8").decode(bytes).split("\uFFFD", 1)[0] ?? "";
  const line = before.split("\n").length;
  return { line, column: before.length - (before.lastIndexOf("\n") + 1) + 1 };
}

/**
 * Returns where git's first conflict marker is, `<<<<<<<` or `>>>>>>>` at the start of a line; undefined where there
 * is none. Neither can be a line of YAML.
 */
export function conflictMarker(text: string): Position | undefined {
  const marker = /^(?:<{7}|>{7})(?= |\r?$)/m.exec(text);
  if (marker === null) return undefined;
  return { line: text.slice(0, marker.index).split("\n").length, column: 1 };
}

/** Returns where brackets or stacked block indicators go too deep. Brackets in strings count too. */
export function deepNesting(text: string): Position | undefined {
  let brackets = 0;
  let indicators = 0;
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case "\n":
        line++;
        lineStart = at + 1;
        indicators = 0;
        break;
      case " ":
      case "\t":
        break;
      case "[":
      case "{":
        brackets++;
        break;
      case "]":
      case "}":
        if (brackets > 0) brackets--;
        else indicators = 0;
        break;
      case "-":
      case "?":
      case ":":
        indicators = isBlank(text[at + 1]) ? indicators + 1 : 0;
        break;
      default:
        indicators = 0;
    }
    if (brackets > MAX_NESTING || indicators > MAX_NESTING) {
      return { line, column: at - lineStart + 1 };
    }
  }
  return undefined;
}

/** Whether a block indicator may have this character after it; undefined is the end of the text. */
function isBlank(character: string | undefined): boolean {
  return character === undefined || character === " " || character === "\t" || character === "\n";
}
