import { outsideError } from "../../core/error";
import type { ImageReference } from "../../core/image-reference";
import { MAX_OTHER_BYTES, WebRequests, type Answer, type WebRequest } from "../web-requests";
import type { RegctlHost, RegistryLogins } from "./logins";
import { loginAdvice } from "./regctl-errors";

/** A question to a registry. */
export interface Question {
  /** Below the image's repository: `manifests/v1`; or an address that the registry gave, for what comes next. */
  readonly path: string | URL;
  /** Media types. Default: any. */
  readonly accept?: readonly string[];
  /** Bytes of the answer, at the most. */
  readonly limit: number;
  /** Failures that are answers. Every other one is thrown. */
  readonly expected: readonly number[];
}

/** How a registry wants to know who asks. */
type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: URL; readonly service?: string };

/**
 * Questions to registries over HTTP: with the logins of one run, no more than 16 at a time, three tries each. A
 * credential goes to the registry that it is for, and to the address where that registry gives tokens; never
 * to where a redirect leads, and never without TLS, but to a registry that is asked without.
 */
export class RegistryRequests {
  readonly #logins: RegistryLogins;
  readonly #requests: WebRequests;
  readonly #challenges = new Map<string, Challenge>();
  readonly #tokens = new Map<string, Promise<string>>();

  /** @param milliseconds for one try. Default: 30 seconds */
  constructor(logins: RegistryLogins, milliseconds?: number) {
    this.#logins = logins;
    this.#requests = new WebRequests(RIGHT_HOST, milliseconds);
  }

  /**
   * Returns a registry's answer about a repository.
   * @throws ReleasesError of kind `outside` when it can't be reached, refuses, or answers something else
   */
  async ask(image: ImageReference, question: Question): Promise<Answer> {
    const { path, accept = ["*/*"], limit, expected } = question;
    const origin = originOf(image, this.#logins.hosts([image.host])[image.host]);
    const url =
      typeof path === "string" ? new URL(`/v2/${repositoryOf(image)}/${path}`, origin) : path;
    if (url.origin !== origin) {
      throw outsideError(
        `${image.host} goes on at ${url.origin}, which isn't asked; ${RIGHT_HOST}`,
      );
    }
    const ask = async (authorization: string | undefined): Promise<Answer> => {
      const headers = { accept: accept.join(", "), ...(authorization && { authorization }) };
      return this.#requests.send(image.host, { url, headers, limit });
    };
    const first = await this.#authorization(image);
    let answer = await ask(first);
    if (answer.status === 401) {
      await this.#learn(image, answer, first);
      const second = await this.#authorization(image);
      if (second !== undefined) answer = await ask(second);
    }
    const { status } = answer;
    if ((status >= 200 && status < 300) || expected.includes(status)) return answer;
    throw failure(image, answer);
  }

  /** Notes how a registry wants to know who asks, and forgets a token that it no longer takes. */
  async #learn(image: ImageReference, answer: Answer, used: string | undefined): Promise<void> {
    const challenge = challengeOf(answer.headers.get("www-authenticate") ?? "");
    if (challenge === undefined) return;
    this.#challenges.set(image.host, challenge);
    const key = tokenKey(image);
    const known = this.#tokens.get(key);
    if (used !== undefined && known !== undefined && `Bearer ${await known}` === used) {
      this.#tokens.delete(key);
    }
  }

  /** Returns the header for a registry; undefined while it hasn't asked for one, and where there is no login. */
  async #authorization(image: ImageReference): Promise<string | undefined> {
    const challenge = this.#challenges.get(image.host);
    if (challenge === undefined) return undefined;
    if (challenge.scheme === "basic") {
      const login = await this.#logins.loginOf(image, "read");
      return login?.kind === "password" ? basic(login.user, login.password) : undefined;
    }
    const key = tokenKey(image);
    const token = this.#tokens.get(key) ?? this.#token(image, challenge);
    this.#tokens.set(key, token);
    return `Bearer ${await token}`;
  }

  /** Returns a token to pull from a repository, https://distribution.github.io/distribution/spec/auth/token/ */
  async #token(
    image: ImageReference,
    { realm, service }: Challenge & { scheme: "bearer" },
  ): Promise<string> {
    const { host } = image;
    const plain = originOf(image, this.#logins.hosts([host])[host]).startsWith("http:");
    if (realm.protocol !== "https:" && !plain) {
      throw outsideError(`${host} gives tokens at ${realm.origin}, without TLS; ${RIGHT_HOST}`);
    }
    const login = await this.#logins.loginOf(image, "read");
    const wanted = {
      ...(service !== undefined && { service }),
      scope: `repository:${repositoryOf(image)}:pull`,
    };
    const answer = await this.#requests.send(host, tokenRequest(realm, wanted, login));
    if (answer.status !== 200) throw failure(image, answer);
    const { token, access_token: other } = jsonOf(answer.bytes);
    const found = [token, other].find((text) => typeof text === "string" && text !== "");
    if (typeof found !== "string" || /[^\x21-\x7e]/.test(found)) {
      throw outsideError(`${host} gives no token at ${realm.origin}; ${RIGHT_HOST}`);
    }
    return found;
  }
}

