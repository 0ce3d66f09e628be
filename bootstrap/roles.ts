import { compareText } from "../src/core/compare-text";
import { planStack, type Repository } from "../src/core/repository";
import { askedLocation } from "../src/core/resolve/decision";
import type { Policy } from "../src/core/stack/policy";
import type { RegistryLocation, StackPlan } from "../src/core/stack/plan";
import { declaredLocation, ecrLocation } from "../src/core/stack/registry";
import {
  deployRole,
  historyRole,
  imagesRole,
  previewRole,
  promoteRole,
  pruneRole,
  publishRole,
  type Role,
} from "../src/core/stack/roles";
import { DEFAULT_BRANCH } from "./config";
import type { DeliveryRoleArgs } from "./delivery-roles";
import {
  deployPermissions,
  historyPermissions,
  imagesPermissions,
  previewPermissions,
  promotePermissions,
  prunePermissions,
  publishPermissions,
  type Account,
} from "./policies";
import { publishersIn } from "./publishers";
import {
  deployTrust,
  historyTrust,
  imagesTrust,
  previewTrust,
  promoteTrust,
  pruneTrust,
  publishTrust,
} from "./trust";

/** A role of an account by its key, which is its logical name. */
export interface NamedRole {
  readonly key: string;
  readonly arn: string;
  readonly args: DeliveryRoleArgs;
}

/** What tells roles apart. */
interface Means {
  readonly description: string;
  readonly trust: Policy;
  readonly permissions: Policy;
  readonly policies?: readonly string[];
  readonly sessionSeconds?: number;
}

/** The shortest session of AWS is long enough to read; a deployment may wait for a slow rollout. */
const READ_SECONDS = 3600;
const DEPLOY_SECONDS = 7200;

/** Returns the roles that workflows assume in the account of a stack. Check the plan first. */
export function rolesOf(repository: Repository, plan: StackPlan, config: Account): NamedRole[] {
  const { account, environment: name, mutableTags, region, stack } = plan.config;
  const { environments } = plan;
  const environment = environments?.get(name);
  if (account === undefined || region === undefined) throw new Error("unchecked account or region");
  if (environments === undefined || environment === undefined)
    throw new Error("unchecked environment");
  const at: RegistryLocation = { account, region };
  const of = `${stack} of ${config.repository}`;
  const roles = [
    named("preview", previewRole(stack, at), {
      description: `Reads what ${of} declares`,
      trust: previewTrust(config, environment, at),
      permissions: previewPermissions(plan, config, at),
    }),
    named("history", historyRole(stack, at), {
      description: `Reads when ${of} was deployed`,
      trust: historyTrust(config, environments, environment, at, mutableTags),
      permissions: historyPermissions(plan, config, at),
    }),
    named("deploy", deployRole(stack, at), {
      description: `Deploys ${of}`,
      trust: deployTrust(config, environment, at, mutableTags),
      permissions: deployPermissions(plan, config, at),
      policies: config.templatePolicies ?? [],
      sessionSeconds: DEPLOY_SECONDS,
    }),
  ];
  const others = plansIn(repository).filter((other) => other.config.stack !== stack);
  if (askedLocation(plan) !== undefined) {
    roles.push(
      named("images", imagesRole(stack, at), {
        description: `Reads the images of ${of}`,
        trust: imagesTrust(config, environment, at),
        permissions: imagesPermissions(plan, others),
      }),
    );
  }
  if (ecrLocation(plan.config) === undefined) return roles;
  if (environment.from.length > 0) {
    const near = others.filter((other) => other.config.environment === name);
    const upstream = others.filter((other) => environment.from.includes(other.config.environment));
    roles.push(
      named("promote", promoteRole(stack, at), {
        description: `Tags and copies images for ${of}`,
        trust: promoteTrust(config, at),
        permissions: promotePermissions([plan, ...near], upstream),
      }),
    );
  }
  if (declaredLocation(plan.config) !== undefined) {
    roles.push(
      named("prune", pruneRole(stack, at), {
        description: `Deletes images of ${of}`,
        trust: pruneTrust(config, at),
        permissions: prunePermissions(plan),
      }),
    );
  }
  const mainBranch = config.defaultBranch ?? DEFAULT_BRANCH;
  for (const publisher of publishersIn(repository, plan, config.repository, mainBranch)) {
    const { name: published } = publisher;
    roles.push(
      named(`publish ${published}`, publishRole(published, at), {
        description: `Pushes the images of ${publisher.repository} for ${of}`,
        trust: publishTrust(config, publisher, at),
        permissions: publishPermissions(publisher, at),
      }),
    );
  }
  return roles;
}

function named(key: string, { name, arn }: Role, means: Means): NamedRole {
  const { description, trust, permissions, policies = [], sessionSeconds = READ_SECONDS } = means;
  return {
    key,
    arn,
    args: {
      roleName: name,
      description,
      trust: JSON.stringify(trust),
      permissions: JSON.stringify(permissions),
      policies,
      sessionSeconds,
    },
  };
}

/** Returns the plans of the stacks whose configs can be read, sorted by stack. */
function plansIn(repository: Repository): StackPlan[] {
  return [...repository.stacks.values()]
    .flatMap((values) => planStack(repository, values).plan ?? [])
    .sort((a, b) => compareText(a.config.stack, b.config.stack));
}
