import { findingsError, outsideError, usageError } from "../../core/error";
import { parseYaml } from "../../core/input/yaml-file";
import type { Publications } from "../../core/publish/publication";
import { parsePublications, PUBLICATION_FILE } from "../../core/publish/publication-file";
import type { World } from "../world";

/**
 * Returns what a service's repository publishes, by its releases.yaml.
 * @param repository where the workflow runs, `owner/name`
 * @throws ReleasesError of kind `usage` without the file, and in a copy of the repository that it is of; of kind
 *   `findings` where it can't be read
 */
export function openPublications(
  { files }: Pick<World, "files">,
  repository: string,
): Publications {
  if (!files.exists(PUBLICATION_FILE)) {
    throw usageError(
      `there is no ${PUBLICATION_FILE}; write it with releases init --service, in the repository of the list`,
    );
  }
  const bytes = new TextEncoder().encode(files.text(PUBLICATION_FILE));
  const { publications, issues } = parsePublications(parseYaml({ file: PUBLICATION_FILE, bytes }));
  if (publications === undefined) throw findingsError(issues);
  const { source } = publications;
  if (source.toLowerCase() === repository.toLowerCase()) return publications;
  throw usageError(
    `${PUBLICATION_FILE} is of ${source}, and this is ${repository}; a copy publishes nothing`,
  );
}

/** Returns an adapter that only an installed Helm has. */
export function chartsOf({
  charts,
}: Pick<World, "charts">): NonNullable<ReturnType<World["charts"]>> {
  const found = charts();
  if (found !== undefined) return found;
  throw outsideError("charts are packaged by helm; install it, https://helm.sh/docs/intro/install");
}
