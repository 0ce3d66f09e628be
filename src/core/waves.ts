import type { Environments } from "./environments";
import { inDependencyOrder } from "./graph";

/**
 * Returns environments in waves: each comes after all of the others that it takes versions from, whether directly or
 * through environments that aren't among them, and as early as that allows.
 * @param names of environments of the promotion path
 */
export function wavesOf(environments: Environments, names: ReadonlySet<string>): string[][] {
  const upstreamOf = (name: string): readonly string[] => environments.get(name)?.from ?? [];
  const waves: string[][] = [];
  const passed = new Map<string, number>();
  for (const name of inDependencyOrder(environments.keys(), upstreamOf)) {
    const before = Math.max(0, ...upstreamOf(name).map((upstream) => passed.get(upstream) ?? 0));
    if (names.has(name)) (waves[before] ??= []).push(name);
    passed.set(name, names.has(name) ? before + 1 : before);
  }
  return waves;
}
