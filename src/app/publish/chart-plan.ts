import type { ImageRegistries } from "../../adapters/oci/image-registries";
import { usageError } from "../../core/error";
import { formatImageReference, parseImageReference } from "../../core/image-reference";
import { chartMeta, imageIn, isOfCommit, type ChartMeta } from "../../core/publish/chart-files";
import { chartVersions, isPublished, nextChartVersion } from "../../core/publish/chart-version";
import type { Publication, PublishedChart } from "../../core/publish/publication";
import { isChartVersion } from "../../core/version";
import type { World } from "../world";
import type { PublishedCharts } from "./published-charts";

/** What the version of a chart is chosen by. */
export interface Choice {
  readonly world: World;
  readonly registries: ImageRegistries;
  readonly publication: Publication;
  readonly chart: PublishedChart;
  /** That is published. */
  readonly commit: string;
  /** Of the image that was published of the commit. Absent: the chart alone is published. */
  readonly digest?: string;
}

/** What is to be published: a version that an earlier run pushed, or a new one. */
export interface ChartPlan {
  readonly version: string;
  readonly appVersion: string;
  readonly image: { readonly tag: string; readonly digest: string };
  /** Of the version that is there. */
  readonly digest?: string;
}

/** Why a chart isn't published. */
export class Refused extends Error {}

/**
 * Returns which version is to be published, for which image.
 * @throws Refused where there is none
 */
export async function planOf(choice: Choice, charts: PublishedCharts): Promise<ChartPlan> {
  const meta = metaOf(choice);
  const tags = await charts.tags();
  const { digest } = choice;
  return digest === undefined
    ? planAlone(choice, meta, tags, charts)
    : planForImage(choice, meta, tags, digest, charts);
}

/** Returns the version for an image: one that a run before published of the same commit, else the next one. */
async function planForImage(
  choice: Choice,
  meta: Named,
  tags: readonly string[],
  digest: string,
  charts: PublishedCharts,
): Promise<ChartPlan> {
  const { registries, publication, chart } = choice;
  const [image = "", tag = ""] = [publication.service.images[0], publication.tags[0]?.name];
  const reference = { ...parseImageReference(image), tag };
  const found = await registries.digestOf(reference);
  if (found !== digest) {
    throw new Refused(
      `${formatImageReference(reference)} is ${found ?? "missing"}, not ${digest}; publish the image with releases ci publish first`,
    );
  }
  const { version: own } = publication;
  const appVersion = meta.appVersion?.startsWith("v") === false ? own.replace(/^v/, "") : own;
  const named = { tag, digest };
  for (const known of await charts.ofCommit(tags, choice.commit)) {
    const isSame =
      known.contents.appVersion === appVersion &&
      imageIn(known.contents, chart.imageValues)?.digest === digest;
    if (isSame) return { ...known, appVersion, image: named };
  }
  return { version: nextChartVersion(meta.version, tags), appVersion, image: named };
}

/** Returns the version that Chart.yaml says, for the image that the newest version names. */
async function planAlone(
  choice: Choice,
  { version }: Named,
  tags: readonly string[],
  charts: PublishedCharts,
): Promise<ChartPlan> {
  const { chart, commit } = choice;
  const { name } = charts;
  const [newest] = chartVersions(tags);
  if (newest === undefined) {
    throw new Refused(
      `${name} has no version yet whose image this one could have; publish one of an image first`,
    );
  }
  const isTaken = isPublished(version, tags);
  const there = isTaken ? await charts.find(version) : undefined;
  if (isTaken && (there === undefined || !isOfCommit(there.contents, commit))) {
    throw new Refused(
      `${version} of ${name} is published already; raise "version" in ${chart.folder}/Chart.yaml`,
    );
  }
  const { contents } = there ?? (await charts.find(newest)) ?? {};
  const image = contents && imageIn(contents, chart.imageValues);
  const appVersion = contents?.appVersion;
  if (image === undefined || appVersion === undefined) {
    throw new Refused(
      `${there?.version ?? newest} of ${name} names no image by its digest; publish a chart of an image first`,
    );
  }
  return { version, appVersion, image, ...(there && { digest: there.digest }) };
}

/** What a chart is called. */
type Named = ChartMeta & { readonly version: string };

function metaOf({ world: { files }, chart: { folder, name } }: Choice): Named {
  const file = `${folder}/Chart.yaml`;
  if (!files.exists(file)) throw usageError(`there is no ${file}`);
  const meta = chartMeta({ file, text: files.text(file) });
  const { version } = meta;
  if (meta.name !== name) {
    throw new Refused(`${file} has the name ${meta.name ?? "none"}, and releases.yaml ${name}`);
  }
  if (version !== undefined && isChartVersion(version)) return { ...meta, version };
  throw new Refused(`${file} has the version ${version ?? "none"}; write one such as 1.4.0`);
}
