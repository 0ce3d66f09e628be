import { usageError } from "../core/error";
import { belongsTo, type Service } from "../core/list/service";
import { planStack, type Repository } from "../core/repository";
import { ownedServices } from "../core/stack/deployments";
import type { StackPlan } from "../core/stack/plan";
import { suggestion } from "../core/suggestion";
import { parsePin, type Pin } from "../core/version";
import { expectedPin } from "../core/version-advice";
import { openRepository } from "./open";
import { stacksOfEnvironment } from "./plan-stacks";
import type { World } from "./world";

/**
 * Returns the stack that an edit is about: of its name, or of an environment that has one stack. Without a
 * name the repository's only stack, or the only one that runs the service.
 * @throws ReleasesError of kind `usage` where that isn't one stack
 */
export function stackFor(world: World, name: string | undefined, service: string): string {
  const repository = openRepository(world);
  if (name === undefined) {
    const running = stacksRunning(repository, service);
    const [only, ...more] = running.length > 0 ? running : [...repository.stacks.keys()];
    if (only !== undefined && more.length === 0) return only;
    const known = [only, ...more].join(", ");
    throw usageError(
      only === undefined
        ? "there is no stack config"
        : `--stack is required; ${service} may be in ${known}`,
    );
  }
  if (world.files.exists(`Pulumi.${name}.yaml`)) return name;
  const [only, ...more] = stacksOfEnvironment(repository, name);
  if (only !== undefined && more.length === 0) return only;
  if (only !== undefined) {
    throw usageError(`${name} has several stacks; give one: ${[only, ...more].join(", ")}`);
  }
  throw usageError(`unknown stack "${name}"; ${suggestion(name, [...repository.stacks.keys()])}`);
}

function stacksRunning(repository: Repository, service: string): string[] {
  return [...repository.stacks.values()]
    .filter((values) => {
      const { plan } = planStack(repository, values);
      return plan?.deployments.some((running) => running.service.name === service) === true;
    })
    .map(({ stack }) => stack);
}

/**
 * Returns a service that a stack runs, or would run with a pin.
 * @throws ReleasesError of kind `usage` where the list has no such service, or it isn't one of the stack's
 */
export function serviceIn({ config, list }: StackPlan, name: string): Service {
  const service = list.find((service) => service.name === name);
  if (service === undefined) {
    const known = list.map(({ name }) => name);
    throw usageError(`unknown service "${name}"; ${suggestion(name, known)}`);
  }
  if (!ownedServices(list, config).includes(service)) {
    throw usageError(`${config.stack} doesn't run "${name}", which its select leaves out`);
  }
  if (!belongsTo(service, config.environment)) {
    throw usageError(
      `${config.stack} doesn't run "${name}"; add ${config.environment} to the environments of its definition`,
    );
  }
  return service;
}

/**
 * Returns the pin of a text.
 * @throws ReleasesError of kind `usage` with what is wrong
 */
export function pinNamed(text: string): Pin {
  const pin = parsePin(text);
  if (typeof pin !== "string") return pin;
  throw usageError(`"${text}" is not a pin; expected ${expectedPin(text, pin)}`);
}
