import { isDeepStrictEqual } from "node:util";
import * as yaml from "yaml";
import { asMapping, isMapping, type Mapping } from "../mapping";
import { isDigest } from "../version";
import { REVISION } from "./chart-files";
import { chartTag, isPublished } from "./chart-version";

/** A version of a chart as an index has it. */
export interface IndexVersion {
  readonly version: string;
  /** Of its package: `sha256:` and 64 hex digits; absent where the index has none. */
  readonly digest?: string;
  /** The commit that it was packaged from, where it says one. */
  readonly commit?: string;
}

/** A version as it is to be in an index. */
export interface NewIndexVersion {
  readonly version: string;
  readonly appVersion: string;
  /** What else its Chart.yaml says, `name` included. */
  readonly meta: Mapping;
  /** Of its package: `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Where its package is. */
  readonly url: string;
  readonly created: Date;
}

/** Why an index isn't changed and what to do, without a subject. */
export interface IndexProblem {
  readonly problem: string;
}

const REMEDY = "write it anew with helm repo index";

/** Returns the versions of a chart in the text of an index, as it has them; none where it doesn't have the chart. */
export function indexVersions(text: string, name: string): IndexVersion[] | IndexProblem {
  const index = indexOf(text);
  return "problem" in index ? index : versionsOf(index.value, name);
}

function versionsOf(index: Mapping, name: string): IndexVersion[] | IndexProblem {
  const own = asMapping(index["entries"])[name] ?? [];
  if (!Array.isArray(own)) return { problem: `has no list of ${name}; ${REMEDY}` };
  return (own as unknown[]).map((each) => {
    const { version, digest, annotations } = asMapping(each);
    const prefixed = `sha256:${String(digest).replace(/^sha256:/, "")}`;
    const commit = asMapping(annotations)[REVISION];
    return {
      version: String(version),
      ...(isDigest(prefixed) && { digest: prefixed }),
      ...(typeof commit === "string" && { commit }),
    };
  });
}

/**
 * Returns the text of an index with another version of a chart, as its first one; `there` where it has the very same
 * one. All other lines stay as they are, comments included. A version is never replaced: other bytes are a problem,
 * and so is a text in which the edit would change more.
 */
export function withVersion(
  text: string,
  name: string,
  added: NewIndexVersion,
): { readonly text: string } | "there" | IndexProblem {
  const index = indexOf(text);
  if ("problem" in index) return index;
  const known = versionsOf(index.value, name);
  if ("problem" in known) return known;
  const { version, digest } = added;
  const same = known.filter((one) => isPublished(version, [chartTag(one.version)]));
  const [first, ...others] = same;
  if (first !== undefined) {
    const isThere = first.version === version && first.digest === digest && others.length === 0;
    if (isThere) return "there";
    return { problem: `has ${version} of ${name} with other bytes; publish another version` };
  }
  const entry = entryOf(name, added);
  const after = inserted(text, index.contents, name, entry);
  const found = after === undefined ? undefined : indexOf(after);
  if (after === undefined || found === undefined || "problem" in found) return UNEDITABLE;
  const isRight = isDeepStrictEqual(found.value, withEntry(index.value, name, entry));
  return isRight ? { text: after } : UNEDITABLE;
}

const UNEDITABLE: IndexProblem = {
  problem: `can't be edited without changing more; ${REMEDY}, a key on each line`,
};

/** Returns a version as Helm writes it. */
function entryOf(
  name: string,
  { meta, version, appVersion, digest, url, created }: NewIndexVersion,
) {
  const own = { name, version, appVersion, created: created.toISOString() };
  const all = { ...meta, ...own, digest: digest.replace("sha256:", ""), urls: [url] };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withEntry(index: Mapping, name: string, entry: object): Mapping {
  const entries = asMapping(index["entries"]);
  const own = (entries[name] ?? []) as unknown[];
  return { ...index, entries: { ...entries, [name]: [entry, ...own] } };
}

/** An index that can be read. */
interface Index {
  readonly contents: yaml.YAMLMap;
  readonly value: Mapping;
}

function indexOf(text: string): Index | IndexProblem {
  const document = yaml.parseDocument(text, { logLevel: "error" });
  const { contents, errors } = document;
  const unreadable = { problem: `can't be read as an index of charts; ${REMEDY}` };
  if (errors.length > 0 || !yaml.isMap(contents)) return unreadable;
  try {
    const value = asMapping(document.toJS());
    const { entries } = value;
    return entries === null || isMapping(entries) ? { contents, value } : unreadable;
  } catch {
    // Aliases that grow without end.
    return unreadable;
  }
}

/** Returns a text with lines after the key that they belong to; undefined where they have no place of their own. */
function inserted(
  text: string,
  contents: yaml.YAMLMap,
  name: string,
  entry: object,
): string | undefined {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const charts = pairOf(contents, "entries");
  const entries = charts?.value;
  const chart = yaml.isMap(entries) ? pairOf(entries, name) : undefined;
  const [firstChart] = yaml.isMap(entries) ? entries.items : [];
  const indent = firstChart === undefined ? 2 : columnOf(text, firstChart.key);
  if (chart !== undefined) {
    const [first] = yaml.isSeq(chart.value) ? chart.value.items : [];
    const dash = first === undefined ? indent : columnOf(text, chart.value);
    return insertedBelow(text, chart, linesOf(yaml.stringify([entry], STYLE), dash, end));
  }
  const own = yaml.stringify({ [name]: [entry] }, STYLE);
  return charts && insertedBelow(text, charts, linesOf(own, indent, end));
}

/** As Helm writes it, whose YAML is 1.1: what would be a number or a date there is quoted. */
const STYLE = {
  ...{ lineWidth: 0, indentSeq: false, aliasDuplicateObjects: false },
  compat: "yaml-1.1",
} as const;

interface Pair {
  readonly key: unknown;
  readonly value: unknown;
}

function pairOf(map: yaml.YAMLMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => yaml.isScalar(key) && key.value === name);
}

/** Puts lines below the line of a key. What is empty there in one line, such as `{}`, goes. */
function insertedBelow(text: string, { key, value }: Pair, lines: string): string | undefined {
  const [, keyEnd] = rangeOf(key);
  const [start, valueEnd] = rangeOf(value);
  const isEmpty = yaml.isCollection(value) ? value.items.length === 0 : true;
  const line = text.indexOf("\n", keyEnd);
  const at = line < 0 ? text.length : line + 1;
  const missing = line < 0 ? "\n" : "";
  if (!isEmpty) return start < at ? undefined : text.slice(0, at) + lines + text.slice(at);
  if (valueEnd > at) return undefined;
  return (
    text.slice(0, start).trimEnd() + text.slice(valueEnd, at) + missing + lines + text.slice(at)
  );
}

function rangeOf(node: unknown): readonly [start: number, end: number] {
  const [start, end] = (yaml.isNode(node) ? node.range : undefined) ?? [0, 0];
  return [start, end];
}

/** Returns how far a node is from the start of its line. */
function columnOf(text: string, node: unknown): number {
  const [start] = rangeOf(node);
  return start - (text.lastIndexOf("\n", start - 1) + 1);
}

function linesOf(text: string, indent: number, end: string): string {
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => (line === "" ? "" : " ".repeat(indent) + line) + end).join("");
}
