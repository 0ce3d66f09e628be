import type { Moved } from "../../core/promotion/moves";
import { planStack } from "../../core/repository";
import { environmentOf } from "../../core/stack/config";
import type { StackPlan } from "../../core/stack/plan";
import type { EnvironmentReader } from "../environments";
import type { Reporter } from "../reporter";
import { judgedBySides, type Side } from "./sides";
import type { World } from "../world";

/**
 * Asks for the signatures of what a change moves in a stack. Returns what the environment's policy refuses, a
 * line each. The policy, the trust root and the service's repository on GitHub at the commit that is compared
 * with judge as well as the change's own, so that no change grants itself what it needs.
 * @throws ReleasesError of kind `outside` when a registry or GitHub can't be asked
 */
export async function unverifiedMoves(
  world: World,
  reader: EnvironmentReader,
  since: string,
  plan: StackPlan,
  moves: readonly Moved[],
  report: Reporter,
): Promise<string[]> {
  const moved = new Set(moves.map(({ name }) => name));
  const deployments = plan.deployments.filter(({ service }) => moved.has(service.name));
  const sides = sidesOf(world, reader, since, plan);
  const [, former] = sides;
  const running = { config: plan.config, deployments, list: reader.current.list };
  const found = await judgedBySides(world, running, sides, report);
  return found.flatMap(({ side, deployment, policy, pass, reason }) => {
    const { name: service } = deployment.service;
    if (pass) return [];
    const who = side === former ? "before this change: " : "";
    if (policy.mode === "require") return `verified refuses ${service}: ${who}${reason}`;
    report.notice({ kind: "unverified", stack: plan.config.stack, service, reason });
    return [];
  });
}

function sidesOf(
  world: World,
  reader: EnvironmentReader,
  since: string,
  { config, environments, list }: StackPlan,
): [Side, Side] {
  const before = reader.at(since);
  const values = before.stacks.get(config.stack);
  const former = values && planStack(before, values).plan;
  const readerAt = (commit: string) => (file: string) => world.git.textAt(commit, file);
  const { environment, githubOwner: owner } = config;
  return [
    { environments, environment, owner, list, read: readerAt("HEAD") },
    {
      environments: before.environments,
      environment: values === undefined ? environment : environmentOf(values),
      owner: former === undefined ? owner : former.config.githubOwner,
      list: before.list,
      read: readerAt(since),
    },
  ];
}
