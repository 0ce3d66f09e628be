import * as yaml from "yaml";

/** The key that merges other mappings into its own, `<<`. */
const MERGE = "<<";

/** Whether the key of a pair merges. In quotes it is a key like any other. */
export function isMerge({ key }: yaml.Pair): boolean {
  return yaml.isScalar(key) && key.value === MERGE && key.type === "PLAIN";
}

/**
 * Returns the mappings that a pair's merge key merges, the first of which wins; undefined where its value is
 * anything else.
 * @param anchored returns what an alias refers to
 */
export function mergedMaps(
  { value }: yaml.Pair,
  anchored: (alias: yaml.Alias) => yaml.Node | undefined,
): yaml.YAMLMap[] | undefined {
  const named = (node: unknown): unknown => (yaml.isAlias(node) ? anchored(node) : node);
  const source = named(value);
  const maps = (yaml.isSeq(source) ? source.items : [source]).map(named);
  return maps.every(yaml.isMap) ? maps : undefined;
}

/**
 * Returns what is wrong with the merge keys of a mapping, and where: what they merge is no mapping, or Helm,
 * Pulumi and this program would read them differently. Aliases of nothing are passed over.
 */
export function mergeFindings(
  map: yaml.YAMLMap,
  anchored: (alias: yaml.Alias) => yaml.Node | undefined,
): [yaml.Node, string][] {
  const findings: [yaml.Node, string][] = [];
  const before = new Map<unknown, yaml.Node>();
  for (const pair of map.items) {
    const { key, value } = pair;
    if (!yaml.isScalar(key)) continue;
    if (key.value !== MERGE) {
      before.set(key.value, key);
    } else if (!isMerge(pair)) {
      const found = `"<<" in quotes is a merge key to Pulumi, and a text to Helm; rename it, or leave the quotes out`;
      findings.push([key, found]);
    } else if (!(yaml.isAlias(value) && anchored(value) === undefined)) {
      const maps = mergedMaps(pair, anchored);
      if (maps === undefined) {
        findings.push([
          key,
          `"<<" merges mappings; give it a mapping, an alias of one, or a sequence of these`,
        ]);
      }
      for (const name of keysOf(maps ?? [], anchored)) {
        const own = before.get(name);
        if (own === undefined) continue;
        const found = `"${String(name)}" is in front of "<<", which merges another one: Helm takes that, and Pulumi this; write "<<" first`;
        findings.push([own, found]);
      }
    }
  }
  return findings;
}

function keysOf(
  maps: readonly yaml.YAMLMap[],
  anchored: (alias: yaml.Alias) => yaml.Node | undefined,
): Set<unknown> {
  const keys = new Set<unknown>();
  for (const pair of maps.flatMap(({ items }) => items)) {
    if (isMerge(pair)) {
      for (const key of keysOf(mergedMaps(pair, anchored) ?? [], anchored)) keys.add(key);
    } else if (yaml.isScalar(pair.key)) keys.add(pair.key.value);
  }
  return keys;
}
