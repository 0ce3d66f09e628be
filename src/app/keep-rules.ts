import { ecrHost } from "../core/aws";
import { compareText } from "../core/compare-text";
import type { Environment } from "../core/environments";
import { findingsError, outsideError } from "../core/error";
import { chartRuns, pinRuns, recentRuns, type Recent, type Run } from "../core/history/runs";
import { hasErrors } from "../core/input/issue";
import type { Chart, Service } from "../core/list/service";
import { deployedChartText } from "../core/part-texts";
import { unrestrictedEnvironment } from "../core/promotion/gate-input";
import type { KeepRules } from "../core/prune";
import { Ref } from "../core/ref";
import { checkRepository, type Repository } from "../core/repository";
import { ownedServices } from "../core/stack/deployments";
import type { StackConfig, StackPlan } from "../core/stack/plan";
import { imagePrefix, imageRepositories } from "../core/stack/registry";
import { tagName } from "../core/tag-pattern";
import { formatPin, Version, type Pin } from "../core/version";
import { EnvironmentReader, runningIn } from "./environments";
import { plansIn } from "./plan-stacks";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** A repository of images or charts, and what of it stays. */
export interface KeptRepository extends Pick<KeepRules, "tags" | "tagPatterns" | "mutableTags"> {
  /** As `formatImageReference` has it. */
  readonly name: string;
  readonly services: ReadonlySet<string>;
}

/** The releases of a repository on GitHub, and what of them stays. */
export type KeptReleases = Omit<KeptRepository, "mutableTags">;

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

/** One state of the repository that some environment may have. */
interface Tree {
  /** Such as `origin/main`. */
  readonly name: string;
  readonly repository: Repository;
}

/**
 * Returns what stays in every repository of images and charts that stacks have: what a stack pins at the ref of its
 * environment, in the working tree and at HEAD, and what stacks ran of late.
 * @throws ReleasesError where it isn't known: of kind `findings` for errors in files, of kind `outside` for a ref that
 *   isn't here, a shallow clone, and outside of git
 */
export function keptOf(world: World, recent: Recent, now: Date, report: Reporter): Kept {
  const reader = new EnvironmentReader(world, report);
  if (world.git.isShallow()) {
    throw outsideError(
      `${world.folder} is a shallow clone; fetch its history with git fetch --unshallow`,
    );
  }
  const trees = treesOf(world, reader);
  const found = new Collector();
  for (const { name, repository } of trees) {
    found.defined(repository.list, name);
    for (const plan of plansIn(repository)) found.declared(plan, name);
  }
  collectPast(reader, trees, { recent, now }, found);
  return found.kept();
}

/** Returns the working tree, HEAD, and the trees at the refs that these and one another name. */
function treesOf(world: World, reader: EnvironmentReader): Tree[] {
  const trees = new Map<string, Tree>();
  const add = (name: string, key: string, repository: Repository): void => {
    expectSound(name, repository);
    trees.set(key, { name, repository });
    const environments = repository.environments?.values() ?? [];
    for (const environment of environments) addRef(environment, repository === reader.current);
  };
  const addRef = (environment: Environment, mustBeHere: boolean): void => {
    const { name, ref } = environment;
    if (ref === undefined) return;
    const resolved = reader.resolved(environment);
    if (resolved === undefined && mustBeHere) {
      throw outsideError(
        `the ref "${ref}" of ${name} isn't here, so it isn't known what runs there; fetch it with git fetch --tags origin`,
      );
    }
    const commits = new Map([[resolved?.ref.name ?? ref, resolved?.commit]]);
    // A branch here may be behind what was fetched.
    const remote = Ref.remote("origin", ref);
    if (!remote.isPattern) commits.set(remote.name, world.git.commitOf(remote.fullName));
    for (const [shown, commit] of commits) {
      if (commit !== undefined && !trees.has(commit)) add(shown, commit, reader.at(commit));
    }
  };
  add("the working tree", "", reader.current);
  const head = world.git.commitOf("HEAD");
  if (head !== undefined && !trees.has(head)) add("HEAD", head, reader.at(head));
  return [...trees.values()];
}

/** A part that can't be read may pin anything. */
function expectSound(name: string, repository: Repository): void {
  const broken = repository.unreadable.flatMap(({ issues }) => issues);
  const issues = [...checkRepository(repository), ...broken].filter((one) => hasErrors([one]));
  if (issues.length === 0) return;
  const isHere = name === "the working tree";
  const unique = new Map(issues.map((issue) => [JSON.stringify(issue), issue]));
  throw findingsError(
    [...unique.values()].map((one) => (isHere ? one : { ...one, file: `${name}:${one.file}` })),
  );
}

