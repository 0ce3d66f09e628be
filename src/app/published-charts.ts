import type { HelmRenderer } from "../adapters/helm/helm";
import type { ImageRegistries } from "../adapters/oci/image-registries";
import { outsideError } from "../core/error";
import { formatImageReference, type ImageReference } from "../core/image-reference";
import { isOfCommit } from "../core/publish/chart-files";
import { chartTag, chartVersions } from "../core/publish/chart-version";
import type { ChartContents } from "../core/verify/chart-image";

/** A version of a chart that a registry has. */
export interface KnownChart {
  readonly version: string;
  readonly digest: string;
  readonly contents: ChartContents;
}

/** What charts are read with. */
export interface ChartReader {
  readonly registries: Pick<ImageRegistries, "digestOf" | "annotationsOf">;
  readonly helm: Pick<HelmRenderer, "contents">;
}

/** Versions that are looked through for those of a commit: as many as there are in some months. */
const MAX_VERSIONS = 100;

/**
 * Returns a version of a chart.
 * @throws ReleasesError of kind `outside` where the registry doesn't have it, or can't be asked
 */
export async function chartAt(
  { registries, helm }: ChartReader,
  at: ImageReference,
  version: string,
): Promise<KnownChart> {
  const tag = chartTag(version);
  const digest = await registries.digestOf({ ...at, tag });
  const name = formatImageReference(at);
  if (digest === undefined)
    throw outsideError(`${name} lists ${tag} and doesn't have it; try again`);
  return { version, digest, contents: helm.contents(name, digest) };
}

/**
 * Returns the versions of a chart that were packaged from a commit, the newest first.
 * @param tags all of the chart's
 * @throws ReleasesError of kind `outside` when the registry can't be asked
 */
export async function chartsOfCommit(
  reader: ChartReader,
  at: ImageReference,
  tags: readonly string[],
  commit: string,
): Promise<KnownChart[]> {
  const newest = chartVersions(tags).slice(0, MAX_VERSIONS);
  const found = await Promise.all(
    newest.map(async (version) => {
      const annotations = await reader.registries.annotationsOf({ ...at, tag: chartTag(version) });
      return isOfCommit({ annotations: annotations ?? {} }, commit) ? version : [];
    }),
  );
  const charts: KnownChart[] = [];
  for (const version of found.flat()) charts.push(await chartAt(reader, at, version));
  return charts;
}
