import * as yaml from "yaml";
import { compareText } from "../compare-text";
import { configPath, type ConfigPath } from "./config-path";
import {
  inFlow,
  inFlowParts,
  lines,
  nested,
  plain,
  quoted,
  singleQuoted,
  type Nested,
  type NestedMap,
} from "./yaml-spelling";

/** What an edit writes: a text, or a mapping of texts. */
export type WrittenValue = string | { readonly [key: string]: string };

/** A value at a path of keys, or nothing where it is removed. */
export interface YamlEdit {
  readonly path: readonly string[];
  readonly value: WrittenValue | undefined;
}

/** A piece of a text, and its replacement. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly inserted: string;
}

/** Throws what a user is told about a part that can't be edited, at an offset of the text. */
type Refuse = (message: string, offset: number) => never;

/** A pair of a mapping. The value is null where not even its colon is written. */
interface Pair extends yaml.Pair<yaml.Scalar.Parsed, yaml.ParsedNode | null> {
  readonly srcToken: yaml.CST.CollectionItem;
}

/** A mapping that is written here, or null for one that an edit has to write first. */
type Written = yaml.YAMLMap.Parsed;

/**
 * Returns a YAML text with some values set or removed. All that an edit isn't about stays byte for byte:
 * comments, order, quotes, line ends. Pieces of the text are replaced, by the positions that the parser gives
 * to its tokens.
 * @param text one sound document, whose top is a mapping
 * @param refuse what an alias shares, and what can't be removed by its lines, is refused
 */
export function editYaml(text: string, edits: readonly YamlEdit[], refuse: Refuse): string {
  let after = text;
  let waiting = edits;
  while (waiting.length > 0) {
    const { splices, rest } = new YamlText(after, refuse).next(waiting);
    after = spliced(after, splices);
    waiting = rest;
  }
  return after;
}

/** Returns a text with pieces replaced; of those at one offset the first stays first. */
function spliced(text: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, inserted } of [...splices].sort((a, b) => a.start - b.start)) {
    parts.push(text.slice(at, start), inserted);
    at = end;
  }
  return parts.join("") + text.slice(at);
}

class YamlText {
  readonly #text: string;
  readonly #refuse: Refuse;
  readonly #document: yaml.Document.Parsed;

