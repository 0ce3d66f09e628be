import { isDeepStrictEqual } from "node:util";
import type { GithubClient } from "../../adapters/github/github";
import type { Asset, GithubReleasesApi, PublishedAsset } from "../../adapters/github/releases";
import type { ImageRegistries } from "../../adapters/oci/image-registries";
import { jsonDocuments, parseJson } from "../../adapters/sigstore/json-lines";
import { proofOf, type FoundSignature, type Trusted } from "../../adapters/sigstore/proofs";
import { sha256Of } from "../../adapters/sigstore/sha256";
import { outsideError } from "../../core/error";
import { formatImageReference, parseImageReference } from "../../core/image-reference";
import { commitIn, PROVENANCE_TYPE } from "../../core/publish/build";
import { imageIn, isOfCommit } from "../../core/publish/chart-files";
import { chartReleaseTag } from "../../core/publish/chart-version";
import {
  publishedBy,
  type Publication,
  type PublishedChart,
  type PublishedRelease,
} from "../../core/publish/publication";
import type { Ref } from "../../core/ref";
import { COSIGN_SIGNATURE, judge, type Subject } from "../../core/verify/judge";
import type { Policy } from "../../core/verify/policy";
import { chartPlace } from "../../core/verify/subjects";
import { envelopeOf, payloadOf } from "./build-signatures";
import { attestationFiles } from "./github-release";
import { chartsOf, openPublications } from "./publications";
import { isOnPages, type PagesChart } from "./pages-charts";
import { RegistryCharts } from "./published-charts";
import type { World } from "../world";

/** Whose signatures count, and what they are verified with. */
export interface BuildTrust {
  readonly trusted: Trusted;
  readonly policy: Policy;
}

export interface ValidateRequest {
  /** Where the workflow runs, `owner/name`. */
  readonly repository: string;
  readonly ref: Ref;
  readonly commit: string;
  /** The digests that were published, by service. Default: those that the tags name now. */
  readonly digests: ReadonlyMap<string, string>;
  /** Absent: what isn't signed is fine. */
  readonly trust?: BuildTrust;
  /**
   * Waits for what is served some time after it was published: an index on GitHub Pages. Returns whether to look once
   * more. Default: nobody waits.
   */
  readonly again?: () => Promise<boolean>;
}

export interface ValidateResult {
  /** What is wrong, a line each. */
  readonly problems: readonly string[];
  /** What was looked at and is right, a line each. */
  readonly valid: readonly string[];
  /** The files of the releases, as they were downloaded. */
  readonly files: readonly Asset[];
  /** What was published, by service: its version, and its image by digest where it has one. */
  readonly services: ReadonlyMap<string, { readonly version: string; readonly image?: string }>;
}

/**
 * Looks at what was published of a ref as anyone would: pulls images and charts by their tags, downloads the files of
 * releases, without a token where the repository is public, and compares all of it with what the attestations say.
 * @throws ReleasesError of kind `usage` and `findings` as `openPublications`; of kind `outside` when a registry or
 *   GitHub can't be asked
 */
export async function validate(world: World, request: ValidateRequest): Promise<ValidateResult> {
  const found = publishedBy(
    request.ref,
    request.commit,
    openPublications(world, request.repository),
  );
  if ("refusal" in found) {
    return { problems: [found.refusal], valid: [], files: [], services: new Map() };
  }
  const registries = world.registries();
  try {
    const github = found.releases.length === 0 ? undefined : await world.github();
    const validation = new Validation(world, request, registries, github);
    for (const publication of found.publications) await validation.image(publication);
    for (const release of found.releases) await validation.release(release, found.publications);
    for (const publication of found.publications) await validation.chart(publication);
    return validation.result;
  } finally {
    registries.close();
  }
}

class Validation {
  readonly #world: World;
  readonly #request: ValidateRequest;
  readonly #registries: ImageRegistries;
  readonly #github: GithubClient | undefined;
  readonly #problems: string[] = [];
  readonly #valid: string[] = [];
  readonly #files: Asset[] = [];
  /** Digests of images, by service. */
  readonly #digests = new Map<string, string>();
  readonly #services = new Map<string, { version: string; image?: string }>();

