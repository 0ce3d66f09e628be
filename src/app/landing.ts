import { Ref } from "../core/ref";
import type { Environment } from "../core/environments";
import { environmentOf } from "../core/stack/config";
import type { EditResult } from "./edit-stacks";
import { openRepository } from "./open";
import { nextTag } from "./ref-change";
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
    const isTag = Ref.ofEnvironment(ref).isPattern;
    const branch = isTag ? branchBefore(environment, all) : ref;
    if (branch === undefined) continue;
    const tag = isTag ? nextTag(world, ref) : undefined;
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

/** Returns the branch that an environment's tags are made on: that of the first one before it that has a branch. */
function branchBefore(
  { from }: Environment,
  all: readonly Environment[],
  seen: ReadonlySet<string> = new Set(),
): string | undefined {
  for (const name of from) {
    const before = all.find((one) => one.name === name);
    if (before === undefined || seen.has(name)) continue;
    const isBranch = before.ref !== undefined && !Ref.ofEnvironment(before.ref).isPattern;
    const found = isBranch ? before.ref : branchBefore(before, all, new Set([...seen, name]));
    if (found !== undefined) return found;
  }
  return undefined;
}
