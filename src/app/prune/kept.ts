import { ecrHost } from "../../core/aws";
import { compareText } from "../../core/compare-text";
import type { Chart, Service } from "../../core/list/service";
import type { KeepRules } from "../../core/prune";
import { ownedServices } from "../../core/stack/deployments";
import type { Deployment, StackConfig, StackPlan } from "../../core/stack/plan";
import { imagePrefix, imageRepositories } from "../../core/stack/registry";
import { tagName } from "../../core/tag-pattern";
import { Version, type Pin } from "../../core/version";

/** A repository of images or charts, and what of it stays. */
export interface KeptRepository extends Pick<KeepRules, "tags" | "tagPatterns" | "mutableTags"> {
  /** As `formatImageReference` has it. */
  readonly name: string;
  readonly services: ReadonlySet<string>;
  /** Digests that its services pin, and those that values name: they may be without a tag. */
  readonly pinned: readonly string[];
}

/** The releases of a repository on GitHub, and what of them stays. */
export type KeptReleases = Omit<KeptRepository, "mutableTags" | "pinned">;

/** What stays, wherever it is. */
export interface Kept extends Pick<KeepRules, "digests" | "lastRan"> {
  readonly repositories: readonly KeptRepository[];
  /** On GitHub, by names such as `acme/orders`. */
  readonly releases: readonly KeptReleases[];
  /** Charts of registries that no stack has, which others publish. */
  readonly others: readonly string[];
  /** Names of all services. */
  readonly services: readonly string[];
}

/** A repository while it is found out what of it stays. */
interface Found {
  /** Its names in definitions, without the host and prefix. */
  readonly dockers: Set<string>;
  readonly images: Set<string>;
  readonly charts: Set<string>;
  readonly tagPatterns: Set<string>;
  readonly mutableTags: Set<string>;
  readonly tags: Map<string, string>;
  /** Of charts. */
  readonly pinned: Set<string>;
}

/** How charts are tagged: Helm takes the version as it is. */
const CHART_TAGS = ["{version}", "v{version}"];
const OCI = "oci://";

/** Gathers what stays, wherever it is; the first reason of each is told. */
export class KeptCollector {
  readonly #repositories = new Map<string, Found>();
  /** The same of repositories on GitHub, whose tags are those of releases. */
  readonly #releases = new Map<string, Found>();
  /** What stands in front of the images of stacks: their registries. */
  readonly #prefixes = new Set<string>();
  readonly #services = new Set<string>();
  readonly #digests = new Map<string, string>();
  readonly #lastRan = new Map<string, Date>();
  readonly #pins: (Pin & { service: string; reason: string })[] = [];
  /** Digests that values name. */
  readonly #namedDigests = new Set<string>();
  /** Texts of values that may be tags. */
  readonly #named = new Map<string, string>();
  /** By service, as `imageText` has them. */
  readonly #imageTexts = new Map<string, Set<string>>();

  /** Notes what the definitions of a list name by themselves. */
  defined(list: readonly Service[], tree: string): void {
    for (const { name, deploy, chart } of list) {
      this.#services.add(name);
      const reason = `released by its definition in ${tree}`;
      if (deploy.strategy === "release") this.keep(name, { version: deploy.version }, reason);
      if (chart !== undefined) this.keepChart(name, chart, reason);
    }
  }

