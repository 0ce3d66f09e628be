import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ecrRegion } from "../../core/aws";
import { outsideError } from "../../core/error";
import { formatImageReference, type ImageReference } from "../../core/image-reference";
import type { RegistryRoles } from "../../core/stack/registry";
import { ecrLogin } from "./ecr";

/** What a registry is asked for: `write` is for what is copied or tagged there. */
export type Access = "read" | "write";

/** A login of a registry. */
export type Login =
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  /** A token that buys other tokens, as Azure's registries give it. */
  | { readonly kind: "identity token"; readonly token: string };

/** How the user's own config of regctl, `~/.regctl/config.json`, describes a registry. */
export interface RegctlHost {
  /** Where the registry is, when that isn't its name. */
  readonly hostname?: string;
  /** `disabled`: without TLS. */
  readonly tls?: string;
  readonly user?: string;
  readonly pass?: string;
  readonly credHelper?: string;
}

/**
 * The logins of one run. Those of ECR come from the AWS SDK, by the role that a stack config names for a registry;
 * all others, and those of ECR that the user has set up without a role, from the configs of regctl and of Docker
 * and their credential helpers.
 */
export class RegistryLogins {
  readonly #passwords = new Map<string, Promise<string>>();
  readonly #regctl = regctlHosts();
  readonly #docker = dockerConfig();
  readonly #roles: RegistryRoles;

  constructor(roles: RegistryRoles = new Map()) {
    this.#roles = roles;
  }

