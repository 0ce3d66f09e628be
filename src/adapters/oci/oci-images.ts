import { createHash } from "node:crypto";
import { outsideError } from "../../core/error";
import { formatImageReference, type ImageReference } from "../../core/image-reference";
import type { StoredManifest } from "../../core/prune";
import { partsIn } from "./manifest";
import { isMissing, isUnsupported, registryError } from "./regctl-errors";

/** Runs regctl about an image, and returns what it prints. Throws what Node.js throws where it fails. */
type Regctl = (image: ImageReference, args: readonly string[]) => Promise<string>;

/** Tags that a page of the list has at the most. */
const TAGS_AT_ONCE = 1000;
/** Questions that are open at once. */
const CONCURRENCY = 8;

/** The images of a registry that has the API of OCI and no other. It doesn't tell when they were pushed. */
export class OciImages {
  readonly #regctl: Regctl;

  constructor(regctl: Regctl) {
    this.#regctl = regctl;
  }

  async manifests(repository: ImageReference): Promise<StoredManifest[] | undefined> {
    const tags = await this.#tags(repository);
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
    const found: StoredManifest[] = [];
    await each([...digests], async (digest) => {
      const manifest = await this.#read({ ...repository, digest });
      // A platform may be left out on purpose.
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
      if (!(await this.#delete({ ...repository, digest }, tags.length > 0))) return false;
      deleted(manifest);
    }
    return true;
  }

  /** Returns whether the registry deletes at all. It may delete the parts of an index with it. */
  async #delete(image: ImageReference, mustBeThere: boolean): Promise<boolean> {
    try {
      await this.#regctl(image, ["manifest", "delete", formatImageReference(image)]);
      return true;
    } catch (cause) {
      if (isMissing(cause) && !mustBeThere) return true;
      if (isUnsupported(cause)) return false;
      throw registryError(cause, [image.host]);
    }
  }

  /** Some registries ignore where a page is to begin, and others how long it is to be. */
  async #tags(repository: ImageReference): Promise<string[] | undefined> {
    const tags = new Set<string>();
    const name = formatImageReference(repository);
    for (let last: string | undefined; ;) {
      const from = last === undefined ? [] : ["--last", last];
      const limit = ["--limit", String(TAGS_AT_ONCE)];
      const page = await this.#asking(repository, ["tag", "ls", name, ...limit, ...from]);
      if (page === undefined) return tags.size === 0 ? undefined : [...tags];
      const before = tags.size;
      for (const tag of lines(page)) tags.add(tag);
      if (tags.size === before) return [...tags];
      last = lines(page).at(-1);
    }
  }

  /** Returns a manifest by its tag or digest, without its tags; undefined where it isn't there. */
  async #read(image: ImageReference): Promise<StoredManifest | undefined> {
    const name = formatImageReference(image);
    const text = await this.#asking(image, ["manifest", "get", name, "--format", "raw-body"]);
    if (text === undefined) return undefined;
    const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    if (image.digest !== undefined && image.digest !== digest) {
      throw outsideError(`${name} has other bytes than its digest says`);
    }
    return { digest, tags: [], ...partsIn(text) };
  }

  async #referrers(image: ImageReference): Promise<string[]> {
    const format = "{{range .Descriptors}}{{println .Digest}}{{end}}";
    const name = formatImageReference(image);
    return lines((await this.#asking(image, ["artifact", "list", name, "--format", format])) ?? "");
  }

  /** Returns what regctl prints; undefined where the registry doesn't have what it is asked for. */
  async #asking(image: ImageReference, args: readonly string[]): Promise<string | undefined> {
    try {
      return await this.#regctl(image, args);
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw registryError(cause, [image.host]);
    }
  }
}

async function each<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const { default: pMap } = await import("p-map");
  await pMap(items, act, { concurrency: CONCURRENCY });
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
