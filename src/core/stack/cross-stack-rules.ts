import { ownedServices, webhookTargets } from "./deployments";
import { error, warning, type Issue } from "../input/issue";
import { cloudformationStackName, helmReleaseName } from "./names";
import { belongsTo } from "../list/service";
import { declaredLocation, formatLocation, imageRepositories } from "./registry";
import type { StackPlan } from "./plan";
import { queueName } from "./push-queue";
import { previewedServices, previewHost } from "./previews";
import { textOrder, Version } from "../version";

/** Returns the findings about all stacks together: resources that only one of them may own. */
export function checkStacksTogether(plans: readonly StackPlan[]): Issue[] {
  const issues = checkSingletons(plans);
  const claim = (code: Issue["code"], claims: (plan: StackPlan) => Claim[]): void => {
    issues.push(...contested(plans, code, claims));
  };
  claim("repository-declared-twice", ({ config, list }) => {
    const location = declaredLocation(config);
    const { registry } = config;
    if (location === undefined || registry === undefined) return [];
    return ownedServices(list, config)
      .flatMap(imageRepositories)
      .map((docker) => ({
        key: `${formatLocation(location)}/${registry.prefix}${docker}`,
        what: `the repository "${registry.prefix}${docker}" of ${formatLocation(location)}`,
        path: ["registry"],
        remedy: (owner) => `, which the others name: { role: shared, owner: ${owner} }`,
      }));
  });
  claim("shared-webhook", ({ config, deployments }) =>
    webhookTargets(config, deployments).map((target) => ({
      key: `${target} ${config.webhook?.url ?? ""}`,
      what: `a webhook of ${target} to the same url`,
      path: ["webhook", "url"],
    })),
  );
  claim("shared-preview-host", ({ config, list }) =>
    previewedServices(list, config).map(({ name }) => {
      const { environment, previews } = config;
      const where = { environment, domain: previews?.domain ?? "" };
      const host = `<hash>.${previewHost(name, "", where).replace(/^[^.]*\./, "")}`;
      return { key: host, what: `the host ${host}`, path: ["previews", "domain"] };
    }),
  );
  claim("shared-helm-release", ({ config, deployments, copies }) =>
    [...deployments, ...copies.map(({ deployment }) => deployment)].flatMap(
      ({ service, chart }) => {
        if (chart === undefined || config.cluster === undefined) return [];
        const release = `${service.namespace}/${helmReleaseName(service.name)}`;
        const { context } = config.cluster;
        return [
          {
            key: `${context} ${release}`,
            what: `the Helm release ${release} of ${context}`,
            path: ["cluster"],
          },
        ];
      },
    ),
  );
  claim("shared-cloudformation-stack", ({ config, deployments }) =>
    deployments.flatMap(({ service }) => {
      const { account, region } = config;
      if (service.provider === undefined || account === undefined || region === undefined)
        return [];
      const stack = cloudformationStackName(service.name);
      const location = formatLocation({ account, region });
      const what = `the CloudFormation stack ${stack} of ${location}`;
      return [{ key: `${location} ${stack}`, what, path: ["templates"] }];
    }),
  );
  return [...oncePerPosition(issues), ...countedInTexts(plans), ...unowned(plans)];
}

/**
 * Returns the findings about the resources that an account has once in a region: replication, the registry policy,
 * and a queue of one name. The stack that declares one last overwrites it without an error.
 */
