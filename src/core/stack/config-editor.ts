import { isDeepStrictEqual } from "node:util";
import * as yaml from "yaml";
import { configKey } from "./schema";
import { compareText } from "../compare-text";
import { isTextToAll } from "../input/readings";

/** The keys of a stack config that edits can change. */
export type EditKey = "versions" | "charts" | "holds";

/** The value of a name below one of them: a pin, a chart version, a hold. */
export type EditValue = string | { readonly reason: string; readonly until?: string };

/** One name of a stack config that gets a value, or is removed when the value is undefined. */
export interface ConfigEdit {
  readonly key: EditKey;
  readonly name: string;
  readonly value: EditValue | undefined;
}

/**
 * Returns a stack config's text with some names changed. Only their lines change: comments, order, quotes,
 * line ends and encrypted values stay byte for byte. Setting a value that is already set returns the same
 * text.
 * @param text a sound stack config
 * @param edits at most one for each name of a key
 */
export function editStackConfig(text: string, edits: readonly ConfigEdit[]): string {
  let after = text;
  let config = new ConfigText(text);
  let waiting = edits
    .filter(({ key, name, value }) => !isDeepStrictEqual(config.get(key, name), value))
    .sort((a, b) => compareText(a.name, b.name));
  while (waiting.length > 0) {
    const { splices, done } = config.splicesFor(waiting);
    after = spliced(after, splices);
    waiting = waiting.filter((edit) => !done.has(edit));
    config = new ConfigText(after);
  }
  for (const { key, name, value } of edits) {
    const written = config.get(key, name);
    if (isDeepStrictEqual(written, value)) continue;
    throw new Error(`${key}.${name} would be ${JSON.stringify(written)} after its edit`);
  }
  return after;
}

/** A piece of a text, and its replacement. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly inserted: string;
}

/** Returns a text with pieces replaced; of those at one offset the first stays first. */
function spliced(text: string, splices: readonly Splice[]): string {
  return [...splices]
    .sort((a, b) => a.start - b.start)
    .reduceRight((after, { start, end, inserted }) => {
      return after.slice(0, start) + inserted + after.slice(end);
    }, text);
}

interface Pair {
  readonly key: yaml.Scalar.Parsed;
  readonly value: yaml.ParsedNode | null;
}

/** A stack config's text, and the offsets of its parts. */
class ConfigText {
  readonly #text: string;
  readonly #newline: string;
  readonly #document: yaml.Document.Parsed;
  readonly #config: yaml.YAMLMap.Parsed;

  constructor(text: string) {
    this.#text = text;
    this.#newline = text.includes("\r\n") ? "\r\n" : "\n";
    this.#document = yaml.parseDocument(text, { stringKeys: true, uniqueKeys: false });
    const config = this.#document.get("config", true);
    if (!yaml.isMap(config)) throw new Error("a stack config without a mapping of config");
    this.#config = config as yaml.YAMLMap.Parsed;
  }

