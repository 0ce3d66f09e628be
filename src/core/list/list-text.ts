import * as yaml from "yaml";
import { YAML_OPTIONS } from "../input/yaml-file";

/** What becomes of one entry of a list. */
export interface EntryChange {
  /** Keys to remove, of the entry or of its `deploy`. */
  readonly remove: readonly (readonly string[])[];
  /** New values of keys that the entry has: a text, quoted as the old one is, or a sequence of texts. */
  readonly set: readonly {
    readonly path: readonly string[];
    readonly value: string | readonly string[];
  }[];
  /** A name to add. */
  readonly name?: string;
}

/** Replaces a part of a text. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Returns the text of a list's first document with its entries changed: comments, order and quoting stay. What
 * can't be changed so, as what comes by an alias or a merge, stays as it is: whoever calls reads the result.
 * @param changes by entry; undefined for one that goes
 */
export function changeList(text: string, changes: readonly (EntryChange | undefined)[]): string {
  const [document, second] = new yaml.Composer(YAML_OPTIONS).compose(new yaml.Parser().parse(text));
  if (document === undefined || !yaml.isSeq(document.contents)) return text;
  const first = second === undefined ? text : text.slice(0, second.range[0]);
  const edits: Edit[] = [];
  for (const [index, item] of document.contents.items.entries()) {
    const change = changes[index];
    if (change === undefined)
      edits.push(wholeLines(first, first.lastIndexOf("-", item.range[0]), item));
    else if (yaml.isMap(item)) edits.push(...editsOf(first, item, change));
  }
  return edited(first, edits);
}

/** Returns a part of a text with the edits in it. */
function edited(text: string, edits: readonly Edit[], start = 0, end = text.length): string {
  const inside = edits.filter((edit) => edit.start >= start && edit.end <= end);
  let [result, at] = ["", start];
  for (const edit of inside.sort((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, Math.max(at, edit.start)) + edit.text;
    at = Math.max(at, edit.end);
  }
  return result + text.slice(at, end);
}

function editsOf(text: string, entry: yaml.YAMLMap, { remove, set, name }: EntryChange): Edit[] {
  const edits = set.flatMap(({ path, value }): Edit[] => {
    const node = entry.getIn(path, true);
    if (!(yaml.isScalar(node) || yaml.isSeq(node)) || !node.range) return [];
    const by = typeof value === "string" ? quotedAs(node, value) : flowOf(value);
    return [{ start: node.range[0], end: endOfNode(node) ?? node.range[1], text: by }];
  });
  const keysIn = (...above: string[]): string[] =>
    remove.flatMap((path) => {
      const isBelow =
        path.length === above.length + 1 && above.every((key, at) => path[at] === key);
      return isBelow ? (path.at(-1) ?? []) : [];
    });
  const deploy = entry.get("deploy", true);
  const below = yaml.isMap(deploy) ? editsOfMap(text, deploy, keysIn("deploy"), [], edits) : edits;
  return editsOfMap(text, entry, keysIn(), name === undefined ? [] : [`name: ${name}`], below);
}

function quotedAs(node: yaml.Node, value: string): string {
  const type = yaml.isScalar(node) ? node.type : undefined;
  if (type === "QUOTE_SINGLE" && !value.includes("'")) return `'${value}'`;
  const isPlain = type === "PLAIN" && /^[A-Za-z][\w./-]*$/.test(value) && !WORDS.test(value);
  return isPlain ? value : JSON.stringify(value);
}

function flowOf(values: readonly string[]): string {
  const texts = values.map((value) => {
    return /^[A-Za-z][\w./-]*$/.test(value) && !WORDS.test(value) ? value : JSON.stringify(value);
  });
  return `[${texts.join(", ")}]`;
}

/** What readers of YAML take for no text. */
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/**
 * Returns the edits that remove keys of a mapping, and add lines to it.
 * @param below the edits of its values
 */
function editsOfMap(
  text: string,
  map: yaml.YAMLMap,
  keys: readonly string[],
  added: readonly string[],
  below: readonly Edit[],
): Edit[] {
  const isGone = ({ key }: yaml.Pair): boolean =>
    yaml.isScalar(key) && keys.includes(String(key.value));
  const kept = map.items.filter((pair) => !isGone(pair));
  const [first] = kept;
  const isSame = kept.length === map.items.length && added.length === 0;
  if (isSame || first === undefined || !map.range) return [...below];
  if (map.flow === true) {
    const [start, end] = map.range;
    const parts = kept.map((pair) => edited(text, below, startOf(pair), endOf(pair)).trim());
    const others = below.filter((edit) => edit.start < start || edit.end > end);
    return [...others, { start, end, text: `{ ${[...parts, ...added].join(", ")} }` }];
  }
  const edits = [...below];
  const leading = map.items.slice(0, map.items.indexOf(first));
  const [head] = leading;
  const last = leading.at(-1);
  if (head !== undefined && last !== undefined) {
    // The first key stands behind the dash, or at the start of its line: what is next takes its place.
    const next = lineEnd(text, endOf(last));
    const blank = /^\s*/.exec(text.slice(next))?.[0].length ?? 0;
    edits.push({ start: startOf(head), end: next + blank, text: "" });
  }
  for (const pair of map.items.slice(leading.length).filter(isGone)) {
    edits.push(wholeLines(text, startOf(pair), pair.value, pair.key));
  }
  const indent = " ".repeat(startOf(first) - (text.lastIndexOf("\n", startOf(first)) + 1));
  const at = lineEnd(text, endOf(first));
  const before = text[at - 1] === "\n" ? "" : "\n";
  for (const line of added) {
    edits.push({ start: at, end: at, text: `${before}${indent}${line}\n` });
  }
  return edits;
}

/** Returns the edit that removes the lines from an offset to the end of a node. */
function wholeLines(text: string, from: number, ...nodes: readonly unknown[]): Edit {
  const end = nodes.map(endOfNode).find((offset) => offset !== undefined) ?? from;
  return { start: text.lastIndexOf("\n", from) + 1, end: lineEnd(text, end), text: "" };
}

/** Returns where the line ends that an offset is in or just behind. */
function lineEnd(text: string, offset: number): number {
  if (text[offset - 1] === "\n") return offset;
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}

function startOf({ key }: yaml.Pair): number {
  return yaml.isNode(key) ? (key.range?.[0] ?? 0) : 0;
}

function endOf({ key, value }: yaml.Pair): number {
  return endOfNode(value) ?? endOfNode(key) ?? 0;
}

/** Returns where the last character of a node is; a block may say that it goes on until the next node. */
function endOfNode(node: unknown): number | undefined {
  if (!yaml.isNode(node) || !node.range) return undefined;
  if (!yaml.isCollection(node) || node.flow === true) return node.range[1];
  const last: unknown = node.items.at(-1);
  return yaml.isPair(last) ? endOf(last) : endOfNode(last);
}
