import { createHash } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";

const INDEX = "application/vnd.oci.image.index.v1+json";

/** A manifest, as far as it refers to another. */
interface Manifest {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: { readonly mediaType: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subject?: { readonly digest: string };
}

/** An entry of a list of referrers. */
interface Referrer {
  readonly digest: string;
  readonly artifactType?: string | undefined;
}

/** What a test answers in place of the registry. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request, as a front has noted it. */
export interface Asked {
  /** `GET /v2/acme/orders/manifests/v1` */
  readonly line: string;
  readonly authorization: string | undefined;
}

/**
 * Stands in front of a registry and gives it the referrers API of OCI 1.1, as ECR has it and Debian's registry
 * doesn't: what refers to an image is listed, and needs no `sha256-*` tag. Notes what it is asked. Held to OCI's
 * own conformance test by `.ci/run --deep`.
 */
export class RegistryFront {
  readonly host: string;
  readonly asked: Asked[] = [];
  /** Answers in place of the registry, or never; undefined lets a request through. */
  reply: ((request: http.IncomingMessage) => Reply | "silence" | undefined) | undefined;
  /** Referrers of one page. */
  pageSize = Number.POSITIVE_INFINITY;
  readonly #server: http.Server;
  readonly #behind: string;
  readonly #referrers = new Map<string, Referrer[]>();

  private constructor(server: http.Server, behind: string) {
    this.#server = server;
    this.#behind = behind;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(behind: string): Promise<RegistryFront> {
    const server = http.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const front = new RegistryFront(server, behind);
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
    this.asked.push({ line: `${method} ${url}`, authorization: headers.authorization });
    const { pathname, searchParams } = new URL(url, `http://${this.host}`);
    const [, name, digest] = /^\/v2\/(.*)\/referrers\/([^/]*)$/.exec(pathname) ?? [];
    const own =
      this.reply?.(request) ??
      (method === "GET" && name !== undefined && digest !== undefined
        ? this.#list(name, digest, searchParams)
        : undefined);
    if (own === "silence") return;
    if (own !== undefined) {
      request.resume();
      response.writeHead(own.status, { "content-type": "application/json", ...own.headers });
      response.end(own.body);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [hostname, port] = this.#behind.split(":");
    const forwarded = http.request({ hostname, port, method, path: url, headers });
    forwarded.end(body);
    const [answer] = (await once(forwarded, "response")) as [http.IncomingMessage];
    const done = (answer.statusCode ?? 500) < 300;
    const subject = done ? this.#note(method, pathname, body) : undefined;
    const extra = subject === undefined ? {} : { "oci-subject": subject };
    response.writeHead(answer.statusCode ?? 500, { ...answer.headers, ...extra });
    // A body that breaks off in the registry breaks off here.
    pipeline(answer, response, () => undefined);
  }

  /** Returns a page of the referrers of a digest. */
  #list(name: string, digest: string, asked: URLSearchParams): Reply {
    if (!/^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(digest)) return { status: 400 };
    const type = asked.get("artifactType");
    const from = Number(asked.get("from") ?? 0);
    const all = (this.#referrers.get(`${name}@${digest}`) ?? []).filter(
      ({ artifactType }) => type === null || artifactType === type,
    );
    const manifests = all.slice(from, from + this.pageSize);
    const next = new URLSearchParams({ from: String(from + this.pageSize) });
    if (type !== null) next.set("artifactType", type);
    const headers = {
      "content-type": INDEX,
      ...(type !== null && { "oci-filters-applied": "artifactType" }),
      ...(from + this.pageSize < all.length && {
        link: `</v2/${name}/referrers/${digest}?${next.toString()}>; rel="next"`,
      }),
    };
    const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
    return { status: 200, headers, body };
  }

  /** Notes what a manifest that was pushed refers to, and returns that; forgets one that was deleted. */
  #note(method: string, pathname: string, body: Buffer): string | undefined {
    const [, name, reference = ""] = /^\/v2\/(.*)\/manifests\/([^/]+)$/.exec(pathname) ?? [];
    if (name === undefined) return undefined;
    if (method === "DELETE") {
      for (const [key, referrers] of this.#referrers) {
        this.#referrers.set(
          key,
          referrers.filter(({ digest }) => digest !== reference),
        );
      }
    }
    if (method !== "PUT") return undefined;
    const manifest = JSON.parse(body.toString()) as Manifest;
    const { mediaType, config, annotations, subject } = manifest;
    if (subject === undefined) return undefined;
    const [, algorithm = "sha256"] = /^(sha\d+):/.exec(reference) ?? [];
    const digest = `${algorithm}:${createHash(algorithm).update(body).digest("hex")}`;
    const artifactType = manifest.artifactType ?? config?.mediaType;
    const entry = { mediaType, digest, size: body.length, artifactType, annotations };
    const key = `${name}@${subject.digest}`;
    const others = (this.#referrers.get(key) ?? []).filter((other) => other.digest !== digest);
    this.#referrers.set(key, [...others, entry]);
    return subject.digest;
  }
}
