import { Ref } from "../core/ref";
import type { Environment } from "../core/environments";
import { environmentOf } from "../core/stack/config";
import type { EditResult } from "./edit-stacks";
import { openRepository } from "./open";
import { nextTag } from "./promotion/ref-change";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/**
 * Tells where an edit has to be committed, so that environments have it: to a branch, with a tag after it. Where all
 * environments have one ref, everybody knows.
 */
export function tellLanding(world: World, names: readonly string[], report: Reporter): void {
  const { environments } = openRepository(world);
  const all = [...(environments?.values() ?? [])];
  if (new Set(all.map(({ ref }) => ref)).size < 2) return;
  for (const name of names) {
    const environment = environments?.get(name);
    if (environment?.ref === undefined) continue;
    const { ref } = environment;
    const branch = branchOf(environment, all);
    if (branch === undefined) continue;
    const tag = Ref.ofEnvironment(ref).isPattern ? nextTag(world, ref) : undefined;
    report.notice({ kind: "lands", environment: name, branch, ...(tag !== undefined && { tag }) });
  }
}

/** Tells it of the environments of stacks, where an edit was written or would be. */
export function tellLandingOf(
  world: World,
  stacks: readonly string[],
  { proposal, isRefused }: EditResult,
  report: Reporter,
): void {
  if (isRefused || proposal.edits.length === 0) return;
  const repository = openRepository(world);
  const names = stacks.flatMap((stack) => {
    const values = repository.stacks.get(stack);
    return values === undefined ? [] : environmentOf(values);
  });
  tellLanding(world, [...new Set(names)], report);
}

/**
 * Returns the branch that an environment is deployed from: its own, or the one that its tags are made on, which is that
 * of the first environment before it that has a branch. Undefined where there is none.
 */
export function branchOf(
  { ref, from }: Environment,
  all: readonly Environment[],
  seen: ReadonlySet<string> = new Set(),
): string | undefined {
  if (ref === undefined) return undefined;
  if (!Ref.ofEnvironment(ref).isPattern) return ref;
  for (const name of from.filter((one) => !seen.has(one))) {
    const before = all.find((one) => one.name === name);
    const found = before && branchOf(before, all, new Set([...seen, name]));
    if (found !== undefined) return found;
  }
  return undefined;
}
