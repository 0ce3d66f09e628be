import { outsideError } from "../../core/error";
import type { ClassicChart } from "../../core/list/service";
import {
  addressIn,
  chartInIndex,
  versionsInIndex,
  type AnnotatedVersion,
  type IndexedChart,
  type UnknownChart,
} from "../../core/verify/chart-index";
import { sha256Of } from "../sigstore/sha256";
import { WebRequests } from "../web-requests";

/** A packaged chart of a chart repository, whose bytes have the digest that the index says. */
export interface FoundChart extends IndexedChart {
  readonly bytes: Uint8Array;
}

/** Reads chart repositories that aren't OCI, as use cases ask for it. */
export interface ChartRepositories {
  /**
   * Returns the package of a chart, as Helm would take it now; or why the repository has none, or has another one
   * than its index says. Each index and each package is read once.
   * @throws ReleasesError of kind `outside` when the repository can't be reached or refuses
   */
  find(chart: ClassicChart): Promise<FoundChart | UnknownChart>;

  /**
   * Returns the versions of a chart; or why the repository has none.
   * @throws ReleasesError of kind `outside` as `find`
   */
  versions(
    chart: Pick<ClassicChart, "repository" | "name">,
  ): Promise<readonly AnnotatedVersion[] | UnknownChart>;
}

/** The largest public index, of thousands of charts, has some 20 MB. */
const MAX_INDEX_BYTES = 32 << 20;

/** A release with its chart is one object of a cluster, of 1 MiB at most; what isn't rendered doesn't count. */
const MAX_PACKAGE_BYTES = 20 << 20;

/** No login is ever shown: addresses have none, and the list can't name any. */
const HEADERS = { accept: "*/*" };

const ADVICE = "check that this chart repository is the right one";

/** Chart repositories over HTTPS. */
export class WebChartRepositories implements ChartRepositories {
  readonly #requests: WebRequests;
  readonly #indexes = new Map<string, Promise<string | undefined>>();
  readonly #packages = new Map<string, Promise<Uint8Array | undefined>>();

  /** @param milliseconds for one try of a request. Default: that of `WebRequests` */
  constructor(milliseconds?: number) {
    this.#requests = new WebRequests(ADVICE, milliseconds);
  }

  async find(chart: ClassicChart): Promise<FoundChart | UnknownChart> {
    const { name, version } = chart;
    const index = await this.#index(chart);
    if (typeof index !== "string") return index;
    const found = chartInIndex(index, chart);
    if ("problem" in found) return found;
    const { digest, url } = found;
    const bytes = await once(this.#packages, url, () => this.#read(url, MAX_PACKAGE_BYTES));
    const what = `the package of ${version} of ${name} at ${url.href}`;
    if (bytes === undefined) return { problem: `${what} is gone; publish it again` };
    const other = sha256Of(bytes);
    if (other === digest) return { digest, url, bytes };
    const problem = `${what} is ${other}, and the index has ${digest}; publish another version`;
    return { problem };
  }

  async versions(
    chart: Pick<ClassicChart, "repository" | "name">,
  ): Promise<readonly AnnotatedVersion[] | UnknownChart> {
    const index = await this.#index(chart);
    return typeof index === "string" ? versionsInIndex(index, chart) : index;
  }

  /** Returns the text of the index of a repository; or why it has none. */
  async #index(chart: Pick<ClassicChart, "repository">): Promise<string | UnknownChart> {
    const index = await once(this.#indexes, addressIn(chart), async (url) => {
      const bytes = await this.#read(url, MAX_INDEX_BYTES);
      return bytes && new TextDecoder().decode(bytes);
    });
    const { repository } = chart;
    if (index !== undefined) return index;
    return { problem: `${repository} has no index.yaml; it is no chart repository that all see` };
  }

  /** Returns what is at an address; undefined where nothing is. */
  async #read(url: URL, limit: number): Promise<Uint8Array | undefined> {
    const { status, bytes } = await this.#requests.send(url.host, { url, headers: HEADERS, limit });
    if (status === 404 || status === 410) return undefined;
    if (status === 200) return bytes;
    const isRefused = status === 401 || status === 403;
    const remedy = isRefused ? "nobody logs in to a chart repository: make it public" : ADVICE;
    const said = `${url.host} answers ${status} about ${url.pathname}`;
    throw outsideError(`${said}; ${status >= 500 ? "try again later" : remedy}`);
  }
}

/** Returns what is known at an address; what failed is tried again. */
function once<Known>(
  known: Map<string, Promise<Known>>,
  url: URL,
  read: (url: URL) => Promise<Known>,
): Promise<Known> {
  const found = known.get(url.href) ?? read(url);
  known.set(url.href, found);
  found.catch(() => known.delete(url.href));
  return found;
}
