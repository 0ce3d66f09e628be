import type { HelmRenderer } from "../../adapters/helm/helm";
import type { ChartPackages } from "../../adapters/helm/packages";
import type { ImageRegistries } from "../../adapters/oci/image-registries";
import { outsideError } from "../../core/error";
import { formatImageReference, parseImageReference } from "../../core/image-reference";
import { isOfCommit } from "../../core/publish/chart-files";
import { chartTag, chartVersions } from "../../core/publish/chart-version";
import type { PublishedChart } from "../../core/publish/publication";
import type { ChartContents } from "../../core/verify/chart-image";

/** A version of a chart that is published. */
export interface KnownChart {
  readonly version: string;
  readonly digest: string;
  readonly contents: ChartContents;
}

/**
 * The versions of a chart where they are published. Every method throws a ReleasesError of kind `outside` when that
 * can't be asked, or doesn't have what it lists.
 */
export interface PublishedCharts {
  /** As messages name it. */
  readonly name: string;

  /** Returns the versions that are taken, as registries spell them. */
  tags(): Promise<readonly string[]>;

  /** Returns a version; undefined for one that somebody else published elsewhere. */
  find(version: string): Promise<KnownChart | undefined>;

  /**
   * Returns the versions that were packaged from a commit, the newest first.
   * @param tags all of them
   */
  ofCommit(tags: readonly string[], commit: string): Promise<KnownChart[]>;

  /** Returns the package of a version. */
  bytesOf(chart: Pick<KnownChart, "version" | "digest">): Promise<Uint8Array>;
}

/** What charts of a registry are read with. */
export interface ChartReader {
  readonly registries: Pick<ImageRegistries, "digestOf" | "annotationsOf" | "tags">;
  readonly helm: Pick<HelmRenderer, "contents">;
  readonly charts: Pick<ChartPackages, "pull">;
}

/** Versions that are looked through for those of a commit: as many as there are in some months. */
export const MAX_VERSIONS = 100;

/** The versions of a chart in an OCI registry. */
export class RegistryCharts implements PublishedCharts {
  readonly name: string;
  readonly #reader: ChartReader;

  constructor({ repository }: Pick<PublishedChart, "repository">, reader: ChartReader) {
    [this.name, this.#reader] = [repository.slice("oci://".length), reader];
  }

  async tags(): Promise<readonly string[]> {
    const found = await this.#reader.registries.tags(parseImageReference(this.name));
    return (found ?? []).map(({ name }) => name);
  }

  async find(version: string): Promise<KnownChart> {
    const { registries, helm } = this.#reader;
    const [at, tag] = [parseImageReference(this.name), chartTag(version)];
    const digest = await registries.digestOf({ ...at, tag });
    const name = formatImageReference(at);
    if (digest === undefined)
      throw outsideError(`${name} lists ${tag} and doesn't have it; try again`);
    return { version, digest, contents: helm.contents(name, digest) };
  }

  async ofCommit(tags: readonly string[], commit: string): Promise<KnownChart[]> {
    const at = parseImageReference(this.name);
    const newest = chartVersions(tags).slice(0, MAX_VERSIONS);
    const found = await Promise.all(
      newest.map(async (version) => {
        const tag = chartTag(version);
        const annotations = await this.#reader.registries.annotationsOf({ ...at, tag });
        return isOfCommit({ annotations: annotations ?? {} }, commit) ? version : [];
      }),
    );
    const charts: KnownChart[] = [];
    for (const version of found.flat()) charts.push(await this.find(version));
    return charts;
  }

  bytesOf({ digest }: Pick<KnownChart, "digest">): Promise<Uint8Array> {
    return this.#reader.charts.pull(this.name, digest);
  }
}
