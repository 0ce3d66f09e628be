import { ownedServices } from "../stack/deployments";
import type { Environment } from "../environments";
import type { GateInput, RunningService, StaticInput } from "./gate";
import { STRATEGIES } from "../environments-schema";
import type { Service } from "../list/service";
import type { StackPlan } from "../stack/plan";

/** All that a stack would run, with some services moved. */
export interface Running {
  readonly plan: StackPlan;
  readonly services: StaticInput["running"];
}

/** Returns all that a stack runs when some of its services run at other pins, or with other charts. */
export function runAt(plan: StackPlan, moved: readonly RunningService[]): Running {
  const services = new Map<string, RunningService>();
  for (const { service, chart, ...pin } of plan.deployments) {
    services.set(service.name, { service, pin, ...(chart && { chart }) });
  }
  for (const { service, pin, chart = services.get(service.name)?.chart } of moved) {
    services.set(service.name, { service, pin, ...(chart && { chart }) });
  }
  return { plan, services };
}

/** Returns the input of every gate. Without environments.yaml no gate of the promotion path refuses. */
export function gateInput(running: Running, now: Date): GateInput {
  return { ...staticInput(running), now };
}

/** Returns the input of the gates that need neither network nor clock nor history. */
export function staticInput({ plan, services }: Running): StaticInput {
  const { config, list, environments } = plan;
  return {
    environment:
      environments?.get(config.environment) ?? unrestrictedEnvironment(config.environment),
    owned: new Set(ownedServices(list, config).map(({ name }) => name)),
    running: services,
    dependents: dependentsOf(services),
    config,
  };
}

/** Returns the environment for a name that environments.yaml lacks: it accepts every kind of version. */
export function unrestrictedEnvironment(name: string): Environment {
  return { name, accepts: [...STRATEGIES], from: [], rejected: {} };
}

function dependentsOf(services: StaticInput["running"]): Map<string, Service[]> {
  const dependents = new Map<string, Service[]>();
  for (const { service } of services.values()) {
    for (const name of service.requires.keys()) {
      dependents.set(name, [...(dependents.get(name) ?? []), service]);
    }
  }
  return dependents;
}
