import { isDeepStrictEqual } from "node:util";
import { Findings, MAX_FINDINGS } from "../input/findings";
import { compareText } from "../compare-text";
import { isMapping } from "../mapping";
import { error, hasErrors, warning, type Issue } from "../input/issue";
import { isReservedName, MAX_TAG_LENGTH, SERVICE_NAME } from "../limits";
import { definition, type Definition } from "./definition";
import { DEFAULT_TAG_PATTERN, tagName } from "../tag-pattern";
import { refuseReserved } from "../input/reserved";
import { checkShape } from "../input/validate";
import { kayronValue, withoutForeignKeys } from "./kayron";
import type { Compatibility } from "./list-file";
import { otherReading } from "../range-advice";
import { checkHelmValues, refuseImage } from "../stack/helm-values-rules";
import { isOfHelm, type Deploy, type Service } from "./service";
import type { YamlFile } from "../input/source";

/** The content of one file of the list. */
export interface Definitions {
  /** In the order of the file; of those with findings, the parts without one. */
  readonly services: readonly Service[];
  readonly issues: readonly Issue[];
  /** Whether every definition is among the services. */
  readonly complete: boolean;
}

/** Values of required keys that are missing, each of which is a finding. */
const MISSING = { github: "missing", deploy: { suspend: true } };

/**
 * Returns a file's services, and every issue that the file alone can have.
 * @param compatibility `kayron`: keys that nobody knows are ignored, with a warning
 */
export function parseDefinitions(file: YamlFile, compatibility?: Compatibility): Definitions {
  if (hasErrors(file.issues)) return { services: [], issues: file.issues, complete: false };
  if (!Array.isArray(file.value)) {
    const found = "a release list is a sequence of definitions; start each one with a dash";
    const issues = [error("not-a-sequence", file.file, found, file.locate([]))];
    return { services: [], issues, complete: false };
  }
  const services: Service[] = [];
  const issues = [...file.issues];
  if (file.value.length === 0 && !issues.some(({ code }) => code === "empty-file")) {
    const found = "the list is empty; remove the file, or define a service";
    issues.push(warning("empty-list", file.file, found, file.locate([])));
  }
  for (const [index, entry] of (file.value as unknown[]).entries()) {
    const given = kayronValue(entry, (path) => file.written([index, ...path]));
    const findings = new Findings(file, [index], subjectOf(given, index));
    refuseReserved(given, findings);
    const value = compatibility === "kayron" ? withoutForeignKeys(given, findings) : given;
    const shaped = checkShape(definition, value, findings, MISSING);
    if (shaped !== undefined) {
      for (const rule of RULES) rule(shaped, findings);
      const sound = !hasErrors(findings.issues);
      const service = toService(shaped, { file: file.file, index }, sound);
      // One whose name was refused would collide with others by a name that isn't its own.
      if (service.name === identityOf(value)) services.push(service);
    }
    issues.push(...findings.issues);
    if (issues.length >= MAX_FINDINGS) break;
  }
  return { services, issues, complete: services.length === file.value.length };
}

function subjectOf(entry: unknown, index: number): string {
  const identity = identityOf(entry);
  return identity === undefined
    ? `definition ${index + 1}`
    : `definition ${index + 1} (${identity})`;
}

function identityOf(entry: unknown): string | undefined {
  const { name, docker, github } = (entry ?? {}) as Record<string, unknown>;
  const source = isMapping(github) ? github["source"] : github;
  return [name, docker, source].find((part) => typeof part === "string");
}

/** Returns the repositories on GitHub that a definition names: where it is built, and where its releases stand. */
function repositoriesOf(github: Definition["github"]): { source: string; releases: string } {
  return typeof github === "string" ? { source: github, releases: github } : github;
}

type Rule = (definition: Definition, findings: Findings) => void;