  constructor(text: string, refuse: Refuse) {
    this.#text = text;
    this.#refuse = refuse;
    this.#document = yaml.parseDocument(text, {
      stringKeys: true,
      uniqueKeys: false,
      keepSourceTokens: true,
      logLevel: "error",
    });
  }

  /** Returns pieces that don't touch each other, and the edits that are still to be made after them. */
  next(edits: readonly YamlEdit[]): { splices: Splice[]; rest: readonly YamlEdit[] } {
    const simple = new Set(edits.filter((edit) => this.#isSimple(edit)));
    const [first, ...others] = edits;
    if (simple.size > 0) {
      const splices = [...simple].map((edit) => this.#spliceFor(edit));
      return { splices, rest: edits.filter((edit) => !simple.has(edit)) };
    }
    if (first === undefined) return { splices: [], rest: [] };
    const parts = this.#partsOf(first);
    if (parts !== undefined) return { splices: [], rest: [...parts, ...others] };
    return { splices: [this.#spliceFor(first)], rest: others };
  }

  /** Whether an edit replaces a text, or adds one to the block of others: then no other edit minds it. */
  #isSimple({ path, value }: YamlEdit): boolean {
    if (typeof value !== "string") return false;
    const { map, rest, pair } = this.#find(path);
    return pair === undefined
      ? rest.length === 1 && map.flow !== true && map.items.length > 0
      : rest.length === 0 && yaml.isScalar(pair.value) && pair.value.value !== null;
  }

  /** Returns the edits of the parts of a mapping that is there; undefined where there is none. */
  #partsOf({ path, value }: YamlEdit): YamlEdit[] | undefined {
    const { rest, pair } = this.#find(path);
    const there = pair?.value;
    if (typeof value !== "object" || rest.length > 0 || !yaml.isMap(there)) return undefined;
    if (there.items.length === 0) return undefined;
    const names = pairsOf(there).map(({ key }) => String(key.value));
    return [...new Set([...Object.keys(value), ...names])].map((name) => {
      return { path: [...path, name], value: value[name] };
    });
  }

  /** Returns the deepest mapping on a path that is written, the steps below it, and the pair of the first. */
  #find(path: readonly string[]): {
    map: Written;
    rest: readonly string[];
    pair: Pair | undefined;
    on: Pair[];
  } {
    let map = this.#document.contents as Written;
    const on: Pair[] = [];
    for (const [depth, key] of path.entries()) {
      const pair = pairOf(map, key);
      if (pair === undefined) return { map, rest: path.slice(depth), pair, on };
      on.push(pair);
      const below = pair.value;
      const isLast = depth === path.length - 1;
      if (isLast || !yaml.isMap(below) || below.items.length === 0) {
        return { map, rest: path.slice(depth + 1), pair, on };
      }
      map = below;
    }
    throw new Error("a path without a step");
  }

  #spliceFor(edit: YamlEdit): Splice {
    const { path, value } = edit;
    const { map, rest, pair, on } = this.#find(path);
    this.#refuseShared(path, on, rest.length === 0 ? pair?.value : undefined);
    if (value === undefined) {
      if (pair !== undefined && rest.length === 0) return this.#remove(path, map, on);
      const above = path.slice(0, path.length - rest.length);
      if (yaml.isAlias(pair?.value)) return this.#refuseAlias(above, pair.value);
      const found = `"${configPath(path)}" comes by a merge key; write that mapping out, then edit it`;
      return this.#refuse(found, map.range[0]);
    }
    if (pair === undefined) {
      const [name = "", ...below] = rest;
      // A name comes in the order of names, a key of the config last.
      const at = below.length === 0 ? indexFor(pairsOf(map), name) : map.items.length;
      return this.#insert(map, at, { [name]: nested(below, value) });
    }
    return this.#fill(path.slice(0, path.length - rest.length), map, pair, nested(rest, value));
  }

  /** Refuses an edit below an alias, or of what an alias elsewhere repeats. */
  #refuseShared(path: ConfigPath, on: readonly Pair[], whole: yaml.ParsedNode | null = null): void {
    if (!this.#text.includes("*")) return;
    const touched = new Set<unknown>([this.#document.contents, ...on.map(({ value }) => value)]);
    yaml.visit(whole, { Node: (_key, node) => void touched.add(node) });
    const own = whole === null ? [] : [whole.range];
    const sharing = this.#aliases().filter(
      ({ target, at }) =>
        touched.has(target) && !own.some(([start, end]) => start <= at && at < end),
    );
    if (sharing.length === 0) return;
    const paths = sharing.map(({ path }) => `"${configPath(path)}"`).join(", ");
    const [first = on.at(-1)?.key.range[0] ?? 0] = sharing.map(({ at }) => at);
    const verb = sharing.length === 1 ? "repeats" : "repeat";
    this.#refuse(
      `${paths} ${verb} "${configPath(path)}" by the alias "*${sharing[0]?.name ?? ""}", and would change with it; write the value out in each place`,
      first,
    );
  }

  #aliases(): { path: ConfigPath; name: string; target: unknown; at: number }[] {
    const found: { path: ConfigPath; name: string; target: unknown; at: number }[] = [];
    yaml.visit(this.#document, {
      Alias: (key, alias, above) => {
        const steps = above.flatMap((node, index) => {
          if (yaml.isPair(node)) return yaml.isScalar(node.key) ? String(node.key.value) : "?";
          const child = above[index + 1] ?? alias;
          return yaml.isSeq(node) ? node.items.indexOf(child) : [];
        });
        const path = key === "key" ? steps.slice(0, -1) : steps;
        const at = alias.range?.[0] ?? 0;
        found.push({ path, name: alias.source, target: alias.resolve(this.#document), at });
      },
    });
    return found;
  }

  /** Gives a pair that is there another value. */
  #fill(path: ConfigPath, map: Written, pair: Pair, value: Nested): Splice {
    const { value: old } = pair;
    if (old === null) {
      // A key of a flow mapping without a colon, or `? key`.
      const [, end] = pair.key.range;
      return { start: end, end, inserted: `: ${inFlow(value)}` };
    }
    if (typeof value === "string") {
      if (yaml.isScalar(old) || yaml.isAlias(old)) return this.#writeText(map, old, value);
    } else if (!yaml.isAlias(old)) {
      return this.#writeMap(map, pair, old, value);
    }
    if (yaml.isAlias(old)) return this.#refuseAlias(path, old);
    return this.#refuse(
      `"${configPath(path)}" is not a text; remove it, then edit it`,
      old.range[0],
    );
  }

  #refuseAlias(path: ConfigPath, alias: yaml.Alias.Parsed): never {
    const found = `"${configPath(path)}" is the alias "*${alias.source}"; write its values out there, then edit it`;
    return this.#refuse(found, alias.range[0]);
  }

  #writeText(map: Written, old: yaml.Scalar.Parsed | yaml.Alias.Parsed, value: string): Splice {
    const [start, end] = old.range;
    const flow = map.flow === true;
    if (yaml.isAlias(old)) return { start, end, inserted: flow ? inFlow(value) : plain(value) };
    const { type, srcToken } = old;
    if (srcToken?.type === "block-scalar") {
      const comment = srcToken.props.find((token) => token.type === "comment");
      const after = comment === undefined ? "" : ` ${"source" in comment ? comment.source : ""}`;
      const ended = this.#text.slice(start, end).endsWith("\n") ? this.#newlineAt(end) : "";
      return { start, end, inserted: plain(value) + after.trimEnd() + ended };
    }
    const written =
      type === "QUOTE_DOUBLE"
        ? quoted(value)
        : type === "QUOTE_SINGLE"
          ? singleQuoted(value)
          : flow
            ? inFlow(value)
            : plain(value);
    return { start, end, inserted: this.#space(start) + written };
  }

  /** Returns the space that a value needs after what stands in front of it. */
  #space(offset: number): string {
    return /[\s{[,]/.test(this.#text[offset - 1] ?? " ") ? "" : " ";
  }

  /** Writes a mapping where nothing was, or an empty one. */
  #writeMap(map: Written, pair: Pair, old: yaml.ParsedNode, value: NestedMap): Splice {
    const [start, end] = old.range;
    const written = this.#text.slice(start, end);
    const above = this.#text.slice(pair.key.range[1], start);
    if (map.flow === true || above.includes("\n") || /[\n#]/.test(written)) {
      if (yaml.isMap(old) && /[\n#]/.test(written)) {
        return { start: start + 1, end: start + 1, inserted: ` ${inFlowParts(value).join(", ")}` };
      }
      return { start, end, inserted: this.#space(start) + inFlow(value) };
    }
    // Below its key, as a block; the rest of the line stays.
    const from = written === "" ? start : start - (/ *$/.exec(above)?.[0].length ?? 0);
    const below = this.#nextLine(end);
    const rest = this.#text.slice(end, below);
    const indent = this.#column(startOf(pair)) + this.#step();
    const block = this.#indented(lines(value, this.#step()), indent, end);
    const newline = this.#newlineAt(below);
    const inserted = rest.endsWith("\n") ? rest + block + newline : rest + newline + block;
    return { start: from, end: below, inserted };
  }

  #insert(map: Written, index: number, added: NestedMap): Splice {
    if (map.flow === true) return this.#insertIntoFlow(map, index, added);
    const pairs = pairsOf(map);
    const [first] = pairs;
    if (first === undefined) throw new Error("a block mapping without an item");
    const at = index === 0 && !this.#beginsLine(startOf(first)) ? pairs.length : index;
    const before = pairs[at - 1];
    const offset = before === undefined ? this.#lineStart(startOf(first)) : this.#lineAfter(before);
    const block = this.#indented(lines(added, this.#step()), this.#column(startOf(first)), offset);
    const newline = this.#newlineAt(offset);
    const isUnended = offset > 0 && this.#text[offset - 1] !== "\n";
    return { start: offset, end: offset, inserted: isUnended ? newline + block : block + newline };
  }

  /** Adds a pair to a flow mapping: on a line of its own where the one after it has one. */
  #insertIntoFlow(map: Written, index: number, added: NestedMap): Splice {
    const pairs = pairsOf(map);
    const item = inFlowParts(added).join(", ");
    const last = pairs.at(-1);
    if (last === undefined) {
      const [start, end] = map.range;
      const isPlain = /^\{ *\}$/.test(this.#text.slice(start, end));
      return isPlain
        ? { start, end, inserted: `{ ${item} }` }
        : { start: start + 1, end: start + 1, inserted: ` ${item}` };
    }
    const isOnLines = this.#beginsLine(startOf(last));
    const next = pairs[index] ?? (isOnLines ? last : undefined);
    if (next === undefined) {
      const end = endOf(last);
      return { start: end, end, inserted: `, ${item}` };
    }
    const start = startOf(next);
    const gap = this.#beginsLine(start)
      ? this.#newlineAt(start) + " ".repeat(this.#column(start))
      : " ";
    return { start, end: start, inserted: `${item},${gap}` };
  }

  #remove(path: ConfigPath, map: Written, on: readonly Pair[]): Splice {
    const [holder, parent, pair] = [on.at(-3), on.at(-2), on.at(-1)];
    if (pair === undefined) throw new Error("a path without a step");
    if (map.flow === true) return this.#removeFromFlow(map, pair);
    const start = this.#lineStart(startOf(pair));
    const end = this.#lineAfter(pair);
    if (!this.#beginsLine(startOf(pair))) {
      const found = `"${configPath(path)}" begins on the line of another key; give it a line of its own`;
      return this.#refuse(found, startOf(pair));
    }
    if (map.items.length > 1 || parent === undefined) return { start, end, inserted: "" };
    // The key of an empty mapping goes as well, unless it is the last one, too; comments between them stay.
    const above = holder?.value;
    if (yaml.isMap(above) && above.items.length > 1 && this.#beginsLine(startOf(parent))) {
      const below = this.#nextLine(parent.key.range[1]);
      const kept = this.#text.slice(below, start);
      return { start: this.#lineStart(startOf(parent)), end, inserted: kept };
    }
    const marks = (parent.srcToken.sep ?? []).filter(({ type }) =>
      /^(?:map-value-ind|anchor|tag)$/.test(type),
    );
    const last = marks.at(-1);
    if (last === undefined || !("source" in last)) throw new Error("a mapping without a colon");
    const after = last.offset + last.source.length;
    return { start: after, end, inserted: ` {}${this.#text.slice(after, start)}` };
  }

  #removeFromFlow(map: Written, pair: Pair): Splice {
    const pairs = pairsOf(map);
    const index = pairs.indexOf(pair);
    const [start, end] = [startOf(pair), endOf(pair)];
    const before = pairs[index - 1];
    const next = pairs[index + 1];
    const comma = commaAfter(map, pair);
    const after = comma === undefined ? end : comma + 1;
    const lineEnd = this.#nextLine(after);
    const rest = this.#text.slice(after, lineEnd);
    const isAlone = this.#beginsLine(start) && /^[ \t]*(?:#.*)?\r?\n?$/.test(rest);
    const keepsNoComment = !this.#text.slice(end, after).includes("#");
    if (isAlone && keepsNoComment) {
      return { start: this.#lineStart(start), end: lineEnd, inserted: "" };
    }
    if (next !== undefined) {
      const spaces = /^ */.exec(rest)?.[0].length ?? 0;
      return { start, end: after + spaces, inserted: "" };
    }
    const between = before === undefined ? "" : this.#text.slice(endOf(before), start);
    if (before !== undefined && /^ *, *$/.test(between)) {
      return { start: endOf(before), end, inserted: "" };
    }
    const [from, to] = map.range;
    const isAll =
      /^\{ *$/.test(this.#text.slice(from, start)) && /^[ ,]*\}$/.test(this.#text.slice(end, to));
    return isAll ? { start: from, end: to, inserted: "{}" } : { start, end: after, inserted: "" };
  }

  /** Returns by how much a mapping is indented more than what holds it. */
  #step(): number {
    const blocks = pairsOf(this.#document.contents as Written).flatMap(({ value }) => {
      if (!yaml.isMap(value) || value.flow === true) return [];
      const [first] = pairsOf(value);
      return first === undefined ? [] : this.#column(startOf(first));
    });
    return Math.max(blocks[0] ?? 2, 1);
  }

  #indented(block: readonly string[], indent: number, offset: number): string {
    return block.map((line) => " ".repeat(indent) + line).join(this.#newlineAt(offset));
  }

  /** Returns how the line ends that holds an offset, or the one before it. */
  #newlineAt(offset: number): string {
    const before = this.#text.lastIndexOf("\n", offset - 1);
    const end = before === -1 ? this.#text.indexOf("\n") : before;
    return end > 0 && this.#text[end - 1] === "\r" ? "\r\n" : "\n";
  }

  /** Whether only spaces stand in front of an offset on its line. */
  #beginsLine(offset: number): boolean {
    return /^ *$/.test(this.#text.slice(this.#lineStart(offset), offset));
  }

  #column(offset: number): number {
    return offset - this.#lineStart(offset);
  }

  #lineStart(offset: number): number {
    return offset === 0 ? 0 : this.#text.lastIndexOf("\n", offset - 1) + 1;
  }

  #nextLine(offset: number): number {
    const end = this.#text.indexOf("\n", offset);
    return end === -1 ? this.#text.length : end + 1;
  }

  /** Returns where the line after a pair begins; the text of a block ends there already. */
  #lineAfter(pair: Pair): number {
    const end = endOf(pair);
    const isBlockText = end > pair.key.range[1] && this.#text[end - 1] === "\n";
    return isBlockText ? end : this.#nextLine(end);
  }
}

