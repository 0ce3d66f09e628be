import { outsideError } from "../../core/error";
import { formatImageReference, type ImageReference } from "../../core/image-reference";
import type { Attached } from "./image-registries";
import type { Descriptor, Manifest, RegistryReader } from "./registry-reader";

/** Bytes of one attachment that are read. The largest bundle known has 0.3 MiB; attested SBOMs have some MiB. */
const MAX_ATTACHMENT_BYTES = 16 << 20;
/** Bytes of all attachments of one image. */
const MAX_BYTES = 64 << 20;
/** Manifests that are attached to one image, and signatures in them. */
const MAX_ATTACHMENTS = 1000;

/** The tags of a digest that have signatures, by what follows the digest. */
const TAGS: readonly (readonly [Attached["place"], string])[] = [
  ["index tag", ""],
  ["signature tag", ".sig"],
  ["attestation tag", ".att"],
];

/** What media types of layers, of artifacts and of configs mean. */
const KINDS: readonly (readonly [RegExp, Attached["kind"]])[] = [
  // v0.1 and v0.2: application/vnd.dev.sigstore.bundle+json;version=0.1
  [/^application\/vnd\.dev\.sigstore\.bundle[.+]/, "bundle"],
  [/^application\/vnd\.dev\.cosign\.simplesigning\.v1\+json/, "simple-signing"],
  [/^application\/vnd\.dsse\.envelope\.v1\+json/, "dsse"],
  // Cosign 2 wrote these as types of configs.
  [/^application\/vnd\.dev\.cosign\.artifact\.sig\.v1\+json/, "simple-signing"],
  [/^application\/vnd\.dev\.cosign\.artifact\.att\.v1\+json/, "dsse"],
  [/^application\/vnd\.cncf\.notary\.signature/, "notation"],
];

/** A manifest with the place where it is. */
interface Found {
  readonly place: Attached["place"];
  readonly manifest: Manifest;
}

/** A layer of such a manifest, before it is read. */
interface Layer extends Pick<Attached, "place" | "kind" | "annotations"> {
  readonly descriptor: Descriptor;
}

/**
 * Returns what is attached to an image's digest, in all places where signatures are, each once. All places are
 * read always: a signature in one says nothing about those in another, and a policy may want several.
 * @throws ReleasesError of kind `outside` when the registry can't be asked, or gives other bytes than were asked for
 */
export async function attachedTo(
  reader: RegistryReader,
  image: ImageReference,
): Promise<Attached[]> {
  if (image.digest === undefined) throw new Error("what is attached is attached to a digest");
  const layers = unique((await manifestsOf(reader, image)).flatMap(layersOf), identity);
  if (layers.length > MAX_ATTACHMENTS) throw tooMany(image, `${MAX_ATTACHMENTS} signatures`);
  const small = layers.map(({ descriptor }) => descriptor).filter(isSmall);
  const blobs = unique(small, ({ digest }) => digest);
  if (blobs.reduce((sum, { size }) => sum + size, 0) > MAX_BYTES) throw tooMany(image, "64 MiB");
  const bytes = new Map(
    await Promise.all(
      blobs.map(async (blob) => [blob.digest, await reader.blob(image, blob)] as const),
    ),
  );
  return layers.map(({ place, kind, annotations, descriptor: { digest } }) => {
    const own = bytes.get(digest);
    return own === undefined
      ? { place, kind: "unreadable", annotations, digest, bytes: Buffer.alloc(0) }
      : { place, kind, annotations, digest, bytes: own };
  });
}

/** Returns the manifests of all places, each in the first place where it is. */
async function manifestsOf(reader: RegistryReader, image: ImageReference): Promise<Found[]> {
  const { host, repository, digest = "" } = image;
  const tag = digest.replace(":", "-");
  const [referrers, ...tagged] = await Promise.all([
    reader.referrers({ host, repository, digest }),
    ...TAGS.map(async ([place, ending]) => {
      const manifest = await reader.manifest({ host, repository, tag: tag + ending });
      return { place, manifest };
    }),
  ]);
  const direct = tagged.flatMap(({ place, manifest }) =>
    manifest === undefined || manifest.manifests !== undefined ? [] : [{ place, manifest }],
  );
  const listed = [
    ...(referrers ?? []).map((descriptor) => ({ place: "referrers" as const, descriptor })),
    ...tagged.flatMap(({ place, manifest }) =>
      (manifest?.manifests ?? []).map((descriptor) => ({ place, descriptor })),
    ),
  ];
  const entries = unique(listed, ({ descriptor }) => descriptor.digest);
  if (entries.length > MAX_ATTACHMENTS) throw tooMany(image, `${MAX_ATTACHMENTS} manifests`);
  const read = await Promise.all(
    entries.map(async ({ place, descriptor }) => {
      const manifest = await reader.manifest({ host, repository, digest: descriptor.digest });
      // Listed, and deleted since.
      return manifest === undefined ? [] : [{ place, manifest }];
    }),
  );
  return [...read.flat(), ...direct];
}

/** Returns the signatures of a manifest; none of one that is something else, such as a list of what an image has. */
function layersOf({ place, manifest: { types, annotations, layers } }: Found): Layer[] {
  return layers.flatMap((descriptor) => {
    const [kind] = [descriptor.mediaType, ...types].flatMap(kindOf);
    const own = { ...annotations, ...descriptor.annotations };
    return kind === undefined ? [] : [{ place, kind, annotations: own, descriptor }];
  });
}

function kindOf(mediaType: string): Attached["kind"][] {
  return KINDS.filter(([pattern]) => pattern.test(mediaType)).map(([, kind]) => kind);
}

/**
 * Returns what makes a signature another one. A bundle has all of it in its bytes; of what cosign wrote before, the
 * annotations have the signature, its certificate and its log entry.
 */
function identity({ kind, annotations, descriptor: { digest } }: Layer): string {
  const inBytes = kind === "bundle" || kind === "notation";
  const sorted = Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1));
  return inBytes ? digest : `${digest} ${JSON.stringify(sorted)}`;
}

function isSmall({ size }: Descriptor): boolean {
  return size <= MAX_ATTACHMENT_BYTES;
}

/** Returns the first item of each key. */
function unique<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  const first = new Map<string, Item>();
  for (const item of items) if (!first.has(keyOf(item))) first.set(keyOf(item), item);
  return [...first.values()];
}

function tooMany(image: ImageReference, most: string): Error {
  return outsideError(
    `${formatImageReference(image)} has more than ${most} attached, which is more than is read; remove some`,
  );
}
