import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { outsideError } from "../../core/error";
import { formatImageReference, type ImageReference } from "../../core/image-reference";
import { ecrRegion } from "../../core/aws";
import type { RegistryRoles } from "../../core/stack/registry";
import { findRegctl } from "../find-tool";
import { attachedTo } from "./attachments";
import type { StoredManifest } from "../../core/prune";
import type { StoredTag } from "../../core/resolve/offers";
import { EcrImages } from "./ecr-images";
import type { Attached, ImageRegistries, NewBundle } from "./image-registries";
import type { ImageLayout } from "./layout";
import { RegistryLogins, type Access } from "./logins";
import { OciImages } from "./oci-images";
import { isMissing, registryError } from "./regctl-errors";
import { RegistryReader } from "./registry-reader";
import { RegistryRequests } from "./registry-requests";

const run = promisify(execFile);

/** More than any manifest or list of tags prints. */
const MAX_OUTPUT_BYTES = 1 << 26;
/** For a question; copies take as long as they take. */
const QUESTION_MILLISECONDS = 60_000;

/**
 * The OCI registries of one run, written through `regctl`: it copies an index with every platform, its
 * referrers and its `sha256-*` tags, byte for byte, and within one repository sends nothing but the
 * manifest. What is attached to images is read without it, as a process for each question takes too long.
 */
