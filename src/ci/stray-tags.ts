import type { EnvironmentReader } from "../app/environments";
import type { World } from "../app/world";
import type { Environments } from "../core/environments";
import type { Ref } from "../core/ref";
import { environmentOf } from "../core/stack/config";

/**
 * Returns the refusals of a tag whose commit isn't a part of what each upstream environment has: anybody who
 * may push can make a tag of any commit.
 * @param environments the promotion path that judges
 */
export function strayTag(
  { git }: World,
  reader: EnvironmentReader,
  environments: Environments,
  name: string,
  ref: Ref,
): string[] {
  const commit = git.commitOf("HEAD");
  if (ref.kind !== "tag" || commit === undefined) return [];
  const { from = [] } = environments.get(name) ?? {};
  return from.flatMap((upstream) => {
    const environment = environments.get(upstream);
    const own = environment?.ref;
    const tip = environment && reader.resolved(environment)?.commit;
    if (own === undefined || (tip !== undefined && git.isAncestor(commit, tip))) return [];
    const what = `${ref.name} isn't a commit of ${own}, where ${upstream} is`;
    return `${name}: ${what}; merge it there, and tag the merged commit`;
  });
}

/** Returns the refusals of a tag by the path of what is deployed, and by the tag's own. */
export function strays(
  world: World,
  reader: EnvironmentReader,
  {
    stack,
    environment,
    since,
  }: { readonly stack: string; readonly environment: string; readonly since: string },
  ref: Ref,
): string[] {
  const before = reader.at(since);
  const values = before.stacks.get(stack);
  const former = values === undefined ? environment : environmentOf(values);
  return [
    ...new Set([
      ...strayTag(world, reader, reader.environments, environment, ref),
      ...strayTag(world, reader, before.environments ?? new Map(), former, ref),
    ]),
  ];
}
