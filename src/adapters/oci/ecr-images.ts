import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  type ECRClient,
  paginateDescribeImages,
  RepositoryNotFoundException,
  type ImageDetail,
} from "@aws-sdk/client-ecr";
import { ecrRegion } from "../../core/aws";
import { outsideError } from "../../core/error";
import type { ImageReference } from "../../core/image-reference";
import type { StoredManifest } from "../../core/prune";
import type { StoredTag } from "../../core/resolve/offers";
import { ecrClient } from "./ecr";
import type { Access } from "./logins";
import { INDEX_TYPES, partsIn } from "./manifest";

/** ARNs of the roles for what is asked, and for what is deleted. */
type Roles = { readonly [access in Access]?: string | undefined };

/** Images that ECR describes in one answer, and takes in one call of BatchGetImage or BatchDeleteImage. */
const DESCRIBED_AT_ONCE = 1000;
const AT_ONCE = 100;

/**
 * The images of one account's ECR registry, by its own API: it lists those without a tag as well, and knows when each
 * was pushed. Credentials come from the AWS SDK's chain, and need ecr:DescribeImages, ecr:BatchGetImage and, to
 * remove, ecr:BatchDeleteImage.
 */
export class EcrImages {
  readonly #region: string;
  readonly #account: string;
  readonly #roles: Roles;

  /**
   * @param host of an ECR registry
   * @param roles to assume. Default: none
   */
  constructor(host: string, roles: Roles = {}) {
    this.#region = ecrRegion(host) ?? "";
    this.#account = host.slice(0, host.indexOf("."));
    this.#roles = roles;
  }

