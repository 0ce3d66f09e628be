import type { FileChange } from "../../adapters/github/branch-files";
import type { GithubClient } from "../../adapters/github/github";
import type { HelmRenderer } from "../../adapters/helm/helm";
import { sha256Of } from "../../adapters/sigstore/sha256";
import { outsideError, ReleasesError } from "../../core/error";
import { isOfCommit } from "../../core/publish/chart-files";
import { chartReleaseTag, chartTag, chartVersions } from "../../core/publish/chart-version";
import {
  indexVersions,
  withVersion,
  type IndexVersion,
  type NewIndexVersion,
} from "../../core/publish/index-text";
import { PAGES_BRANCH } from "../../core/publish/pages";
import type { PublishedChart } from "../../core/publish/publication";
import { INDEX } from "../../core/verify/chart-index";
import { chartPlace } from "../../core/verify/subjects";
import { isChartVersion } from "../../core/version";
import { MAX_VERSIONS, type KnownChart, type PublishedCharts } from "./published-charts";

/** A chart of a chart repository on GitHub Pages. */
export type PagesChart = PublishedChart & { readonly pages: string };

/** Whether a chart is published in the index of a chart repository on GitHub Pages. */
export function isOnPages(chart: PublishedChart): chart is PagesChart {
  return chart.pages !== undefined;
}

/** Others may publish at the same time: tries of a commit before it is given up. */
const MAX_TRIES = 5;

/**
 * The versions of a chart of a chart repository on GitHub Pages. Its index is read on its branch: what is served may be
 * minutes old. Packages are files of the releases that the chart has in the repository of its service's releases, and
 * a release that isn't in the index was left by a run that was ended.
 */
export class PagesCharts implements PublishedCharts {
  readonly name: string;
  readonly #chart: PagesChart;
  readonly #releases: string;
  readonly #github: GithubClient;
  readonly #helm: Pick<HelmRenderer, "packaged">;
  #known: readonly IndexVersion[] | undefined;
  readonly #packages = new Map<string, Uint8Array>();

