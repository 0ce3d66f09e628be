import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { outsideError } from "../../core/error";
import { formatImageReference, type ImageReference } from "../../core/image-reference";
import { findRegctl } from "../find-tool";
import { ecrRegion } from "../../core/aws";
import type { StoredManifest } from "../../core/prune";
import { ecrLogin } from "./ecr";
import { EcrImages } from "./ecr-images";
import type { ImageRegistries } from "./image-registries";
import { OciImages } from "./oci-images";
import { isMissing, registryError } from "./regctl-errors";

const run = promisify(execFile);

/** More than any manifest or list of tags prints. */
const MAX_OUTPUT_BYTES = 1 << 26;
/** For a question; copies take as long as they take. */
const QUESTION_MILLISECONDS = 60_000;

/**
 * The OCI registries of one run, asked through `regctl`: it copies an index with every platform, its
 * referrers and its `sha256-*` tags, byte for byte, and within one repository sends nothing but the
 * manifest. Logins are those of the Docker config and its credential helpers; those of ECR come from the AWS
 * SDK, unless a helper is set for them. Registries on the loopback are asked without TLS, as Docker does.
 */
export class Registries implements ImageRegistries {
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), "releases-registries-"));
  readonly #logins = new Map<string, Promise<string>>();
  readonly #configs = new Map<string, string>();
  readonly #hosts: Record<string, Host> = userHosts();

  async digestOf(image: ImageReference): Promise<string | undefined> {
    try {
      return (await this.#run([image], ["manifest", "head", formatImageReference(image)])).trim();
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw registryError(cause, hostsOf([image]));
    }
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
      this.#attachedTo(withDigest(source, digest)),
      this.#attachedTo(withDigest(target, digest)),
    ]);
    const missing = [...from].filter(([name, id]) => to.get(name) !== id).map(([name]) => name);
    if (missing.length === 0) return;
    const names = missing.join(", ");
    throw outsideError(`${formatImageReference(target)} was copied without ${names}; try again`);
  }

  manifests(repository: ImageReference): Promise<readonly StoredManifest[] | undefined> {
    return this.#stored(repository).manifests(repository);
  }

  unlisted(
    repository: ImageReference,
    manifests: readonly StoredManifest[],
  ): Promise<readonly StoredManifest[]> {
    return this.#stored(repository).unlisted(repository, manifests);
  }

  remove(
    repository: ImageReference,
    manifests: readonly StoredManifest[],
    deleted: (manifest: StoredManifest) => void,
  ): Promise<boolean> {
    return this.#stored(repository).remove(repository, manifests, deleted);
  }

  /** Returns who lists and deletes the images of a registry: only ECR's own API tells when they were pushed. */
  #stored({ host }: ImageReference): StoredImages {
    return ecrRegion(host) === undefined
      ? new OciImages((image, args) => this.#run([image], args))
      : new EcrImages(host);
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
    await this.#regctl([source, target], ["image", "copy", ...options, ...names], 0);
  }

  async #expectDigest(image: ImageReference, expected: string): Promise<void> {
    const digest = await this.digestOf(image);
    if (digest === expected) return;
    const name = formatImageReference(image);
    throw outsideError(`${name} is ${digest ?? "missing"} and should be ${expected}`);
  }

  /** Returns what is attached to an image: referrers by their digests, tags of its digest with theirs. */
  async #attachedTo(image: ImageReference): Promise<Map<string, string>> {
    const { host, repository, digest = "" } = image;
    const format = "{{range .Descriptors}}{{println .Digest}}{{end}}";
    const prefix = digest.replace(":", "-");
    const name = formatImageReference({ host, repository });
    const [referrers, tags] = await Promise.all([
      this.#regctl([image], ["artifact", "list", formatImageReference(image), "--format", format]),
      this.#regctl([image], ["tag", "ls", name, "--include", `${prefix}\\..*`]),
    ]);
    const attached = new Map(lines(referrers).map((id) => [id, id]));
    for (const tag of lines(tags)) {
      attached.set(tag, (await this.digestOf({ host, repository, tag })) ?? "");
    }
    return attached;
  }

  /** Returns what regctl prints. Throws an error of kind `outside` where it fails. */
  async #regctl(
    images: readonly ImageReference[],
    args: readonly string[],
    timeout?: number,
  ): Promise<string> {
    try {
      return await this.#run(images, args, timeout);
    } catch (cause) {
      throw registryError(cause, hostsOf(images));
    }
  }

  /**
   * Returns what regctl prints. Throws what Node.js throws where it fails.
   * @param timeout in milliseconds; 0 for none
   */
  async #run(
    images: readonly ImageReference[],
    args: readonly string[],
    timeout = QUESTION_MILLISECONDS,
  ): Promise<string> {
    const tool = findRegctl();
    if (tool === undefined) throw outsideError(NO_REGCTL);
    const env = await this.#environment(hostsOf(images));
    const options = { env, timeout, maxBuffer: MAX_OUTPUT_BYTES };
    return (await run(tool, ["--verbosity", "error", ...args], options)).stdout;
  }

  /** Returns an environment in which regctl finds each host's login, and no file holds it. */
  async #environment(hosts: readonly string[]): Promise<NodeJS.ProcessEnv> {
    const passwords: Record<string, string> = {};
    for (const host of hosts) {
      const region = ecrRegion(host);
      if (isLoopback(host)) this.#hosts[host] = { tls: "disabled", ...this.#hosts[host] };
      if (region === undefined || hasDockerHelper(host)) continue;
      const login = this.#logins.get(region) ?? ecrLogin(region);
      this.#logins.set(region, login);
      passwords[host] = await login;
      this.#hosts[host] = { ...this.#hosts[host], credHelper: HELPER, credHost: host };
    }
    return {
      ...process.env,
      REGCTL_CONFIG: this.#config(),
      RELEASES_ECR_PASSWORDS: JSON.stringify(passwords),
    };
  }

  /** Returns a config file with all hosts that are known so far. One that is being read isn't changed. */
  #config(): string {
    const content = JSON.stringify({ hosts: this.#hosts });
    const file =
      this.#configs.get(content) ?? path.join(this.#folder, `${this.#configs.size}.json`);
    if (!this.#configs.has(content)) writeFileSync(file, content, { mode: 0o600 });
    this.#configs.set(content, file);
    return file;
  }
}

/** The questions about a registry's images that its kind answers. */
type StoredImages = Pick<ImageRegistries, "manifests" | "unlisted" | "remove">;

type Host = Readonly<Record<string, unknown>>;

const NO_REGCTL =
  "regctl is neither in PATH nor in ~/go/bin, and registries are asked through it; " +
  "install it from https://regclient.org/install, or leave registries out with --offline";

/** A Docker credential helper that answers from its environment. */
const HELPER = path.join(__dirname, "docker-credential-releases.js");

function userHosts(): Record<string, Host> {
  const file = process.env["REGCTL_CONFIG"] ?? path.join(os.homedir(), ".regctl", "config.json");
  const { hosts } = readJson(file) as { hosts?: Record<string, Host> };
  return { ...hosts };
}

/** Whether the user's own Docker config has a login, or a credential helper, for a registry. */
function hasDockerHelper(host: string): boolean {
  const folder = process.env["DOCKER_CONFIG"] ?? path.join(os.homedir(), ".docker");
  const { credHelpers, auths } = readJson(path.join(folder, "config.json")) as {
    credHelpers?: Record<string, string>;
    auths?: Record<string, unknown>;
  };
  return credHelpers?.[host] !== undefined || auths?.[host] !== undefined;
}

function readJson(file: string): object {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as object;
  } catch {
    // Missing or invalid: regctl and Docker report what is wrong with their own files.
    return {};
  }
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);
}

function hostsOf(images: readonly ImageReference[]): string[] {
  return [...new Set(images.map(({ host }) => host))];
}

function withDigest({ host, repository }: ImageReference, digest: string): ImageReference {
  return { host, repository, digest };
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
