import type { ImageReference } from "../../core/image-reference";
import type { StoredManifest } from "../../core/prune";
import type { ImageLayout } from "./layout";
import type { StoredTag } from "../../core/resolve/offers";

/** A signature or attestation that is attached to an image or a chart, as it is: nothing of it is verified. */
export interface Attached {
  /**
   * Where it was found: in the registry's list of referrers, under the tag of a digest that stands in for such a
   * list (`sha256-<hex>`), under cosign's tags for signatures (`.sig`) and for attestations (`.att`).
   */
  readonly place: "referrers" | "index tag" | "signature tag" | "attestation tag";
  /**
   * What the bytes are: a Sigstore bundle; a payload of cosign's simple signing, whose signature is in the annotations;
   * a DSSE envelope, whose certificate and log entry may be there; a Notation signature. `unreadable`: a signature
   * above 16 MiB, or one that the registry lists and has no bytes of.
   */
  readonly kind: "bundle" | "simple-signing" | "dsse" | "notation" | "unreadable";
  /** They have the digest. Empty where it is unreadable. */
  readonly bytes: Buffer;
  /** Those of the manifest and of the layer; the layer's count. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Digest of the bytes. */
  readonly digest: string;
}

/** A bundle that is to be attached. */
export interface NewBundle {
  /** As JSON. */
  readonly text: string;
  /** Of the statement in it. */
  readonly predicateType: string;
  readonly at: Date;
}

/**
 * The registries of one run, as use cases ask them. Every method throws a ReleasesError of kind `outside`.
 */
export interface ImageRegistries {
  /** Returns the digest of an image, named by tag or digest; undefined where the registry doesn't have it. */
  digestOf(image: ImageReference): Promise<string | undefined>;

  /**
   * Returns the signatures and attestations of an image or chart, named by digest, from every place where they may
   * be; none where there are none, or the registry doesn't have the digest.
   */
  attachedTo(image: ImageReference): Promise<Attached[]>;

  /**
   * Attaches a bundle of Sigstore to an image or chart, named by digest: as a referrer, and where the registry lists
   * none, in the index `sha256-<hex>` as well.
   */
  attach(image: ImageReference, bundle: NewBundle): Promise<void>;

  /**
   * Copies an image, named by digest, to the target's repository and tag, with all its platforms, signatures
   * and attestations, and checks that all of it arrived.
   */
  copy(source: ImageReference, target: ImageReference): Promise<void>;

  /** Gives the target's tag to an image that the target's repository has; its bytes stay as they are. */
  tag(target: ImageReference, digest: string): Promise<void>;

  /**
   * Pushes an image from the disk to a repository, with all its platforms, and gives it no tag: who asks for it has
   * to know its digest. What the registry has isn't sent again.
   */
  push(layout: ImageLayout, repository: ImageReference): Promise<void>;

  /** Returns the annotations of an image's or chart's manifest; undefined where the registry doesn't have it. */
  annotationsOf(image: ImageReference): Promise<Readonly<Record<string, string>> | undefined>;

  /**
   * Returns every manifest of a repository that the registry lists: of ECR all, of others those with a tag. Undefined
   * where there is no such repository.
   */
  manifests(repository: ImageReference): Promise<readonly StoredManifest[] | undefined>;

  /**
   * Returns all tags of a repository, and of ECR when their images were pushed. Undefined where there is no such
   * repository.
   */
  tags(repository: ImageReference): Promise<readonly StoredTag[] | undefined>;

  /** Returns the parts of manifests, and what refers to them, as far as `manifests` doesn't list those. */
  unlisted(
    repository: ImageReference,
    manifests: readonly StoredManifest[],
  ): Promise<readonly StoredManifest[]>;

  /** Returns the manifests of digests, as far as the registry has them and `manifests` doesn't list them. */
  named(repository: ImageReference, digests: readonly string[]): Promise<readonly StoredManifest[]>;

  /**
   * Deletes manifests by their digests, with all tags that they have. Throws where one of them isn't what it was, or
   * the registry refuses: what comes after it stays. Returns whether the registry deletes at all: some don't.
   * @param deleted called with each of them once it is gone
   */
  remove(
    repository: ImageReference,
    manifests: readonly StoredManifest[],
    deleted: (manifest: StoredManifest) => void,
  ): Promise<boolean>;

  /** Forgets the logins of the run. */
  close(): void;
}
