import type { GithubClient } from "../../adapters/github/github";
import type { ChartPackage, ChartPackages } from "../../adapters/helm/packages";
import type { HelmRenderer } from "../../adapters/helm/helm";
import type { ImageRegistries } from "../../adapters/oci/image-registries";
import { sha256Of } from "../../adapters/sigstore/sha256";
import { outsideError, usageError } from "../../core/error";
import {
  formatImageReference,
  parseImageReference,
  type ImageReference,
} from "../../core/image-reference";
import { parseYaml } from "../../core/input/yaml-file";
import { asMapping, type Mapping } from "../../core/mapping";
import type { Build } from "../../core/publish/build";
import { withImage, withRevision } from "../../core/publish/chart-files";
import { chartReleaseTag, chartTag } from "../../core/publish/chart-version";
import {
  publishedBy,
  type Publication,
  type Publications,
  type PublishedChart,
} from "../../core/publish/publication";
import type { Ref } from "../../core/ref";
import { versionIn } from "../../core/tag-pattern";
import type { Subject } from "../../core/verify/judge";
import {
  BuildSignatures,
  type BuildSigning,
  type SignedBuild,
  type SignedStatement,
} from "./build-signatures";
import {
  publishRelease,
  releaseState,
  type Attestation,
  type ReleaseState,
  type WantedRelease,
} from "./github-release";
import { planOf, Refused, type ChartPlan } from "./chart-plan";
import { chartsOf, openPublications } from "./publications";
import { isOnPages, PagesCharts } from "./pages-charts";
import { RegistryCharts, type PublishedCharts } from "./published-charts";
import type { World } from "../world";

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
    const github = await githubFor(world, publication);
    const run: Run = { world, registries, charts, helm, github, request, publication, chart, all };
    return await publishChart(run);
  } catch (cause) {
    if (cause instanceof Refused) return { refused: cause.message };
    throw cause;
  } finally {
    registries.close();
  }
}

interface Run {
  readonly world: World;
  readonly registries: ImageRegistries;
  readonly charts: ChartPackages;
  readonly helm: Pick<HelmRenderer, "contents" | "packaged">;
  /** Undefined for a service without releases. */
  readonly github: GithubClient | undefined;
  readonly request: PackageRequest;
  readonly publication: Publication;
  readonly chart: PublishedChart;
  readonly all: Publications;
}

function publishChart(run: Run): Promise<PackageResult> {
  const { chart, publication, github, helm } = run;
  if (!isOnPages(chart)) return publishInRegistry(run, chart);
  const { releases } = publication.service;
  if (github === undefined || releases === undefined) throw new Error("charts are in releases");
  return publishOnPages(run, new PagesCharts(chart, releases, github, helm));
}

/** Pushes a chart, attaches its signatures, and publishes its release. */
async function publishInRegistry(run: Run, chart: PublishedChart): Promise<PackageResult> {
  const { publication, request, world, registries } = run;
  const known = new RegistryCharts(chart, run);
  const at = parseImageReference(known.name);
  const plan = await planOf({ ...run, ...request }, known);
  const { version, image } = plan;
  const packed = await packageOf(run, plan, known);
  const wanted = wantedRelease(run, plan, packed, `${known.name}:${version}`);
  const state = wanted && (await stateOf(run, wanted));
  const digest = plan.digest ?? (await push(run, packed, { ...at, tag: chartTag(version) }));
  const own = { ...at, digest };
  const signatures = request.signing && new BuildSignatures(registries, request.signing, world.now);
  const subject: Subject = { kind: "chart", name: known.name, digest };
  const file = { name: packed.name, digest: sha256Of(packed.bytes) };
  const statements = await signatures?.of({ image: subject, files: [file] }, request.build, own);
  if (statements !== undefined) await signatures?.attach(own, statements);
  const attestations = statements === undefined ? [] : [{ name: chart.name, statements }];
  const release = wanted && state && (await publishOne(run, { wanted, state, attestations }));
  return {
    service: publication.service.name,
    name: formatImageReference(own),
    ...{ version, digest, image, wasThere: plan.digest !== undefined },
    ...(release !== undefined && { release }),
  };
}

