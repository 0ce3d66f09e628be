import { findingsError, usageError } from "../core/error";
import { belongsTo, type Service } from "../core/list/service";
import { planStack, type Repository } from "../core/repository";
import { environmentOf } from "../core/stack/config";
import { ownedServices } from "../core/stack/deployments";
import type { StackPlan } from "../core/stack/plan";
import { suggestion } from "../core/suggestion";
import { parsePin, type Pin } from "../core/version";
import { expectedPin } from "../core/version-advice";
import { unreadableIn } from "./environment-state";
import { openRepository } from "./open";
import { planAndIssues, stacksOfEnvironment } from "./plan-stacks";
import type { World } from "./world";

/** The stack that an edit is about, or the environment all of whose stacks it is about. */
export interface EditPlace {
  /** A stack, or an environment with one stack. */
  readonly stack: string | undefined;
  readonly environment?: string | undefined;
}

/** The services that an edit is about: one by its name, those of a team, or all. */
export type Chosen = { readonly name: string } | { readonly team: string } | "all";

/** Whether a service is among those that an edit is about. */
export function isChosen({ name, team }: Service, chosen: Chosen): boolean {
  if (chosen === "all") return true;
  return "name" in chosen ? name === chosen.name : team === chosen.team;
}

/** The stacks of an edit. */
export interface EditScope {
  /** Of the stack, or of the environment. */
  readonly name: string;
  readonly stacks: readonly string[];
}

/**
 * Returns the stacks that an edit is about: of an environment all that own the service, else one.
 * @throws ReleasesError of kind `usage` for names that aren't known, and where no stack owns the service, of kind
 *   `findings` where it isn't known which stacks the environment has
 */
export function scopeFor(
  world: World,
  { stack, environment }: EditPlace,
  service: string,
): EditScope {
  if (environment === undefined) {
    const name = stackFor(world, stack, service);
    return { name, stacks: [name] };
  }
  const plans = plansOf(world, stack, environment);
  const owners = plans.filter((plan) => runs(plan, service));
  const [first] = plans;
  // Says why it isn't one of its services.
  if (owners.length === 0 && first !== undefined) serviceIn(first, service);
  return { name: environment, stacks: owners.map(({ config }) => config.stack) };
}

/**
 * Returns the stacks of an environment, or the one stack, that run a service of several.
 * @throws ReleasesError as `scopeFor`; of kind `usage` without a place, and where none of them runs there
 */
export function scopeOfSeveral(
  world: World,
  { stack, environment }: EditPlace,
  chosen: Exclude<Chosen, { readonly name: string }>,
): EditScope {
  const name = environment ?? stack;
  if (name === undefined) throw usageError("--stack or --environment is required");
  const plans =
    environment === undefined
      ? [planNamed(world, stackFor(world, stack, ""))]
      : plansOf(world, stack, environment);
  const running = plans.filter(({ deployments }) =>
    deployments.some(({ service }) => isChosen(service, chosen)),
  );
  if (running.length > 0) return { name, stacks: running.map(({ config }) => config.stack) };
  const what = chosen === "all" ? "no service" : `no service of the team "${chosen.team}"`;
  throw usageError(`${what} runs in ${name}`);
}

/**
 * Returns the stacks of an environment, or the one stack, whatever runs there.
 * @throws ReleasesError as `scopeFor`; of kind `usage` without a place where there are several stacks
 */
export function stacksOf(world: World, { stack, environment }: EditPlace): EditScope {
  if (environment === undefined) {
    if (stack === undefined && openRepository(world).stacks.size > 1) {
      throw usageError("--stack or --environment is required");
    }
    const name = stackFor(world, stack, "");
    return { name, stacks: [name] };
  }
  const stacks = plansOf(world, stack, environment).map(({ config }) => config.stack);
  return { name: environment, stacks };
}

function planNamed(world: World, stack: string): StackPlan {
  const { plan, issues } = planAndIssues(openRepository(world), stack);
  if (plan === undefined) throw findingsError(issues);
  return plan;
}

/** Returns the plans of an environment's stacks, all of which can be read. */
function plansOf(world: World, stack: string | undefined, environment: string): StackPlan[] {
  if (stack !== undefined) throw usageError("give --stack or --environment");
  const repository = openRepository(world);
  const unreadable = unreadableIn({ name: environment }, repository);
  if (unreadable.length > 0) throw findingsError(unreadable);
  const plans = stacksOfEnvironment(repository, environment).flatMap((name) => {
    const values = repository.stacks.get(name);
    return (values && planStack(repository, values).plan) ?? [];
  });
  if (plans.length > 0) return plans;
  const known = [...new Set([...repository.stacks.values()].map(environmentOf))];
  throw usageError(`unknown environment "${environment}"; ${suggestion(environment, known)}`);
}

function runs({ list, config }: StackPlan, name: string): boolean {
  return ownedServices(list, config).some((service) => {
    return service.name === name && belongsTo(service, config.environment);
  });
}

/**
 * Returns the stack that an edit is about: of its name, or of an environment that has one stack. Without a
 * name the repository's only stack, or the only one that runs the service.
 * @throws ReleasesError of kind `usage` where that isn't one stack
 */
function stackFor(world: World, name: string | undefined, service: string): string {
  const repository = openRepository(world);
  if (name === undefined) {
    const running = stacksRunning(repository, service);
    const [only, ...more] = running.length > 0 ? running : [...repository.stacks.keys()];
    if (only !== undefined && more.length === 0) return only;
    const known = [only, ...more].join(", ");
    throw usageError(
      only === undefined
        ? "there is no stack config"
        : `--stack or --environment is required; ${service} may be in ${known}`,
    );
  }
  if (world.files.exists(`Pulumi.${name}.yaml`)) return name;
  const [only, ...more] = stacksOfEnvironment(repository, name);
  if (only !== undefined && more.length === 0) return only;
  if (only !== undefined) {
    const stacks = [only, ...more].join(", ");
    throw usageError(
      `${name} has several stacks; give one, or all with --environment ${name}: ${stacks}`,
    );
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