  /** Returns how regctl's config describes each registry; a registry on the loopback is without TLS, as for Docker. */
  hosts(names: readonly string[] = []): Record<string, RegctlHost> {
    const loopback = names.filter(isLoopback).map((host) => [host, { tls: "disabled" }] as const);
    const hosts: Record<string, RegctlHost> = Object.fromEntries(loopback);
    for (const [name, host] of Object.entries(this.#regctl)) {
      hosts[name] = { ...hosts[name], ...host };
    }
    return hosts;
  }

  /**
   * Returns AWS's password of an image's registry, for the user AWS; undefined where it isn't ECR, or where no role
   * is named and Docker's config has a login for it.
   * @throws ReleasesError of kind `outside` when AWS can't be reached or refuses
   */
  async ecrPassword(image: ImageReference, access: Access): Promise<string | undefined> {
    const region = ecrRegion(image.host);
    if (region === undefined) return undefined;
    const role = this.roleOf(image, access);
    if (role === undefined && this.#isInDocker(image.host)) return undefined;
    const key = `${region} ${role ?? ""}`;
    const password = this.#passwords.get(key) ?? ecrLogin(region, role);
    this.#passwords.set(key, password);
    return password;
  }

  /**
   * Returns the login of an image's registry; undefined where there is none, and the registry is asked as anybody.
   * @throws ReleasesError of kind `outside` when AWS, or a credential helper, fails
   */
  async loginOf(image: ImageReference, access: Access): Promise<Login | undefined> {
    const password = await this.ecrPassword(image, access);
    if (password !== undefined) return { kind: "password", user: "AWS", password };
    const { user, pass, credHelper } = this.#regctl[image.host] ?? {};
    if (user !== undefined && pass !== undefined) return { kind: "password", user, password: pass };
    if (credHelper !== undefined) return helperLogin(credHelper, image.host);
    return this.#dockerLogin(image.host);
  }

  async #dockerLogin(host: string): Promise<Login | undefined> {
    const { auths, credHelpers, credsStore } = this.#docker;
    for (const name of dockerNames(host)) {
      const helper = credHelpers?.[name] ?? credsStore;
      const login =
        helper !== undefined && helper !== ""
          ? await helperLogin(`docker-credential-${helper}`, name)
          : undefined;
      const found = login ?? writtenLogin(auths?.[name]);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #isInDocker(host: string): boolean {
    const { auths, credHelpers } = this.#docker;
    return credHelpers?.[host] !== undefined || auths?.[host] !== undefined;
  }

  /** Returns the ARN of the role to assume for an image; undefined where the stack configs name none. */
  roleOf(image: ImageReference, access: Access): string | undefined {
    const name = formatImageReference({ host: image.host, repository: image.repository });
    // Of the longest prefix that its name has.
    const [nearest] = [...this.#roles]
      .filter(([prefix, roles]) => name.startsWith(prefix) && roles[access] !== undefined)
      .sort(([a], [b]) => b.length - a.length);
    return nearest?.[1][access];
  }
}

/** Whether a registry is on this machine. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);
}

/** Docker's config, https://github.com/docker/cli/blob/master/cli/config/configfile/file.go, as far as it is read. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, WrittenLogin>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

interface WrittenLogin {
  /** `user:password` in base64. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

function dockerConfig(): DockerConfig {
  const folder = process.env["DOCKER_CONFIG"] ?? path.join(os.homedir(), ".docker");
  return readJson(path.join(folder, "config.json"));
}

function regctlHosts(): Record<string, RegctlHost> {
  const file = process.env["REGCTL_CONFIG"] ?? path.join(os.homedir(), ".regctl", "config.json");
  const { hosts } = readJson(file) as { hosts?: Record<string, RegctlHost> };
  return { ...hosts };
}

function readJson(file: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // Missing or invalid: regctl and Docker report what is wrong with their own files.
    return {};
  }
}

/** Returns the names that Docker keeps a registry's login under. Docker Hub's is an address of before 2015. */
function dockerNames(host: string): string[] {
  const hub = host === "docker.io" || host === "" ? ["https://index.docker.io/v1/"] : [];
  return [...hub, host, `https://${host}`];
}

function writtenLogin(written: WrittenLogin | undefined): Login | undefined {
  if (written === undefined) return undefined;
  const { auth = "", username, password, identitytoken = "" } = written;
  if (identitytoken !== "") return { kind: "identity token", token: identitytoken };
  if (username !== undefined && password !== undefined) {
    return { kind: "password", user: username, password };
  }
  const [user = "", ...rest] = Buffer.from(auth, "base64").toString("utf8").split(":");
  return user === "" ? undefined : { kind: "password", user, password: rest.join(":") };
}

/** For a helper that asks a key ring, which may ask a person. */
const HELPER_MILLISECONDS = 60_000;

/** What a helper says where it has no login for a registry, https://github.com/docker/docker-credential-helpers */
const NO_LOGIN = /credentials not found/;

/**
 * Asks a credential helper of Docker. Returns its login; undefined where it has none.
 * @throws ReleasesError of kind `outside` when the helper isn't there or fails
 */
async function helperLogin(helper: string, name: string): Promise<Login | undefined> {
  const { stdout, failure } = await new Promise<{ stdout: string; failure: Error | null }>(
    (resolve) => {
      const options = { timeout: HELPER_MILLISECONDS };
      const child = execFile(helper, ["get"], options, (failure, stdout) => {
        resolve({ stdout, failure });
      });
      // One that isn't there, or that ends without reading, closes its input.
      child.stdin?.on("error", () => undefined).end(name);
    },
  );
  if (failure !== null && NO_LOGIN.test(stdout)) return undefined;
  const { Username: user, Secret: secret } = failure === null ? answerOf(stdout) : {};
  if (typeof user !== "string" || typeof secret !== "string") {
    // What it printed may be a secret.
    throw outsideError(
      `${helper} gives no login for ${name}; log in again, or fix Docker's config`,
    );
  }
  return user === "<token>"
    ? { kind: "identity token", token: secret }
    : { kind: "password", user, password: secret };
}

function answerOf(stdout: string): { Username?: unknown; Secret?: unknown } {
  try {
    const answer: unknown = JSON.parse(stdout);
    return typeof answer === "object" && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
