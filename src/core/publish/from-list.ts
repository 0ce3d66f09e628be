import { posix } from "node:path";
import { compareText } from "../compare-text";
import type { Source } from "../input/source";
import { parseYaml } from "../input/yaml-file";
import { isClassic, type Service } from "../list/service";
import { asMapping } from "../mapping";
import { mutableTagsIn, planStack, type Repository } from "../repository";
import { ownedServices } from "../stack/deployments";
import { mutablePattern } from "../stack/mutable-tags";
import type { StackPlan } from "../stack/plan";
import { imagePrefix, imageRepositories } from "../stack/registry";
import { suggestion } from "../suggestion";
import { hasSameOwner, pagesRepository } from "./pages";
import type { Publications, PublishedChart, PublishedService } from "./publication";

/** The repository of one or more services, as far as it decides what is published from there. */
export interface ServiceSource {
  /** Its name on GitHub, `acme/inventory`. */
  readonly source: string;
  /** The branch that changes are merged into. */
  readonly mainBranch: string;
  /** Folders of its charts, by the names that their Chart.yaml has. */
  readonly charts: ReadonlyMap<string, string>;
}

/** What a list says of a service's repository. */
export interface Derived {
  /** With problems it lacks the services that have them. */
  readonly publications: Publications;
  /** What isn't published, and why, a line each. */
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

/** Why something can't be published. */
export interface Problem {
  /** The service that it is about; absent where there is none. */
  readonly service?: string;
  readonly says: string;
}

/**
 * Returns what is published from a repository: the services whose `github` it is, and those that are named.
 * @param repository of the list
 */
export function publicationsFrom(
  repository: Repository,
  at: ServiceSource,
  named: readonly string[],
): Derived {
  const plans = plansIn(repository);
  const all: Judged = { plans, at, mutableTags: mutableTagsIn(repository) };
  const ofSource = repository.list.filter(({ name, githubSource }) =>
    isSame(`${ownerOf(name, all)}/${githubSource}`, at.source),
  );
  const wanted = [...new Set([...named, ...ofSource.map(({ name }) => name)])].sort(compareText);
  const problems: Problem[] = [];
  const notes: string[] = [];
  const services: PublishedService[] = [];
  if (wanted.length === 0) {
    problems.push({ says: nothingFrom(repository, all) });
  }
  for (const name of wanted) {
    const definitions = repository.list.filter((service) => service.name === name);
    if (definitions.length === 0) {
      const known = repository.list.map((service) => service.name);
      problems.push({ service: name, says: `isn't in the list; ${suggestion(name, known)}` });
      continue;
    }
    const one = new Derivation(definitions, all);
    const service = one.service();
    problems.push(...one.problems.map((says) => ({ service: name, says })));
    notes.push(...one.notes.map((note) => `${name}: ${note}`));
    if (service !== undefined) services.push(service);
  }
  const { source } = at;
  return {
    publications: { source, mutableTags: all.mutableTags, services },
    notes,
    problems,
  };
}

/** Returns why nothing is published from a repository: none is built there. */
function nothingFrom({ list }: Repository, all: Judged): string {
  const { source } = all.at;
  const released = list.find(({ name, github }) =>
    isSame(`${ownerOf(name, all)}/${github}`, source),
  );
  if (released === undefined) {
    return `no definition has the repository ${source}; name the services that are published from there`;
  }
  const { name, githubSource } = released;
  return `${source} has the releases of ${name}, which is built in ${ownerOf(name, all)}/${githubSource}; run it there`;
}

/**
 * Returns the repositories on GitHub that services are built in, sorted: `acme/inventory`.
 * @param own the repository of the list, which isn't one of them; those of services that no stack names an owner for
 *   have its owner
 */
export function sourcesIn(repository: Repository, own: string): string[] {
  const plans = plansIn(repository);
  const at = { source: own, mainBranch: "", charts: new Map<string, string>() };
  const all: Judged = { plans, at, mutableTags: [] };
  const sources = repository.list.flatMap(({ name, githubSource }) =>
    githubSource === "" ? [] : [`${ownerOf(name, all)}/${githubSource}`],
  );
  const named = new Map(sources.map((source) => [source.toLowerCase(), source]));
  named.delete(own.toLowerCase());
  return [...named.values()].sort(compareText);
}

function plansIn(repository: Repository): StackPlan[] {
  return [...repository.stacks.values()].flatMap(
    (values) => planStack(repository, values).plan ?? [],
  );
}

/** What each service is judged by. */
interface Judged {
  /** In the order of the promotion path. */
  readonly plans: readonly StackPlan[];
  readonly at: ServiceSource;
  readonly mutableTags: readonly string[];
}

/** GitHub's names are the same whatever the case of their letters. */
function isSame(repository: string, other: string): boolean {
  return repository.toLowerCase() === other.toLowerCase();
}

/**
 * Returns the owner of a service's GitHub repository, as the first stack says that owns the service. Where none says
 * any, the source has the same one.
 */
function ownerOf(name: string, { plans, at }: Judged): string {
  const [said] = ownersOf(name, plans).flatMap(({ config }) => config.githubOwner ?? []);
  return said ?? at.source.slice(0, at.source.indexOf("/"));
}

/** Returns the plans of the stacks that own a service. */
function ownersOf(name: string, plans: readonly StackPlan[]): StackPlan[] {
  return plans.filter(({ list, config }) =>
    ownedServices(list, config).some((service) => service.name === name),
  );
}

/** The registries that images are pushed to, in this order: a replica gets them from its source. */
const PUSHED_TO = ["source", "external"];

/** Derives what is published of one service, which may have a definition for each environment. */
class Derivation {
  readonly problems: string[] = [];
  readonly notes: string[] = [];
  readonly #definitions: readonly Service[];
  readonly #judged: Judged;