  async manifests({ repository }: ImageReference): Promise<StoredManifest[] | undefined> {
    return this.#asking(`for the images of ${repository}`, "read", async (client) => {
      try {
        return await this.#described(client, repository);
      } catch (cause) {
        if (cause instanceof RepositoryNotFoundException) return undefined;
        throw cause;
      }
    });
  }

  async tags({ repository }: ImageReference): Promise<StoredTag[] | undefined> {
    return this.#asking(`for the tags of ${repository}`, "read", async (client) => {
      const found: StoredTag[] = [];
      const pages = paginateDescribeImages(
        { client, pageSize: DESCRIBED_AT_ONCE },
        { ...this.#of(repository), filter: { tagStatus: "TAGGED" } },
      );
      try {
        for await (const { imageDetails = [] } of pages) {
          for (const { imageTags = [], imagePushedAt: pushedAt } of imageDetails) {
            const at = pushedAt === undefined ? {} : { pushedAt };
            found.push(...imageTags.map((name) => ({ name, ...at })));
          }
        }
      } catch (cause) {
        if (cause instanceof RepositoryNotFoundException) return undefined;
        throw cause;
      }
      return found;
    });
  }

  /** ECR lists everything. */
  unlisted(): Promise<StoredManifest[]> {
    return Promise.resolve([]);
  }

  named(): Promise<StoredManifest[]> {
    return Promise.resolve([]);
  }

  async remove(
    { repository }: ImageReference,
    manifests: readonly StoredManifest[],
    deleted: (manifest: StoredManifest) => void,
  ): Promise<boolean> {
    return this.#asking(`to delete images of ${repository}`, "write", async (client) => {
      for (const batch of batches(manifests)) {
        const imageIds = batch.map(({ digest }) => ({ imageDigest: digest }));
        const answer = await client.send(
          new BatchDeleteImageCommand({ ...this.#of(repository), imageIds }),
        );
        const refused = new Map(
          (answer.failures ?? []).map(({ imageId, failureCode = "", failureReason = "" }) => {
            return [imageId?.imageDigest ?? "", `${failureCode} ${failureReason}`.trim()];
          }),
        );
        for (const manifest of batch) if (!refused.has(manifest.digest)) deleted(manifest);
        for (const [digest, reason] of refused) {
          throw outsideError(`ECR doesn't delete ${repository}@${digest}: ${reason}`);
        }
        const asked = new Set(batch.map(({ digest }) => digest));
        const other = answer.imageIds?.find(({ imageDigest = "" }) => !asked.has(imageDigest));
        if (other === undefined) continue;
        const what = `${repository}@${other.imageDigest ?? ""}`;
        throw outsideError(`ECR deleted ${what}, which wasn't asked for; push it again`);
      }
      return true;
    });
  }

  async #described(client: ECRClient, repository: string): Promise<StoredManifest[]> {
    const found: StoredManifest[] = [];
    const indexes: string[] = [];
    const pages = paginateDescribeImages(
      { client, pageSize: DESCRIBED_AT_ONCE },
      // Without a filter those in the archive aren't told, and their parts would belong to nothing.
      { ...this.#of(repository), filter: { imageStatus: "ANY" } },
    );
    for await (const { imageDetails = [] } of pages) {
      for (const detail of imageDetails) {
        const manifest = manifestOf(detail);
        found.push(manifest);
        if (isIndex(detail)) indexes.push(manifest.digest);
      }
    }
    const children = await this.#childrenOf(client, repository, indexes);
    return found.map((manifest) => {
      const own = children.get(manifest.digest);
      return own === undefined ? manifest : { ...manifest, bytes: 0, children: own };
    });
  }

  async #childrenOf(
    client: ECRClient,
    repository: string,
    indexes: readonly string[],
  ): Promise<Map<string, string[]>> {
    const children = new Map<string, string[]>();
    for (const batch of batches(indexes)) {
      const { images = [] } = await client.send(
        new BatchGetImageCommand({
          ...this.#of(repository),
          imageIds: batch.map((imageDigest) => ({ imageDigest })),
          acceptedMediaTypes: [...INDEX_TYPES],
        }),
      );
      for (const { imageId, imageManifest = "" } of images) {
        const { children: own } = partsIn(imageManifest);
        children.set(imageId?.imageDigest ?? "", own);
      }
      const missing = batch.find((digest) => !children.has(digest));
      if (missing === undefined) continue;
      throw outsideError(
        `ECR doesn't give the index ${repository}@${missing}, whose parts it holds`,
      );
    }
    return children;
  }

  #of(repositoryName: string) {
    return { registryId: this.#account, repositoryName };
  }

  async #asking<Answer>(
    request: string,
    access: Access,
    ask: (client: ECRClient) => Promise<Answer>,
  ): Promise<Answer> {
    const client = ecrClient(this.#region, this.#roles[access]);
    try {
      return await ask(client);
    } catch (cause) {
      if (!(cause instanceof Error) || !("$metadata" in cause || "tryNextLink" in cause))
        throw cause;
      const who = `ECR of ${this.#account} in ${this.#region}`;
      const advice = "check the login, and that its role may do that";
      throw outsideError(`${who}, asked ${request}: ${cause.message}; ${advice}`);
    } finally {
      client.destroy();
    }
  }
}

function isIndex({ imageManifestMediaType = "" }: ImageDetail): boolean {
  return INDEX_TYPES.includes(imageManifestMediaType);
}

function manifestOf(detail: ImageDetail): StoredManifest {
  const { imageDigest, imageTags = [], imageSizeInBytes = 0, imagePushedAt } = detail;
  if (imageDigest === undefined) throw outsideError("ECR lists an image without a digest");
  const { subjectManifestDigest: subject } = detail;
  return {
    digest: imageDigest,
    tags: imageTags,
    bytes: imageSizeInBytes,
    ...(imagePushedAt !== undefined && { pushedAt: imagePushedAt }),
    children: NO_CHILDREN,
    ...(subject !== undefined && { subject }),
  };
}

const NO_CHILDREN: readonly string[] = [];

function* batches<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += AT_ONCE) {
    yield items.slice(start, start + AT_ONCE);
  }
}
