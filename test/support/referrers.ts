import { createHash } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** A manifest, as far as it refers to another. */
interface Manifest {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config?: { readonly mediaType: string };
  readonly subject?: { readonly digest: string };
}

/**
 * Stands in front of a registry and gives it the referrers API of OCI 1.1, as ECR and GHCR have it and
 * Debian's registry doesn't: what refers to an image is listed, and needs no `sha256-*` tag.
 */
export class ReferrersFront {
  readonly host: string;
  readonly #server: http.Server;
  readonly #behind: string;
  readonly #referrers = new Map<string, object[]>();

  private constructor(server: http.Server, behind: string) {
    this.#server = server;
    this.#behind = behind;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(behind: string): Promise<ReferrersFront> {
    const server = http.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const front = new ReferrersFront(server, behind);
    server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
      void front.#answer(request, response);
    });
    return front;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = "GET", url = "/", headers } = request;
    const [, name, digest] = /^\/v2\/(.*)\/referrers\/(sha256:[0-9a-f]+)$/.exec(url) ?? [];
    if (name !== undefined && digest !== undefined) {
      const manifests = this.#referrers.get(`${name}@${digest}`) ?? [];
      const mediaType = "application/vnd.oci.image.index.v1+json";
      response.writeHead(200, { "content-type": mediaType });
      response.end(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const subject = method === "PUT" ? this.#note(url, body) : undefined;
    const [hostname, port] = this.#behind.split(":");
    const forwarded = http.request({ hostname, port, method, path: url, headers });
    forwarded.end(body);
    const [answer] = (await once(forwarded, "response")) as [http.IncomingMessage];
    const extra = subject === undefined ? {} : { "oci-subject": subject };
    response.writeHead(answer.statusCode ?? 500, { ...answer.headers, ...extra });
    answer.pipe(response);
  }

  /** Notes what a manifest that is pushed refers to, and returns that. */
  #note(url: string, body: Buffer): string | undefined {
    const [, name] = /^\/v2\/(.*)\/manifests\/[^/]+$/.exec(url) ?? [];
    if (name === undefined) return undefined;
    const { mediaType, artifactType, config, subject } = JSON.parse(body.toString()) as Manifest;
    if (subject === undefined) return undefined;
    const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    const key = `${name}@${subject.digest}`;
    const type = artifactType ?? config?.mediaType;
    const entry = { mediaType, digest, size: body.length, artifactType: type };
    this.#referrers.set(key, [...(this.#referrers.get(key) ?? []), entry]);
    return subject.digest;
  }
}
