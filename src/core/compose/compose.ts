import { isDefaultChart } from "../files";
import { inDependencyOrder } from "../graph";
import { plainSecrets } from "../input/secrets";
import { asMapping, isMapping, type Mapping } from "../mapping";
import { coalesce, imageOf } from "../stack/helm-values";
import { helmReleaseName } from "../stack/names";
import type { Deployment } from "../stack/plan";
import { compareText } from "../compare-text";
import { healthCheck, type HealthCheck } from "./health-check";
import { expanded, Variables, type Variable } from "./variables";

/** What a Compose file says of one service, in Compose's own words. */
export interface ComposedService {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly healthcheck?: HealthCheck;
  readonly depends_on?: Readonly<
    Record<string, { readonly condition: "service_healthy" | "service_started" }>
  >;
}

/** A development environment. */
export interface Composition {
  /** By the names under which services reach each other, sorted. */
  readonly services: ReadonlyMap<string, ComposedService>;
  readonly variables: readonly Variable[];
  /** Sorted. */
  readonly profiles: readonly string[];
  /** What is left out, by service. */
  readonly left: readonly { readonly service: string; readonly reason: string }[];
}

/** What one stack runs of a service, and where its image is. */
export interface Composed {
  readonly deployment: Deployment;
  /** The start of the image's name, slash included. */
  readonly prefix: string;
}

/** What of services decides besides what stacks run. */
export interface ComposeInput {
  /** Returns the own values of a version of the default chart, by its name. */
  readonly chartValues: (chart: string) => Mapping;
  /** Ports of the host, by service: of all that the list has, so that those of some are the same. */
  readonly ports: ReadonlyMap<string, number>;
}

/** Returns the services of some names, and those that they require. */
export function withRequired(running: readonly Composed[], names: readonly string[]): Composed[] {
  const byName = mapOf(running);
  const wanted = names.flatMap((name) => byName.get(name) ?? []);
  return inDependencyOrder(wanted, (one) => requiredBy(one, byName));
}

/** Returns services for Compose: each as its stack runs it, as far as Compose can. */
export function compositionOf(running: readonly Composed[], input: ComposeInput): Composition {
  const [variables, left] = [new Variables(), new Map<string, string[]>()];
  const leave = (service: string, reason: string): void => {
    left.set(service, [...(left.get(service) ?? []), reason]);
  };
  const composed = new Map<string, Composed>();
  for (const one of running) {
    const { service } = one.deployment;
    const other = composed.get(helmReleaseName(service.name))?.deployment.service.name;
    const reason = whyNot(one, other);
    if (reason !== undefined) leave(service.name, reason);
    else composed.set(helmReleaseName(service.name), one);
  }
  const all = [...composed.values()].sort((a, b) => {
    return compareText(keyOf(a), keyOf(b));
  });
  const byName = mapOf(all);
  const profiles = profilesOf(all, byName);
  const services = new Map(
    all.map((one) => {
      const { name } = one.deployment.service;
      const own = profiles.get(name) ?? "always";
      const more = containerOf(one, input, variables, (reason) => leave(name, reason));
      return [
        keyOf(one),
        { image: imageText(one), ...(own !== "always" && { profiles: [...own].sort() }), ...more },
      ] as const;
    }),
  );
  const waiting = all.map((one): [string, ComposedService] => {
    const service: ComposedService = services.get(keyOf(one)) ?? { image: imageText(one) };
    const others = requiredBy(one, byName).map(keyOf).sort(compareText);
    if (others.length === 0) return [keyOf(one), service];
    const conditions = others.map((other) => {
      const isChecked = services.get(other)?.healthcheck !== undefined;
      const condition = isChecked ? ("service_healthy" as const) : ("service_started" as const);
      return [other, { condition }] as const;
    });
    return [keyOf(one), { ...service, depends_on: Object.fromEntries(conditions) }];
  });
  return {
    services: new Map(waiting),
    variables: variables.all,
    profiles: [...new Set(waiting.flatMap(([, { profiles = [] }]) => profiles))].sort(compareText),
    left: [...left]
      .flatMap(([service, reasons]) => reasons.map((reason) => ({ service, reason })))
      .sort((a, b) => compareText(a.service, b.service)),
  };
}

function mapOf(running: readonly Composed[]): Map<string, Composed> {
  return new Map(running.map((one) => [one.deployment.service.name, one]));
}

function keyOf({ deployment }: Composed): string {
  return helmReleaseName(deployment.service.name);
}

function requiredBy({ deployment }: Composed, byName: ReadonlyMap<string, Composed>): Composed[] {
  return [...deployment.service.requires.keys()].flatMap((name) => byName.get(name) ?? []);
}

function whyNot({ deployment }: Composed, other: string | undefined): string | undefined {
  const { service } = deployment;
  if (service.provider !== undefined) return "CloudFormation deploys it, so it is left out";
  if (service.docker === undefined) return "it is a release of files, so it is left out";
  return other === undefined ? undefined : `${other} has its name in Compose, so it is left out`;
}

