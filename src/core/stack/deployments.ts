import type { Findings } from "../input/findings";
import { compareText } from "../compare-text";
import { inDependencyOrder } from "../graph";
import {
  belongsTo,
  isOfHelm,
  pinnedChart,
  type Chart,
  type DefaultCharts,
  type ReleaseList,
  type Service,
} from "../list/service";
import { required } from "../required";
import { pinFor, selector } from "./pin-for";
import type { Deployment, StackConfig } from "./plan";
import { mergeValues } from "./helm-values";
import { refuseImage } from "./helm-values-rules";
import type { Mapping } from "../mapping";
import { previewedServices, type Copied, type HelmParts } from "./previews";
import type { Pin } from "../version";

/** Returns the services that a stack owns: its part of the list, whatever their environments. */
export function ownedServices(list: ReleaseList, { select }: StackConfig): Service[] {
  return list.filter(selector(select));
}

/**
 * Returns the deployments of a stack, sorted by name: each service that it owns and that belongs to its
 * environment, at the pin of the stack config or else at the definition's release.
 * @param defaultCharts the chart of services that name none
 */
export function deployments(
  list: ReleaseList,
  config: StackConfig,
  defaultCharts: DefaultCharts,
  findings: Findings,
): Deployment[] {
  const found: Deployment[] = [];
  const pinOf = pinFor(config);
  for (const service of ownedServices(list, config)) {
    if (!belongsTo(service, config.environment)) continue;
    const pin = pinOf(service, releaseOf(service));
    if (pin === undefined) {
      // Of a definition with an error the version may be the part that is missing.
      if (service.sound) missingPin(service, config, findings);
      continue;
    }
    if (config.holds.has(service.name) && !config.versions.has(service.name)) {
      const message = `"${service.name}" is held but has no pin, which a hold keeps; set versions.${service.name}, such as "${pin.version.text}"`;
      findings.refuse("hold-without-pin", message, ["holds", service.name]);
    }
    const chart = chartOf(service, config, defaultCharts, findings);
    found.push({
      service,
      ...pin,
      ...(chart !== undefined && { chart }),
      values: valuesOf(service, config, findings),
      held: service.deploy.strategy === "suspend" || config.holds.has(service.name),
    });
  }
  return found.sort((a, b) => compareText(a.service.name, b.service.name));
}

/**
 * Returns the services of a stack that have copies for open pull requests.
 * @param running the stack's deployments, whose charts and values their copies have as well
 */
export function copiedServices(
  list: ReleaseList,
  config: StackConfig,
  running: readonly Deployment[],
  defaultCharts: DefaultCharts,
  findings: Findings,
): Copied {
  const own = new Map(running.map((deployment) => [deployment.service.name, deployment]));
  const parts = new Map<string, HelmParts>(own);
  const services = previewedServices(list, config);
  for (const service of services) {
    const { imageValues, name } = service;
    const path = ["previews", "values", name];
    refuseImage(config.previews?.values.get(name) ?? {}, imageValues, path, findings);
    // A service that lacks its pin has that finding, and all others with it.
    if (parts.has(name) || belongsTo(service, config.environment)) continue;
    const chart = chartOf(service, config, defaultCharts, findings);
    const values = valuesOf(service, config, findings);
    parts.set(name, { ...(chart !== undefined && { chart }), values });
  }
  return {
    services: services.filter(({ name }) => parts.has(name)),
    partsOf: ({ name }) => required(parts.get(name), name),
    isRunning: ({ name }) => own.has(name),
  };
}

function releaseOf({ deploy }: Service): Pin | undefined {
  return deploy.strategy === "release" ? { version: deploy.version } : undefined;
}

function missingPin({ name, deploy }: Service, config: StackConfig, findings: Findings): void {
  const why =
    deploy.strategy === "suspend"
      ? "is suspended and stays at its pin"
      : `follows a ${deploy.strategy}, so its version must be pinned`;
  const message = `"${name}" ${why}, but ${config.stack} has none; set versions.${name} to what runs there`;
  findings.refuse("missing-pin", message, ["versions", name]);
}

function chartOf(
  service: Service,
  config: StackConfig,
  defaultCharts: DefaultCharts,
  findings: Findings,
): Chart | undefined {
  const own = config.charts.get(service.name);
  const refuse = (message: string): void => {
    // With an error in the definition the chart may be unknown.
    if (!service.sound) return;
    findings.refuse("invalid-chart-pin", `"${service.name}" ${message}`, ["charts", service.name]);
  };
  if (!isOfHelm(service)) {
    if (own !== undefined) refuse(`${whyNotHelm(service)} and has no chart; remove it`);
    return undefined;
  }
  if (config.cluster === undefined) return undefined;
  const chart = service.chart ?? defaultCharts[0];
  if (own === undefined) return chart;
  if (service.chart === undefined) {
    const wanted = defaultCharts.find(({ version }) => version === own.version);
    const known = defaultCharts.map(({ version }) => version).join(", ");
    if (wanted === undefined) {
      refuse(`pins ${own.version} of the default chart, which has ${known} here; pin one of these`);
    } else if (own.digest !== undefined) {
      refuse("uses the default chart, which has no digest; leave it out");
    }
    return pinnedChart(wanted ?? chart, { version: own.version });
  }
  if (chart.name.startsWith("./")) {
    refuse(`uses the chart ${chart.name}, which has the one version of its folder; remove it`);
    return chart;
  }
  return pinnedChart(chart, own);
}

