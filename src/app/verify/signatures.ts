import type { GithubClient } from "../../adapters/github/github";
import type { PublishedAsset } from "../../adapters/github/releases";
import type { ChartRepositories } from "../../adapters/helm/chart-repositories";
import type { ImageRegistries } from "../../adapters/oci/image-registries";
import type { FoundSignature } from "../../adapters/sigstore/proofs";
import { jsonDocuments } from "../../adapters/sigstore/json-lines";
import { sha256Of } from "../../adapters/sigstore/sha256";
import { parseImageReference } from "../../core/image-reference";
import { isClassic, type Chart, type ReleaseList, type Service } from "../../core/list/service";
import { chartReleaseTag } from "../../core/publish/chart-version";
import type { Deployment, StackConfig } from "../../core/stack/plan";
import { imagePrefix, imageRepositories } from "../../core/stack/registry";
import { tagName } from "../../core/tag-pattern";
import type { Subject } from "../../core/verify/judge";
import type { Policy } from "../../core/verify/policy";
import { chartPlace, signedOf } from "../../core/verify/subjects";
import { Version } from "../../core/version";
import { pinnedPackage } from "./chart-packages";

/** What is signed, and every signature that was found of it. */
export interface FoundArtifact {
  readonly subject: Subject;
  readonly found: readonly FoundSignature[];
  /** What a subject of the kind `chart` is; absent for any other. */
  readonly chart?: Chart;
  /** The package of a chart that no registry has by its digest; absent for any other. */
  readonly bytes?: Uint8Array;
}

/** What is signed, and every signature that was found of it; or why nobody can look for any. */
export type SignedArtifact = FoundArtifact | { readonly name: string; readonly problem: string };

/** Endings of files of a release that hold signatures and attestations of others. */
const BUNDLE_FILE = /\.(?:sigstore(?:\.json)?|intoto\.jsonl)$/;

/** The place of GitHub's attestations, before the repository that has them. */
const AT_GITHUB = "attestations of ";

/** Returns the repository on GitHub that has the attestations of a place; undefined for any other place. */
export function attestingRepository(place: string): string | undefined {
  return place.startsWith(AT_GITHUB) ? place.slice(AT_GITHUB.length) : undefined;
}

/** More than any such file has. */
const MAX_BUNDLE_FILE_BYTES = 16 << 20;

/** Where signatures are looked for. */
export interface SignaturePlaces {
  readonly registries: ImageRegistries;
  /** Undefined without a token, which is then what its part says. */
  readonly github: GithubClient | undefined;
  readonly charts: ChartRepositories;
  /** Every definition: a chart of a service in one environment may be a copy of the one in another. */
  readonly list: ReleaseList;
}

/** Finds signatures, wherever they are kept: in registries, at GitHub, beside the files of a release. */
export class Signatures {
  readonly #registries: ImageRegistries;
  readonly #github: GithubClient | undefined;
  readonly #charts: ChartRepositories;
  readonly #list: ReleaseList;