  constructor(
    world: World,
    request: ValidateRequest,
    registries: ImageRegistries,
    github: GithubClient | undefined,
  ) {
    [this.#world, this.#request] = [world, request];
    [this.#registries, this.#github] = [registries, github];
  }

  get result(): ValidateResult {
    return {
      problems: this.#problems,
      valid: this.#valid,
      files: this.#files,
      services: this.#services,
    };
  }

  /** Looks at an image: each of its tags in each of its repositories names the same signed bytes. */
  async image({ service, version, tags }: Publication): Promise<void> {
    const { name, images } = service;
    this.#services.set(name, { version });
    const [first] = images;
    const [own] = tags;
    if (first === undefined || own === undefined) return;
    const tagged = { ...parseImageReference(first), tag: own.name };
    const digest =
      this.#request.digests.get(name) ?? (await this.#registries.digestOf(tagged)) ?? "";
    if (digest === "") {
      this.#problems.push(`${formatImageReference(tagged)} is missing; publish it again`);
      return;
    }
    this.#digests.set(name, digest);
    const byDigest = formatImageReference({ ...parseImageReference(first), digest });
    this.#services.set(name, { version, image: byDigest });
    for (const image of images) {
      const at = parseImageReference(image);
      for (const tag of tags) {
        const now = await this.#registries.digestOf({ ...at, tag: tag.name });
        if (now === digest || (tag.taken === "keep" && now !== undefined)) continue;
        const what = formatImageReference({ ...at, tag: tag.name });
        this.#problems.push(`${what} is ${now ?? "missing"}, and ${digest} was published`);
      }
      await this.#signed({ kind: "image", name: image, digest });
    }
  }

  /** Looks at a release: its files are those of the list, and those that its attestations name. */
  async release(release: PublishedRelease, publications: readonly Publication[]): Promise<void> {
    const own = publications.filter(({ service }) => release.services.includes(service.name));
    const attested = own
      .map(({ service }) => ({
        name: service.name,
        files: withoutAttestation(service),
        image: this.#digests.get(service.name),
      }))
      .filter(({ files, image }) => files.length > 0 || image !== undefined);
    await this.#releaseOf(release, attested);
  }

  /** Looks at a chart: one of the commit names the image's digest, and its release has the very same file. */
  async chart({ service, packagesChart }: Publication): Promise<void> {
    const { chart, releases } = service;
    const digest = this.#digests.get(service.name);
    if (chart === undefined || !packagesChart || digest === undefined) return;
    if (isOnPages(chart)) return this.#chartOnPages(chart, digest, releases);
    const name = chart.repository.slice("oci://".length);
    const version = await this.#chartOf(chart, digest);
    if (version === undefined) {
      this.#problems.push(
        `${name} has no version of this commit that names ${digest}; run releases ci package-chart`,
      );
      return;
    }
    await this.#signed({ kind: "chart", name, digest: version.digest });
    this.#valid.push(`${name}@${version.digest}: ${version.version} names ${digest}`);
    if (releases === undefined) return;
    const file = `${chart.name}-${version.version}.tgz`;
    const pulled = sha256Of(await chartsOf(this.#world).pull(name, version.digest));
    const release = { repository: releases, tag: chartReleaseTag(chart.name, version.version) };
    const attested = [{ name: chart.name, files: [file], image: version.digest }];
    const downloaded = await this.#releaseOf(release, attested);
    const found = downloaded.get(file);
    if (found !== undefined && sha256Of(found) !== pulled) {
      this.#problems.push(`${file} of ${release.repository} isn't the chart of ${name}`);
    }
  }

  /** Looks at a chart as Helm takes it from the index that is served: a version of the commit names the image's digest. */
  async #chartOnPages(chart: PagesChart, image: string, releases = ""): Promise<void> {
    const place = chartPlace(chart);
    let found = await this.#served(chart, image);
    while (found === undefined && (await this.#request.again?.()) === true) {
      found = await this.#served(chart, image);
    }
    found ??= {
      problem: `${place} has no version of this commit that names ${image}; run releases ci package-chart, or run this again once GitHub Pages serves what it wrote`,
    };
    if ("problem" in found) {
      this.#problems.push(found.problem);
      return;
    }
    const { version, digest } = found;
    this.#valid.push(`${place}@${digest}: ${version} names ${image}`);
    const file = `${chart.name}-${version}.tgz`;
    const one = { files: [file], image: undefined };
    const downloaded = await this.#releaseOf(
      { repository: releases, tag: chartReleaseTag(chart.name, version) },
      [
        { ...one, name: chart.name },
        { ...one, name: file, predicate: COSIGN_SIGNATURE },
      ],
    );
    const own = downloaded.get(file);
    if (own !== undefined && sha256Of(own) !== digest) {
      this.#problems.push(`${file} of ${releases} isn't the chart of ${place}`);
    }
  }

  /** Returns the version of the commit that names an image, as everybody gets it now; undefined where none is served. */
  async #served(chart: PagesChart, image: string) {
    const { repository, name, imageValues } = chart;
    const helm = this.#world.helm();
    if (helm === undefined) throw outsideError("charts are read by helm; install it");
    const charts = this.#world.chartRepositories();
    const versions = await charts.versions({ repository, name });
    if ("problem" in versions) return undefined;
    const { commit } = this.#request;
    for (const { version } of versions.filter((one) => isOfCommit(one, commit))) {
      const found = await charts.find({ repository, name, version });
      if ("problem" in found) return found;
      const { values, annotations } = helm.packaged(`${name}-${version}.tgz`, found.bytes);
      const isOwn = isOfCommit({ annotations }, commit);
      const contents = { values, annotations };
      if (isOwn && imageIn(contents, imageValues)?.digest === image) return { ...found, version };
    }
    return undefined;
  }

  async #chartOf(chart: PublishedChart, digest: string) {
    const helm = this.#world.helm();
    if (helm === undefined) throw outsideError("charts are read by helm; install it");
    const [registries, charts] = [this.#registries, chartsOf(this.#world)];
    const known = new RegistryCharts(chart, { registries, helm, charts });
    const found = await known.ofCommit(await known.tags(), this.#request.commit);
    return found.find(({ contents }) => imageIn(contents, chart.imageValues)?.digest === digest);
  }

  /** Looks at a release and at what its attestations are about. Returns its files by their names. */
  async #releaseOf(
    { repository, tag }: Pick<PublishedRelease, "repository" | "tag">,
    attested: readonly Attested[],
  ): Promise<Map<string, Uint8Array>> {
    if (this.#github === undefined) {
      throw outsideError("GitHub isn't asked for a release without a GITHUB_TOKEN");
    }
    const releases = this.#github.releases(repository);
    const published = await releases.published(tag);
    const downloaded = new Map<string, Uint8Array>();
    if (published === undefined) {
      this.#problems.push(`${repository} shows no release ${tag}; publish it again`);
      return downloaded;
    }
    const isPublic = await releases.isPublic();
    const names = attested.flatMap((one) => [...one.files, ...this.#attestationsOf(one)]);
    for (const name of new Set(names)) {
      const asset = published.assets.find((one) => one.name === name);
      const bytes = asset && (await this.#download(asset, releases, isPublic));
      if (bytes === undefined) {
        this.#problems.push(`the release ${tag} of ${repository} lacks ${name}`);
        continue;
      }
      downloaded.set(name, bytes);
      this.#files.push({ name, bytes });
      if (asset?.digest !== undefined && asset.digest !== sha256Of(bytes)) {
        this.#problems.push(`${name} of ${repository} ${tag} isn't what GitHub has a digest of`);
      }
    }
    const before = this.#problems.length;
    for (const one of attested) this.#attested(one, downloaded);
    const how = isPublic ? "downloaded as anybody" : "downloaded with the token";
    if (this.#problems.length === before) {
      this.#valid.push(`${published.address}: ${downloaded.size} files, ${how}`);
    }
    return downloaded;
  }

  /** Returns a file as everybody gets it, where the repository is public; undefined where nobody does. */
  #download(
    asset: PublishedAsset,
    releases: GithubReleasesApi,
    isPublic: boolean,
  ): Promise<Uint8Array | undefined> {
    return isPublic ? releases.downloadPublicly(asset) : releases.download(asset);
  }

  #attestationsOf({ name }: Attested): string[] {
    return this.#request.trust === undefined ? [] : Object.values(attestationFiles(name));
  }

  /** Compares files and an image with the attestation beside them. */
  #attested(
    { name, files, image, predicate = PROVENANCE_TYPE }: Attested,
    downloaded: ReadonlyMap<string, Uint8Array>,
  ): void {
    const names = attestationFiles(name);
    const [bundle, envelope] = [names.bundle, names.envelope].map((file) => {
      const bytes = downloaded.get(file);
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    });
    if (bundle === undefined || envelope === undefined) return;
    const [only, ...others] = jsonDocuments(envelope);
    const own = parseJson(envelopeOf(bundle) ?? "");
    if (others.length > 0 || only === undefined || !isSame(parseJson(only.json), own)) {
      this.#problems.push(`${names.envelope} isn't the envelope of ${names.bundle}`);
    }
    const found: FoundSignature[] = [
      { place: names.bundle, kind: "bundle", bytes: Buffer.from(bundle) },
    ];
    const subjects: Subject[] = files.flatMap((file) => {
      const bytes = downloaded.get(file);
      return bytes === undefined ? [] : [{ kind: "asset", name: file, digest: sha256Of(bytes) }];
    });
    if (image !== undefined) subjects.push({ kind: "image", name, digest: image });
    for (const subject of subjects) this.#judge(subject, found, [predicate]);
  }

  /** Looks for the signature and the provenance of an image or a chart in its registry. */
  async #signed(subject: Subject): Promise<void> {
    const { name, digest } = subject;
    if (this.#request.trust === undefined) {
      this.#valid.push(`${name}@${digest}: signatures weren't asked for`);
      return;
    }
    const attached = await this.#registries.attachedTo({ ...parseImageReference(name), digest });
    const found = attached.map(({ place, kind, bytes, annotations }): FoundSignature => {
      return { place, kind, bytes, annotations };
    });
    const isValid = this.#judge(subject, found, [COSIGN_SIGNATURE, PROVENANCE_TYPE]);
    if (isValid) this.#valid.push(`${name}@${digest}: signed, built from ${this.#request.commit}`);
  }

