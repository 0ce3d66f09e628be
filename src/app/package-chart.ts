import type { GithubClient } from "../adapters/github/github";
import type { ChartPackage, ChartPackages } from "../adapters/helm/packages";
import type { HelmRenderer } from "../adapters/helm/helm";
import type { ImageRegistries } from "../adapters/oci/image-registries";
import { sha256Of } from "../adapters/sigstore/sha256";
import { outsideError, usageError } from "../core/error";
import {
  formatImageReference,
  parseImageReference,
  type ImageReference,
} from "../core/image-reference";
import type { Build } from "../core/publish/build";
import {
  chartMeta,
  imageIn,
  isOfCommit,
  withImage,
  withRevision,
  type ChartMeta,
} from "../core/publish/chart-files";
import {
  chartReleaseTag,
  chartTag,
  chartVersions,
  isPublished,
  nextChartVersion,
} from "../core/publish/chart-version";
import {
  publishedBy,
  type Publication,
  type Publications,
  type PublishedChart,
} from "../core/publish/publication";
import type { Ref } from "../core/ref";
import { versionIn } from "../core/tag-pattern";
import type { Subject } from "../core/verify/judge";
import { isChartVersion } from "../core/version";
import { BuildSignatures, type BuildSigning } from "./build-signatures";
import {
  publishRelease,
  releaseState,
  type ReleaseState,
  type WantedRelease,
} from "./github-release";
import { chartsOf, openPublications } from "./publications";
import { chartAt, chartsOfCommit } from "./published-charts";
import type { World } from "./world";

export interface PackageRequest {
  /** Where the workflow runs, `owner/name`. */
  readonly repository: string;
  readonly ref: Ref;
  readonly commit: string;
  /** Whose chart it is. Default: the only one that has a chart. */
  readonly service?: string;
  /** The image that was published of the ref. Absent: the chart alone, for the image that its newest version names. */
  readonly digest?: string;
  readonly build: Build;
  /** Absent: nothing is signed. */
  readonly signing?: BuildSigning;
}

/** A chart that is published. */
export interface PublishedPackage {
  readonly service: string;
  /** By its digest. */
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  /** The image that it names. */
  readonly image: { readonly tag: string; readonly digest: string };
  /** Whether an earlier run pushed it. */
  readonly wasThere: boolean;
  /** The page of its release. */
  readonly release?: string;
}

export type PackageResult = PublishedPackage | { readonly refused: string };

/**
 * Publishes the chart of a service with a version of its own: one for each image, whose digest it names; or without
 * an image, for a change of the chart alone, the version that its Chart.yaml says. No version is ever published
 * again. The folder stays as it is. Run again, it does what an earlier run has left to do.
 * @throws ReleasesError of kind `usage` and `findings` as `openPublications`, and for a chart that can't be packaged;
 *   of kind `outside` without Helm, and when a registry or GitHub can't be asked
 */
export async function packageChart(world: World, request: PackageRequest): Promise<PackageResult> {
  const all = openPublications(world, request.repository);
  const found = publishedBy(request.ref, request.commit, all);
  if ("refusal" in found) return { refused: found.refusal };
  const publication = publicationWithChart(found.publications, request);
  const { chart } = publication.service;
  if (chart === undefined) throw new Error("a service with a chart was chosen");
  if (request.digest !== undefined && !publication.packagesChart) {
    const refused = `${request.ref.name} is no version, and only those get a chart; leave --digest out to publish the chart alone`;
    return { refused };
  }
  const charts = chartsOf(world);
  const helm = world.helm();
  if (helm === undefined) throw new Error("who packages charts also reads them");
  const registries = world.registries();
  try {
    const run: Run = { world, registries, charts, helm, request, publication, chart, all };
    return await publishChart(run);
  } finally {
    registries.close();
  }
}

interface Run {
  readonly world: World;
  readonly registries: ImageRegistries;
  readonly charts: ChartPackages;
  readonly helm: Pick<HelmRenderer, "contents">;
  readonly request: PackageRequest;
  readonly publication: Publication;
  readonly chart: PublishedChart;
  readonly all: Publications;
}

/** What is to be published: a version that an earlier run pushed, or a new one. */
interface Plan {
  readonly version: string;
  readonly appVersion: string;
  readonly image: { readonly tag: string; readonly digest: string };
  /** Of the version that is there. */
  readonly digest?: string;
}