  constructor(definitions: readonly Service[], judged: Judged) {
    this.#definitions = definitions;
    this.#judged = judged;
  }

  /** Returns what is published; undefined with a problem. */
  service(): PublishedService | undefined {
    const [service] = this.#definitions;
    if (service === undefined) throw new Error("a service has a definition");
    const { name, tags, assets } = service;
    const images = this.#imagesOf(service);
    const releases = this.#releasesOf(service);
    const branches = images.length === 0 ? new Map<string, string>() : this.#branches(releases);
    const chart = this.#chartOf(service, releases);
    if (releases === undefined && branches.size === 0) {
      const way =
        images.length === 0
          ? "a branch publishes no files; let an environment have releases of it"
          : "no tag may follow its branch; add latest to registry.mutableTags of a stack config";
      this.problems.push(way);
    }
    if (this.problems.length > 0) return undefined;
    this.#checkSpelling(service);
    return {
      name,
      images,
      branches,
      ...(releases !== undefined && { releases }),
      tags,
      assets: releases === undefined ? [] : assets,
      ...(chart !== undefined && { chart }),
    };
  }

  /** AWS compares the letters of a token's repository, which GitHub writes as the repository was created. */
  #checkSpelling({ name, githubSource }: Service): void {
    const { source } = this.#judged.at;
    const listed = `${ownerOf(name, this.#judged)}/${githubSource}`;
    if (listed === source || !isSame(listed, source)) return;
    this.notes.push(
      `the list has its repository as ${listed}, and this clone as ${source}; write it as GitHub does, as a role of AWS trusts no other spelling`,
    );
  }

  #imagesOf(service: Service): string[] {
    const names = imageRepositories(service);
    if (names.length === 0) return [];
    const owners = ownersOf(service.name, this.#judged.plans);
    const prefixes = PUSHED_TO.flatMap((role) =>
      owners.flatMap(({ config, owner = { config } }) =>
        owner.config.registry?.role === role ? [imagePrefix(config)] : [],
      ),
    );
    const prefix = prefixes.find((found) => found !== "");
    if (prefix === undefined) {
      this.problems.push(
        "no stack config has a registry to push to; write releases:registry with role source or external",
      );
      return [];
    }
    return names.map((name) => prefix + name);
  }

  /** Returns the repository of its releases; undefined where every environment follows a branch. */
  #releasesOf({ name, github }: Service): string | undefined {
    if (this.#definitions.every(({ deploy }) => deploy.strategy === "branch")) return undefined;
    const { source } = this.#judged.at;
    const releases = `${ownerOf(name, this.#judged)}/${github}`;
    return isSame(releases, source) ? source : releases;
  }

  #branches(releases: string | undefined): Map<string, string> {
    const { at, mutableTags } = this.#judged;
    const followed = this.#definitions.flatMap(({ deploy }) =>
      deploy.strategy === "branch" ? [deploy.branch] : [],
    );
    const found = new Map<string, string>();
    for (const branch of new Set(
      releases === undefined ? followed : [...followed, at.mainBranch],
    )) {
      // A service without releases has nothing else that "latest" could mean.
      const tags = releases === undefined ? ["latest", branch] : [branch];
      const tag = tags.find((one) => mutablePattern(one, mutableTags) !== undefined);
      if (tag !== undefined) found.set(branch, tag);
      else {
        this.notes.push(
          `the branch ${branch} isn't pushed; add ${branch} to registry.mutableTags of a stack config to have its images`,
        );
      }
    }
    return found;
  }

  #chartOf({ chart, imageValues }: Service, releases: string | undefined) {
    if (chart === undefined || chart.name.startsWith("./")) return undefined;
    const skip = (why: string): undefined => {
      this.notes.push(`its chart isn't packaged: ${why}`);
    };
    const { repository = chart.name } = chart;
    const { at } = this.#judged;
    const pages = pagesRepository(repository, [at.source, releases]);
    if (isClassic(chart) && pages === undefined) {
      return skip(
        `${repository} is neither an OCI registry nor a repository's page https://OWNER.github.io/NAME; push it to one of these and name that in the list, or keep your own step`,
      );
    }
    const name = chart.name.slice(chart.name.lastIndexOf("/") + 1);
    const folder = at.charts.get(name);
    if (folder === undefined) return skip(`no folder here has the chart ${name}`);
    if (releases === undefined) return skip("a service that follows a branch has no versions");
    if (pages !== undefined && !hasSameOwner(pages, releases)) {
      return skip(
        `${repository} is of another owner than ${releases}; take a chart repository of that owner, or keep your own step`,
      );
    }
    const found: PublishedChart = {
      repository,
      ...(pages !== undefined && { pages }),
      ...{ name, folder, imageValues },
    };
    return found;
  }
}

/** Returns the folders of charts by the charts' names: of several with one name the one that is nearest to the top. */
export function chartsIn(sources: readonly Source[]): Map<string, string> {
  const found = sources.flatMap((source): [string, string][] => {
    const { name } = asMapping(parseYaml(source).value);
    return typeof name === "string" ? [[name, posix.dirname(source.file)]] : [];
  });
  const depth = (folder: string): number => folder.split("/").length;
  const farthestFirst = found.sort(([, a], [, b]) => depth(b) - depth(a) || compareText(b, a));
  return new Map(farthestFirst);
}