/** Returns the Helm values of a service in a stack: its own, and the stack config's over them. */
function valuesOf(service: Service, config: StackConfig, findings: Findings): Mapping {
  const own = config.values.get(service.name);
  if (own === undefined) return service.values;
  const path = ["values", service.name];
  if (!isOfHelm(service)) {
    // With an error in the definition the provider may be unknown.
    if (!service.sound) return service.values;
    const message = `"${service.name}" ${whyNotHelm(service)} and has no values; remove them`;
    findings.refuse("key-without-effect", message, path);
    return service.values;
  }
  refuseImage(own, service.imageValues, path, findings);
  return mergeValues(service.values, own);
}

function whyNotHelm({ provider }: Service): string {
  return provider === undefined ? "is a release of files" : "is deployed by CloudFormation";
}

/**
 * Adds findings about names of a stack config that the list doesn't have, or that have no effect.
 * @param complete whether the list is all that its files define
 */
export function checkNames(
  list: ReleaseList,
  complete: boolean,
  config: StackConfig,
  findings: Findings,
): void {
  const known = new Map(list.map((service) => [service.name, service]));
  const owned = new Set(ownedServices(list, config).map(({ name }) => name));
  const copied = new Set(previewedServices(list, config).map(({ name }) => name));
  for (const name of config.previews?.values.keys() ?? []) {
    const path = ["previews", "values", name];
    if (!known.has(name) && complete) {
      const message = `"previews.values.${name}" names a service that isn't in the list; remove it, or add the service`;
      findings.refuse("unknown-service", message, path);
    } else if (known.get(name)?.sound === true && !copied.has(name)) {
      const message = `"previews.values.${name}" has no effect: "${name}" has no previews in ${config.stack}; remove it, or set its "deploy.preview"`;
      findings.warn("key-without-effect", message, path);
    }
  }
  for (const key of ["versions", "charts", "values", "holds"] as const) {
    const takesCopies = key === "charts" || key === "values";
    for (const name of config[key].keys()) {
      const service = known.get(name);
      if (service === undefined) {
        if (!complete) continue;
        const message = `"${key}.${name}" names a service that isn't in the list; remove it, or add the service`;
        findings.refuse("unknown-service", message, [key, name]);
      } else if (takesCopies && copied.has(name)) {
        continue;
      } else if (!owned.has(name) || !belongsTo(service, config.environment)) {
        const message = `"${key}.${name}" has no effect: ${config.stack} doesn't run "${name}"`;
        findings.warn("pin-without-effect", message, [key, name]);
      } else if (takesCopies && config.cluster === undefined) {
        if (!isOfHelm(service)) continue;
        const message = `"${key}.${name}" has no effect: ${config.stack} has no cluster, so Helm deploys nothing; remove it, or name the cluster`;
        findings.warn("key-without-effect", message, [key, name]);
      }
    }
  }
  if (!complete) return;
  for (const [index, name] of (config.select.names ?? []).entries()) {
    if (known.has(name)) continue;
    const message = `"select.names" has "${name}", which isn't in the list; remove it`;
    findings.refuse("unknown-service", message, ["select", "names", index]);
  }
  const { team } = config.select;
  if (team !== undefined && !list.some((service) => service.team === team)) {
    const message = `"select.team" is "${team}", and no service of the list has that team`;
    findings.refuse("unknown-service", message, ["select", "team"], "value");
  }
}

/** Returns deployments, each after those that it requires, and by name where no requirement decides. */
export function inOrder(running: readonly Deployment[]): Deployment[] {
  const byName = new Map(running.map((deployment) => [deployment.service.name, deployment]));
  return inDependencyOrder(running, (deployment) => requirements(deployment, byName));
}

/** Returns the deployments of the same stack that one requires. */
export function requirements(
  { service }: Deployment,
  byName: ReadonlyMap<string, Deployment>,
): Deployment[] {
  return [...service.requires.keys()].flatMap((name) => byName.get(name) ?? []);
}

/** Returns the targets of a stack's webhooks: each GitHub repository once, or the organization. */
export function webhookTargets(
  { webhook, githubOwner }: StackConfig,
  deployments: readonly Deployment[],
): string[] {
  if (webhook === undefined || githubOwner === undefined) return [];
  if (webhook.scope === "organization") return [githubOwner];
  return [...new Set(deployments.map(({ service }) => service.github))].sort();
}