  /** Notes a stack's repositories, and what it runs. */
  declared({ config, list, deployments, copies }: StackPlan, tree: string): void {
    const { registry, stack, githubOwner } = config;
    for (const { name, github, tags } of ownedServices(list, config)) {
      if (githubOwner === undefined) continue;
      const found = foundIn(this.#releases, `${githubOwner}/${github}`);
      found.images.add(name);
      found.tagPatterns.add(tags.github);
    }
    for (const prefix of prefixesOf(config)) {
      this.#prefixes.add(prefix);
      for (const service of ownedServices(list, config)) {
        for (const docker of imageRepositories(service)) {
          const found = foundIn(this.#repositories, prefix + docker);
          found.dockers.add(docker);
          found.images.add(service.name);
          found.tagPatterns.add(service.tags.image);
          for (const tag of registry?.mutableTags ?? []) found.mutableTags.add(tag);
        }
      }
    }
    for (const { open, deployment } of copies) {
      const reason = `previews pull request ${open.pullRequest} in ${stack} (${tree})`;
      this.#runs(open.service, deployment, reason, `${stack} (${tree})`);
    }
    for (const deployment of deployments) {
      const reason = `pinned in ${stack} (${tree})`;
      this.#runs(deployment.service.name, deployment, reason, `${stack} (${tree})`);
    }
  }

  /** Notes what a stack runs of a service: its image, its chart, and what its values name. */
  #runs(name: string, deployment: Deployment, reason: string, where: string): void {
    const { chart, values } = deployment;
    this.keep(name, deployment, reason);
    for (const text of textsIn(values)) this.#name(text, `named in values in ${where}`);
    if (chart !== undefined) this.keepChart(name, chart, reason);
  }

  /** Notes that a version of a service stays. */
  keep(service: string, pin: Pin, reason: string): void {
    const { version, digest } = pin;
    this.#pins.push({ service, version, ...(digest !== undefined && { digest }), reason });
    if (digest !== undefined) setFirst(this.#digests, digest, reason);
  }

  /** Notes a text that may be the image, or the tag, of another container: of a migration, of a sidecar. */
  #name(text: string, reason: string): void {
    const [, digest] = /(sha256:[0-9a-f]{64})$/.exec(text) ?? [];
    if (digest !== undefined) {
      setFirst(this.#digests, digest, reason);
      this.#namedDigests.add(digest);
    }
    const [image = ""] = text.split("@");
    setFirst(this.#named, image.slice(image.lastIndexOf(":") + 1), reason);
  }

  /** Notes that a version of a chart stays. */
  keepChart(
    service: string,
    { name, version, digest }: Pick<Chart, "name" | "version" | "digest">,
    reason: string,
  ): void {
    if (digest !== undefined) setFirst(this.#digests, digest, reason);
    if (!name.startsWith(OCI)) return;
    const found = foundIn(this.#repositories, name.slice(OCI.length));
    found.charts.add(service);
    if (digest !== undefined) found.pinned.add(digest);
    for (const pattern of CHART_TAGS) found.tagPatterns.add(pattern);
    setFirst(found.tags, version.replaceAll("+", "_"), reason);
  }

  /** Notes that git last said at a time that a digest runs. */
  ran(digest: string | undefined, at: Date): void {
    if (digest === undefined) return;
    const known = this.#lastRan.get(digest);
    if (known === undefined || known < at) this.#lastRan.set(digest, at);
  }

  /** Notes an image repository that a service once had. */
  hadImage(service: string, text: string): void {
    const texts = this.#imageTexts.get(service) ?? new Set();
    this.#imageTexts.set(service, texts.add(text));
  }

  /** Returns what was gathered. */
  kept(): Kept {
    const names = [...this.#repositories.keys()].sort();
    const isOwn = (name: string) => [...this.#prefixes].some((prefix) => name.startsWith(prefix));
    return {
      digests: this.#digests,
      lastRan: this.#lastRan,
      services: [...this.#services].sort(),
      others: names.filter((name) => !isOwn(name)),
      releases: [...this.#releases]
        .map(([name, found]) => this.#keptIn(name, found))
        .sort((a, b) => compareText(a.name, b.name)),
      repositories: names.filter(isOwn).flatMap((name) => {
        const found = this.#repositories.get(name);
        return found === undefined ? [] : this.#keptIn(name, found);
      }),
    };
  }

  #keptIn(name: string, found: Found): KeptRepository {
    const { images, charts, tagPatterns, mutableTags, tags } = found;
    const pinned = new Set([...found.pinned, ...this.#namedDigests]);
    for (const [tag, reason] of this.#named) setFirst(tags, tag, reason);
    for (const { service, version, digest, reason } of this.#pins) {
      if (!images.has(service) && !this.#had(service, found)) continue;
      if (digest !== undefined) pinned.add(digest);
      for (const tag of tagsOf(version, tagPatterns)) setFirst(tags, tag, reason);
    }
    return {
      name,
      services: new Set([...images, ...charts]),
      tagPatterns: [...tagPatterns],
      mutableTags: [...mutableTags],
      tags,
      pinned: [...pinned],
    };
  }

  /** Whether a service once had its images in a repository. */
  #had(service: string, { dockers }: Found): boolean {
    const texts = [...(this.#imageTexts.get(service) ?? [])];
    return texts.some((text) => [...dockers].some((docker) => `/${text}:`.includes(`/${docker}:`)));
  }
}

/** Returns what was found of a repository so far. */
function foundIn(repositories: Map<string, Found>, name: string): Found {
  const known = repositories.get(name) ?? {
    dockers: new Set(),
    images: new Set(),
    charts: new Set(),
    tagPatterns: new Set(),
    mutableTags: new Set(),
    tags: new Map(),
    pinned: new Set(),
  };
  repositories.set(name, known);
  return known;
}

/** Returns the texts of Helm values, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

function tagsOf(version: Pin["version"], patterns: Iterable<string>): string[] {
  if (!(version instanceof Version)) return [version.text];
  return [...patterns].map((pattern) => tagName(pattern, version.text));
}

function setFirst(map: Map<string, string>, key: string, value: string): void {
  if (!map.has(key)) map.set(key, value);
}

/** Returns the start of every image's name in the registries that a stack's images are in: its own and its replicas. */
export function prefixesOf(config: StackConfig): string[] {
  const { registry } = config;
  const own = imagePrefix(config);
  const replicas = (registry?.replicas ?? []).map(({ account, region }) => {
    return `${ecrHost(account, region)}/${registry?.prefix ?? ""}`;
  });
  return [...(own === "" ? [] : [own]), ...replicas];
}
