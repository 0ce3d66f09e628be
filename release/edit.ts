import { isDeepStrictEqual } from "node:util";
import * as yaml from "yaml";
import { compareText } from "./issue";

/** The keys of a stack config that edits are about. */
export type EditKey = "versions" | "charts" | "holds";

/** What stands at a name below one of them: a pin, a chart version, a hold. */
export type EditValue = string | { readonly reason: string; readonly until?: string };

/**
 * Returns a stack config's text with one name set, or taken out when the value is undefined. Only the
 * lines concerned change: comments, order, quotes, line ends and encrypted values stay byte for byte.
 * Setting what is there already returns the same text.
 * @param text a sound stack config
 */
export function editStackConfig(
  text: string,
  key: EditKey,
  name: string,
  value: EditValue | undefined,
): string {
  const config = new ConfigText(text);
  const before = config.get(key, name);
  if (isDeepStrictEqual(before, value)) return text;
  const pair = config.pair(key, name);
  const after =
    pair === undefined
      ? config.insert(key, name, value as EditValue)
      : value === undefined
        ? config.remove(key, pair)
        : config.replace(pair, name, value);
  const written = new ConfigText(after).get(key, name);
  if (isDeepStrictEqual(written, value)) return after;
  throw new Error(`${key}.${name} would be ${JSON.stringify(written)} after its edit`);
}

interface Pair {
  readonly key: yaml.Scalar.Parsed;
  readonly value: yaml.ParsedNode | null;
}

/** A stack config's text, and where its parts stand in it. */
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

  replace(pair: Pair, name: string, value: EditValue): string {
    const { key, value: old } = pair;
    const [start, end] = old?.range ?? [key.range[1], key.range[1]];
    if (typeof value === "string" && yaml.isScalar(old)) {
      const quote = /^["']/.exec(this.#text.slice(start, end))?.[0] ?? "";
      return this.#splice(start, end, quote === "" ? plain(value) : quote + value + quote);
    }
    if (yaml.isCollection(old) && old.flow === true) {
      return this.#splice(start, end, inFlow(value));
    }
    const first = this.#lineStart(key.range[0]);
    const after = this.#lineAfter(pair);
    const block = this.#indented(lines(name, value), this.#column(key.range[0]));
    const lineEnd = this.#text.slice(first, after).endsWith("\n") ? this.#newline : "";
    return this.#splice(first, after, block + lineEnd);
  }

  remove(key: EditKey, pair: Pair): string {
    const map = this.#map(key);
    if (map === undefined) throw new Error(`releases:${key} is no mapping`);
    if (map.flow === true) return this.#removeFromFlow(map, pair);
    const without = this.#splice(this.#lineStart(pair.key.range[0]), this.#lineAfter(pair), "");
    const parent = pairOf(this.#config, `releases:${key}`);
    if (map.items.length > 1 || parent === undefined) return without;
    // With nothing below it the key goes as well; the comments between them stay.
    const start = this.#lineStart(parent.key.range[0]);
    return without.slice(0, start) + without.slice(this.#nextLine(parent.key.range[1]));
  }

  insert(key: EditKey, name: string, value: EditValue): string {
    const map = this.#map(key);
    if (map?.flow === true) return this.#insertIntoFlow(map, name, value);
    if (map !== undefined) return this.#insertIntoBlock(map, name, lines(name, value));
    const parent = pairOf(this.#config, `releases:${key}`);
    const nested = lines(name, value).map((line) => `  ${line}`);
    if (parent === undefined) {
      return this.#insertIntoBlock(this.#config, undefined, [`releases:${key}:`, ...nested]);
    }
    const offset = this.#nextLine(parent.key.range[1]);
    return this.#insertLines(offset, this.#column(parent.key.range[0]), nested);
  }

  #map(key: EditKey): yaml.YAMLMap.Parsed | undefined {
    const value = pairOf(this.#config, `releases:${key}`)?.value;
    return yaml.isMap(value) ? value : undefined;
  }

  /** Inserts lines before the first name that comes after theirs, if the names are in order; else last. */
  #insertIntoBlock(map: yaml.YAMLMap.Parsed, name: string | undefined, added: string[]): string {
    const pairs = pairsOf(map);
    const at = name === undefined ? pairs.length : placeOf(pairs, name);
    const [first] = pairs;
    const before = pairs[at - 1];
    if (first === undefined) throw new Error("a block mapping without an item");
    const offset =
      before === undefined ? this.#lineStart(first.key.range[0]) : this.#lineAfter(before);
    return this.#insertLines(offset, this.#column(first.key.range[0]), added);
  }

  #insertLines(offset: number, indent: number, added: readonly string[]): string {
    const block = this.#indented(added, indent);
    const afterUnended = offset === this.#text.length && !this.#text.endsWith("\n");
    const whole = afterUnended ? this.#newline + block : block + this.#newline;
    return this.#splice(offset, offset, whole);
  }

  #indented(block: readonly string[], indent: number): string {
    return block.map((line) => " ".repeat(indent) + line).join(this.#newline);
  }

  #insertIntoFlow(map: yaml.YAMLMap.Parsed, name: string, value: EditValue): string {
    const pairs = pairsOf(map);
    const item = `${plain(name)}: ${inFlow(value)}`;
    const at = placeOf(pairs, name);
    const next = pairs[at];
    const before = pairs[at - 1];
    if (next !== undefined) {
      return this.#splice(next.key.range[0], next.key.range[0], `${item}, `);
    }
    if (before !== undefined) return this.#splice(endOf(before), endOf(before), `, ${item}`);
    return this.#splice(map.range[0], map.range[1], `{ ${item} }`);
  }

  #removeFromFlow(map: yaml.YAMLMap.Parsed, pair: Pair): string {
    const pairs = pairsOf(map);
    const at = pairs.findIndex(({ key }) => key === pair.key);
    const next = pairs[at + 1];
    const before = pairs[at - 1];
    if (next !== undefined) return this.#splice(pair.key.range[0], next.key.range[0], "");
    if (before !== undefined) return this.#splice(endOf(before), endOf(pair), "");
    return this.#splice(map.range[0], map.range[1], "{}");
  }

  #splice(start: number, end: number, inserted: string): string {
    return this.#text.slice(0, start) + inserted + this.#text.slice(end);
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

/** Where a name belongs among others: in its order if they are in theirs, else last. */
function placeOf(pairs: readonly Pair[], name: string): number {
  const names = pairs.map(({ key }) => String(key.value));
  const ordered = names.every((item, index) => compareText(names[index - 1] ?? "", item) <= 0);
  const at = names.findIndex((item) => compareText(item, name) > 0);
  return ordered && at !== -1 ? at : pairs.length;
}

/** Where the last character of a pair's value ends; a block's own range may take in what follows. */
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
    // What is plain in a block may end a flow mapping.
    return /[,[\]{}]/.test(text) ? JSON.stringify(text) : plain(text);
  };
  if (typeof value === "string") return flow(value);
  const until = value.until === undefined ? "" : `, until: ${flow(value.until)}`;
  return `{ reason: ${flow(value.reason)}${until} }`;
}

/** Returns a text as YAML writes it on one line: quoted only where it must be. */
function plain(text: string): string {
  return yaml.stringify(text, { lineWidth: 0, blockQuote: false }).trimEnd();
}
