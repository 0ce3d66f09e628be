import type { GithubClient } from "../../adapters/github/github";
import type { Asset } from "../../adapters/github/releases";
import type { ImageRegistries } from "../../adapters/oci/image-registries";
import type { ImageLayout } from "../../adapters/oci/layout";
import { sha256Of } from "../../adapters/sigstore/sha256";
import { outsideError } from "../../core/error";
import {
  formatImageReference,
  parseImageReference,
  type ImageReference,
} from "../../core/image-reference";
import type { Build, Product } from "../../core/publish/build";
import {
  publishedBy,
  type Publication,
  type PublishedRelease,
  type PublishedTag,
} from "../../core/publish/publication";
import type { Ref } from "../../core/ref";
import type { Subject } from "../../core/verify/judge";
import { BuildSignatures, type BuildSigning, type SignedStatement } from "./build-signatures";
import {
  attestationFiles,
  publishRelease,
  releaseState,
  type ReleaseState,
  type WantedRelease,
} from "./github-release";
import { openPublications } from "./publications";
import type { World } from "../world";

export interface PublishRequest {
  /** Where the workflow runs, `owner/name`. */
  readonly repository: string;
  readonly ref: Ref;
  readonly commit: string;
  /** Images as they were built, by service. */
  readonly layouts: ReadonlyMap<string, ImageLayout>;
  /** Files as they were built. */
  readonly assets: readonly Asset[];
  readonly build: Build;
  /** Absent: nothing is signed. */
  readonly signing?: BuildSigning;
}

/** An image in one of its repositories. */
export interface PublishedImage {
  readonly service: string;
  /** By its digest. */
  readonly name: string;
  readonly digest: string;
  /** Tags that name it now. */
  readonly tags: readonly string[];
  /** Tags of a commit that was built before: they keep what they name. */
  readonly kept: readonly string[];
}

export interface PublishResult {
  readonly images: readonly PublishedImage[];
  /** Releases by their pages, and whether an earlier run published the same. */
  readonly releases: readonly { readonly address: string; readonly isNew: boolean }[];
  /** Why nothing is published, a line each. */
  readonly refused: readonly string[];
}

/**
 * Publishes what was built of a commit, by what releases.yaml says of its ref: pushes images by their digests, signs
 * them and attests to them, gives them their tags, and publishes the GitHub releases. All that can be refused is
 * refused before anything is written. Run again, it does what an earlier run has left to do.
 * @throws ReleasesError of kind `usage` and `findings` as `openPublications`; of kind `outside` when a registry or
 *   GitHub can't be asked, or nothing can be signed
 */
export async function publish(world: World, request: PublishRequest): Promise<PublishResult> {
  const { ref, commit, repository } = request;
  const found = publishedBy(ref, commit, openPublications(world, repository));
  if ("refusal" in found) return { images: [], releases: [], refused: [found.refusal] };
  const { publications, releases } = found;
  const missing = [
    ...publications.flatMap((publication) => missingImage(publication, request)),
    ...releases.flatMap((release) => missingAssets(release, publications, request)),
  ];
  if (missing.length > 0) return { images: [], releases: [], refused: missing };
  const github = releases.length === 0 ? undefined : await world.github();
  if (releases.length > 0 && github === undefined) {
    throw outsideError("GitHub takes no release without a GITHUB_TOKEN; give the step one");
  }
  const registries = world.registries();
  try {
    return await publishAll({ world, registries, github, request }, publications, releases);
  } finally {
    registries.close();
  }
}

interface Run {
  readonly world: World;
  readonly registries: ImageRegistries;
  readonly github: GithubClient | undefined;
  readonly request: PublishRequest;
}