export function checkSingletons(stacks: readonly Declared[]): Issue[] {
  return [
    ...contested(stacks, "two-replication-owners", ({ config }) => {
      const location = declaredLocation(config);
      if (location === undefined || config.registry?.replicas.length === 0) return [];
      if (config.registry?.role !== "source") return [];
      const key = formatLocation(location);
      return [{ key, what: `the replication of ${key}`, path: ["registry", "replicas"] }];
    }),
    ...contested(stacks, "two-policy-owners", ({ config }) => {
      const location = declaredLocation(config);
      if (location === undefined || config.registry?.source === undefined) return [];
      const key = formatLocation(location);
      return [{ key, what: `the registry policy of ${key}`, path: ["registry", "source"] }];
    }),
    ...contested(stacks, "two-push-queues", ({ config }) => {
      const location = declaredLocation(config);
      if (location === undefined || config.registry?.pushes !== true) return [];
      const name = queueName(config.registry.prefix);
      const what = `the queue ${name} of ${formatLocation(location)}`;
      return [{ key: what, what, path: ["registry", "pushes"] }];
    }),
  ];
}

type Declared = Pick<StackPlan, "config" | "from">;

/** One resource that a stack owns, and the path of its config that decides so. */
interface Claim {
  readonly key: string;
  readonly what: string;
  readonly path: string[];
  /** What to do besides, by the name of the stack that has it. */
  readonly remedy?: (owner: string) => string;
}

/** Returns a finding for every claim that an earlier stack has made too. */
function contested<Stack extends Declared>(
  stacks: readonly Stack[],
  code: Issue["code"],
  claims: (stack: Stack) => Claim[],
): Issue[] {
  const issues: Issue[] = [];
  const owners = new Map<string, Stack>();
  for (const stack of stacks) {
    for (const { key, what, path, remedy } of claims(stack)) {
      const owner = owners.get(key);
      owners.set(key, owner ?? stack);
      if (owner === undefined || owner === stack) continue;
      const more = remedy?.(owner.config.stack) ?? "";
      const message = `${what} is also declared by ${owner.from.file}; one stack may own it${more}`;
      issues.push(error(code, stack.from.file, message, stack.from.locate(path, "key")));
    }
  }
  return issues;
}

/** Returns the pre-releases that would be promoted backwards: `rc10` of one stack after `rc9` of another. */
function countedInTexts(plans: readonly StackPlan[]): Issue[] {
  return plans.flatMap(({ config, deployments, from }) =>
    deployments.flatMap(({ service: { name }, version }): Issue[] => {
      for (const other of plans) {
        const there = other.deployments.find(({ service }) => service.name === name)?.version;
        if (!(version instanceof Version && there instanceof Version)) continue;
        const why = textOrder(there, version);
        if (why === undefined) continue;
        const found = `"${name}" is ${version.text} in ${config.stack} and ${there.text} in ${other.config.stack}: ${why}`;
        return [error("text-order", from.file, found, from.locate(["versions", name]))];
      }
      return [];
    }),
  );
}

/** Returns the services that no stack of their environment owns, where several stacks share it. */
function unowned(plans: readonly StackPlan[]): Issue[] {
  const issues: Issue[] = [];
  for (const [environment, stacks] of byEnvironment(plans)) {
    const [first] = stacks;
    if (first === undefined || stacks.length < 2) continue;
    const owned = new Set(stacks.flatMap(({ list, config }) => ownedServices(list, config)));
    const missing = first.list.filter(
      (service) => belongsTo(service, environment) && !owned.has(service),
    );
    if (missing.length === 0) continue;
    const names = missing.map(({ name }) => name).join(", ");
    const found = `no stack of ${environment} owns ${names}; add them to the select of a stack, or leave ${environment} out of their environments`;
    issues.push(
      warning("unowned-service", first.from.file, found, first.from.locate(["select"], "key")),
    );
  }
  return issues;
}

function byEnvironment(plans: readonly StackPlan[]): Map<string, StackPlan[]> {
  const groups = new Map<string, StackPlan[]>();
  for (const plan of plans) {
    const { environment } = plan.config;
    groups.set(environment, [...(groups.get(environment) ?? []), plan]);
  }
  return groups;
}

/** A thousand services that are declared twice are one mistake, at one key of one file. */
function oncePerPosition(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ code, file, line, column }) => {
    const key = `${code} ${file}:${line}:${column}`;
    return !seen.has(key) && seen.add(key);
  });
}
