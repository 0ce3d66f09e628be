import * as yaml from "yaml";
import type { Position } from "./issue";
import { isMerge, mergedMaps } from "./merges";
import { readingsOf } from "./readings";
import type { OtherReading, Path, YamlFile } from "./source";

/** Returns the position of an offset; lines are counted when the first position is asked for. */
export function positionsIn(text: string): (offset: number) => Position {
  let lines: yaml.LineCounter | undefined;
  return (offset) => {
    lines ??= linesOf(text);
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
}

/** Returns where all lines start; a parser that stops early has not met all of them. */
function linesOf(text: string): yaml.LineCounter {
  const lines = new yaml.LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    lines.addNewLine(at + 1);
  }
  return lines;
}

/**
 * Returns the part of a YAML file that knows positions. Positions are wanted for bad input alone, so
 * the text is parsed when the first one is asked for.
 */
export function located(
  text: string,
  parse: () => yaml.Document.Parsed,
): Pick<YamlFile, "locate" | "written" | "otherReadings"> {
  const at = positionsIn(text);
  const keys: KeyIndex = new WeakMap();
  let parsed: yaml.Document.Parsed | undefined;
  return {
    locate(path, part = "value") {
      parsed ??= parse();
      return at(offsetOf(parsed, keys, path, part));
    },
    written(path) {
      const document = (parsed ??= parse());
      const nodes = nodesOf(document, keys, path);
      const node = nodes.length === path.length ? nodes.at(-1) : undefined;
      const named = yaml.isAlias(node?.value) ? node.value.resolve(document) : node?.value;
      return yaml.isScalar(named) ? named.source : undefined;
    },
    otherReadings(path) {
      const document = (parsed ??= parse());
      const nodes = nodesOf(document, keys, path);
      const node = path.length === 0 ? document.contents : nodes.at(-1)?.value;
      return nodes.length === path.length ? readingsBelow(node, document, keys, []) : [];
    },
  };
}

/** The pairs of each mapping by key, for mappings in which a key was looked up. */
type KeyIndex = WeakMap<yaml.YAMLMap, ReadonlyMap<unknown, yaml.Pair>>;

/** Returns the pairs of a mapping by key: its own ones, and those that it merges. */
function pairsOf(
  map: yaml.YAMLMap,
  document: yaml.Document.Parsed,
  keys: KeyIndex,
): ReadonlyMap<unknown, yaml.Pair> {
  const known = keys.get(map);
  if (known !== undefined) return known;
  const index = new Map<unknown, yaml.Pair>();
  const merges = map.items.filter(isMerge);
  for (const pair of map.items) {
    if (yaml.isScalar(pair.key) && !merges.includes(pair)) index.set(pair.key.value, pair);
  }
  const maps = merges.flatMap((pair) => mergedMaps(pair, (alias) => alias.resolve(document)) ?? []);
  for (const [key, pair] of maps.flatMap((map) => [...pairsOf(map, document, keys)])) {
    if (!index.has(key)) index.set(key, pair);
  }
  keys.set(map, index);
  return index;
}

/** Returns the scalars below a node that another reader reads differently, by their paths. */
function readingsBelow(
  node: unknown,
  document: yaml.Document.Parsed,
  keys: KeyIndex,
  path: Path,
): OtherReading[] {
  if (yaml.isAlias(node)) return readingsBelow(node.resolve(document), document, keys, path);
  if (yaml.isScalar(node)) return readingAt(node, path, "value");
  if (yaml.isSeq(node)) {
    return node.items.flatMap((item, at) => readingsBelow(item, document, keys, [...path, at]));
  }
  if (!yaml.isMap(node)) return [];
  return [...pairsOf(node, document, keys)].flatMap(([name, { key, value }]) => {
    const below = [...path, String(name)];
    const ofKey = yaml.isScalar(key) ? readingAt(key, below, "key") : [];
    return [...ofKey, ...readingsBelow(value, document, keys, below)];
  });
}

function readingAt(scalar: yaml.Scalar, path: Path, part: OtherReading["part"]): OtherReading[] {
  const readings = readingsOf(scalar, part);
  return readings === undefined ? [] : [{ path, part, readings }];
}

/** Returns the key and value of each step of a path, down to the last step that exists. */
function nodesOf(
  document: yaml.Document.Parsed,
  keys: KeyIndex,
  path: Path,
): { key: unknown; value: unknown }[] {
  const nodes: { key: unknown; value: unknown }[] = [];
  let node: unknown = document.contents;
  for (const step of path) {
    if (yaml.isAlias(node)) node = node.resolve(document);
    if (yaml.isMap(node)) {
      const pair = pairsOf(node, document, keys).get(step);
      if (pair === undefined) return nodes;
      nodes.push({ key: pair.key, value: pair.value });
      node = pair.value;
    } else {
      node = yaml.isSeq(node) && typeof step === "number" ? node.items[step] : undefined;
      if (node === undefined) return nodes;
      nodes.push({ key: undefined, value: node });
    }
  }
  return nodes;
}

function offsetOf(
  document: yaml.Document.Parsed,
  keys: KeyIndex,
  path: Path,
  part: "key" | "value",
): number {
  const nodes = nodesOf(document, keys, path);
  const last = nodes.at(-1);
  const whole = nodes.length === path.length;
  const preferred = whole && part === "key" ? [last?.key, last?.value] : [last?.value, last?.key];
  const shown = preferred.find((node) => yaml.isNode(node) && node.range);
  if (yaml.isNode(shown) && shown.range) return shown.range[0];
  return document.contents?.range[0] ?? 0;
}
