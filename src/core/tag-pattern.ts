import { Version } from "./version";

/** The tag pattern of services whose definition has none. */
export const DEFAULT_TAG_PATTERN = "v{version}";

/** The mutable tags where no stack config says any. */
export const MUTABLE_TAGS: readonly string[] = ["latest", "main", "*-daily", "*-test"];

/** Returns the tag of a version by a pattern: `v1.2.3` of `v{version}` and `v1.2.3`. */
export function tagName(pattern: string, version: string): string {
  return pattern.replace("{version}", version.replace(/^v/, ""));
}

/** Returns the version that a tag spells by a pattern: v1.2.3 of `v{version}` and `v1.2.3`; undefined for others. */
export function versionIn(pattern: string, tag: string): Version | undefined {
  const [before = "", after = ""] = pattern.split("{version}");
  const version = Version.parse(`v${tag.slice(before.length, tag.length - after.length)}`);
  return version !== undefined && tagName(pattern, version.text) === tag ? version : undefined;
}

/** Whether a mutable tag pattern (`*` matches any text) matches a tag. */
export function matchesTag(mutable: string, tag: string): boolean {
  const [start = "", ...parts] = mutable.split("*");
  const end = parts.pop();
  if (end === undefined) return tag === mutable;
  if (!tag.startsWith(start)) return false;
  let at = start.length;
  for (const part of parts) {
    const found = tag.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return tag.length >= at + end.length && tag.endsWith(end);
}

/**
 * Whether a mutable tag pattern (`*` matches any text) can match a final release's tag, such as `v1.2.3`.
 * Trying sample versions isn't enough: `v*.2.*` or `*e-3.*` match releases that no list of samples has. So
 * the tags that a pattern like `v{version}` gives are walked as a graph, all at once: each character of the
 * mutable pattern is a step, and a `*` is any number of steps.
 */
export function matchesReleaseTag(mutable: string, tagPattern: string): boolean {
  const graph = releaseTags(tagPattern);
  let states = new Set([0]);
  for (const character of mutable) {
    states =
      character === "*"
        ? reachable(graph, states)
        : step(graph, states, (accepts) => accepts(character));
  }
  return states.has(graph.final);
}

interface TagGraph {
  readonly edges: readonly { from: number; to: number; accepts: (character: string) => boolean }[];
  readonly final: number;
}

/** Returns the graph of the text before a version, one to three numbers, and the text after it. */
function releaseTags(tagPattern: string): TagGraph {
  const [before = "", after = ""] = tagPattern.split("{version}");
  const edges: { from: number; to: number; accepts: (character: string) => boolean }[] = [];
  const isDigit = (character: string): boolean => /^\d$/.test(character);
  const only = (expected: string) => (character: string) => character === expected;
  [...before].forEach((expected, at) =>
    edges.push({ from: at, to: at + 1, accepts: only(expected) }),
  );
  const first = before.length;
  // A number is entered by its first digit, stays in itself by more, and is left by a dot.
  const numbers = [first + 1, first + 3, first + 5];
  for (const number of numbers) {
    edges.push({ from: number - 1, to: number, accepts: isDigit });
    edges.push({ from: number, to: number, accepts: isDigit });
    if (number !== numbers[2]) edges.push({ from: number, to: number + 1, accepts: only(".") });
  }
  const end = first + 6;
  [...after].forEach((expected, at) => {
    if (at > 0) edges.push({ from: end + at - 1, to: end + at, accepts: only(expected) });
    else
      for (const number of numbers) edges.push({ from: number, to: end, accepts: only(expected) });
  });
  if (after !== "") return { edges, final: end + after.length - 1 };
  // Without a text after the version, a tag ends in any of its numbers: their digits lead to the end as well.
  for (const number of numbers) {
    edges.push({ from: number - 1, to: end, accepts: isDigit });
    edges.push({ from: number, to: end, accepts: isDigit });
  }
  return { edges, final: end };
}

function step(
  { edges }: TagGraph,
  states: ReadonlySet<number>,
  passes: (accepts: (character: string) => boolean) => boolean,
): Set<number> {
  const taken = edges.filter(({ from, accepts }) => states.has(from) && passes(accepts));
  return new Set(taken.map(({ to }) => to));
}

function reachable(graph: TagGraph, states: ReadonlySet<number>): Set<number> {
  const found = new Set(states);
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const state of step(graph, found, () => true)) found.add(state);
  }
  return found;
}
