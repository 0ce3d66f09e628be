import { createHash } from "node:crypto";
import { z } from "zod";
import { outsideError } from "../../core/error";
import { formatImageReference, type ImageReference } from "../../core/image-reference";
import type { Answer } from "../web-requests";
import type { Question, RegistryRequests } from "./registry-requests";

/** Bytes of a manifest or of a page of a list: what registries have to take, and clients needn't pass (OCI spec.md). */
const MAX_MANIFEST_BYTES = 4 << 20;
/** Pages of one list. ECR gives 50 referrers on each, and some registries 100 tags. */
const MAX_PAGES = 100;
/** Tags that a page of the list has at the most. */
const TAGS_AT_ONCE = 1000;

const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFESTS = [
  "application/vnd.oci.image.manifest.v1+json",
  INDEX,
  "application/vnd.oci.artifact.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

/**
 * How registries say that they have no list of referrers. 404: the specification's. 400: some versions of Quay.
 * 405 and 406: proxies and registries that know no such path.
 */
const NO_REFERRERS = [404, 400, 405, 406];

const texts = z.record(z.string(), z.string()).nullish();

const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/),
  size: z.int().nonnegative(),
  annotations: texts,
});

/** Names bytes of a registry: a manifest, or a blob. */
export type Descriptor = z.infer<typeof descriptor>;

const tagList = z.object({ tags: z.array(z.string()).nullish() });

const manifest = z.object({
  artifactType: z.string().nullish(),
  config: z.object({ mediaType: z.string().nullish() }).nullish(),
  annotations: texts,
  layers: z.array(z.unknown()).nullish(),
  /** Those of an artifact manifest, which OCI had before 1.1. */
  blobs: z.array(z.unknown()).nullish(),
  manifests: z.array(z.unknown()).nullish(),
});

/** A manifest, or an index, as far as what is attached to an image needs it. */
export interface Manifest {
  /** What the manifest says that it is: its own type, and that of its config. */
  readonly types: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly layers: readonly Descriptor[];
  /** Of an index: what it lists. */
  readonly manifests?: readonly Descriptor[];
}

/**
 * Reads manifests, blobs and lists of registries. No registry is trusted: bytes that are asked for by their digest
 * have that digest. Every method throws a ReleasesError of kind `outside` when a registry can't be asked.
 */
export class RegistryReader {
  readonly #requests: RegistryRequests;

  constructor(requests: RegistryRequests) {
    this.#requests = requests;
  }

  /** Returns the manifest of an image's digest or tag; undefined where the registry has none, or no manifest. */
  async manifest(image: ImageReference): Promise<Manifest | undefined> {
    const bytes = await this.manifestBytes(image);
    return bytes && manifestOf(bytes);
  }

  /** Returns the bytes of the same; undefined where the registry has none. */
  async manifestBytes(image: ImageReference): Promise<Buffer | undefined> {
    const path = `manifests/${image.digest ?? image.tag ?? ""}`;
    const question = { path, accept: MANIFESTS, limit: MAX_MANIFEST_BYTES, expected: [404] };
    const answer = await this.#requests.ask(image, question);
    if (answer.status === 404) return undefined;
    if (image.digest !== undefined) expectDigest(image, image.digest, answer);
    return answer.bytes;
  }

  /** Returns the tags of a repository; undefined where the registry has no such repository. */
  async tags(repository: ImageReference): Promise<string[] | undefined> {
    const tags = new Set<string>();
    const named = new Set<string>();
    let idle = 0;
    const first = `tags/list?n=${TAGS_AT_ONCE}`;
    let path: string | URL = first;
    for (;;) {
      const question = { path, limit: MAX_MANIFEST_BYTES, expected: [404] };
      const answer = await this.#requests.ask(repository, question);
      if (answer.status === 404 && tags.size === 0) return undefined;
      const { data } = tagList.safeParse(jsonOf(answer.bytes));
      if (answer.status === 404 || data === undefined)
        throw unknownAnswer(repository, "a list of tags");
      const before = tags.size;
      for (const tag of data.tags ?? []) tags.add(tag);
      const next = nextOf(repository, answer);
      idle = tags.size === before ? idle + 1 : 0;
      // Some registries ignore where a page is to begin, and others how long it is to be.
      const isLast = next === undefined ? idle > 0 : named.has(next.href);
      if (isLast) return [...tags];
      if (idle > MAX_PAGES) throw tooManyPages(repository);
      if (next !== undefined) named.add(next.href);
      path = next ?? `${first}&last=${encodeURIComponent(data.tags?.at(-1) ?? "")}`;
    }
  }

