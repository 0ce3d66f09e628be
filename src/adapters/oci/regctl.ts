import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { ecrLogin, ecrRegion } from "./ecr";

const run = promisify(execFile);

/** A registry can't be reached, refuses, or hasn't got what a copy should have brought. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
}

/** More than any manifest or list of tags prints. */
const MAX_OUTPUT_BYTES = 1 << 26;
/** For a question; copies take as long as they take. */
const QUESTION_MILLISECONDS = 60_000;

/**
 * The OCI registries of one run, asked through `regctl`: it copies an index with every platform, its
 * referrers and its `sha256-*` tags, byte for byte, and within one repository sends nothing but the
 * manifest. Logins are the Docker config's and its credential helpers'; those of ECR come from the AWS
 * SDK, unless a helper is set for them. Registries on the loopback are asked without TLS, as Docker does.
 */
export class Registries {
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), "releases-registries-"));
  readonly #logins = new Map<string, Promise<string>>();
  readonly #configs = new Map<string, string>();
  readonly #hosts: Record<string, Host> = userHosts();

  /** Returns the digest of an image by tag or digest; undefined when there is none. */
  async digestOf(image: string): Promise<string | undefined> {
    try {
      return (await this.#regctl([image], ["manifest", "head", image])).trim();
    } catch (cause) {
      if (cause instanceof RegistryError && / \[http 404\]/.test(cause.message)) return undefined;
      throw cause;
    }
  }

  /** Gives an image a tag in the repository that has its bytes, which stay as they are. */
  async tag(target: string, digest: string): Promise<void> {
    const source = `${repositoryOf(target)}@${digest}`;
    await this.#regctl([source], ["image", "copy", source, target], 0);
    await this.#expectDigest(target, digest);
  }

  /**
   * Copies an image with all its platforms, signatures and attestations, and checks that all of it
   * arrived.
   */
  async copy(source: string, target: string): Promise<void> {
    const options = ["--referrers", "--digest-tags"];
    await this.#regctl([source, target], ["image", "copy", ...options, source, target], 0);
    const digest = digestIn(source);
    await this.#expectDigest(target, digest);
    const [from, to] = [repositoryOf(source), repositoryOf(target)];
    const attached = await Promise.all([from, to].map((name) => this.#attachedTo(name, digest)));
    const missing = [...(attached[0] ?? [])].filter(([what, id]) => attached[1]?.get(what) !== id);
    if (missing.length === 0) return;
    const what = missing.map(([name]) => name).join(", ");
    throw new RegistryError(`${target} was copied without ${what}; try again`);
  }

  /** Forgets the run's logins. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #expectDigest(image: string, expected: string): Promise<void> {
    const found = await this.digestOf(image);
    if (found === expected) return;
    throw new RegistryError(`${image} is ${found ?? "missing"} and should be ${expected}`);
  }

  /** Returns what is attached to an image: referrers by their digests, tags of its digest with theirs. */
  async #attachedTo(repository: string, digest: string): Promise<Map<string, string>> {
    const image = `${repository}@${digest}`;
    const format = "{{range .Descriptors}}{{println .Digest}}{{end}}";
    const prefix = digest.replace(":", "-");
    const [referrers, tags] = await Promise.all([
      this.#regctl([image], ["artifact", "list", image, "--format", format]),
      this.#regctl([image], ["tag", "ls", repository, "--include", `${prefix}\\..*`]),
    ]);
    const attached = new Map(lines(referrers).map((id) => [id, id]));
    for (const tag of lines(tags)) {
      attached.set(tag, (await this.digestOf(`${repository}:${tag}`)) ?? "");
    }
    return attached;
  }

  async #regctl(
    images: readonly string[],
    args: readonly string[],
    timeout = QUESTION_MILLISECONDS,
  ): Promise<string> {
    const hosts = [...new Set(images.map(hostOf))];
    const env = await this.#environment(hosts);
    try {
      const options = { env, timeout, maxBuffer: MAX_OUTPUT_BYTES };
      return (await run(regctl(), ["--verbosity", "error", ...args], options)).stdout;
    } catch (cause) {
      throw registryError(cause, hosts);
    }
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

type Host = Readonly<Record<string, unknown>>;

/** Returns the command: of PATH, or else where `go install` puts it. */
function regctl(): string {
  const own = path.join(os.homedir(), "go/bin/regctl");
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const inPath = folders.some((folder) => existsSync(path.join(folder, "regctl")));
  return !inPath && existsSync(own) ? own : "regctl";
}

/** A Docker credential helper that answers from its environment. */
const HELPER = path.join(__dirname, "docker-credential-releases.js");

function userHosts(): Record<string, Host> {
  const file = process.env["REGCTL_CONFIG"] ?? path.join(os.homedir(), ".regctl", "config.json");
  const { hosts } = readJson(file) as { hosts?: Record<string, Host> };
  return { ...hosts };
}

/** Whether the user's own Docker config says how to log in to a registry. */
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
    // Not there, or not ours to judge: regctl and Docker say what is wrong with their files.
    return {};
  }
}

function registryError(cause: unknown, hosts: readonly string[]): Error {
  if (!(cause instanceof Error)) return new Error(String(cause));
  if ("code" in cause && cause.code === "ENOENT") {
    const advice =
      "install it from https://regclient.org/install, or leave registries out with --offline";
    return new RegistryError(
      `regctl is neither in PATH nor in ~/go/bin, and registries are asked through it; ${advice}`,
    );
  }
  const { stderr = "", killed = false } = cause as { stderr?: string; killed?: boolean };
  const where = hosts.join(", ");
  if (killed) return new RegistryError(`${where} gave no answer in time; try again`);
  const said = stderr.trim().split("\n").at(-1) ?? cause.message;
  if (/\[http 40[13]\]|unauthorized|denied|credential/i.test(said)) {
    const [first = ""] = hosts.filter((host) => said.includes(host));
    return new RegistryError(`${said}; ${loginAdvice(first === "" ? where : first)}`);
  }
  if (/ \[http 404\]/.test(said)) return new RegistryError(said);
  return new RegistryError(`${said}; check the network, and that ${where} is right`);
}

function loginAdvice(host: string): string {
  return ecrRegion(host) === undefined
    ? `log in with docker login ${host}, or renew the login`
    : "renew the AWS login, and check that it may pull and push there";
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);
}

function hostOf(image: string): string {
  return image.split("/")[0] ?? "";
}

function repositoryOf(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^/]*$/, "");
}

function digestIn(image: string): string {
  return image.split("@")[1] ?? "";
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