/** Why a chart isn't published, as what is thrown inside of this file. */
class Refused extends Error {}

async function publishChart(run: Run): Promise<PackageResult> {
  const { chart, publication, request, world, registries, charts } = run;
  const { service } = publication;
  const at = parseImageReference(chart.repository.slice("oci://".length));
  try {
    const plan = await planOf(run, at);
    const { version, image } = plan;
    const github = await githubFor(run);
    const packed =
      plan.digest === undefined
        ? await pack(run, plan)
        : {
            name: `${chart.name}-${version}.tgz`,
            bytes: await charts.pull(formatImageReference(at), plan.digest),
          };
    const wanted = wantedRelease(run, plan, packed, at);
    const state = wanted && (await stateOf(wanted, github));
    const digest = plan.digest ?? (await push(run, packed, { ...at, tag: chartTag(version) }));
    const own = { ...at, digest };
    const signatures =
      request.signing && new BuildSignatures(registries, request.signing, world.now);
    const subject: Subject = { kind: "chart", name: formatImageReference(at), digest };
    const file = { name: packed.name, digest: sha256Of(packed.bytes) };
    const statements = await signatures?.of({ image: subject, files: [file] }, request.build, own);
    if (statements !== undefined) await signatures?.attach(own, statements);
    const release = wanted && state && (await publishOne({ wanted, state, github, statements }));
    return {
      service: service.name,
      name: formatImageReference(own),
      ...{ version, digest, image, wasThere: plan.digest !== undefined },
      ...(release !== undefined && { release }),
    };
  } catch (cause) {
    if (cause instanceof Refused) return { refused: cause.message };
    throw cause;
  }
}

function publicationWithChart(
  publications: readonly Publication[],
  { service: name, ref }: PackageRequest,
): Publication {
  const own = publications.filter(({ service }) => service.chart !== undefined);
  const found = own.filter(({ service }) => name === undefined || service.name === name);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const names = own.map(({ service }) => service.name).join(", ");
  throw usageError(
    only === undefined
      ? `${name ?? "no service"} has ${name === undefined ? "a" : "no"} chart that ${ref.name} publishes; it is one of: ${names || "none"}`
      : `several services have charts; name one of ${names}`,
  );
}

/** Returns which version is to be published, for which image. */
async function planOf(run: Run, at: ImageReference): Promise<Plan> {
  const meta = metaOf(run);
  const tags = ((await run.registries.tags(at)) ?? []).map(({ name }) => name);
  const { digest } = run.request;
  return digest === undefined
    ? planAlone(run, meta, tags, at)
    : planForImage(run, meta, tags, digest, at);
}

/** Returns the version for an image: one that a run before pushed of the same commit, else the next one. */
async function planForImage(
  run: Run,
  meta: Named,
  tags: readonly string[],
  digest: string,
  at: ImageReference,
): Promise<Plan> {
  const { registries, publication, chart } = run;
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
  for (const known of await chartsOfCommit(run, at, tags, run.request.commit)) {
    const isSame =
      known.contents.appVersion === appVersion &&
      imageIn(known.contents, chart.imageValues)?.digest === digest;
    if (isSame) return { ...known, appVersion, image: named };
  }
  return { version: nextChartVersion(meta.version, tags), appVersion, image: named };
}

/** Returns the version that Chart.yaml says, for the image that the newest version names. */
async function planAlone(
  run: Run,
  { version }: Named,
  tags: readonly string[],
  at: ImageReference,
): Promise<Plan> {
  const { chart, request } = run;
  const [newest] = chartVersions(tags);
  if (newest === undefined) {
    throw new Refused(
      `${formatImageReference(at)} has no version yet whose image this one could have; publish one of an image first`,
    );
  }
  const there = isPublished(version, tags) ? await chartAt(run, at, version) : undefined;
  if (there !== undefined && !isOfCommit(there.contents, request.commit)) {
    throw new Refused(
      `${version} of ${formatImageReference(at)} is published already; raise "version" in ${chart.folder}/Chart.yaml`,
    );
  }
  const source = there ?? (await chartAt(run, at, newest));
  const image = imageIn(source.contents, chart.imageValues);
  const { appVersion } = source.contents;
  if (image === undefined || appVersion === undefined) {
    throw new Refused(
      `${source.version} of ${formatImageReference(at)} names no image by its digest; publish a chart of an image first`,
    );
  }
  return { version, appVersion, image, ...(there && { digest: there.digest }) };
}