/** The rules about one definition by itself. */
const RULES: Rule[] = [
  function oneStrategy({ deploy }, findings) {
    const given = strategies(deploy);
    if (given.length === 0 && deploy.preview !== true) {
      const message = `"deploy" has no strategy; give one of release, branch, range or suspend: true`;
      findings.refuse("missing-strategy", message, ["deploy"]);
    }
    if (given.length > 1) {
      const message = `"deploy" has ${given.length} strategies, ${given.join(" and ")}; keep one`;
      findings.refuse("several-strategies", message, ["deploy"]);
    }
  },
  function previewsArePossible({ deploy, docker, provider, assets }, findings) {
    if (deploy.preview !== true) return;
    if (isOfFiles({ docker, provider, assets })) {
      const message = `a release of files has no previews; remove "deploy.preview"`;
      findings.refuse("preview-not-possible", message, ["deploy", "preview"]);
      return;
    }
    if (provider !== undefined) {
      const message = `a service with a provider has no previews; remove "deploy.preview"`;
      findings.refuse("preview-not-possible", message, ["deploy", "preview"]);
    } else if (deploy.range !== undefined) {
      const message = `"deploy.preview" isn't for range; remove it`;
      findings.refuse("preview-not-possible", message, ["deploy", "preview"]);
    }
  },
  function rangesMeanTheSameElsewhere({ deploy: { range } }, findings) {
    const reading = range === undefined ? undefined : otherReading(range);
    if (reading === undefined) return;
    const message = `"deploy.range" is "${range ?? ""}", which ${reading}`;
    findings.warn("range-differs-elsewhere", message, ["deploy", "range"]);
  },
  function tagsFit({ deploy: { release }, docker, tags }, findings) {
    if (release === undefined || docker === undefined) return;
    const tag = tagName(tags?.image ?? DEFAULT_TAG_PATTERN, release.text);
    if (tag.length <= MAX_TAG_LENGTH) return;
    const message = `"deploy.release" gives the image's tag ${tag.length} characters, and a registry takes ${MAX_TAG_LENGTH}; shorten the version or "tags.image"`;
    findings.refuse("tag-too-long", message, ["deploy", "release"], "value");
  },
  function imageProviderOrFiles({ docker, provider, assets }, findings) {
    if (docker !== undefined || provider !== undefined || isOfFiles({ assets })) return;
    const message = `"docker", "provider" or "assets" is missing; give the image repository, or the files of the release`;
    findings.refuse("missing-docker", message);
  },
  function imagesHaveNoHost({ docker, aliases = [] }, findings) {
    const named = [
      [docker, "docker"] as const,
      ...aliases.map((name, at) => [name, "aliases", at] as const),
    ];
    for (const [name = "", ...path] of named) {
      const hosted = hostOfImage(name);
      if (hosted === undefined) continue;
      const message = `"${path.join(".")}" is "${name}"; the host comes from the registry of each stack config, which goes in front of it: write "${hosted.path}"`;
      findings.refuse("invalid-docker", message, path, "value");
    }
  },
  function identityIsAName(entry, findings) {
    // The schema has checked "name"; this checks the default of it.
    const name = entry.name ?? entry.docker ?? repositoriesOf(entry.github).source;
    if (entry.name !== undefined || (SERVICE_NAME.test(name) && !isReservedName(name))) return;
    const message = `"${name}" can't be a service's name; give another one with "name"`;
    findings.refuse("reserved-name", message, [entry.docker === undefined ? "github" : "docker"]);
  },
  function repositoriesAreTwo({ github }, findings) {
    if (typeof github === "string") return;
    const { source, releases } = github;
    for (const [key, name] of Object.entries(github)) {
      if (name !== "") continue;
      const message = `"github.${key}" is empty; give the name of the repository`;
      findings.refuse("invalid-github", message, ["github", key], "value");
    }
    if (source === "" || source.toLowerCase() !== releases.toLowerCase()) return;
    const message = `"github.source" and "github.releases" are the same repository; write github: ${source}`;
    findings.refuse("key-without-effect", message, ["github", "releases"]);
  },
  function keysOfItsKind({ provider, docker, ...entry }, findings) {
    const useless = (key: string, what: string): void => {
      findings.refuse("key-without-effect", `"${key}" is for ${what}; remove it`, [key]);
    };
    const helm = ["chart", "values", "imageValues", "namespace", "timeoutSeconds"] as const;
    for (const key of isOfHelm({ docker, provider }) ? [] : helm) {
      if (entry[key] !== undefined) useless(key, "services that Helm deploys");
    }
    if (docker === undefined && entry.aliases !== undefined) {
      useless("aliases", "services with an image");
    }
    if (provider === undefined && entry.template !== undefined) {
      useless("template", "provider: cloudformation");
    }
  },
  function chartNameFits({ chart }, findings) {
    if (chart === undefined) return;
    const plain = !chart.name.startsWith("oci://") && !chart.name.startsWith("./");
    if (plain && chart.repository === undefined) {
      const message = `"chart.name" is "${chart.name}"; a chart that isn't oci://... or ./... needs "chart.repository"`;
      findings.refuse("invalid-chart", message, ["chart", "repository"]);
    }
    if (!plain && chart.repository !== undefined) {
      const message = `"chart.repository" has no effect on "${chart.name}"; remove it`;
      findings.refuse("invalid-chart", message, ["chart", "repository"]);
    }
    if (chart.digest !== undefined && chart.name.startsWith("./")) {
      const message = `"chart.digest" has no effect on "${chart.name}", whose bytes are in the commit; remove it`;
      findings.refuse("invalid-chart", message, ["chart", "digest"]);
    }
  },
  function valuesLeaveTheImageAlone({ values, imageValues }, findings) {
    if (values === undefined) return;
    refuseImage(values, imageValues ?? DEFAULT_IMAGE_VALUES, ["values"], findings);
  },
  function imagePathsAreOfAnotherChart({ chart, imageValues, provider }, findings) {
    if (chart !== undefined || imageValues === undefined || provider !== undefined) return;
    if (isDeepStrictEqual(defined(imageValues), DEFAULT_IMAGE_VALUES)) return;
    const message = `"imageValues" is for a chart of the definition's own; without "chart" the image is at image.repository, image.tag and image.digest; remove it`;
    findings.refuse("key-without-effect", message, ["imageValues"]);
  },
  function imagePathsAreApart({ imageValues }, findings) {
    const paths = Object.entries(imageValues ?? {}).filter(([, path]) => path !== undefined);
    for (const [index, [key, path]] of paths.entries()) {
      const other = paths
        .slice(0, index)
        .find(
          ([, before]) =>
            `${path}.`.startsWith(`${before}.`) || `${before}.`.startsWith(`${path}.`),
        );
      if (other === undefined) continue;
      const message = `"imageValues.${key}" is "${path}", which would replace "imageValues.${other[0]}", "${other[1]}"; give each its own path`;
      findings.refuse("invalid-value-path", message, ["imageValues", key]);
    }
  },
  function valuesAreReadAlike({ values }, findings) {
    if (values === undefined) return;
    findings.refuseOtherReadings(["values"], true);
    checkHelmValues(values, ["values"], findings);
  },
];

