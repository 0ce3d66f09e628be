import type { Service } from "../list/service";
import type { Deployment, StackConfig, StackPlan } from "../stack/plan";
import { policyOf, type Policy } from "./policy";

/** A service of a stack, and what the stack's environment demands of its signatures. */
export interface Demanded {
  readonly deployment: Deployment;
  readonly config: StackConfig;
  readonly policy: Policy & { readonly mode: Exclude<Policy["mode"], "off"> };
}

/** Returns the services of a stack whose signatures its environment demands, with what it demands. */
export function demandedIn(plan: StackPlan): Demanded[] {
  const { config, deployments } = plan;
  return deployments.flatMap((deployment) => {
    const policy = policyIn(plan, deployment.service);
    const { mode } = policy;
    return mode === "off" ? [] : { deployment, config, policy: { ...policy, mode } };
  });
}

/** What says what a stack's environment demands. */
interface Demanding {
  readonly environments: StackPlan["environments"];
  readonly config: {
    readonly environment: string;
    readonly githubOwner?: string | undefined;
  };
}

/** Returns what a stack's environment demands of a service's signatures; `off` where it has no `verify`. */
export function policyIn({ environments, config }: Demanding, service: Service): Policy {
  const environment = environments?.get(config.environment) ?? {};
  return policyOf(environment, service, config.githubOwner);
}
