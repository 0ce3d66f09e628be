import { EMPTY_TREE } from "../adapters/git/refs";
import type { Update } from "../adapters/pulumi/stack-history";
import type { EnvironmentReader } from "../app/environments";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import { isError, outsideError } from "../core/error";
import { environmentOf } from "../core/stack/config";

/**
 * Returns the updates of a stack and of the stacks that it takes versions from, by the environment and the promotion
 * path that were deployed and by those that are. Its own have to be known; for an upstream stack whose state can't be read
 * what is committed counts, which is told.
 */
export function updatesFor(
  world: World,
  reader: EnvironmentReader,
  { stack, environment }: { readonly stack: string; readonly environment: string },
  kept: string | undefined,
  report: Reporter,
): Map<string, readonly Update[]> {
  const { engine } = world;
  const updates = new Map([[stack, engine.updates(stack, kept)]]);
  const deployed = reader.at(deployedCommit(world, stack, updates));
  const before = deployed.stacks.get(stack);
  const own = [environment, ...(before === undefined ? [] : [environmentOf(before)])];
  const upstreams = [reader.environments, deployed.environments].flatMap((path) =>
    own.flatMap((one) => {
      const { from = [] } = path?.get(one) ?? {};
      return [one, ...from].flatMap((name) => path?.get(name) ?? []);
    }),
  );
  for (const upstream of upstreams) {
    for (const { config } of reader.declared(upstream).plans) {
      const { stack: other } = config;
      if (updates.has(other)) continue;
      try {
        updates.set(other, engine.updates(other, kept));
      } catch (cause) {
        if (!isError(cause, "outside")) throw cause;
        report.notice({ kind: "unknown-updates", stack: other, reason: cause.message });
      }
    }
  }
  return updates;
}

/** Returns the commit of a stack's last update; the empty tree where none has succeeded. */
export function deployedCommit(
  { git }: World,
  stack: string,
  updates: ReadonlyMap<string, readonly Update[]>,
): string {
  const [last] = updates.get(stack) ?? [];
  if (last === undefined) return EMPTY_TREE;
  const commit = git.commitOf(last.commit);
  if (commit !== undefined) return commit;
  throw outsideError(
    `${stack} runs ${last.commit}, which isn't in this clone: a plan can't start there; fetch that commit`,
  );
}