async function publishAll(
  run: Run,
  publications: readonly Publication[],
  releases: readonly PublishedRelease[],
): Promise<PublishResult> {
  const { world, registries, request } = run;
  const tags = await Promise.all(publications.map((one) => tagsOf(one, run)));
  const states = await Promise.all(
    releases.map(async (release) => {
      const wanted = wantedOf(release, publications, request);
      return { wanted, state: await stateOf(wanted, run) };
    }),
  );
  const refused = [
    ...tags.flat().flatMap(({ refusal }) => refusal ?? []),
    ...states.flatMap(({ state }) => (state.kind === "refused" ? state.refusal : [])),
  ];
  if (refused.length > 0) return { images: [], releases: [], refused };
  const { signing, build } = request;
  const signatures = signing && new BuildSignatures(registries, signing, world.now);
  const signed = new Map<string, readonly SignedStatement[]>();
  for (const publication of publications) {
    const at = firstImage(publication, request);
    const built = {
      ...(at && { image: subjectOf(at) }),
      files: filesOf(publication, request),
    };
    const statements = (await signatures?.of(built, build, at)) ?? [];
    signed.set(publication.service.name, statements);
  }
  const images: PublishedImage[] = [];
  for (const [index, publication] of publications.entries()) {
    const statements = signed.get(publication.service.name) ?? [];
    images.push(
      ...(await publishImage(publication, tags[index] ?? [], statements, run, signatures)),
    );
  }
  const made: { address: string; isNew: boolean }[] = [];
  for (const { wanted, state } of states) {
    made.push(await publishOne(wanted, state, signed, run));
  }
  return { images, releases: made, refused: [] };
}

/** A tag of an image in one of its repositories, before it is given. */
interface TagPlan {
  readonly image: ImageReference;
  readonly tag: PublishedTag;
  readonly kind: "give" | "there" | "keep";
  readonly refusal?: string;
}

/** Returns what is to be done with each tag of a publication. */
async function tagsOf(publication: Publication, run: Run): Promise<TagPlan[]> {
  const { service, tags } = publication;
  const digest = run.request.layouts.get(service.name)?.digest;
  const names = service.images.flatMap((name) => tags.map((tag) => ({ name, tag })));
  return Promise.all(
    names.map(async ({ name, tag }): Promise<TagPlan> => {
      const image = { ...parseImageReference(name), tag: tag.name };
      const now = await run.registries.digestOf(image);
      if (now === digest) return { image, tag, kind: "there" };
      if (now === undefined || tag.taken === "move") return { image, tag, kind: "give" };
      if (tag.taken === "keep") return { image, tag, kind: "keep" };
      return { image, tag, kind: "keep", refusal: taken(image, now, digest) };
    }),
  );
}

function taken(image: ImageReference, now: string, digest = "nothing"): string {
  return `${formatImageReference(image)} is ${now} already, and ${digest} was built; a version is published once: make the next one`;
}

async function publishImage(
  publication: Publication,
  tags: readonly TagPlan[],
  signed: readonly SignedStatement[],
  { registries, request }: Run,
  signatures: BuildSignatures | undefined,
): Promise<PublishedImage[]> {
  const { service } = publication;
  const layout = request.layouts.get(service.name);
  const first = firstImage(publication, request);
  if (layout === undefined || first === undefined) return [];
  const { digest } = layout;
  await registries.push(layout, first);
  await signatures?.attach(first, signed);
  // Those that nothing may move come first: where one of them is refused, no channel has moved.
  const given = tags.filter(({ kind }) => kind === "give").sort((a, b) => rank(a) - rank(b));
  for (const plan of given) {
    if (nameOf(plan.image) === service.images[0]) await give(plan, digest, registries);
  }
  for (const alias of service.images.slice(1)) {
    const [tagged, ...others] = given.filter(({ image }) => nameOf(image) === alias);
    const isTagged = tagged !== undefined && (await isFree(tagged, digest, registries));
    // Under a tag where there is one to give: some registries know no repository without any.
    await registries.copy(
      first,
      isTagged ? tagged.image : { ...parseImageReference(alias), digest },
    );
    for (const plan of others) await give(plan, digest, registries);
  }
  return service.images.map((image) => {
    const own = tags.filter((plan) => nameOf(plan.image) === image);
    const by = (isKept: boolean): string[] =>
      own.filter(({ kind }) => (kind === "keep") === isKept).map(({ tag }) => tag.name);
    const name = formatImageReference({ ...parseImageReference(image), digest });
    return { service: service.name, name, digest, tags: by(false), kept: by(true) };
  });
}

function rank({ tag }: TagPlan): number {
  return tag.taken === "move" ? 1 : 0;
}

async function give(plan: TagPlan, digest: string, registries: ImageRegistries): Promise<void> {
  if (await isFree(plan, digest, registries)) await registries.tag(plan.image, digest);
}

