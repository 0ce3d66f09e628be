import { ownedServices } from "../stack/deployments";
import type { Environment } from "../environments";
import type { Candidate, StandingTarget, Target } from "./gates";
import { STRATEGIES } from "../environments-schema";
import type { Service } from "../list/service";
import type { StackPlan } from "../stack/plan";

/** What a stack would run, with some of it moved. */
export interface Running {
  readonly plan: StackPlan;
  readonly services: Target["running"];
}

/** Returns what a stack runs when services of it run at other pins. */
export function runAt(
  plan: StackPlan,
  moved: readonly Pick<Candidate, "service" | "pin">[],
): Running {
  const services = new Map<string, Pick<Candidate, "service" | "pin">>();
  for (const { service, ...pin } of plan.deployments) services.set(service.name, { service, pin });
  for (const { service, pin } of moved) services.set(service.name, { service, pin });
  return { plan, services };
}

/** Returns what gates look at in a stack. Without environments.yaml nothing is refused by it. */
export function targetOf(running: Running, now: Date, breakGlass?: string): Target {
  const { plan, services } = running;
  return {
    ...standingTargetOf(running),
    config: plan.config,
    dependents: dependentsOf(services),
    now,
    ...(breakGlass !== undefined && { breakGlass }),
  };
}

/** Returns what gates look at that neither network nor clock nor history decide. */
export function standingTargetOf({ plan, services }: Running): StandingTarget {
  const { config, list, environments } = plan;
  return {
    environment:
      environments?.get(config.environment) ?? unrestrictedEnvironment(config.environment),
    owned: new Set(ownedServices(list, config).map(({ name }) => name)),
    running: services,
  };
}

/** Returns an environment that nobody described: it takes what comes. */
export function unrestrictedEnvironment(name: string): Environment {
  return { name, accepts: [...STRATEGIES] };
}

function dependentsOf(services: Target["running"]): Map<string, Service[]> {
  const dependents = new Map<string, Service[]>();
  for (const { service } of services.values()) {
    for (const name of service.requires.keys()) {
      dependents.set(name, [...(dependents.get(name) ?? []), service]);
    }
  }
  return dependents;
}