/** Publishes the release of a chart with its signatures, and adds it to the index of its chart repository. */
async function publishOnPages(run: Run, known: PagesCharts): Promise<PackageResult> {
  const { publication, request, world, registries } = run;
  const plan = await planOf({ ...run, ...request }, known);
  const { version, appVersion, image } = plan;
  const packed = await packageOf(run, plan, known);
  const digest = sha256Of(packed.bytes);
  const indexed = { version, appVersion, digest, meta: fullMetaOf(run), created: world.now() };
  await known.expectRoom(indexed);
  const wanted = wantedRelease(run, plan, packed, `${known.name}:${version}`);
  if (wanted === undefined) throw new Error("charts of a chart repository are in releases");
  const state = await stateOf(run, wanted);
  const signatures = request.signing && new BuildSignatures(registries, request.signing, world.now);
  const isNew = state.kind === "new";
  const statements = isNew
    ? await signatures?.of(signedPackage(packed), request.build, undefined)
    : [];
  const attestations = attestationsOf(run, packed, statements ?? []);
  const release = await publishOne(run, { wanted, state, attestations });
  await known.add(indexed);
  return {
    service: publication.service.name,
    name: `${known.name}@${digest}`,
    ...{ version, digest, image, wasThere: plan.digest !== undefined, release },
  };
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

/** Returns all that Chart.yaml says, with the commit that it is packaged from, as the package has it. */
function fullMetaOf({ world: { files }, chart: { folder }, request }: Run): Mapping {
  const file = `${folder}/Chart.yaml`;
  const text = withRevision({ file, text: files.text(file) }, request.commit);
  return asMapping(parseYaml({ file, bytes: new TextEncoder().encode(text) }).value);
}

/** Returns the package of a plan: of a version that is there, the very same one. */
async function packageOf(run: Run, plan: ChartPlan, known: PublishedCharts): Promise<ChartPackage> {
  const { version, digest } = plan;
  if (digest === undefined) return pack(run, plan);
  const bytes = await known.bytesOf({ version, digest });
  return { name: `${run.chart.name}-${version}.tgz`, bytes };
}

function pack({ world, charts, chart, request }: Run, plan: ChartPlan): Promise<ChartPackage> {
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

async function githubFor(
  world: World,
  { service }: Publication,
): Promise<GithubClient | undefined> {
  if (service.releases === undefined) return undefined;
  const github = await world.github();
  if (github !== undefined) return github;
  throw outsideError("GitHub takes no release without a GITHUB_TOKEN; give the step one");
}

/** Returns the chart's own release; undefined for a service that has none. */
function wantedRelease(
  { publication, chart, all, request }: Run,
  { version, image }: ChartPlan,
  packed: ChartPackage,
  name: string,
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
    artifacts: [name, `${images[0] ?? ""}:${image.tag}@${image.digest}`],
    files: [packed],
    attested: request.signing === undefined ? [] : attestedNames(chart, packed),
  };
}

/** Returns the names of attestations: of a package that no registry attaches anything to, its signature as well. */
function attestedNames(chart: PublishedChart, packed: ChartPackage): string[] {
  return isOnPages(chart) ? [chart.name, packed.name] : [chart.name];
}

function attestationsOf(
  { chart }: Run,
  packed: ChartPackage,
  statements: readonly SignedStatement[],
): Attestation[] {
  if (statements.length === 0) return [];
  return [
    { name: chart.name, statements },
    { name: packed.name, statements: statements.slice(0, 1) },
  ];
}

function signedPackage({ name, bytes }: ChartPackage): SignedBuild {
  return { image: { kind: "chart", name, digest: sha256Of(bytes) }, files: [] };
}

async function stateOf({ github }: Run, wanted: WantedRelease): Promise<ReleaseState> {
  if (github === undefined) throw new Error("releases were to be published with GitHub");
  const state = await releaseState(wanted, github.releases(wanted.repository));
  if (state.kind === "refused") throw new Refused(state.refusal);
  return state;
}

async function publishOne(
  { github }: Run,
  {
    wanted,
    state,
    attestations,
  }: {
    readonly wanted: WantedRelease;
    readonly state: ReleaseState;
    readonly attestations: readonly Attestation[];
  },
): Promise<string> {
  if (state.kind === "there") return state.address;
  if (github === undefined) throw new Error("releases were to be published with GitHub");
  return publishRelease(wanted, attestations, github.releases(wanted.repository));
}