function imageText({ deployment, prefix }: Composed): string {
  const { repository, tag, digest } = imageOf(
    deployment,
    `${prefix}${deployment.service.docker ?? ""}`,
  );
  return `${repository}:${tag}${digest === undefined ? "" : `@${digest}`}`;
}

/**
 * Returns the profiles of each service: its team, and the teams of those that require it, because Compose refuses to
 * start a service whose requirement is in no active profile. A service without a team always starts, and so does what it requires.
 */
function profilesOf(
  all: readonly Composed[],
  byName: ReadonlyMap<string, Composed>,
): Map<string, Set<string> | "always"> {
  const profiles = new Map<string, Set<string> | "always">();
  const dependentsFirst = inDependencyOrder(all, (one) => requiredBy(one, byName)).reverse();
  for (const { deployment } of dependentsFirst) {
    const { name, team } = deployment.service;
    add(profiles, name, team === undefined ? "always" : new Set([profileOf(team)]));
  }
  for (const one of dependentsFirst) {
    const own = profiles.get(one.deployment.service.name) ?? "always";
    for (const { deployment } of requiredBy(one, byName)) {
      add(profiles, deployment.service.name, own);
    }
  }
  return profiles;
}

function add(
  profiles: Map<string, Set<string> | "always">,
  name: string,
  more: Set<string> | "always",
): void {
  const own = profiles.get(name) ?? new Set<string>();
  const isAlways = own === "always" || more === "always";
  profiles.set(name, isAlways ? "always" : new Set([...own, ...more]));
}

/** Returns a team's profile: https://github.com/compose-spec/compose-spec/blob/main/spec.md#profiles */
function profileOf(team: string): string {
  return team.replaceAll(/[^a-zA-Z0-9_.-]+/g, "-").replace(/^[^a-zA-Z0-9]+/, "") || "team";
}

/** Returns what the values of the default chart say of the container; nothing of a service with a chart of its own. */
function containerOf(
  { deployment }: Composed,
  { chartValues, ports }: ComposeInput,
  variables: Variables,
  leave: (reason: string) => void,
): Omit<ComposedService, "image"> {
  const { service, chart } = deployment;
  if (chart === undefined || !isDefaultChart(chart.name)) {
    leave(
      chart === undefined
        ? "its stack has no cluster, so it gets its image alone"
        : `it has the chart ${chart.name}, so it gets its image alone`,
    );
    return {};
  }
  const values = coalesce(chartValues(chart.name), deployment.values);
  const environment = environmentOf(service.name, asMapping(values.env), variables, leave);
  const port = typeof values.port === "number" ? values.port : undefined;
  const host = ports.get(service.name);
  const isServed = asMapping(values.service).enabled !== false && port !== undefined;
  const check =
    port === undefined ? undefined : healthCheck(asMapping(values.probes), port, environment);
  for (const key of ["envFrom", "volumes"]) {
    const found = values[key];
    if (Array.isArray(found) && found.length > 0) leave(`the ${key} of its values is left out`);
  }
  const texts = (key: string): string[] => {
    const found = values[key];
    if (!Array.isArray(found)) return [];
    return found.map((text, index) =>
      plainSecrets(text, [], key).length > 0
        ? variables.add(service.name, `${key}_${index}`, `part ${index + 1} of ${key}`)
        : expanded(String(text), environment),
    );
  };
  const [entrypoint, command] = [texts("command"), texts("args")];
  return {
    ...(entrypoint.length > 0 && { entrypoint }),
    ...(command.length > 0 && { command }),
    ...(environment.size > 0 && { environment: Object.fromEntries(environment) }),
    // Nobody else in the network of a laptop reaches it.
    ...(isServed && host !== undefined && { ports: [`127.0.0.1:${host}:${port}`] }),
    ...(check !== undefined && { healthcheck: check }),
  };
}

/** Returns the container's environment as texts for Compose, in the order in which Kubernetes gets it. */
function environmentOf(
  service: string,
  env: Mapping,
  variables: Variables,
  leave: (reason: string) => void,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(env).sort(([a], [b]) => compareText(a, b))) {
    if (isMapping(value)) {
      const source = sourceOf(asMapping(value.valueFrom));
      if (source === undefined) leave(`${name} is left out, whose value Kubernetes alone knows`);
      else found.set(name, variables.add(service, name, source));
    } else if (plainSecrets(value, [], name).length > 0) {
      found.set(name, variables.add(service, name, "a secret in its values"));
    } else {
      found.set(name, typeof value === "string" ? expanded(value, found) : JSON.stringify(value));
    }
  }
  return found;
}

/** Returns where in the cluster a value comes from; undefined where it is no secret and no config map. */
function sourceOf({ secretKeyRef, configMapKeyRef }: Mapping): string | undefined {
  for (const [kind, ref] of [
    ["secret", secretKeyRef],
    ["config map", configMapKeyRef],
  ] as const) {
    if (!isMapping(ref)) continue;
    return `key ${String(ref.key)} of the ${kind} ${String(ref.name)}`;
  }
  return undefined;
}