export class Registries implements ImageRegistries {
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), "releases-registries-"));
  readonly #configs = new Map<string, string>();
  #bundles = 0;
  readonly #logins: RegistryLogins;
  readonly #reader: RegistryReader;

  /** @param roles the roles to assume for ECR. Default: none */
  constructor(roles?: RegistryRoles) {
    this.#logins = new RegistryLogins(roles);
    this.#reader = new RegistryReader(new RegistryRequests(this.#logins));
  }

  digestOf(image: ImageReference): Promise<string | undefined> {
    return this.#digestOf({ image, access: "read" });
  }

  async #digestOf(end: End): Promise<string | undefined> {
    const { image } = end;
    try {
      return (await this.#run([end], ["manifest", "head", formatImageReference(image)])).trim();
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw registryError(cause, [image.host]);
    }
  }

  attachedTo(image: ImageReference): Promise<Attached[]> {
    return attachedTo(this.#reader, image);
  }

  async attach(image: ImageReference, { text, predicateType, at }: NewBundle): Promise<void> {
    const ends: End[] = [{ image, access: "write" }];
    const file = path.join(this.#folder, `bundle-${this.#bundles++}.json`);
    writeFileSync(file, text, { mode: 0o600 });
    // Those of https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
    const annotations = {
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": predicateType,
      "org.opencontainers.image.created": at.toISOString(),
    };
    await this.#regctl(ends, [
      ...["artifact", "put", "--artifact-type", BUNDLE_TYPE],
      ...["--file", file, "--file-media-type", BUNDLE_TYPE],
      ...Object.entries(annotations).flatMap(([key, value]) => ["--annotation", `${key}=${value}`]),
      ...["--subject", formatImageReference(image)],
    ]);
  }

  async tag(target: ImageReference, digest: string): Promise<void> {
    const source = withDigest(target, digest);
    await this.#copy(source, target, []);
    await this.#expectDigest(target, digest);
  }

  async copy(source: ImageReference, target: ImageReference): Promise<void> {
    const { digest } = source;
    if (digest === undefined) throw new Error("an image is copied by its digest");
    await this.#copy(source, target, ["--referrers", "--digest-tags"]);
    await this.#expectDigest(target, digest);
    const [from, to] = await Promise.all([
      this.#namesOfAttached({ image: withDigest(source, digest), access: "read" }),
      this.#namesOfAttached({ image: withDigest(target, digest), access: "write" }),
    ]);
    const missing = [...from].filter(([name, id]) => to.get(name) !== id).map(([name]) => name);
    if (missing.length === 0) return;
    const names = missing.join(", ");
    throw outsideError(`${formatImageReference(target)} was copied without ${names}; try again`);
  }

  async push({ folder, digest }: ImageLayout, repository: ImageReference): Promise<void> {
    const target = withDigest(repository, digest);
    const names = [`ocidir://${path.resolve(folder)}@${digest}`, formatImageReference(target)];
    const ends: End[] = [{ image: target, access: "write" }];
    // The index is sent after its parts, so one that is there has them all.
    await this.#regctl(ends, ["image", "copy", ...names], 0);
    await this.#expectDigest(target, digest);
  }

  async annotationsOf(image: ImageReference): ReturnType<ImageRegistries["annotationsOf"]> {
    return (await this.#reader.manifest(image))?.annotations;
  }

  manifests(repository: ImageReference): Promise<readonly StoredManifest[] | undefined> {
    return this.#stored(repository).manifests(repository);
  }

  async tags(repository: ImageReference): Promise<readonly StoredTag[] | undefined> {
    if (ecrRegion(repository.host) !== undefined) return this.#ecr(repository).tags(repository);
    return (await this.#reader.tags(repository))?.map((name) => ({ name }));
  }

  unlisted(
    repository: ImageReference,
    manifests: readonly StoredManifest[],
  ): Promise<readonly StoredManifest[]> {
    return this.#stored(repository).unlisted(repository, manifests);
  }

  named(
    repository: ImageReference,
    digests: readonly string[],
  ): Promise<readonly StoredManifest[]> {
    return this.#stored(repository).named(repository, digests);
  }

  remove(
    repository: ImageReference,
    manifests: readonly StoredManifest[],
    deleted: (manifest: StoredManifest) => void,
  ): Promise<boolean> {
    return this.#stored(repository).remove(repository, manifests, deleted);
  }

  /** Returns who lists and deletes the images of a registry: only ECR's own API tells when they were pushed. */
  #stored(repository: ImageReference): StoredImages {
    if (ecrRegion(repository.host) === undefined) {
      return new OciImages(this.#reader, async (image) => {
        const name = formatImageReference(image);
        await this.#run([{ image, access: "write" }], ["manifest", "delete", name]);
      });
    }
    return this.#ecr(repository);
  }

  #ecr(repository: ImageReference): EcrImages {
    const [read, write] = (["read", "write"] as const).map((access) =>
      this.#logins.roleOf(repository, access),
    );
    return new EcrImages(repository.host, { read, write });
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #copy(
    source: ImageReference,
    target: ImageReference,
    options: readonly string[],
  ): Promise<void> {
    const names = [source, target].map(formatImageReference);
    const ends: End[] = [
      { image: source, access: "read" },
      { image: target, access: "write" },
    ];
    await this.#regctl(ends, ["image", "copy", ...options, ...names], 0);
  }

  async #expectDigest(image: ImageReference, expected: string): Promise<void> {
    const digest = await this.#digestOf({ image, access: "write" });
    if (digest === expected) return;
    const name = formatImageReference(image);
    throw outsideError(`${name} is ${digest ?? "missing"} and should be ${expected}`);
  }

  /** Returns what is attached to an image: referrers by their digests, tags of its digest with theirs. */
  async #namesOfAttached({ image, access }: End): Promise<Map<string, string>> {
    const { host, repository, digest = "" } = image;
    const format = "{{range .Descriptors}}{{println .Digest}}{{end}}";
    const prefix = digest.replace(":", "-");
    const name = formatImageReference({ host, repository });
    const ends: End[] = [{ image, access }];
    const [referrers, tags] = await Promise.all([
      this.#regctl(ends, ["artifact", "list", formatImageReference(image), "--format", format]),
      this.#regctl(ends, ["tag", "ls", name, "--include", `${prefix}\\..*`]),
    ]);
    const attached = new Map(lines(referrers).map((id) => [id, id]));
    for (const tag of lines(tags)) {
      const id = await this.#digestOf({ image: { host, repository, tag }, access });
      attached.set(tag, id ?? "");
    }
    return attached;
  }

  /** Returns what regctl prints. Throws an error of kind `outside` where it fails. */
  async #regctl(ends: readonly End[], args: readonly string[], timeout?: number): Promise<string> {
    try {
      return await this.#run(ends, args, timeout);
    } catch (cause) {
      throw registryError(cause, hostsOf(ends));
    }
  }

  /**
   * Returns what regctl prints. Throws what Node.js throws where it fails.
   * @param timeout in milliseconds; 0 for none
   */
  async #run(
    ends: readonly End[],
    args: readonly string[],
    timeout = QUESTION_MILLISECONDS,
  ): Promise<string> {
    const tool = findRegctl();
    if (tool === undefined) throw outsideError(NO_REGCTL);
    const env = await this.#environment(ends);
    const options = { env, timeout, maxBuffer: MAX_OUTPUT_BYTES };
    return (await run(tool, ["--verbosity", "error", ...args], options)).stdout;
  }

  /** Returns an environment in which regctl finds each host's login, and no file holds it. */
  async #environment(ends: readonly End[]): Promise<NodeJS.ProcessEnv> {
    const passwords: Record<string, string> = {};
    const hosts: Record<string, object> = this.#logins.hosts(hostsOf(ends));
    // regctl has one login for a registry; of two ends there, the one that is written to needs more.
    const last = new Map(ends.map((end) => [end.image.host, end]));
    for (const [host, { image, access }] of last) {
      const password = await this.#logins.ecrPassword(image, access);
      if (password === undefined) continue;
      passwords[host] = password;
      hosts[host] = { ...hosts[host], credHelper: HELPER, credHost: host };
    }
    return {
      ...process.env,
      REGCTL_CONFIG: this.#config(JSON.stringify({ hosts })),
      RELEASES_ECR_PASSWORDS: JSON.stringify(passwords),
    };
  }

  /** Returns a config file of this content. One that is being read isn't changed. */
  #config(content: string): string {
    const file =
      this.#configs.get(content) ?? path.join(this.#folder, `${this.#configs.size}.json`);
    if (!this.#configs.has(content)) writeFileSync(file, content, { mode: 0o600 });
    this.#configs.set(content, file);
    return file;
  }
}

/** One end of what regctl is to do. */
interface End {
  readonly image: ImageReference;
  readonly access: Access;
}

/** The questions about a registry's images that its kind answers. */
type StoredImages = Pick<ImageRegistries, "manifests" | "unlisted" | "named" | "remove">;

/** The type of a bundle, as an artifact and as a layer. */
const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

const NO_REGCTL =
  "regctl is neither in PATH nor in ~/go/bin, and registries are asked through it; " +
  "install it from https://regclient.org/install, or leave registries out with --offline";

/** A Docker credential helper that answers from its environment. */
const HELPER = path.join(__dirname, "docker-credential-releases.js");

function hostsOf(ends: readonly End[]): string[] {
  return [...new Set(ends.map(({ image }) => image.host))];
}

function withDigest({ host, repository }: ImageReference, digest: string): ImageReference {
  return { host, repository, digest };
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