/** Whether a tag is to be given still: somebody else may have given it since it was looked at. */
async function isFree(
  { image, tag }: TagPlan,
  digest: string,
  registries: ImageRegistries,
): Promise<boolean> {
  const now = await registries.digestOf(image);
  if (now === digest) return false;
  if (now === undefined || tag.taken === "move") return true;
  if (tag.taken === "keep") return false;
  throw outsideError(taken(image, now, digest));
}

function nameOf({ host, repository }: ImageReference): string {
  return formatImageReference({ host, repository });
}

function missingImage({ service }: Publication, { layouts }: PublishRequest): string[] {
  const { name, images } = service;
  const isThere = layouts.has(name);
  if (images.length > 0 && !isThere) {
    return [`${name} has an image, and none was built; give its OCI layout with --layout`];
  }
  if (images.length === 0 && isThere) return [`${name} has no image, and one was built`];
  return [];
}

/** Returns the files of a release that weren't built, or are empty. Those that publishing makes need no building. */
function missingAssets(
  { assets, tag }: PublishedRelease,
  publications: readonly Publication[],
  request: PublishRequest,
): string[] {
  const made = publications.flatMap(({ service }) => Object.values(attestationFiles(service.name)));
  const built = new Map(request.assets.map(({ name, bytes }) => [name, bytes.length]));
  const unsigned = request.signing === undefined;
  return assets
    .filter((name) => unsigned || !made.includes(name))
    .flatMap((name) => {
      if (!built.has(name)) {
        return `${name} of the release ${tag} wasn't built; put it into the folder of --assets`;
      }
      const refusal = `${name} of the release ${tag} is empty, which GitHub doesn't take; see why the build left it so`;
      return built.get(name) === 0 ? refusal : [];
    });
}

function firstImage(
  { service }: Publication,
  { layouts }: PublishRequest,
): ImageReference | undefined {
  const [first] = service.images;
  const digest = layouts.get(service.name)?.digest;
  if (first === undefined || digest === undefined) return undefined;
  return { ...parseImageReference(first), digest };
}

function subjectOf({ host, repository, digest = "" }: ImageReference): Subject {
  return { kind: "image", name: formatImageReference({ host, repository }), digest };
}

/** Returns the files that a service's attestation is about: those of its definition. */
function filesOf({ service, release }: Publication, { assets }: PublishRequest): Product[] {
  if (release === undefined) return [];
  const made = Object.values(attestationFiles(service.name));
  return assets
    .filter(({ name }) => service.assets.includes(name) && !made.includes(name))
    .map(({ name, bytes }) => ({ name, digest: sha256Of(bytes) }));
}

/** Returns a release with the files of its services. */
function wantedOf(
  release: PublishedRelease,
  publications: readonly Publication[],
  request: PublishRequest,
): WantedRelease {
  const own = publications.filter(({ service }) => release.services.includes(service.name));
  const files = new Set(own.flatMap((one) => filesOf(one, request)).map(({ name }) => name));
  const attested = own.filter((one) => isAttested(one, request)).map(({ service }) => service.name);
  return {
    ...release,
    artifacts: own.flatMap(({ service, tags }) => {
      const digest = request.layouts.get(service.name)?.digest;
      const [tag] = tags;
      return service.images.map((image) => `${image}:${tag?.name ?? ""}@${digest ?? ""}`);
    }),
    files: request.assets.filter(({ name }) => files.has(name)),
    attested,
  };
}

/** Whether something of a service is signed: a release may have neither an image nor files. */
function isAttested(publication: Publication, request: PublishRequest): boolean {
  const hasProducts =
    request.layouts.has(publication.service.name) || filesOf(publication, request).length > 0;
  return request.signing !== undefined && hasProducts;
}

async function stateOf(wanted: WantedRelease, { github }: Run): Promise<ReleaseState> {
  if (github === undefined) throw new Error("releases were to be published with GitHub");
  return releaseState(wanted, github.releases(wanted.repository));
}

async function publishOne(
  wanted: WantedRelease,
  state: ReleaseState,
  signed: ReadonlyMap<string, readonly SignedStatement[]>,
  { github }: Run,
): Promise<{ address: string; isNew: boolean }> {
  if (state.kind === "there") return { address: state.address, isNew: false };
  if (github === undefined) throw new Error("releases were to be published with GitHub");
  const attestations = wanted.attested.map((name) => ({
    name,
    statements: signed.get(name) ?? [],
  }));
  const releases = github.releases(wanted.repository);
  return { address: await publishRelease(wanted, attestations, releases), isNew: true };
}
