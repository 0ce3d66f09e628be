import { isError, outsideError } from "../../core/error";
import type { ImageReference } from "../../core/image-reference";
import type { RegctlHost, RegistryLogins } from "./logins";
import { loginAdvice } from "./regctl-errors";
import { Turns } from "./turns";

/** Requests that are open at once: registries slow down whoever asks more. */
const MAX_REQUESTS = 16;
/** Tries of one request; what fails after them, fails. */
const MAX_TRIES = 3;
/** Pause before the second try; four times that before the third. */
const PAUSE_MILLISECONDS = 250;
/** The longest pause that a registry may ask for. Docker Hub asks for hours. */
const MAX_PAUSE_SECONDS = 10;
/** Redirects of one request. Registries send blobs' readers to a storage, which is one. */
const MAX_REDIRECTS = 5;
/** For one try, its body included. */
const TRY_MILLISECONDS = 30_000;
/** Bytes of an answer that isn't what was asked for: a token, or an error. */
const MAX_OTHER_BYTES = 1 << 16;

/** What a registry answers: a success, or one of the failures that the caller understands. */
export interface Answer {
  /** What was asked, which addresses in the answer are relative to. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

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

interface Request {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams;
  readonly limit: number;
}

/**
 * Questions to registries over HTTP: with the logins of one run, no more than 16 at a time, three tries each. A
 * credential goes to the registry that it is for, and to the address where that registry gives tokens; never
 * to where a redirect leads, and never without TLS, but to a registry that is asked without.
 */
export class RegistryRequests {
  readonly #logins: RegistryLogins;
  readonly #milliseconds: number;
  readonly #turns = new Turns(MAX_REQUESTS);
  readonly #challenges = new Map<string, Challenge>();
  readonly #tokens = new Map<string, Promise<string>>();

  /** @param milliseconds for one try. Default: 30 seconds */
  constructor(logins: RegistryLogins, milliseconds: number = TRY_MILLISECONDS) {
    this.#logins = logins;
    this.#milliseconds = milliseconds;
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
      return this.#send(image.host, { url, headers, limit });
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
    const answer = await this.#send(host, tokenRequest(realm, wanted, login));
    if (answer.status !== 200) throw failure(image, answer);
    const { token, access_token: other } = jsonOf(answer.bytes);
    const found = [token, other].find((text) => typeof text === "string" && text !== "");
    if (typeof found !== "string" || /[^\x21-\x7e]/.test(found)) {
      throw outsideError(`${host} gives no token at ${realm.origin}; ${RIGHT_HOST}`);
    }
    return found;
  }

  /** Sends a request until there is an answer that trying again won't change. */
  async #send(host: string, request: Request): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const last = tries === MAX_TRIES;
      let pause = PAUSE_MILLISECONDS * 4 ** (tries - 1);
      try {
        const answer = await this.#turns.take(() => this.#follow(host, request));
        if (!isBusy(answer.status)) return answer;
        const asked = secondsOf(answer.headers.get("retry-after"));
        if (last || asked > MAX_PAUSE_SECONDS) return answer;
        pause = Math.max(pause, asked * 1000);
      } catch (cause) {
        if (last || !isLost(cause)) throw notAnswered(host, cause);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** Sends a request to where redirects lead, without its headers as soon as that is elsewhere. */
  async #follow(host: string, request: Request): Promise<Answer> {
    const signal = AbortSignal.timeout(this.#milliseconds);
    let { url } = request;
    let isThere = true;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      isThere &&= url.origin === request.url.origin;
      const { authorization: _secret, ...others } = request.headers;
      const response = await fetch(url, {
        headers: isThere ? request.headers : others,
        ...(request.body !== undefined && { method: "POST", body: request.body }),
        redirect: "manual",
        signal,
      });
      const target = response.headers.get("location");
      if (!isRedirect(response.status) || target === null) {
        const answer = { url: request.url, ...(await bodyOf(host, response, request.limit)) };
        // Who else asks for a login gets none.
        return isThere || answer.status !== 401 ? answer : { ...answer, headers: new Headers() };
      }
      await response.body?.cancel();
      url = redirected(host, url, target);
      if (request.body !== undefined) break;
    }
    throw outsideError(`${host} redirects without end; ${RIGHT_HOST}`);
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
): Request {
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

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** Returns where a redirect leads. Throws `outside` for what would leave TLS, or HTTP. */
export function redirected(host: string, from: URL, target: string): URL {
  const url = URL.canParse(target, from.href) ? new URL(target, from) : undefined;
  const allowed = from.protocol === "https:" ? ["https:"] : ["http:", "https:"];
  if (url !== undefined && allowed.includes(url.protocol)) return url;
  throw outsideError(`${host} redirects to what isn't https; ${RIGHT_HOST}`);
}

/** Returns an answer with its body. A body above the limit is left unread: of a failure, it is of no interest. */
async function bodyOf(
  host: string,
  response: Response,
  limit: number,
): Promise<Omit<Answer, "url">> {
  const { status, headers, body } = response;
  const most = response.ok ? limit : MAX_OTHER_BYTES;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size <= most) chunks.push(chunk as Uint8Array);
    else if (!response.ok) break;
    else
      throw outsideError(
        `${host} answers with more than the ${most} bytes that are read; ${RIGHT_HOST}`,
      );
  }
  return { status, headers, bytes: Buffer.concat(chunks) };
}

/** Whether a registry may answer otherwise if it is asked again. */
function isBusy(status: number): boolean {
  return status === 429 || status >= 500;
}

/** Reads a Retry-After header: seconds, or a date, which no registry sends. */
function secondsOf(header: string | null): number {
  const seconds = Number(header ?? 0);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : 0;
}

/** Codes of connections that were there and got lost, as when a server closes one that it kept open. */
const LOST: readonly unknown[] = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "EAI_AGAIN"];

function isLost(cause: unknown): boolean {
  return LOST.includes(reasonOf(cause)?.code);
}

/** Returns why Node.js couldn't fetch, which it hides one level down. */
function reasonOf(cause: unknown): (Error & { code?: unknown }) | undefined {
  if (!(cause instanceof Error)) return undefined;
  return cause.cause instanceof Error ? reasonOf(cause.cause) : cause;
}

function notAnswered(host: string, cause: unknown): unknown {
  if (isError(cause) || !(cause instanceof Error)) return cause;
  if (cause.name === "TimeoutError")
    return outsideError(`${host} gave no answer in time; try again`);
  const reason = reasonOf(cause);
  const said = reason?.message === "" ? String(reason.code) : (reason?.message ?? "");
  return outsideError(
    `${host} can't be reached: ${said}; check the network, and that ${host} is right`,
  );
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
