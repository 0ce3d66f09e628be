import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** An image as ECR describes it. */
export interface EcrImage {
  readonly imageDigest: string;
  readonly imageTags?: readonly string[];
  readonly imageSizeInBytes?: number;
  /** In seconds since 1970. */
  readonly imagePushedAt?: number;
  readonly imageManifestMediaType?: string;
  readonly subjectManifestDigest?: string;
  /** The manifest itself, of an index. */
  readonly manifest?: string;
}

interface Request {
  readonly repositoryName: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
  readonly imageIds?: readonly { readonly imageDigest: string }[];
}

/** The limits that ECR's API states: of an answer of DescribeImages, and of what BatchGetImage and BatchDeleteImage take. */
const [DESCRIBED, AT_ONCE] = [1000, 100];

/** ECR's API for the images of repositories, in memory: it gives lists in pages, and refuses more than it takes. */
export class EcrServer {
  readonly address: string;
  /** The names of the operations that were asked for, in order. */
  readonly calls: string[] = [];
  /** Why images aren't deleted, by their digests. */
  readonly refused = new Map<string, string>();
  /** By name. */
  readonly repositories: Map<string, EcrImage[]>;
  readonly #server: http.Server;

  private constructor(server: http.Server, repositories: Map<string, EcrImage[]>) {
    this.#server = server;
    this.repositories = repositories;
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(repositories: Map<string, EcrImage[]>, port = 0): Promise<EcrServer> {
    const server = http.createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    const ecr = new EcrServer(server, repositories);
    server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
      void ecr.#answer(request, response);
    });
    return ecr;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    this.calls.push(operation);
    const asked = JSON.parse(Buffer.concat(chunks).toString() || "{}") as Request;
    const [code, body] = this.#bodyOf(operation, asked);
    response.writeHead(code, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(body));
  }

  #bodyOf(operation: string, request: Request): [code: number, body: object] {
    const images = this.repositories.get(request.repositoryName);
    const { imageIds = [], maxResults = 100, nextToken } = request;
    if (images === undefined) return problem("RepositoryNotFoundException", "there is none");
    if (imageIds.length > AT_ONCE || maxResults > DESCRIBED) {
      return problem(
        "InvalidParameterException",
        `${imageIds.length} images, ${maxResults} results`,
      );
    }
    switch (operation) {
      case "DescribeImages": {
        const start = Number(nextToken ?? 0);
        const end = start + maxResults;
        const page = images.slice(start, end).map(({ manifest: _, ...image }) => image);
        const more = end < images.length ? { nextToken: String(end) } : {};
        return [200, { imageDetails: page, ...more }];
      }
      case "BatchGetImage": {
        const found = imageIds.flatMap(({ imageDigest }) => {
          const manifest = images.find((image) => image.imageDigest === imageDigest)?.manifest;
          return manifest === undefined
            ? []
            : { imageId: { imageDigest }, imageManifest: manifest };
        });
        return [200, { images: found, failures: [] }];
      }
      case "BatchDeleteImage":
        return [200, this.#deleted(request.repositoryName, images, imageIds)];
      default:
        return problem("UnknownOperationException", operation);
    }
  }

  #deleted(name: string, images: readonly EcrImage[], imageIds: NonNullable<Request["imageIds"]>) {
    const refused = imageIds.filter(({ imageDigest }) => this.refused.has(imageDigest));
    const gone = imageIds.filter((id) => !refused.includes(id));
    const digests = new Set(gone.map(({ imageDigest }) => imageDigest));
    this.repositories.set(
      name,
      images.filter(({ imageDigest }) => !digests.has(imageDigest)),
    );
    return {
      imageIds: gone,
      failures: refused.map((imageId) => ({
        imageId,
        failureCode: this.refused.get(imageId.imageDigest),
        failureReason: "it is refused",
      })),
    };
  }
}

function problem(type: string, message: string): [code: number, body: object] {
  return [400, { __type: type, message }];
}

/** Returns a repository with so many tags: of each the index, its two parts and a signature. */
export function manyTags(tags: number): EcrImage[] {
  let number = 0;
  const digest = (): string => `sha256:${(++number).toString(16).padStart(64, "0")}`;
  const imagePushedAt = Date.UTC(2025, 0, 1) / 1000;
  const mediaType = "application/vnd.oci.image.index.v1+json";
  return Array.from({ length: tags }, (_, index): EcrImage[] => {
    const parts = [digest(), digest()].map((imageDigest) => {
      return { imageDigest, imageSizeInBytes: 50_000_000, imagePushedAt };
    });
    const imageDigest = digest();
    const manifests = parts.map((part) => {
      return {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: part.imageDigest,
        size: 1000,
      };
    });
    const signature = { imageDigest: digest(), subjectManifestDigest: imageDigest, imagePushedAt };
    return [
      ...parts,
      {
        imageDigest,
        imageTags: [`v1.${index}.0`],
        imageSizeInBytes: 50_000_000,
        imagePushedAt,
        imageManifestMediaType: mediaType,
        manifest: JSON.stringify({ schemaVersion: 2, mediaType, manifests }),
      },
      signature,
    ];
  }).flat();
}

/** `ecr-server.ts PORT REPOSITORY TAGS`: serves a repository with so many tags until it is ended. */
if (require.main === module) {
  const [port, name = "", tags] = process.argv.slice(2);
  void EcrServer.start(new Map([[name, manyTags(Number(tags))]]), Number(port));
}
