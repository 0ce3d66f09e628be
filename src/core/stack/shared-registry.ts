import { isProtected, positionInPath } from "../environments";
import type { Findings } from "../input/findings";
import { isMapping } from "../mapping";
import type { StackValues } from "./config";
import { ecrLocation, formatLocation } from "./registry";
import type { StackConfig, StackPlan } from "./plan";

/** A stack config as it may share a registry. */
type Sharer = Pick<StackValues, "stack" | "values">;

/**
 * Returns the stack whose registry a stack's config says that it shares, whatever the role; undefined without one.
 * Who owns images protects them even where the other config has errors.
 */
export function ownerIn({ values }: Sharer): string | undefined {
  const { registry } = values;
  if (!isMapping(registry)) return undefined;
  const { owner } = registry;
  return typeof owner === "string" ? owner : undefined;
}

/** Returns what the text of a stack config that can't be parsed may name as the owner of its registry. */
export function ownersInText(text: string): string[] {
  return [...text.matchAll(/\bowner["']?\s*:\s*["']?([\w.-]+)/g)].flatMap(([, name]) => name ?? []);
}

const WAY = "; name a stack with role source or replica";

/** A stack of a repository that may own a registry. */
export interface Owner {
  readonly stack: string;
  /** Its own plan; undefined where it can't be read, or shares a registry itself. */
  readonly plan: StackPlan | undefined;
  readonly shares: boolean;
}

/**
 * Returns a stack's config with the prefix of the registry that it shares. What is wrong with its owner becomes a
 * finding.
 * @param owner undefined where there is no such stack
 */
export function sharedConfig(
  config: StackConfig,
  owner: Owner | undefined,
  findings: Findings,
): StackConfig {
  const { stack, registry } = config;
  if (registry?.role !== "shared" || registry.owner === undefined) return config;
  const refuse = (found: string): StackConfig => {
    findings.refuse("shared-owner", `"registry.owner" is ${found}`, ["registry", "owner"], "value");
    return config;
  };
  const name = registry.owner;
  if (name === stack) return refuse(`this stack itself${WAY}`);
  if (owner === undefined) return refuse(`"${name}", and there is no such stack${WAY}`);
  if (owner.shares) return refuse(`${name}, which shares a registry itself${WAY}`);
  if (owner.plan === undefined) return refuse(`${name}, whose config can't be read; repair it`);
  const own = owner.plan.config;
  const location = ecrLocation(own);
  if (own.registry === undefined || location === undefined) {
    return refuse(`${name}, which has no registry of its own${WAY}`);
  }
  if (!owner.plan.sharers.includes(config.environment)) {
    return refuse(
      `${name} by no file, so ${name} wouldn't protect these images; write it into Pulumi.${stack}.yaml`,
    );
  }
  const here = ecrLocation(config);
  if (here !== undefined && formatLocation(here) !== formatLocation(location)) {
    const found = `the registry of ${name} is in ${formatLocation(location)}, and this stack in ${formatLocation(here)}; only stacks of one account and region share one`;
    findings.refuse("shared-elsewhere", found, ["registry", "owner"], "value");
  }
  const { prefix } = own.registry;
  if (registry.prefix !== "" && registry.prefix !== prefix) {
    const found = `"registry.prefix" is "${registry.prefix}", and ${name}, which owns the registry, has "${prefix}"; leave it out`;
    findings.refuse("shared-elsewhere", found, ["registry", "prefix"], "value");
  }
  return { ...config, registry: { ...registry, prefix } };
}

type Images = Pick<StackPlan, "config" | "environments" | "sharers">;

/** Returns the environments whose images a stack's registry holds. */
function environmentsOf({ config, sharers }: Images): string[] {
  return [config.environment, ...sharers];
}

/** Whether the repositories of a stack hold images of a protected environment, its own or one that shares them. */
export function keepsImages(plan: Images): boolean {
  return environmentsOf(plan).some((name) => isProtected(plan.environments, name));
}

/** Whether the repositories of a stack may be deleted with their images: only such environments begin the path. */
export function mayLoseImages(plan: Images): boolean {
  const isFirst = (name: string): boolean => positionInPath(plan.environments, name) === "first";
  return !keepsImages(plan) && environmentsOf(plan).every(isFirst);
}