function pairsOf(map: Written): Pair[] {
  return map.items as Pair[];
}

function pairOf(map: Written, key: string): Pair | undefined {
  const known = byKey.get(map) ?? new Map(pairsOf(map).map((pair) => [pair.key.value, pair]));
  byKey.set(map, known);
  return known.get(key);
}

/** The pairs of mappings in which a key was looked up: a promotion may set thousands. */
const byKey = new WeakMap<Written, ReadonlyMap<unknown, Pair>>();

/** Returns where a pair begins: with its key, or with what stands in front of it such as `?` or an anchor. */
function startOf({ key, srcToken }: Pair): number {
  const props = srcToken.start.find(({ type }) => !/^(?:space|newline|comment|comma)$/.test(type));
  return props?.offset ?? key.range[0];
}

/** Returns the end of a pair's value; the range of a block may include comments after it. */
function endOf({ key, value }: Pair): number {
  return value === null ? key.range[1] : Math.max(endOfNode(value), key.range[1]);
}

function endOfNode(node: yaml.ParsedNode): number {
  if (!yaml.isCollection(node) || node.flow === true) return node.range[1];
  const last = node.items.at(-1) as Pair | yaml.ParsedNode | undefined;
  if (last === undefined) return node.range[1];
  return yaml.isNode(last) ? endOfNode(last) : endOf(last);
}

/** Returns the offset of the comma after a pair of a flow mapping. */
function commaAfter({ srcToken }: Written, pair: Pair): number | undefined {
  if (srcToken?.type !== "flow-collection") return undefined;
  const next = srcToken.items[srcToken.items.indexOf(pair.srcToken) + 1];
  return next?.start.find(({ type }) => type === "comma")?.offset;
}

/** Returns the index for a name among others: by its order if they are sorted, else last. */
function indexFor(pairs: readonly Pair[], name: string): number {
  const names = pairs.map(({ key }) => String(key.value));
  const ordered = names.every((item, index) => compareText(names[index - 1] ?? "", item) <= 0);
  const at = names.findIndex((item) => compareText(item, name) > 0);
  return ordered && at !== -1 ? at : pairs.length;
}
