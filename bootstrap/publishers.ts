import { compareText } from "../src/core/compare-text";
import { publicationsFrom, sourcesIn } from "../src/core/publish/from-list";
import { branchFilters, tagFilters } from "../src/core/publish/workflow";
import { Ref } from "../src/core/ref";
import type { Repository } from "../src/core/repository";
import type { StackPlan } from "../src/core/stack/plan";
import { declaredLocation, ecrCharts, imagePrefix } from "../src/core/stack/registry";
import { ecrHost } from "../src/core/aws";

/** A service's repository on GitHub that pushes to a stack's registry. */
export interface Publisher {
  /** `acme/inventory`. */
  readonly repository: string;
  /** Without its owner. */
  readonly name: string;
  /** Image repositories that it pushes to, prefix included, and those of its charts, without the host, sorted. */
  readonly pushes: readonly string[];
  /** Full names of the refs that its workflow runs at; a `*` is any text. */
  readonly refs: readonly string[];
}

/**
 * Returns the repositories that push to the registry of a stack, sorted by name: those of the services whose images
 * begin there. A stack that declares no registry, or gets its images from another one, has none.
 * @param own the repository of the list, which publishes no image
 * @param mainBranch of each of them
 */
export function publishersIn(
  repository: Repository,
  { config, list }: StackPlan,
  own: string,
  mainBranch: string,
): Publisher[] {
  const location = declaredLocation(config);
  if (location === undefined || config.registry?.role !== "source") return [];
  const host = `${ecrHost(location.account, location.region)}/`;
  const prefix = imagePrefix(config);
  const charts = ecrCharts(list, location);
  const found = sourcesIn(repository, own).map((source): Publisher => {
    const at = { source, mainBranch, charts: new Map<string, string>() };
    const { publications } = publicationsFrom(repository, at, []);
    const images = publications.services
      .flatMap(({ images }) => images)
      .filter((image) => image.startsWith(prefix));
    const names = new Set(publications.services.map(({ name }) => name));
    const chartNames = charts.filter(({ service }) => names.has(service)).map(({ name }) => name);
    const pushes = [...images.map((image) => image.slice(host.length)), ...chartNames];
    return {
      repository: source,
      name: source.slice(source.indexOf("/") + 1),
      pushes: [...new Set(pushes)].sort(),
      refs: [
        ...tagFilters(publications).map((tag) => Ref.tag(anyText(tag)).fullName),
        ...branchFilters(publications).map((branch) => Ref.branch(anyText(branch)).fullName),
      ],
    };
  });
  return found
    .filter(({ pushes }) => pushes.length > 0)
    .sort((a, b) => compareText(a.name, b.name));
}

/** Returns a filter of a workflow as a policy has it, which knows no classes and no escapes. */
function anyText(filter: string): string {
  return filter.replace("[0-9]*", "*").replaceAll("\\", "").replaceAll("$", "${$}");
}
