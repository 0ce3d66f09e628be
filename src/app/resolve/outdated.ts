import { usageError } from "../../core/error";
import { environmentOfPlan } from "../../core/resolve/decision";
import { comparableIn, outdatedOf, type Outdated } from "../../core/resolve/outdated";
import { registryRoles } from "../../core/stack/registry";
import type { StackPlan } from "../../core/stack/plan";
import { askAll } from "../ask-all";
import { stacksAt } from "../environment-state";
import { EnvironmentReader } from "../environments";
import { FollowedSource } from "./followed-source";
import type { Reporter } from "../reporter";
import type { World } from "../world";

/** The stack, or the environment, whose services are compared; all without one. */
export interface OutdatedRequest {
  readonly stack: string | undefined;
}

/**
 * Returns the services that run, as environments declare it, and of which higher versions were published. Rejected
 * versions don't count. Commits and images' own tags have no order and are left out.
 * @throws ReleasesError of kind `outside` where GitHub or a registry can't be asked about one of them, of kind `usage`
 *   for an unknown stack
 */
export async function outdated(
  world: World,
  { stack }: OutdatedRequest,
  report: Reporter,
): Promise<Outdated[]> {
  const tasks = plansOf(world, stack, report).flatMap((plan) => {
    return comparableIn(plan).map((running) => ({ plan, ...running }));
  });
  if (tasks.length === 0) return [];
  const registries = world.registries(registryRoles(...tasks.map(({ plan }) => plan.config)));
  try {
    const source = new FollowedSource(registries, world);
    const found = await askAll(tasks, report, async ({ plan, service, version }) => {
      const rejected = environmentOfPlan(plan).rejected[service.name] ?? [];
      const offers = (await source.offers(service, plan)).filter((offer) => {
        return !rejected.some((one) => one.version.version.text === offer.version.text);
      });
      const versions = outdatedOf(service, version, offers);
      const { stack } = plan.config;
      return versions === undefined ? [] : [{ stack, service: service.name, ...versions }];
    });
    return found.flat();
  } finally {
    registries.close();
  }
}

function plansOf(world: World, stack: string | undefined, report: Reporter): StackPlan[] {
  const reader = new EnvironmentReader(world, report, () => false);
  if (stack === undefined) {
    return [...reader.environments.values()].flatMap((one) => [...reader.known(one).plans]);
  }
  const place = reader.place(stack);
  const plans = stacksAt(reader.known(place.environment), place);
  if (plans.length === 0) throw usageError(`no stack config for ${stack}`);
  return plans;
}