  constructor({ registries, github, charts, list }: SignaturePlaces) {
    [this.#registries, this.#github] = [registries, github];
    [this.#charts, this.#list] = [charts, list];
  }

  /**
   * Returns the signatures of a deployment's image under each of its names, its chart, and the files of its release.
   * @param elsewhere further image repositories that may have the signatures: those that the image comes from
   * @throws ReleasesError of kind `outside` when a registry or GitHub can't be asked
   */
  async of(
    deployment: Pick<Deployment, "service" | "chart" | "version" | "digest">,
    config: StackConfig,
    policy: Policy,
    elsewhere: readonly string[] = [],
  ): Promise<SignedArtifact[]> {
    const { service } = deployment;
    const repositories = repositoriesOf(service, config, policy);
    const images = imageRepositories(service).map((docker) => `${imagePrefix(config)}${docker}`);
    const known = signedOf(deployment, config).map(async (signed): Promise<SignedArtifact> => {
      if ("problem" in signed) return signed;
      const { subject, chart } = signed;
      if (chart !== undefined) return this.#ofChart(subject, chart, service, config, repositories);
      const found = await Promise.all([
        this.#inRegistries([...images, ...elsewhere], subject.digest),
        this.#atGithub(repositories, subject.digest),
      ]);
      return { subject, found: found.flat() };
    });
    const files = this.#filesOf(service, deployment.version, config, repositories);
    return [...(await Promise.all(known)), ...(await files)];
  }

  /**
   * Returns a chart with its signatures: in its registry, in those that other definitions of the service take it
   * from, at GitHub, and beside its own release there. A package of a chart repository must be the pinned one now.
   */
  async #ofChart(
    subject: Subject,
    chart: Chart,
    service: Service,
    { githubOwner }: StackConfig,
    repositories: readonly string[],
  ): Promise<SignedArtifact> {
    const { digest } = subject;
    const own = { repository: `${githubOwner ?? ""}/${service.github}`, tag: releaseTagOf(chart) };
    const releases = githubOwner === undefined || service.github === "" ? [] : [own];
    if (!isClassic(chart)) {
      const found = await Promise.all([
        this.#inRegistries([subject.name, ...this.#othersOf(service)], digest),
        this.#atGithub(repositories, digest),
        this.#besideReleases(releases),
      ]);
      return { subject, chart, found: found.flat() };
    }
    const there = await pinnedPackage(this.#charts, chart, digest);
    if ("problem" in there) return { name: subject.name, problem: there.problem };
    const at = releaseAt(there.url);
    const found = await Promise.all([
      this.#atGithub(repositories, digest),
      this.#besideReleases([...releases, ...(at === undefined ? [] : [at])]),
    ]);
    return { subject, chart, bytes: there.bytes, found: found.flat() };
  }

  /** Returns where other definitions of a service take its chart from, as registries name it. */
  #othersOf({ name }: Service): string[] {
    return this.#list.flatMap(({ name: other, chart }) => {
      return other === name && chart?.name.startsWith("oci://") === true ? chartPlace(chart) : [];
    });
  }

  /** Returns what lies beside releases on GitHub, of those that there are. */
  async #besideReleases(
    releases: readonly { readonly repository: string; readonly tag: string }[],
  ): Promise<FoundSignature[]> {
    const github = this.#github;
    if (github === undefined) return [];
    const distinct = new Map(releases.map((one) => [`${one.repository} ${one.tag}`, one]));
    const found = await Promise.all(
      [...distinct.values()].map(async ({ repository, tag }) => {
        const api = github.releases(repository);
        const published = await api.published(tag);
        if (published === undefined) return [];
        const bytesOf = (asset: PublishedAsset): Promise<Uint8Array> => api.download(asset);
        const place = `release ${tag} of ${repository}`;
        return this.#besideFiles(published.assets, bytesOf, place);
      }),
    );
    return found.flat();
  }

  async #inRegistries(names: readonly string[], digest: string): Promise<FoundSignature[]> {
    const found = await Promise.all(
      [...new Set(names)].map(async (name) => {
        const image = { ...parseImageReference(name), digest };
        const attached = await this.#registries.attachedTo(image);
        return attached.map(({ place, kind, bytes, annotations }): FoundSignature => {
          return { place: `${place} of ${name}`, kind, bytes, annotations };
        });
      }),
    );
    return found.flat();
  }

  async #atGithub(repositories: readonly string[], digest: string): Promise<FoundSignature[]> {
    const github = this.#github;
    if (github === undefined) return [];
    const found = await Promise.all(
      repositories.map(async (repository) => {
        const bundles = await github.attestations(repository).of(digest);
        return bundles.map((text) => bundleAt(AT_GITHUB + repository, text));
      }),
    );
    return found.flat();
  }

  /** Returns the files of a release, each with GitHub's attestations and those beside it. */
  async #filesOf(
    { assets, github: name, tags }: Service,
    version: Deployment["version"],
    { githubOwner }: StackConfig,
    repositories: readonly string[],
  ): Promise<SignedArtifact[]> {
    if (assets.length === 0 || !(version instanceof Version)) return [];
    const tag = tagName(tags.github, version.text);
    const release = `release ${tag} of ${githubOwner ?? ""}/${name}`;
    const nothing = (problem: string): SignedArtifact[] => [{ name: release, problem }];
    if (githubOwner === undefined) return nothing("the stack names no owner on GitHub");
    if (this.#github === undefined) return nothing("GitHub isn't asked without a GITHUB_TOKEN");
    const releases = this.#github.releases(`${githubOwner}/${name}`);
    const published = await releases.published(tag);
    if (published === undefined) return nothing("GitHub shows no such release; publish it");
    const bytesOf = (asset: PublishedAsset): Promise<Uint8Array> => releases.download(asset);
    const beside = await this.#besideFiles(published.assets, bytesOf, release);
    return Promise.all(
      assets.map(async (file): Promise<SignedArtifact> => {
        const asset = published.assets.find((one) => one.name === file);
        if (asset === undefined) return { name: `${file} of ${release}`, problem: "it lacks it" };
        const digest = asset.digest ?? sha256Of(await bytesOf(asset));
        const subject: Subject = { kind: "asset", name: file, digest };
        return { subject, found: [...beside, ...(await this.#atGithub(repositories, digest))] };
      }),
    );
  }

  async #besideFiles(
    assets: readonly PublishedAsset[],
    bytesOf: (asset: PublishedAsset) => Promise<Uint8Array>,
    release: string,
  ): Promise<FoundSignature[]> {
    const files = assets.filter(
      ({ name, size }) => BUNDLE_FILE.test(name) && size <= MAX_BUNDLE_FILE_BYTES,
    );
    const found = await Promise.all(
      files.map(async (asset) => {
        const place = `${asset.name} of ${release}`;
        const text = new TextDecoder().decode(await bytesOf(asset));
        return jsonDocuments(text).map(({ json }): FoundSignature => {
          const kind = json.includes('"mediaType"') ? "bundle" : "dsse";
          return { ...bundleAt(place, json), kind };
        });
      }),
    );
    return found.flat();
  }
}

/** Returns the tag of a chart's own release, of the version that is pinned. */
function releaseTagOf({ name, version }: Chart): string {
  return chartReleaseTag(name.slice(name.lastIndexOf("/") + 1), version);
}

/** Returns the release on GitHub that has the file of an address; undefined for any other address. */
function releaseAt({ host, pathname }: URL): { repository: string; tag: string } | undefined {
  const [, repository, tag] =
    /^\/([^/]+\/[^/]+)\/releases\/download\/([^/]+)\/[^/]+$/.exec(pathname) ?? [];
  if (host !== "github.com" || repository === undefined || tag === undefined) return undefined;
  return { repository, tag: decodeURIComponent(tag) };
}

function bundleAt(place: string, text: string): FoundSignature {
  return { place, kind: "bundle", bytes: new TextEncoder().encode(text) };
}

/** Returns the repositories on GitHub whose attestations may count: the service's two, and those of who may sign. */
function repositoriesOf(
  { github, githubSource }: Service,
  { githubOwner }: StackConfig,
  { signatories }: Policy,
): string[] {
  const own = [githubSource, github].flatMap((name) =>
    githubOwner === undefined || name === "" ? [] : [`${githubOwner}/${name}`],
  );
  const others = signatories.flatMap((one) =>
    one.kind === "workflow" && !one.repository.text.startsWith("^") ? one.repository.text : [],
  );
  return [...new Set([...own, ...others])];
}
