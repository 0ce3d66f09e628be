import { isDeepStrictEqual } from "node:util";
import { cycles } from "../graph";
import { isDefaultChart } from "../files";
import { error, type Issue } from "../input/issue";
import { MAX_HELM_RELEASE_NAME } from "../limits";
import { helmReleaseName } from "../stack/names";
import { imageRepositories } from "../stack/registry";
import { asMapping, type Mapping } from "../mapping";
import { areApart, isOfHelm, type Service } from "./service";
import type { YamlFile } from "../input/source";

type Refuse = (
  code: Issue["code"],
  service: Service,
  message: string,
  ...path: (string | number)[]
) => void;

type Rule = (services: readonly Service[], refuse: Refuse, complete: boolean) => void;

/** The rules about all definitions together, across files. */
const RULES: Rule[] = [
  function namesAreUnique(services, refuse) {
    collisions(services, (service) => [service.name]).forEach(({ first, second, key }) => {
      const message = `"${key}" is defined twice, first in ${locationOf(first)}; rename one with "name"`;
      refuse("duplicate-name", second, message);
    });
  },
  function definitionsOfANameAreAlike(services, refuse) {
    const first = new Map<string, Service>();
    for (const service of services) {
      const other = first.get(service.name);
      first.set(service.name, other ?? service);
      if (other === undefined || !areApart(other, service)) continue;
      const differing = identityOf(other).find(([key, part]) => {
        return !isDeepStrictEqual(part, new Map(identityOf(service)).get(key));
      });
      if (differing === undefined) continue;
      const message = `"${service.name}" is defined for other environments in ${locationOf(other)}, with another "${differing[0]}"; write the same, or rename one with "name"`;
      refuse("duplicate-name", service, message);
    }
  },
  function imageRepositoriesAreUnique(services, refuse) {
    collisions(services, imageRepositories).forEach(({ first, second, key }) => {
      // Definitions of one name already are a finding.
      if (first.name === second.name && first !== second) return;
      const other = first === second ? "itself" : `"${first.name}" in ${locationOf(first)}`;
      const message = `the image repository "${key}" belongs to ${other}; an image repository has one owner`;
      refuse(
        "shared-image-repository",
        second,
        message,
        second.docker === key ? "docker" : "aliases",
      );
    });
  },
  function imagesHaveOneTagPattern(services, refuse) {
    const first = new Map<string, Service>();
    for (const service of services) {
      for (const repository of imageRepositories(service)) {
        const other = first.get(repository) ?? service;
        first.set(repository, other);
        if (other.name === service.name || !areApart(other, service)) continue;
        if (other.tags.image === service.tags.image) continue;
        const message = `the image repository "${repository}" has the tags "${other.tags.image}" in ${locationOf(other)}; an image repository has one spelling of tags, so write the same in "tags.image"`;
        refuse("shared-image-repository", service, message, "tags");
      }
    }
  },
  function helmReleasesAreUnique(services, refuse) {
    const helm = services.filter(isOfHelm);
    for (const service of helm) {
      const release = helmReleaseName(service.name);
      if (release.length <= MAX_HELM_RELEASE_NAME) continue;
      const message = `the Helm release "${release}" has ${release.length} characters; ${MAX_HELM_RELEASE_NAME} are allowed. Give a shorter "name"`;
      refuse("name-too-long", service, message);
    }
    collisions(helm, (service) => [helmReleaseName(service.name)]).forEach(
      ({ first, second, key }) => {
        if (first.name === second.name) return;
        const message = `"${second.name}" and "${first.name}" in ${locationOf(first)} would both be the Helm release "${key}"; rename one with "name"`;
        refuse("shared-helm-release", second, message);
      },
    );
  },
  function kubernetesServicesBeginWithALetter(services, refuse) {
    for (const service of services) {
      const found = kubernetesServiceRefusal(service, service.values);
      if (found !== undefined) refuse("invalid-name", service, found);
    }
  },
  function requirementsExist(services, refuse, complete) {
    if (!complete) return;
    const names = new Set(services.map(({ name }) => name));
    for (const service of services) {
      for (const required of service.requires.keys()) {
        if (names.has(required)) continue;
        const message = `requires "${required}", which isn't in the list; add it or remove the requirement`;
        refuse("unknown-requirement", service, message, "requires", required);
      }
    }
  },
  function requirementsFormNoCycle(services, refuse) {
    const byName = new Map<string, Service[]>();
    for (const service of services) {
      byName.set(service.name, [...(byName.get(service.name) ?? []), service]);
    }
    const required = (service: Service): Service[] =>
      [...service.requires.keys()]
        .flatMap((name) => byName.get(name) ?? [])
        .filter((other) => !areApart(service, other));
    for (const cycle of cycles(services, required)) {
      const [first, next] = cycle;
      if (first === undefined) continue;
      const names = [...cycle, first].map(({ name }) => name).join(" -> ");
      const message = `its requirements form a cycle: ${names}; remove one of them`;
      refuse("circular-requirement", first, message, "requires", (next ?? first).name);
    }
  },
];

/**
 * Returns why Kubernetes refuses the Service that the default chart declares of a service with these values;
 * undefined where it declares none, or one with a sound name.
 */
export function kubernetesServiceRefusal(service: Service, values: Mapping): string | undefined {
  const { chart, name } = service;
  const usesOwn = chart === undefined || isDefaultChart(chart.name);
  if (!isOfHelm(service) || !usesOwn) return undefined;
  if (asMapping(values["service"])["enabled"] === false) return undefined;
  const release = helmReleaseName(name);
  if (/^[a-z]/.test(release)) return undefined;
  return `the Service of the Helm release "${release}" would begin with a digit, which Kubernetes refuses (RFC 1035); give another "name"`;
}

/**
 * Returns every finding about the services of all files together.
 * @param complete whether the services are all that the files define; else a name that isn't there may be
 *   in a part that couldn't be read
 */
export function checkList(
  services: readonly Service[],
  files: ReadonlyMap<string, YamlFile>,
  complete: boolean,
): Issue[] {
  const issues: Issue[] = [];
  const refuse: Refuse = (code, service, message, ...path) => {
    const { file, index } = service.source;
    const position = files.get(file)?.locate([index, ...path], path.length === 0 ? "value" : "key");
    issues.push(
      error(code, file, `definition ${index + 1} (${service.name}): ${message}`, position),
    );
  };
  for (const rule of RULES) rule(services, refuse, complete);
  return issues;
}

function locationOf({ source }: Service): string {
  return `${source.file} (definition ${source.index + 1})`;
}

/** Returns what is the same in all definitions of one name: all that belongs to the image and its source. */
function identityOf({ github, githubSource, docker, provider, aliases, tags }: Service) {
  return Object.entries({ github, githubSource, docker, provider, aliases, tags });
}

/** Returns the services that share a key with an earlier one, unless no environment runs both. */
function collisions(
  services: readonly Service[],
  keysOf: (service: Service) => readonly string[],
): { first: Service; second: Service; key: string }[] {
  const owners = new Map<string, Service[]>();
  const found: { first: Service; second: Service; key: string }[] = [];
  for (const service of services) {
    for (const key of keysOf(service)) {
      const known = owners.get(key) ?? [];
      const first = known.find((other) => other === service || !areApart(other, service));
      if (first !== undefined) found.push({ first, second: service, key });
      else owners.set(key, [...known, service]);
    }
  }
  return found;
}