/** Whether a definition is a release of files: one that has these, and neither an image nor a provider. */
function isOfFiles({
  docker,
  provider,
  assets = [],
}: Partial<Pick<Definition, "docker" | "provider" | "assets">>): boolean {
  return docker === undefined && provider === undefined && assets.length > 0;
}

/** An image whose first part is a host: a name that ends as domains do. */
const HOSTED = /^((?:[a-z0-9-]+\.)+[a-z]{2,}|localhost)\/(.+)$/;

/** Returns the host of an image's name, and what stands behind it; undefined for a name without a host. */
export function hostOfImage(name: string): { host: string; path: string } | undefined {
  const [, host, path] = HOSTED.exec(name) ?? [];
  return host === undefined || path === undefined ? undefined : { host, path };
}

function strategies(deploy: Definition["deploy"]): string[] {
  return [
    ...(deploy.release === undefined ? [] : ["release"]),
    ...(deploy.branch === undefined ? [] : ["branch"]),
    ...(deploy.range === undefined ? [] : ["range"]),
    ...(deploy.suspend === true ? ["suspend"] : []),
  ];
}

/** Where charts that don't say otherwise want the image. */
export const DEFAULT_IMAGE_VALUES = {
  repository: "image.repository",
  tag: "image.tag",
  digest: "image.digest",
};

// Helm's own default, https://helm.sh/docs/helm/helm_upgrade/
const DEFAULT_TIMEOUT_SECONDS = 300;

function toService(entry: Definition, source: Service["source"], sound: boolean): Service {
  const { chart, docker, environments, imageValues, team } = entry;
  const { source: githubSource, releases } = repositoriesOf(entry.github);
  return {
    name: entry.name ?? docker ?? githubSource,
    github: releases,
    githubSource,
    ...(docker !== undefined && { docker }),
    ...(entry.provider !== undefined && { provider: "cloudformation" as const }),
    deploy: toDeploy(entry.deploy, sound),
    preview: entry.deploy.preview ?? false,
    ...(environments !== undefined && { environments }),
    ...(chart !== undefined && { chart: defined(chart) }),
    namespace: entry.namespace ?? "default",
    values: entry.values ?? {},
    imageValues: imageValues === undefined ? DEFAULT_IMAGE_VALUES : defined(imageValues),
    timeoutSeconds: entry.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    tags: {
      github: entry.tags?.github ?? DEFAULT_TAG_PATTERN,
      image: entry.tags?.image ?? DEFAULT_TAG_PATTERN,
    },
    aliases: entry.aliases ?? [],
    assets: entry.assets ?? [],
    requires: new Map([...(entry.requires ?? [])].sort(([a], [b]) => compareText(a, b))),
    template: entry.template ?? "index.yaml",
    ...(team !== undefined && { team }),
    sound,
    source,
  };
}

function toDeploy(deploy: Definition["deploy"], sound: boolean): Deploy {
  if (deploy.branch !== undefined) return { strategy: "branch", branch: deploy.branch };
  if (deploy.range !== undefined) return { strategy: "range", range: deploy.range };
  const { preview, release, suspend } = deploy;
  if (release !== undefined) return { strategy: "release", version: release };
  // With an error, the strategy may be the part that was refused.
  const isAlone = sound && preview === true && suspend !== true;
  return { strategy: isAlone ? "previews" : "suspend" };
}

/** Drops the keys whose value is undefined, which the schema library leaves in its types. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], undefined> };
}
