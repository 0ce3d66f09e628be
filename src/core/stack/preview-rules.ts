import type { Environments } from "../environments";
import { isDefaultChart } from "../files";
import { isDnsName, MAX_HELM_RELEASE_NAME } from "../limits";
import { isOfHelm } from "../list/service";
import { policyOf } from "../verify/policy";
import { helmReleaseName } from "./names";
import type { StackRule } from "./plan";
import { copyName, previewedServices, previewHost } from "./previews";

/** A branch whose copies stand for those of all: their names are equally long. */
const ANY_BRANCH = "main";

/** The rules about copies for pull requests. */
export const PREVIEW_RULES: readonly StackRule[] = [
  function previewsAreAccepted({ config, environments }, findings) {
    const { environment: name, previews } = config;
    if (previews === undefined || environments?.has(name) !== true) return;
    const refuse = (message: string): void => {
      findings.refuse("preview-not-accepted", message, ["previews"]);
    };
    if (environments.get(name)?.accepts.includes("preview") !== true) {
      refuse(`${name} doesn't accept previews; remove "previews", or add preview to its "accepts"`);
      return;
    }
    const before = upstreamsOf(environments, name).find((upstream) => {
      return environments.get(upstream)?.accepts.includes("preview") === true;
    });
    if (before === undefined) return;
    refuse(
      `previews are for the first environment that accepts them, ${before}; remove "previews"`,
    );
  },
  function previewsNeedNoSignature({ config, environments, list }, findings) {
    const environment = environments?.get(config.environment);
    if (environment === undefined) return;
    for (const service of previewedServices(list, config)) {
      if (policyOf(environment, service, config.githubOwner).mode !== "require") continue;
      const { name } = service;
      const found = `"${name}" has previews, and ${environment.name} requires signatures, which nobody asks of a copy; remove its "deploy.preview", or have verify.services.${name}.mode warn`;
      findings.refuse("preview-not-accepted", found, ["previews"]);
    }
  },
  function previewsHaveACluster({ config }, findings) {
    if (config.previews === undefined || config.cluster !== undefined) return;
    const found = `"cluster" is missing; previews are Helm releases in it`;
    findings.miss("missing-key", found, ["cluster"]);
  },
  function previewsHaveADomain({ config, environments, list }, findings) {
    if (config.previews !== undefined || config.cluster === undefined) return;
    if (environments?.get(config.environment)?.accepts.includes("preview") !== true) return;
    const domain = "acme.example";
    const wanting = previewedServices(list, { ...config, previews: anyPreviews(domain) });
    const [first] = wanting;
    if (first === undefined) return;
    const found = `"deploy.preview" of ${first.name} has no effect in ${config.stack}; set previews.domain, such as "${domain}"`;
    findings.warn("key-without-effect", found, ["previews"]);
  },
  function copiesHaveNames({ config, list }, findings) {
    for (const { name } of previewedServices(list, config)) {
      const release = helmReleaseName(copyName(name, ANY_BRANCH));
      if (release.length > MAX_HELM_RELEASE_NAME) {
        const found = `a preview of "${name}" would be a Helm release of ${release.length} characters, such as "${release}"; ${MAX_HELM_RELEASE_NAME} are allowed. Give the service a shorter "name"`;
        findings.refuse("name-too-long", found, ["previews"]);
      }
      const { environment, previews } = config;
      const host = previewHost(name, ANY_BRANCH, { environment, domain: previews?.domain ?? "" });
      if (isDnsName(host)) continue;
      const found = `a preview of "${name}" would have the host "${host}", which isn't a name of DNS; rename the service or the environment`;
      findings.refuse("invalid-domain", found, ["previews", "domain"]);
    }
  },
  function chartsTakeTheHost({ config, list }, findings) {
    for (const { name, chart } of previewedServices(list, config)) {
      const usesDefault = chart === undefined || isDefaultChart(chart.name);
      if (usesDefault || config.previews?.values.has(name) === true) continue;
      const found = `"previews.values.${name}" is missing; say where its chart takes the host, such as { ingress: { host: "{host}" } }`;
      findings.miss("missing-key", found, ["previews", "values", name]);
    }
  },
  function copiesAreApart({ config, deployments }, findings) {
    const { previews } = config;
    if (previews === undefined) return;
    const owners = new Map(
      deployments
        .filter(({ service }) => isOfHelm(service))
        .map(({ service: { name } }) => [helmReleaseName(name), `the service "${name}"`]),
    );
    for (const [index, { service, branch, pullRequest }] of previews.open.entries()) {
      const release = helmReleaseName(copyName(service, branch));
      const own = `the preview of "${service}" for pull request ${pullRequest}`;
      const other = owners.get(release);
      owners.set(release, other ?? own);
      if (other === undefined) continue;
      const found = `${own} and ${other} would both be the Helm release "${release}"; remove one`;
      findings.refuse("shared-helm-release", found, ["previews", "open", index]);
    }
  },
  function copiesAreOfServices({ config, list }, findings) {
    const copied = new Set(previewedServices(list, config).map(({ name }) => name));
    for (const [index, { service }] of config.previews?.open.entries() ?? []) {
      const known = list.find(({ name }) => name === service);
      if (copied.has(service) || known?.sound === false) continue;
      const found = `"${service}" has no previews in ${config.stack}, so none is declared; remove it, as releases resolve does`;
      findings.warn("pin-without-effect", found, ["previews", "open", index]);
    }
  },
];

/** Returns previews of which only the domain is said. */
function anyPreviews(domain: string) {
  return { domain, max: 1, maxPerService: 1, ttl: "1d", allow: [], values: new Map(), open: [] };
}

/** Returns the environments that a version must have run in before an environment, all the way up. */
function upstreamsOf(environments: Environments, name: string): string[] {
  const found = new Set<string>();
  const open = [name];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    for (const upstream of environments.get(one)?.from ?? []) {
      if (found.has(upstream)) continue;
      found.add(upstream);
      open.push(upstream);
    }
  }
  return [...found];
}
