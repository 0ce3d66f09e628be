import { createHash } from "node:crypto";
import { outsideError } from "../../core/error";
import { formatImageReference, type ImageReference } from "../../core/image-reference";
import type { StoredManifest } from "../../core/prune";
import { partsIn } from "./manifest";
import { isMissing, isUnsupported, registryError } from "./regctl-errors";
import type { RegistryReader } from "./registry-reader";

/** Deletes a manifest by its digest. Throws what Node.js throws where regctl fails. */
type Delete = (image: ImageReference) => Promise<void>;

/** Questions that are open at once. */
const CONCURRENCY = 16;

/** The images of a registry that has the API of OCI and no other. It doesn't tell when they were pushed. */
export class OciImages {
  readonly #reader: RegistryReader;
  readonly #delete: Delete;

  /** @param remove deletes through regctl: what reads has no right to write */
  constructor(reader: RegistryReader, remove: Delete) {
    this.#reader = reader;
    this.#delete = remove;
  }

  async manifests(repository: ImageReference): Promise<StoredManifest[] | undefined> {
    const tags = await this.#reader.tags(repository);
    if (tags === undefined) return undefined;
    const tagsOf = new Map<string, string[]>();
    const found = new Map<string, StoredManifest>();
    await each(tags, async (tag) => {
      const manifest = await this.#read({ ...repository, tag });
      // It went between the list and now.
      if (manifest === undefined) return;
      tagsOf.set(manifest.digest, [...(tagsOf.get(manifest.digest) ?? []), tag]);
      found.set(manifest.digest, manifest);
    });
    return [...found.values()].map((manifest) => {
      return { ...manifest, tags: (tagsOf.get(manifest.digest) ?? []).sort() };
    });
  }

  async unlisted(
    repository: ImageReference,
    manifests: readonly StoredManifest[],
  ): Promise<StoredManifest[]> {
    const digests = new Set(manifests.flatMap(({ children }) => children));
    await each(manifests, async ({ digest }) => {
      for (const referrer of await this.#referrers({ ...repository, digest })) {
        digests.add(referrer);
      }
    });
    // A platform may be left out on purpose.
    return this.named(repository, [...digests]);
  }

  async named(repository: ImageReference, digests: readonly string[]): Promise<StoredManifest[]> {
    const found: StoredManifest[] = [];
    await each(digests, async (digest) => {
      const manifest = await this.#read({ ...repository, digest });
      if (manifest !== undefined) found.push(manifest);
    });
    return found;
  }

  async remove(
    repository: ImageReference,
    manifests: readonly StoredManifest[],
    deleted: (manifest: StoredManifest) => void,
  ): Promise<boolean> {
    for (const manifest of manifests) {
      const { digest, tags } = manifest;
      for (const tag of tags) {
        const now = await this.#read({ ...repository, tag });
        if (now?.digest === digest) continue;
        const name = formatImageReference({ ...repository, tag });
        throw outsideError(`${name} was ${digest} and is ${now?.digest ?? "gone"}; run it again`);
      }
      if (!(await this.#remove({ ...repository, digest }, tags.length > 0))) return false;
      deleted(manifest);
    }
    return true;
  }

  /** Returns whether the registry deletes at all. It may delete the parts of an index with it. */
  async #remove(image: ImageReference, mustBeThere: boolean): Promise<boolean> {
    try {
      await this.#delete(image);
      return true;
    } catch (cause) {
      if (isMissing(cause) && !mustBeThere) return true;
      if (isUnsupported(cause)) return false;
      throw registryError(cause, [image.host]);
    }
  }

  /** Returns a manifest by its tag or digest, without its tags; undefined where it isn't there. */
  async #read(image: ImageReference): Promise<StoredManifest | undefined> {
    const bytes = await this.#reader.manifestBytes(image);
    if (bytes === undefined) return undefined;
    const digest = image.digest ?? `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    return { digest, tags: [], ...partsIn(bytes.toString()) };
  }

  /** Returns what refers to a digest: where a registry has no such lists, tools keep one in a tag. */
  async #referrers({ digest = "", ...image }: ImageReference): Promise<readonly string[]> {
    const listed = await this.#reader.referrers({ ...image, digest });
    if (listed !== undefined) return listed.map((one) => one.digest);
    return (await this.#read({ ...image, tag: digest.replace(":", "-") }))?.children ?? [];
  }
}

async function each<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const { default: pMap } = await import("p-map");
  await pMap(items, act, { concurrency: CONCURRENCY });
}
