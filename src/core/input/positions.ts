import * as yaml from "yaml";
import type { Position } from "./issue";
import type { Path, YamlFile } from "./source";

/** Returns where lines start. All of them, though the parser may have stopped early. */
export function linesOf(text: string): yaml.LineCounter {
  const lines = new yaml.LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    lines.addNewLine(at + 1);
  }
  return lines;
}

export function position(lines: yaml.LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Positions are wanted for bad input alone, so the nodes are dropped and made again on demand. */
export function located(
  text: string,
  parseAgain: () => yaml.Document.Parsed,
): Pick<YamlFile, "locate" | "written"> {
  let parsed:
    { document: yaml.Document.Parsed; lines: yaml.LineCounter; keys: KeyIndex } | undefined;
  const parse = (): NonNullable<typeof parsed> => {
    if (parsed === undefined) {
      const document = parseAgain();
      parsed = { document, lines: linesOf(text), keys: new WeakMap() };
    }
    return parsed;
  };
  return {
    locate(path, part = "value") {
      const { document, lines, keys } = parse();
      return position(lines, offsetOf(document, keys, path, part));
    },
    written(path) {
      const { document, keys } = parse();
      const nodes = nodesOf(document, keys, path);
      const node = nodes.length === path.length ? nodes.at(-1) : undefined;
      const named = yaml.isAlias(node?.value) ? node.value.resolve(document) : node?.value;
      return yaml.isScalar(named) ? named.source : undefined;
    },
  };
}

/** The pairs of mappings by key, as far as they were looked up. */
type KeyIndex = WeakMap<yaml.YAMLMap, Map<unknown, yaml.Pair>>;

function pairOf(map: yaml.YAMLMap, key: string | number, keys: KeyIndex): yaml.Pair | undefined {
  let index = keys.get(map);
  if (index === undefined) {
    const named = map.items.filter((pair) => yaml.isScalar(pair.key));
    index = new Map(named.map((pair) => [(pair.key as yaml.Scalar).value, pair]));
    keys.set(map, index);
  }
  return index.get(key);
}

/** Returns the key and value of each step of a path, down to the last step that is there. */
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
      const pair = pairOf(node, step, keys);
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