  /** @param releases the repository of its releases, `owner/name` */
  constructor(
    chart: PagesChart,
    releases: string,
    github: GithubClient,
    helm: Pick<HelmRenderer, "packaged">,
  ) {
    this.name = chartPlace(chart);
    [this.#chart, this.#releases, this.#github, this.#helm] = [chart, releases, github, helm];
  }

  async tags(): Promise<readonly string[]> {
    const indexed = (await this.#indexed()).map(({ version }) => version);
    return [...new Set([...indexed, ...(await this.#released())])].map(chartTag);
  }

  /** A version has a release with its package, which is what the index says. */
  async find(version: string): Promise<KnownChart | undefined> {
    const bytes = await this.#packageOf(version);
    if (bytes === undefined) return undefined;
    const digest = sha256Of(bytes);
    const entry = (await this.#indexed()).find((one) => one.version === version);
    if (entry !== undefined && entry.digest !== digest) {
      const says = entry.digest ?? "no digest";
      throw this.#refusal(
        `has ${says} of ${this.#fileOf(version)}, and the release of ${this.#releases} has ${digest}; publish another version`,
      );
    }
    return { version, digest, contents: this.#helm.packaged(this.#fileOf(version), bytes) };
  }

  async ofCommit(tags: readonly string[], commit: string): Promise<KnownChart[]> {
    const indexed = new Map((await this.#indexed()).map((one) => [one.version, one]));
    const charts: KnownChart[] = [];
    for (const version of chartVersions(tags).slice(0, MAX_VERSIONS)) {
      const entry = indexed.get(version);
      if (entry !== undefined && entry.commit !== commit) continue;
      const found = await this.find(version);
      if (found === undefined && entry !== undefined) throw this.#gone(version);
      if (found !== undefined && isOfCommit(found.contents, commit)) charts.push(found);
    }
    return charts;
  }

  async bytesOf({ version }: Pick<KnownChart, "version">): Promise<Uint8Array> {
    const bytes = await this.#packageOf(version);
    if (bytes !== undefined) return bytes;
    throw this.#gone(version);
  }

  /**
   * Throws where the index couldn't have a version, so that nothing else is published of it.
   * @throws ReleasesError of kind `findings` where it has other bytes of the version, or can't be edited
   */
  async expectRoom(version: Omit<NewIndexVersion, "url">): Promise<void> {
    this.#edited((await this.#read()).text, { ...version, url: this.#chart.repository });
  }

  /**
   * Adds a version to the index, with the package that its release has, unless it is there. Nobody else's change is
   * lost: where there was one, the index is read again.
   * @throws ReleasesError of kind `findings` as `expectRoom`; of kind `outside` where GitHub doesn't take it
   */
  async add(version: Omit<NewIndexVersion, "url">): Promise<void> {
    const { pages, name } = this.#chart;
    const url = await this.#addressOf(version);
    let said = "";
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { text: before, blob } = await this.#read();
      const text = this.#edited(before, { ...version, url });
      if (text === undefined) return;
      const message = `${name} ${version.version}`;
      const change: FileChange = { branch: PAGES_BRANCH, path: INDEX, blob, text, message };
      const conflict = await this.#github.files(pages).replace(change);
      if (conflict === undefined) return;
      said = conflict;
    }
    throw outsideError(
      `GitHub doesn't take the index of ${pages} at ${PAGES_BRANCH}: ${said}; let the token write there, and run it again`,
    );
  }

  /** Returns the text of the index with a version; undefined where it has it. */
  #edited(before: string, version: NewIndexVersion): string | undefined {
    const edited = withVersion(before, this.#chart.name, version);
    if (edited === "there") return undefined;
    if ("text" in edited) return edited.text;
    throw this.#refusal(edited.problem);
  }

  #refusal(problem: string): ReleasesError {
    return new ReleasesError(
      "findings",
      `the ${INDEX} of ${this.#chart.pages} at ${PAGES_BRANCH} ${problem}`,
    );
  }

  async #indexed(): Promise<readonly IndexVersion[]> {
    if (this.#known !== undefined) return this.#known;
    const found = indexVersions((await this.#read()).text, this.#chart.name);
    if ("problem" in found) throw this.#refusal(found.problem);
    this.#known = found;
    return found;
  }

  async #read() {
    const { pages } = this.#chart;
    const found = await this.#github.files(pages).read({ branch: PAGES_BRANCH, path: INDEX });
    if (found !== undefined) return found;
    throw new ReleasesError(
      "findings",
      `${pages} shows no ${INDEX} on a branch ${PAGES_BRANCH}; push one with the lines "apiVersion: v1" and "entries: {}" there, and let GitHub Pages serve that branch`,
    );
  }

  /** Returns the versions that have a release with a package. */
  async #released(): Promise<string[]> {
    const start = chartReleaseTag(this.#chart.name, "");
    const all = await this.#github.releases(this.#releases).listed();
    return all.flatMap(({ tag, files }) => {
      const version = tag.startsWith(start) ? tag.slice(start.length) : "";
      return isChartVersion(version) && files.includes(this.#fileOf(version)) ? version : [];
    });
  }

  #gone(version: string): ReleasesError {
    const release = `the release ${this.#tagOf(version)} of ${this.#releases}`;
    return outsideError(`${release} has no ${this.#fileOf(version)} any more; publish it again`);
  }

  async #packageOf(version: string): Promise<Uint8Array | undefined> {
    const known = this.#packages.get(version);
    if (known !== undefined) return known;
    const asset = await this.#assetOf(version);
    const bytes = asset && (await this.#github.releases(this.#releases).download(asset));
    if (bytes !== undefined) this.#packages.set(version, bytes);
    return bytes;
  }

  async #addressOf({ version, digest }: Omit<NewIndexVersion, "url">): Promise<string> {
    const asset = await this.#assetOf(version);
    const isSame = asset?.digest === undefined || asset.digest === digest;
    if (asset !== undefined && isSame) return asset.address;
    throw outsideError(
      `${this.#releases} doesn't show what was published as ${this.#tagOf(version)}; run it again`,
    );
  }

  async #assetOf(version: string) {
    const published = await this.#github.releases(this.#releases).published(this.#tagOf(version));
    return published?.assets.find(({ name }) => name === this.#fileOf(version));
  }

  #tagOf(version: string): string {
    return chartReleaseTag(this.#chart.name, version);
  }

  /** Returns what Helm calls the package of a version. */
  #fileOf(version: string): string {
    return `${this.#chart.name}-${version}.tgz`;
  }
}
