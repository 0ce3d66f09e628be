import { ReleasesError, usageError } from "../../core/error";
import { isError } from "../../core/input/issue";
import type { Source, YamlFile } from "../../core/input/source";
import { parseYaml } from "../../core/input/yaml-file";
import { chartsIn, publicationsFrom, type Derived } from "../../core/publish/from-list";
import { PUBLICATION_FILE } from "../../core/publish/publication-file";
import { asMapping } from "../../core/mapping";
import type { Repository } from "../../core/repository";
import { DEFAULT_ROOT } from "../../core/verify/policy";
import type { CompanyFolder } from "../init";
import type { World } from "../world";

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
 * @param charts folders of charts, besides those where they are found
 * @throws ReleasesError of kind `usage` where nobody knows its name on GitHub, of kind `findings` where the list has
 *   errors: what it says of a service wouldn't be known
 */
export function publishedFrom(
  repository: Repository,
  folder: ServiceFolder,
  named: readonly string[],
  charts: ReadonlyMap<string, string> = new Map(),
): Derived {
  const errors = repository.issues.filter(isError);
  if (errors.length > 0) throw new ReleasesError("findings", "the list has errors", errors);
  const source = folder.github();
  if (source === undefined) {
    throw usageError(
      `${folder.name} has no origin on GitHub, which says whose services it has; git remote add origin adds it`,
    );
  }
  const known = new Set(repository.list.map(({ name }) => name));
  const before = servicesIn(folder).filter((name) => known.has(name));
  const found = new Map([...chartsIn(folder.charts()), ...charts]);
  const at = { source, mainBranch: folder.mainBranch(), charts: found };
  return publicationsFrom(repository, at, [...named, ...before]);
}

/** Returns the names of the services of a releases.yaml, whatever else is in it. */
export function servicesIn(folder: Pick<ServiceFolder, "read">): string[] {
  const { services } = asMapping(fileIn(folder, PUBLICATION_FILE)?.value);
  return Object.keys(asMapping(services));
}

/** Returns a YAML file of a service's repository; undefined where there is none. */
export function fileIn(folder: Pick<ServiceFolder, "read">, file: string): YamlFile | undefined {
  const text = folder.read(file);
  return text === undefined
    ? undefined
    : parseYaml({ file, bytes: new TextEncoder().encode(text) });
}

/** Returns the trust root of the first environment that verifies with one; undefined where the list has none. */
export function trustRootOf(
  { files }: Pick<World, "files">,
  { environments }: Repository,
): string | undefined {
  const roots = [...(environments?.values() ?? [])].flatMap(({ verify }) =>
    verify === undefined ? [] : [verify.root ?? DEFAULT_ROOT],
  );
  const root = roots.find(files.exists);
  return root === undefined ? undefined : files.text(root);
}
