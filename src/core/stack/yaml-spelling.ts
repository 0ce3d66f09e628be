import * as yaml from "yaml";
import { isTextToAll } from "../input/readings";
import { spelled } from "../printable";

/** A text, or a mapping of such. */
export type Nested = string | NestedMap;

export interface NestedMap {
  readonly [key: string]: Nested;
}

/** Returns a value below some keys. */
export function nested(keys: readonly string[], value: Nested): Nested {
  return keys.reduceRight<Nested>((below, key) => ({ [key]: below }), value);
}

/** Returns a mapping as the lines of a block, indented by steps of spaces. */
export function lines(map: NestedMap, step: number): string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    if (typeof value === "string") return [`${plain(key)}: ${plain(value)}`];
    const below = lines(value, step).map((line) => " ".repeat(step) + line);
    return [`${plain(key)}:`, ...below];
  });
}

/** Returns a value as it stands in a flow mapping. */
export function inFlow(value: Nested): string {
  if (typeof value !== "string") return `{ ${inFlowParts(value).join(", ")} }`;
  // A plain text of a block may end a flow mapping.
  return /[,[\]{}]/.test(value) ? quoted(value) : plain(value);
}

/** Returns the parts of a flow mapping, without what stands between them. */
export function inFlowParts(map: NestedMap): string[] {
  return Object.entries(map).map(([key, value]) => `${inFlow(key)}: ${inFlow(value)}`);
}

/** Returns a text in single quotes, or in double ones where it has what needs an escape. */
export function singleQuoted(text: string): string {
  return UNSEEN.test(text) ? quoted(text) : `'${text.replaceAll("'", "''")}'`;
}

/** Returns a text in double quotes, in which YAML has the escapes of JSON. */
export function quoted(text: string): string {
  return withEscapes(JSON.stringify(text));
}

/** Characters that end a line to some parser, or that YAML takes only as an escape. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;

/** Returns YAML whose texts are in double quotes with the escapes that JSON leaves out: those of such characters. */
export function withEscapes(yaml: string): string {
  return yaml.replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff]/g, spelled);
}

/** Returns a text as YAML on one line, quoted where one of its readers wouldn't read that text. */
export function plain(text: string): string {
  if (UNSEEN.test(text) || !isTextToAll(text)) return quoted(text);
  return yaml.stringify(text, { lineWidth: 0, blockQuote: false }).trimEnd();
}
