import { outsideError } from "../../core/error";

/** Media types of indexes: of OCI, and of Docker before. */
export const INDEX_TYPES: readonly string[] = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

/** What a manifest says of others. */
export interface Parts {
  /** Digests of an index's manifests. */
  readonly children: string[];
  /** Those of them that are indexes. */
  readonly indexes?: readonly string[];
  /** The digest that it refers to. */
  readonly subject?: string;
  /** Of its config and layers; 0 for an index. */
  readonly bytes: number;
}

interface Descriptor {
  readonly mediaType?: unknown;
  readonly digest?: unknown;
  readonly size?: unknown;
}

/**
 * Returns what a manifest says of others.
 * @throws ReleasesError of kind `outside` for what isn't one: what belongs to it isn't known
 */
export function partsIn(text: string): Parts {
  const manifest = parsed(text);
  const { manifests = [], config, layers = [], subject } = manifest;
  const digests = manifests.map(({ digest }) => digest);
  const own = subject?.digest;
  if (!digests.every(isText) || (own !== undefined && !isText(own))) {
    throw outsideError("a registry gives a manifest with a part that has no digest");
  }
  const sizes = [config, ...layers].map((part) => (typeof part?.size === "number" ? part.size : 0));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  // What doesn't say what it is may be one.
  const indexes = manifests.flatMap(({ digest, mediaType }) =>
    isText(digest) && (!isText(mediaType) || INDEX_TYPES.includes(mediaType)) ? digest : [],
  );
  return {
    children: digests,
    ...(indexes.length > 0 && { indexes }),
    bytes,
    ...(own !== undefined && { subject: own }),
  };
}

interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly subject?: Descriptor;
}

function parsed(text: string): Manifest {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below.
  }
  throw outsideError("a registry gives a manifest that is no JSON; ask it again");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