const RIGHT_HOST = "check that this registry is the right one";

/** Returns where a registry is asked. Docker Hub's images are named after a host that is a web site. */
function originOf({ host }: ImageReference, settings: RegctlHost | undefined): string {
  const name = settings?.hostname ?? (isHub(host) ? "registry-1.docker.io" : host);
  return new URL(`${settings?.tls === "disabled" ? "http" : "https"}://${name}`).origin;
}

function isHub(host: string): boolean {
  return host === "" || host === "docker.io";
}

/** Docker Hub's own images have names of one part. */
function repositoryOf({ host, repository }: ImageReference): string {
  return isHub(host) && !repository.includes("/") ? `library/${repository}` : repository;
}

function tokenKey(image: ImageReference): string {
  return `${image.host} ${repositoryOf(image)}`;
}

/** Reads a WWW-Authenticate header (RFC 9110), which may have several challenges. */
function challengeOf(header: string): Challenge | undefined {
  const [, parameters = ""] = /\bBearer\s+(.*)/i.exec(header) ?? [];
  const given = new Map(
    [...parameters.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", text = ""]) => [
      name.toLowerCase(),
      text,
    ]),
  );
  const realm = given.get("realm") ?? "";
  const service = given.get("service");
  if (/^https?:/i.test(realm) && URL.canParse(realm)) {
    const own = new URL(realm);
    return { scheme: "bearer", realm: own, ...(service !== undefined && { service }) };
  }
  return /\bBasic\b/i.test(header) ? { scheme: "basic" } : undefined;
}

function tokenRequest(
  realm: URL,
  wanted: Readonly<Record<string, string>>,
  login: Awaited<ReturnType<RegistryLogins["loginOf"]>>,
): WebRequest {
  const url = new URL(realm);
  if (login?.kind === "identity token") {
    const grant = { grant_type: "refresh_token", client_id: "releases" };
    const body = new URLSearchParams({ ...grant, ...wanted, refresh_token: login.token });
    return { url, headers: {}, body, limit: MAX_OTHER_BYTES };
  }
  for (const [name, text] of Object.entries(wanted)) url.searchParams.set(name, text);
  const headers = login === undefined ? {} : { authorization: basic(login.user, login.password) };
  return { url, headers, limit: MAX_OTHER_BYTES };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Returns what to throw for an answer that nobody expects. */
function failure(image: ImageReference, { status, bytes }: Answer): Error {
  const { host, repository } = image;
  const codes = errorCodes(bytes);
  const said = `${host} answers ${[status, ...codes].join(" ")} about ${repository}`;
  if (status === 401 || status === 403) return outsideError(`${said}; ${loginAdvice(host)}`);
  if (status === 429)
    return outsideError(`${said}: too many questions; try again later, or log in`);
  return outsideError(`${said}; ${status >= 500 ? "try again later" : RIGHT_HOST}`);
}

/** Returns the codes of a registry's errors, `MANIFEST_UNKNOWN`. Its texts are its own. */
function errorCodes(bytes: Buffer): string[] {
  const { errors } = jsonOf(bytes);
  if (!Array.isArray(errors)) return [];
  return (errors as unknown[]).flatMap((entry) => {
    const { code } = (entry ?? {}) as { code?: unknown };
    return typeof code === "string" && /^[A-Z_]{1,40}$/.test(code) ? [code] : [];
  });
}

function jsonOf(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
