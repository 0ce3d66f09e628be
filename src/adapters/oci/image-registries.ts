import type { ImageReference } from "../../core/image-reference";

/**
 * The registries of one run, as use cases ask them. Every method throws a ReleasesError of kind `outside`.
 */
export interface ImageRegistries {
  /** Returns the digest of an image, named by tag or digest; undefined where the registry doesn't have it. */
  digestOf(image: ImageReference): Promise<string | undefined>;

  /**
   * Copies an image, named by digest, to the target's repository and tag, with all its platforms, signatures
   * and attestations, and checks that all of it arrived.
   */
  copy(source: ImageReference, target: ImageReference): Promise<void>;

  /** Gives the target's tag to an image that the target's repository has; its bytes stay as they are. */
  tag(target: ImageReference, digest: string): Promise<void>;

  /** Forgets the logins of the run. */
  close(): void;
}
