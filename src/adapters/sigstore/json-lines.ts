/** One JSON text in another, and the line that it begins on. Lines count from 1. */
export interface JsonDocument {
  readonly json: string;
  readonly line: number;
}

/**
 * Returns the JSON texts of a file: one over all lines, or one on each, as files of several bundles or trust roots
 * are (https://jsonlines.org). Whether each is JSON is for its reader to say.
 */
export function jsonDocuments(text: string): JsonDocument[] {
  const lines = text.split("\n").map((json, at) => ({ json, line: at + 1 }));
  const filled = lines.filter(({ json }) => json.trim() !== "");
  const isOnePerLine = filled[0] !== undefined && parseJson(filled[0].json) !== undefined;
  if (isOnePerLine || filled.length === 0) return filled;
  return [{ json: text, line: 1 }];
}

/** Returns the value of a JSON text; undefined for a text that isn't JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