  /** Judges what was found of a subject, by the rules that `verify` judges by. Returns whether it counts. */
  #judge(subject: Subject, found: readonly FoundSignature[], predicates: string[]): boolean {
    const { trust, commit } = this.#request;
    if (trust === undefined) return true;
    const proofs = found.map((one) => {
      const built = commitIn(payloadOf(new TextDecoder().decode(one.bytes)));
      // A build of another commit says nothing of this one.
      if (built !== undefined && built !== commit) {
        return { place: one.place, problem: `it is of the commit ${built}, not of ${commit}` };
      }
      return proofOf(one, subject.digest, [trust.trusted]);
    });
    const proven = proofs.flatMap((proof) => ("problem" in proof ? [] : proof));
    const unproven = proofs.flatMap((proof) => ("problem" in proof ? proof : []));
    const { pass, reason } = judge(subject, proven, unproven, { ...trust.policy, predicates });
    if (!pass) this.#problems.push(`${subject.name}@${subject.digest}: ${reason}`);
    return pass;
  }
}

/** What an attestation is about, and the name of its files without the endings. */
interface Attested {
  readonly name: string;
  readonly files: readonly string[];
  readonly image: string | undefined;
  /** What it says, by its type. Default: provenance. */
  readonly predicate?: string;
}

/** Returns the files that an attestation is about, and that it isn't in. */
function withoutAttestation({ name, assets }: Publication["service"]): string[] {
  const own = Object.values(attestationFiles(name));
  return assets.filter((file) => !own.includes(file));
}

function isSame(one: unknown, other: unknown): boolean {
  return one !== undefined && isDeepStrictEqual(one, other);
}
