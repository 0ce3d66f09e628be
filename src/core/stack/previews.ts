import { createHash } from "node:crypto";
import { compareText } from "../compare-text";
import { isDefaultChart } from "../files";
import { isOfHelm, type ReleaseList, type Service } from "../list/service";
import { asMapping, isMapping, type Mapping } from "../mapping";
import { Commit } from "../version";
import { mergeValues } from "./helm-values";
import { helmReleaseName } from "./names";
import { selector } from "./pin-for";
import type { Deployment, PreviewCopy, StackConfig } from "./plan";

const HASH_DIGITS = 8;

/**
 * Returns what the names of a branch's copies have in common: the first 8 hex digits of the SHA-256 of the branch's
 * name. It is Kayron's rule. Equal branches of several repositories have the same one.
 */
export function previewHash(branch: string): string {
  return createHash("sha256").update(branch).digest("hex").slice(0, HASH_DIGITS);
}

/** Returns the name of a branch's copy of a service: `inventory-1a2b3c4d`. */
export function copyName(service: string, branch: string): string {
  return `${service}-${previewHash(branch)}`;
}

/** Returns the host of a branch's copy of a service: `1a2b3c4d.inventory.testing.acme.example`. */
export function previewHost(
  service: string,
  branch: string,
  { environment, domain }: { readonly environment: string; readonly domain: string },
): string {
  const labels = [previewHash(branch), helmReleaseName(service), environment.toLowerCase()];
  return [...labels, domain].join(".");
}

/** Returns the services that get copies in a stack: those with `preview: true` that it owns, in its environment. */
export function previewedServices(list: ReleaseList, config: StackConfig): Service[] {
  const { environment, previews, select } = config;
  if (previews === undefined) return [];
  const isOwned = selector(select);
  return list.filter((service) => {
    const belongs = service.environments?.includes(environment) !== false;
    return service.preview && service.sound && isOfHelm(service) && belongs && isOwned(service);
  });
}

/** What Helm gets of a service: its chart, and its values without the image. */
export type HelmParts = Pick<Deployment, "chart" | "values">;

/** The services of a stack that have copies. */
export interface Copied {
  readonly services: readonly Service[];
  /** Returns what Helm gets of a service in this stack. */
  readonly partsOf: (service: Service) => HelmParts;
  /** Whether the service itself runs there. */
  readonly isRunning: (service: Service) => boolean;
}

/** Returns a copy of each service, as any pull request would have it: what is wrong with it is wrong with all. */
export function exampleCopies(copied: Copied, config: StackConfig): PreviewCopy[] {
  const { previews } = config;
  if (previews === undefined) return [];
  const any = { pullRequest: 1, branch: "main", commit: "0".repeat(40), until: "" };
  const open = copied.services.map(({ name: service }) => {
    return { ...any, service, digest: `sha256:${"0".repeat(64)}` };
  });
  return copiesOf(copied, { ...config, previews: { ...previews, open } });
}

/**
 * Returns the copies of a stack, sorted by name; of two entries of one name the first. An entry of a service that has no
 * copies there declares none.
 */
export function copiesOf(
  { services, partsOf, isRunning }: Copied,
  config: StackConfig,
): PreviewCopy[] {
  const { previews } = config;
  if (previews === undefined || config.cluster === undefined) return [];
  const where = { environment: config.environment, domain: previews.domain };
  const byName = new Map(services.map((service) => [service.name, service]));
  const found = new Map<string, PreviewCopy>();
  for (const [index, open] of previews.open.entries()) {
    const service = byName.get(open.service);
    const name = copyName(open.service, open.branch);
    if (service === undefined || found.has(name)) continue;
    const host = previewHost(service.name, open.branch, where);
    const { chart, values } = partsOf(service);
    const own = fill(previews.values.get(service.name) ?? {}, {
      host,
      hash: previewHash(open.branch),
      name: helmReleaseName(name),
    });
    const usesDefault = chart !== undefined && isDefaultChart(chart.name);
    const below = usesDefault ? withoutAddresses(values) : values;
    const base = usesDefault ? valuesOfCopy(values, host, isRunning(service)) : {};
    const deployment: Deployment = {
      service: { ...service, name, requires: new Map() },
      version: new Commit(open.commit),
      digest: open.digest,
      ...(chart !== undefined && { chart }),
      values: mergeValues(mergeValues(below, base), own as Mapping),
      held: false,
    };
    found.set(name, { open, index, host, deployment });
  }
  return [...found].sort(([a], [b]) => compareText(a, b)).map(([, copy]) => copy);
}

/**
 * Returns what the values of a copy on the default chart differ by: its own host, one replica, and no account of a name
 * that another Helm release has.
 */
function valuesOfCopy(values: Mapping, host: string, isRunning: boolean): Mapping {
  const { enabled } = asMapping(values["service"]);
  const { create, name } = asMapping(values["serviceAccount"]);
  const isNamed = create !== false && typeof name === "string" && name !== "";
  return {
    replicaCount: 1,
    autoscaling: { enabled: false },
    ingress: enabled === false ? { enabled: false } : { enabled: true, hosts: [{ host }], tls: [] },
    ...(isNamed && { serviceAccount: isRunning ? { create: false } : { name: "" } }),
  };
}

/** Annotations by which external-dns gives a name to an Ingress or a Service, which would be the service's own. */
const DNS_NAME = /^external-dns\.alpha\.kubernetes\.io\/(?:internal-)?hostname$/;

/** Returns values for the default chart without the annotations that say where the service itself is. */
function withoutAddresses(values: Mapping): Mapping {
  const { hosts } = asMapping(values["ingress"]);
  const own = (Array.isArray(hosts) ? hosts : []).flatMap((entry) => {
    const { host } = asMapping(entry);
    return typeof host === "string" && host !== "" ? [host] : [];
  });
  const parts = ["ingress", "service"].flatMap((part) => {
    const { annotations, ...others } = asMapping(values[part]);
    if (!isMapping(annotations)) return [];
    const kept = Object.entries(annotations).filter(
      ([key, value]) => !DNS_NAME.test(key) && !own.some((host) => String(value).includes(host)),
    );
    return [[part, { ...others, annotations: Object.fromEntries(kept) }] as const];
  });
  return { ...values, ...Object.fromEntries(parts) };
}

/** Returns values in whose texts the parts of a copy stand for their names in braces. */
function fill(value: unknown, parts: Readonly<Record<"host" | "hash" | "name", string>>): unknown {
  if (typeof value === "string") {
    return value.replaceAll(
      /\{(host|hash|name)\}/g,
      (_text, key: keyof typeof parts) => parts[key],
    );
  }
  if (Array.isArray(value)) return value.map((part) => fill(part, parts));
  if (typeof value !== "object" || value === null) return value;
  // One of its keys may be __proto__, which an assignment would take for something else.
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fill(part, parts)]));
}
