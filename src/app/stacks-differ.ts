import type { Move } from "../core/promotion/moves";
import { planStack } from "../core/repository";
import { environmentOf } from "../core/stack/config";
import type { StackPlan } from "../core/stack/plan";
import { openRepository } from "./open";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/**
 * Tells of which services an environment runs several versions after moves of some of its stacks.
 * @param plans of its stacks, as they were before
 */
export function tellDiffering(
  plans: readonly StackPlan[],
  moves: readonly Move[],
  report: Reporter,
): void {
  for (const service of new Set(moves.map(({ name }) => name))) {
    const versions = plans.flatMap(({ config: { stack }, deployments }) => {
      const move = moves.find((move) => move.stack === stack && move.name === service);
      const running = deployments.find((deployment) => deployment.service.name === service);
      const version = move?.to ?? running?.version.text;
      return version === undefined ? [] : [{ stack, version }];
    });
    const [environment = ""] = plans.map(({ config }) => config.environment);
    if (new Set(versions.map(({ version }) => version)).size < 2) continue;
    report.notice({ kind: "stacks-differ", environment, service, versions });
  }
}

/** Tells the same of the environment of stacks that were edited. */
export function tellDifferingOf(
  world: World,
  [edited = ""]: readonly string[],
  moves: readonly Move[],
  report: Reporter,
): void {
  const repository = openRepository(world);
  const stack = repository.stacks.get(edited);
  const environment = stack && environmentOf(stack);
  const plans = [...repository.stacks.values()]
    .filter((values) => environmentOf(values) === environment)
    .flatMap((values) => planStack(repository, values).plan ?? []);
  tellDiffering(plans, moves, report);
}
