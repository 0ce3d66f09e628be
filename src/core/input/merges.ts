import * as yaml from "yaml";

/** The key that merges other mappings into its own, `<<`. */
const MERGE = "<<";

/** Whether the key of a pair merges. In quotes it is a key like any other. */
export function isMerge({ key }: yaml.Pair): boolean {
  return yaml.isScalar(key) && key.value === MERGE && key.type === "PLAIN";
}

/** Returns what an alias refers to; undefined where that is nothing. */
export type Anchored = (alias: yaml.Alias) => yaml.Node | undefined;

/**
 * Returns the mappings that a pair's merge key merges, the first of which wins; undefined where its value is
 * anything else.
 */
export function mergedMaps({ value }: yaml.Pair, anchored: Anchored): yaml.YAMLMap[] | undefined {
  const named = (node: unknown): unknown => (yaml.isAlias(node) ? anchored(node) : node);
  const source = named(value);
  const maps = (yaml.isSeq(source) ? source.items : [source]).map(named);
  return maps.every(yaml.isMap) ? maps : undefined;
}

/** Finds what is wrong with the merge keys of a document. Its mappings are given from the inside out. */
export class MergeCheck {
  readonly #anchored: Anchored;
  /** The keys of each mapping with those that it merges: what merges many times over is read once. */
  readonly #keys = new WeakMap<yaml.YAMLMap, ReadonlySet<unknown>>();

  constructor(anchored: Anchored) {
    this.#anchored = anchored;
  }

  /**
   * Returns what is wrong with the merge keys of a mapping, and where: what they merge is no mapping, or Helm,
   * Pulumi and this program would read them differently. Aliases of nothing are passed over.
   */
  findingsOf(map: yaml.YAMLMap): [yaml.Node, string][] {
    const findings: [yaml.Node, string][] = [];
    const before = new Map<unknown, yaml.Node>();
    const keys = new Set<unknown>();
    for (const pair of map.items) {
      const { key, value } = pair;
      if (!yaml.isScalar(key)) continue;
      if (key.value !== MERGE) {
        before.set(key.value, key);
        keys.add(key.value);
      } else if (!isMerge(pair)) {
        const found = `"<<" in quotes is a merge key to Pulumi, and a text to Helm; rename it, or leave the quotes out`;
        findings.push([key, found]);
      } else if (!(yaml.isAlias(value) && this.#anchored(value) === undefined)) {
        const maps = mergedMaps(pair, this.#anchored);
        if (maps === undefined) {
          const found = `"<<" merges mappings; give it a mapping, an alias of one, or a sequence of these`;
          findings.push([key, found]);
        }
        const merged = new Set((maps ?? []).flatMap((map) => [...(this.#keys.get(map) ?? [])]));
        for (const name of merged) {
          keys.add(name);
          const own = before.get(name);
          if (own === undefined) continue;
          const found = `"${String(name)}" is in front of "<<", which merges another one: Helm takes that, and Pulumi this; write "<<" first`;
          findings.push([own, found]);
        }
      }
    }
    this.#keys.set(map, keys);
    return findings;
  }
}