function collectPast(
  reader: EnvironmentReader,
  trees: readonly Tree[],
  { recent, now }: { readonly recent: Recent; readonly now: Date },
  found: Collector,
): void {
  const named = trees.flatMap(({ repository }) => [...(repository.environments?.keys() ?? [])]);
  const others = [...new Set(named)].filter((name) => !reader.environments.has(name));
  const environments = [...reader.environments.values(), ...others.map(unrestrictedEnvironment)];
  for (const [name, { entries, before, parts }] of reader.history(environments)) {
    const changes = [...entries, ...before];
    for (const { service, part, from, to } of parts) {
      if (part === "image") for (const text of [from, to]) found.hadImage(service, text);
    }
    const pins = pinRuns(changes);
    for (const { what, until } of pins) found.ran(what.digest, until ?? now);
    for (const run of recentRuns(pins, recent, formatPin)) {
      found.keep(run.service, run.what, reasonOf(run));
    }
    const environment = reader.environments.get(name);
    const plans = environment === undefined ? [] : reader.declared(environment).plans;
    const charts = chartRuns(changes, parts, (stack, service) => {
      const running = runningIn(plans, stack).get(service);
      return running && deployedChartText(running.chart);
    });
    for (const run of recentRuns(charts, recent, (text) => text)) {
      const chart = chartOf(run.what);
      if (chart !== undefined) found.keepChart(run.service, chart, reasonOf(run));
    }
  }
}

function reasonOf({ stack, until }: Run<unknown>): string {
  if (until === undefined) return `runs in ${stack}`;
  return `ran in ${stack} until ${until.toISOString().slice(0, 10)}`;
}

/** Returns the chart of a text of `chartText`; undefined for one that no registry has. */
function chartOf(text: string): Pick<Chart, "name" | "version" | "digest"> | undefined {
  const [, name, version, digest] = /^(oci:\/\/\S+) ([^ @]+)(?:@(sha256:\w+))?$/.exec(text) ?? [];
  if (name === undefined || version === undefined) return undefined;
  return { name, version, ...(digest !== undefined && { digest }) };
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
}

/** How charts are tagged: Helm takes the version as it is. */
const CHART_TAGS = ["{version}", "v{version}"];
const OCI = "oci://";

/** Gathers what stays; the first reason of each is told. */
class Collector {
  readonly #repositories = new Map<string, Found>();
  /** The same of repositories on GitHub, whose tags are those of releases. */
  readonly #releases = new Map<string, Found>();
  /** What stands in front of the images of stacks: their registries. */
  readonly #prefixes = new Set<string>();
  readonly #services = new Set<string>();
  readonly #digests = new Map<string, string>();
  readonly #lastRan = new Map<string, Date>();
  readonly #pins: { service: string; version: Pin["version"]; reason: string }[] = [];
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
      const { version, digest = open.digest } = deployment;
      const reason = `previews pull request ${open.pullRequest} in ${stack} (${tree})`;
      this.keep(open.service, { version, digest }, reason);
    }
    for (const { service, chart, values, ...pin } of deployments) {
      const reason = `pinned in ${stack} (${tree})`;
      this.keep(service.name, pin, reason);
      for (const text of textsIn(values)) this.#name(text, `named in values in ${stack} (${tree})`);
      if (chart !== undefined) this.keepChart(service.name, chart, reason);
    }
  }

  keep(service: string, { version, digest }: Pin, reason: string): void {
    this.#pins.push({ service, version, reason });
    if (digest !== undefined) setFirst(this.#digests, digest, reason);
  }

  /** Notes a text that may be the image, or the tag, of another container: of a migration, of a sidecar. */
  #name(text: string, reason: string): void {
    const [, digest] = /(sha256:[0-9a-f]{64})$/.exec(text) ?? [];
    if (digest !== undefined) setFirst(this.#digests, digest, reason);
    const [image = ""] = text.split("@");
    setFirst(this.#named, image.slice(image.lastIndexOf(":") + 1), reason);
  }

  keepChart(
    service: string,
    { name, version, digest }: Pick<Chart, "name" | "version" | "digest">,
    reason: string,
  ): void {
    if (digest !== undefined) setFirst(this.#digests, digest, reason);
    if (!name.startsWith(OCI)) return;
    const found = foundIn(this.#repositories, name.slice(OCI.length));
    found.charts.add(service);
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
    for (const [tag, reason] of this.#named) setFirst(tags, tag, reason);
    for (const { service, version, reason } of this.#pins) {
      if (!images.has(service) && !this.#had(service, found)) continue;
      for (const tag of tagsOf(version, tagPatterns)) setFirst(tags, tag, reason);
    }
    return {
      name,
      services: new Set([...images, ...charts]),
      tagPatterns: [...tagPatterns],
      mutableTags: [...mutableTags],
      tags,
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
function prefixesOf(config: StackConfig): string[] {
  const { registry } = config;
  const own = imagePrefix(config);
  const replicas = (registry?.replicas ?? []).map(({ account, region }) => {
    return `${ecrHost(account, region)}/${registry?.prefix ?? ""}`;
  });
  return [...(own === "" ? [] : [own]), ...replicas];
}