  /** Returns the bytes of a blob; undefined where the registry has none. */
  async blob(image: ImageReference, { digest, size }: Descriptor): Promise<Buffer | undefined> {
    const question = { path: `blobs/${digest}`, limit: size, expected: [404] };
    const answer = await this.#requests.ask(image, question);
    if (answer.status === 404) return undefined;
    expectDigest(image, digest, answer);
    return answer.bytes;
  }

  /** Returns what refers to an image's digest, as the registry lists it; undefined where it has no such lists. */
  async referrers(image: ImageReference): Promise<Descriptor[] | undefined> {
    const first = {
      path: `referrers/${image.digest ?? ""}`,
      accept: [INDEX],
      limit: MAX_MANIFEST_BYTES,
      expected: NO_REFERRERS,
    };
    const found: Descriptor[] = [];
    for await (const { status, headers, bytes } of this.#pages(image, first)) {
      const listed = status === 200 ? manifestOf(bytes)?.manifests : undefined;
      if (listed !== undefined) found.push(...listed);
      else if (found.length === 0 && hasNoReferrers(status, headers)) return undefined;
      else throw unknownAnswer(image, "a list of referrers");
    }
    return found;
  }

  /** Returns the pages of a list. */
  async *#pages(image: ImageReference, first: Question): AsyncGenerator<Answer> {
    let question = first;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const answer = await this.#requests.ask(image, question);
      yield answer;
      const next = nextOf(image, answer);
      if (next === undefined) return;
      question = { ...first, path: next, expected: [] };
    }
    throw tooManyPages(image);
  }
}

function tooManyPages({ host, repository }: ImageReference): Error {
  return outsideError(
    `${host} lists more than ${MAX_PAGES} pages of ${repository}; ask it for fewer`,
  );
}

/** Returns the address of a list's next page, which the Link header of the one before names (RFC 8288). */
function nextOf(image: ImageReference, { url, headers }: Answer): URL | undefined {
  const [, next] = /<([^>]*)>\s*;[^,]*\brel="?next\b/i.exec(headers.get("link") ?? "") ?? [];
  if (next === undefined) return undefined;
  if (!URL.canParse(next, url.href)) throw unknownAnswer(image, "a next page");
  return new URL(next, url);
}

/** Whether a registry has no lists of referrers: it says so, or answers with a page for people. */
function hasNoReferrers(status: number, headers: Headers): boolean {
  return NO_REFERRERS.includes(status) || /^text\/html/.test(headers.get("content-type") ?? "");
}

/** Returns a manifest; undefined for bytes that are none. What it lists without a digest is left out. */
function manifestOf(bytes: Buffer): Manifest | undefined {
  const { success, data } = manifest.safeParse(jsonOf(bytes));
  if (!success) return undefined;
  const { artifactType, config, annotations, layers, blobs, manifests } = data;
  return {
    types: [artifactType, config?.mediaType].filter((type) => typeof type === "string"),
    annotations: annotations ?? {},
    layers: descriptorsOf(layers ?? blobs),
    ...(manifests !== undefined && { manifests: descriptorsOf(manifests) }),
  };
}

function descriptorsOf(entries: readonly unknown[] | null | undefined): Descriptor[] {
  return (entries ?? []).flatMap((entry) => descriptor.safeParse(entry).data ?? []);
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function expectDigest(image: ImageReference, digest: string, { bytes }: Answer): void {
  const [algorithm = ""] = digest.split(":");
  const found = `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
  if (found === digest) return;
  const { host, repository } = image;
  const name = formatImageReference({ host, repository, digest });
  throw outsideError(
    `${name} is ${found} there; the registry, or a proxy in front of it, changes bytes: don't use it`,
  );
}

function unknownAnswer({ host, repository }: ImageReference, expected: string): Error {
  return outsideError(
    `${host} answers with something else than ${expected} of ${repository}; check that it is a registry`,
  );
}