  get(key: EditKey, name: string): EditValue | undefined {
    return this.pair(key, name)?.value?.toJS(this.#document) as EditValue | undefined;
  }

  pair(key: EditKey, name: string): Pair | undefined {
    const map = this.#map(key);
    return map && pairOf(map, name);
  }

  /**
   * Returns pieces to replace that don't touch each other, and the edits that they make: all pins that are
   * replaced or added to a block, or else the first edit alone.
   */
  splicesFor(edits: readonly ConfigEdit[]): { splices: Splice[]; done: Set<ConfigEdit> } {
    const simple = edits.filter(({ key, name, value }) => {
      const pair = this.pair(key, name);
      if (typeof value !== "string") return false;
      if (pair !== undefined) return yaml.isScalar(pair.value);
      const map = this.#map(key);
      return map !== undefined && map.flow !== true;
    });
    const chosen = simple.length > 0 ? simple : edits.slice(0, 1);
    return { splices: chosen.map((edit) => this.#spliceFor(edit)), done: new Set(chosen) };
  }

  #spliceFor({ key, name, value }: ConfigEdit): Splice {
    const pair = this.pair(key, name);
    if (value !== undefined) {
      return pair === undefined ? this.#insert(key, name, value) : this.#replace(pair, name, value);
    }
    if (pair === undefined) throw new Error(`${key}.${name} isn't there`);
    return this.#remove(key, pair);
  }

  #replace(pair: Pair, name: string, value: EditValue): Splice {
    const { key, value: old } = pair;
    const [start, end] = old?.range ?? [key.range[1], key.range[1]];
    if (typeof value === "string" && yaml.isScalar(old)) {
      const quote = /^["']/.exec(this.#text.slice(start, end))?.[0] ?? "";
      return { start, end, inserted: quote === "" ? plain(value) : quote + value + quote };
    }
    if (yaml.isCollection(old) && old.flow === true) {
      return { start, end, inserted: inFlow(value) };
    }
    const first = this.#lineStart(key.range[0]);
    const after = this.#lineAfter(pair);
    const block = this.#indented(lines(name, value), this.#column(key.range[0]));
    const lineEnd = this.#text.slice(first, after).endsWith("\n") ? this.#newline : "";
    return { start: first, end: after, inserted: block + lineEnd };
  }

  #remove(key: EditKey, pair: Pair): Splice {
    const map = this.#map(key);
    if (map === undefined) throw new Error(`${configKey(key)} is not a mapping`);
    if (map.flow === true) return this.#removeFromFlow(map, pair);
    const start = this.#lineStart(pair.key.range[0]);
    const end = this.#lineAfter(pair);
    const parent = pairOf(this.#config, configKey(key));
    if (map.items.length > 1 || parent === undefined) return { start, end, inserted: "" };
    // An empty mapping's key goes as well; the comments between them stay.
    const above = this.#lineStart(parent.key.range[0]);
    const below = this.#nextLine(parent.key.range[1]);
    const between = this.#text.slice(below, start);
    if (this.#config.items.length > 1) return { start: above, end, inserted: between };
    // The config has no other key, and must stay a mapping.
    const afterColon = parent.key.range[1] + 1;
    const rest = this.#text.slice(afterColon, below);
    return { start: afterColon, end, inserted: ` {}${rest}${between}` };
  }

  #insert(key: EditKey, name: string, value: EditValue): Splice {
    const map = this.#map(key);
    if (map?.flow === true) return this.#insertIntoFlow(map, name, value);
    if (map !== undefined) return this.#insertIntoBlock(map, name, lines(name, value));
    const parent = pairOf(this.#config, configKey(key));
    const nested = lines(name, value).map((line) => `  ${line}`);
    if (parent === undefined) {
      return this.#insertIntoBlock(this.#config, undefined, [`${configKey(key)}:`, ...nested]);
    }
    const offset = this.#nextLine(parent.key.range[1]);
    return this.#insertLines(offset, this.#column(parent.key.range[0]), nested);
  }

  #map(key: EditKey): yaml.YAMLMap.Parsed | undefined {
    const value = pairOf(this.#config, configKey(key))?.value;
    return yaml.isMap(value) ? value : undefined;
  }

  /** Inserts lines before the first name that comes after theirs, if the names are in order; else last. */
  #insertIntoBlock(map: yaml.YAMLMap.Parsed, name: string | undefined, added: string[]): Splice {
    const pairs = pairsOf(map);
    const at = name === undefined ? pairs.length : indexFor(pairs, name);
    const [first] = pairs;
    const before = pairs[at - 1];
    if (first === undefined) throw new Error("a block mapping without an item");
    const offset =
      before === undefined ? this.#lineStart(first.key.range[0]) : this.#lineAfter(before);
    return this.#insertLines(offset, this.#column(first.key.range[0]), added);
  }

  #insertLines(offset: number, indent: number, added: readonly string[]): Splice {
    const block = this.#indented(added, indent);
    const afterUnended = offset === this.#text.length && !this.#text.endsWith("\n");
    const whole = afterUnended ? this.#newline + block : block + this.#newline;
    return { start: offset, end: offset, inserted: whole };
  }

  #indented(block: readonly string[], indent: number): string {
    return block.map((line) => " ".repeat(indent) + line).join(this.#newline);
  }

  #insertIntoFlow(map: yaml.YAMLMap.Parsed, name: string, value: EditValue): Splice {
    const pairs = pairsOf(map);
    const item = `${plain(name)}: ${inFlow(value)}`;
    const at = indexFor(pairs, name);
    const next = pairs[at];
    const before = pairs[at - 1];
    if (next !== undefined) {
      return { start: next.key.range[0], end: next.key.range[0], inserted: `${item}, ` };
    }
    if (before !== undefined)
      return { start: endOf(before), end: endOf(before), inserted: `, ${item}` };
    return { start: map.range[0], end: map.range[1], inserted: `{ ${item} }` };
  }