/** What a chart is called. */
type Named = ChartMeta & { readonly version: string };

function metaOf({ world: { files }, chart: { folder, name } }: Run): Named {
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

function pack({ world, charts, chart, request }: Run, plan: Plan): Promise<ChartPackage> {
  const { folder, imageValues } = chart;
  const [meta, values] = [`${folder}/Chart.yaml`, `${folder}/values.yaml`];
  const own = world.files.exists(values) ? world.files.text(values) : "";
  return charts.pack({
    folder: `${world.folder}/${folder}`,
    texts: new Map([
      ["Chart.yaml", withRevision({ file: meta, text: world.files.text(meta) }, request.commit)],
      ["values.yaml", withImage({ file: values, text: own }, imageValues, plan.image)],
    ]),
    version: plan.version,
    appVersion: plan.appVersion,
  });
}

/** Pushes a chart whose version nobody has published since it was chosen. Returns its digest. */
async function push(
  { registries, charts }: Run,
  packed: ChartPackage,
  at: ImageReference,
): Promise<string> {
  const name = formatImageReference(at);
  if ((await registries.digestOf(at)) !== undefined) {
    throw outsideError(`${name} was published meanwhile; run it again`);
  }
  const above = at.repository.split("/").slice(0, -1).join("/");
  const repository = formatImageReference({ host: at.host, repository: above });
  const digest = await charts.push(packed, repository.replace(/\/$/, ""));
  const found = await registries.digestOf(at);
  if (found === digest) return digest;
  throw outsideError(
    `${name} is ${found ?? "missing"}, and ${digest} was pushed; check its registry`,
  );
}

async function githubFor({ world, publication }: Run): Promise<GithubClient | undefined> {
  if (publication.service.releases === undefined) return undefined;
  const github = await world.github();
  if (github !== undefined) return github;
  throw outsideError("GitHub takes no release without a GITHUB_TOKEN; give the step one");
}

/** Returns the chart's own release; undefined for a service that has none. */
function wantedRelease(
  { publication, chart, all, request }: Run,
  { version, image }: Plan,
  packed: ChartPackage,
  at: ImageReference,
): WantedRelease | undefined {
  const { releases, images } = publication.service;
  if (releases === undefined) return undefined;
  const tag = chartReleaseTag(chart.name, version);
  const other = all.services.find(({ tags }) => versionIn(tags.github, tag) !== undefined);
  if (other !== undefined) {
    throw new Refused(
      `the chart's release ${tag} would be a version of ${other.name}; give that other tags.github in the list`,
    );
  }
  return {
    repository: releases,
    tag,
    ...(releases === all.source && { commit: request.commit }),
    isPrerelease: version.includes("-"),
    mayBeLatest: false,
    replaces: "nothing",
    artifacts: [
      `${formatImageReference(at)}:${version}`,
      `${images[0] ?? ""}:${image.tag}@${image.digest}`,
    ],
    files: [packed],
    attested: request.signing === undefined ? [] : [chart.name],
  };
}

async function stateOf(
  wanted: WantedRelease,
  github: GithubClient | undefined,
): Promise<ReleaseState> {
  if (github === undefined) throw new Error("releases were to be published with GitHub");
  const state = await releaseState(wanted, github.releases(wanted.repository));
  if (state.kind === "refused") throw new Refused(state.refusal);
  return state;
}

async function publishOne({
  wanted,
  state,
  github,
  statements = [],
}: {
  readonly wanted: WantedRelease;
  readonly state: ReleaseState;
  readonly github: GithubClient | undefined;
  readonly statements: Parameters<typeof publishRelease>[1][number]["statements"] | undefined;
}): Promise<string> {
  if (state.kind === "there") return state.address;
  if (github === undefined) throw new Error("releases were to be published with GitHub");
  const attestations = wanted.attested.map((name) => ({ name, statements }));
  return publishRelease(wanted, attestations, github.releases(wanted.repository));
}
