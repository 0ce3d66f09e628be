import { createHash } from "node:crypto";

/** What names bytes of a registry. */
export interface Pushed {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest as a test writes it; the config is an empty one unless the test says more. */
export interface ManifestParts {
  readonly artifactType?: string;
  readonly config?: Pushed;
  readonly layers: readonly Pushed[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subject?: Pushed;
}

export const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
export const SIMPLE_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
export const DSSE_TYPE = "application/vnd.dsse.envelope.v1+json";
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";

/** Pushes blobs and manifests to one repository of a registry, as signing tools do. */
export class Pusher {
  readonly host: string;
  readonly repository: string;

  constructor(host: string, repository: string) {
    this.host = host;
    this.repository = repository;
  }

  /** Pushes an image without layers whose content is a text, and returns how others refer to it. */
  async image(content: string): Promise<Pushed> {
    return this.manifest({ layers: [await this.blob(content, "text/plain")] });
  }

  async blob(
    content: string | Buffer,
    mediaType: string,
    annotations?: Pushed["annotations"],
  ): Promise<Pushed> {
    const bytes = Buffer.from(content);
    const digest = digestOfBytes(bytes);
    const begun = await this.#send("POST", "blobs/uploads/");
    const place = new URL(begun.headers.get("location") ?? "", `http://${this.host}`);
    place.searchParams.set("digest", digest);
    await expectOk(fetch(place, { method: "PUT", body: bytes }));
    return { mediaType, digest, size: bytes.length, ...(annotations && { annotations }) };
  }

  /** @param tag Default: none, only its digest */
  async manifest(parts: ManifestParts, tag?: string): Promise<Pushed> {
    const config = parts.config ?? (await this.blob("{}", "application/vnd.oci.empty.v1+json"));
    const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, ...parts, config };
    return this.#put(manifest, MANIFEST_TYPE, tag);
  }

  async index(manifests: readonly Pushed[], tag: string): Promise<Pushed> {
    return this.#put({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }, INDEX_TYPE, tag);
  }

  /** Attaches a Sigstore bundle as cosign 3 and GitHub's action do, and returns its layer. */
  async bundle(content: string, subject: Pushed): Promise<Pushed> {
    const layer = await this.blob(content, BUNDLE_TYPE);
    await this.manifest({ artifactType: BUNDLE_TYPE, layers: [layer], subject });
    return layer;
  }

  async #put(manifest: object, mediaType: string, tag: string | undefined): Promise<Pushed> {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = digestOfBytes(bytes);
    const headers = { "content-type": mediaType };
    await this.#send("PUT", `manifests/${tag ?? digest}`, { headers, body: bytes });
    return { mediaType, digest, size: bytes.length };
  }

  #send(method: string, path: string, more: RequestInit = {}): Promise<Response> {
    const url = `http://${this.host}/v2/${this.repository}/${path}`;
    return expectOk(fetch(url, { method, ...more }));
  }
}

export function digestOfBytes(bytes: Buffer | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function expectOk(asked: Promise<Response>): Promise<Response> {
  const response = await asked;
  if (response.ok) return response;
  throw new Error(`${response.status} ${response.url}: ${await response.text()}`);
}