  #removeFromFlow(map: yaml.YAMLMap.Parsed, pair: Pair): Splice {
    const pairs = pairsOf(map);
    const at = pairs.findIndex(({ key }) => key === pair.key);
    const next = pairs[at + 1];
    const before = pairs[at - 1];
    if (next !== undefined)
      return { start: pair.key.range[0], end: next.key.range[0], inserted: "" };
    if (before !== undefined) return { start: endOf(before), end: endOf(pair), inserted: "" };
    return { start: map.range[0], end: map.range[1], inserted: "{}" };
  }

  #column(offset: number): number {
    return offset - this.#lineStart(offset);
  }

  #lineStart(offset: number): number {
    return this.#text.lastIndexOf("\n", offset - 1) + 1;
  }

  #nextLine(offset: number): number {
    const end = this.#text.indexOf("\n", offset);
    return end === -1 ? this.#text.length : end + 1;
  }

  #lineAfter(pair: Pair): number {
    return this.#nextLine(endOf(pair));
  }
}

function pairsOf(map: yaml.YAMLMap.Parsed): Pair[] {
  return map.items as unknown as Pair[];
}

function pairOf(map: yaml.YAMLMap.Parsed, key: string): Pair | undefined {
  return pairsOf(map).find((pair) => pair.key.value === key);
}

/** Returns the index for a name among others: by its order if they are sorted, else last. */
function indexFor(pairs: readonly Pair[], name: string): number {
  const names = pairs.map(({ key }) => String(key.value));
  const ordered = names.every((item, index) => compareText(names[index - 1] ?? "", item) <= 0);
  const at = names.findIndex((item) => compareText(item, name) > 0);
  return ordered && at !== -1 ? at : pairs.length;
}

/** Returns the end of a pair's value; the range of a block may include comments after it. */
function endOf({ key, value }: Pair): number {
  if (value === null) return key.range[1];
  if (yaml.isCollection(value) && value.flow !== true) {
    const last = value.items.at(-1) as unknown as Pair | yaml.ParsedNode | undefined;
    if (last !== undefined) return yaml.isNode(last) ? last.range[1] : endOf(last);
  }
  return value.range[1];
}

function lines(name: string, value: EditValue): string[] {
  if (typeof value === "string") return [`${plain(name)}: ${plain(value)}`];
  const { reason, until } = value;
  return [
    `${plain(name)}:`,
    `  reason: ${plain(reason)}`,
    ...(until === undefined ? [] : [`  until: ${plain(until)}`]),
  ];
}

function inFlow(value: EditValue): string {
  const flow = (text: string): string => {
    // A plain text of a block may end a flow mapping.
    return /[,[\]{}]/.test(text) ? JSON.stringify(text) : plain(text);
  };
  if (typeof value === "string") return flow(value);
  const until = value.until === undefined ? "" : `, until: ${flow(value.until)}`;
  return `{ reason: ${flow(value.reason)}${until} }`;
}

/** Returns a text as YAML on one line, quoted only where it must be: a date is a time to Pulumi, for example. */
function plain(text: string): string {
  if (!isTextToAll(text)) return JSON.stringify(text);
  return yaml.stringify(text, { lineWidth: 0, blockQuote: false }).trimEnd();
}
