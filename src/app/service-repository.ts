import { ReleasesError, usageError } from "../core/error";
import { hasErrors, isError } from "../core/input/issue";
import type { Source } from "../core/input/source";
import { parseYaml } from "../core/input/yaml-file";
import { chartsIn, publicationsFrom, type Derived } from "../core/publish/from-list";
import { PUBLICATION_FILE } from "../core/publish/publication-file";
import { asMapping } from "../core/mapping";
import type { Repository } from "../core/repository";
import type { CompanyFolder } from "./init";

/** The folder of a service's repository. */
export interface ServiceFolder extends Omit<CompanyFolder, "entries"> {
  /** Returns its name on GitHub, `acme/orders`, by its origin; undefined where that is elsewhere, or missing. */
  readonly github: () => string | undefined;
  /** Returns the branch that its origin shows first; `main` where nobody knows. */
  readonly mainBranch: () => string;
  /** Returns every Chart.yaml of a chart that isn't a part of another one. */
  readonly charts: () => readonly Source[];
  /** Returns the folders that have a Dockerfile; its own is `.`. */
  readonly buildable: () => readonly string[];
}

/**
 * Returns what a list says that a service's repository publishes: the services of its GitHub repository, those that
 * are named, and those that its releases.yaml has and the list still knows.
 * @throws ReleasesError of kind `usage` where nobody knows its name on GitHub, of kind `findings` where the list has
 *   errors: what it says of a service wouldn't be known
 */
export function publishedFrom(
  repository: Repository,
  folder: ServiceFolder,
  named: readonly string[],
): Derived {
  const issues = repository.issues.filter(isError);
  if (hasErrors(issues)) throw new ReleasesError("findings", "the list has errors", issues);
  const source = folder.github();
  if (source === undefined) {
    throw usageError(
      `${folder.name} has no origin on GitHub, so nobody knows which services are its own; git remote add origin says where`,
    );
  }
  const known = new Set(repository.list.map(({ name }) => name));
  const before = servicesIn(folder).filter((name) => known.has(name));
  const at = { source, mainBranch: folder.mainBranch(), charts: chartsIn(folder.charts()) };
  return publicationsFrom(repository, at, [...named, ...before]);
}

/** Returns the names of the services of a releases.yaml, whatever else is in it. */
export function servicesIn(folder: Pick<ServiceFolder, "read">): string[] {
  const text = folder.read(PUBLICATION_FILE);
  if (text === undefined) return [];
  const { value } = parseYaml({ file: PUBLICATION_FILE, bytes: new TextEncoder().encode(text) });
  return Object.keys(asMapping(asMapping(value)["services"]));
}
