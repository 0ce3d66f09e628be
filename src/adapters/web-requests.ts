import { isError, outsideError } from "../core/error";
import { Turns } from "./turns";

/** Requests that are open at once: servers slow down whoever asks more. */
const MAX_REQUESTS = 16;
/** Tries of one request; what fails after them, fails. */
const MAX_TRIES = 3;
/** Pause before the second try; four times that before the third. */
const PAUSE_MILLISECONDS = 250;
/** The longest pause that a server may ask for. Docker Hub asks for hours. */
const MAX_PAUSE_SECONDS = 10;
/** Redirects of one request. Registries and GitHub send readers to a storage, which is one. */
const MAX_REDIRECTS = 5;
/** For one try, its body included. */
const TRY_MILLISECONDS = 30_000;
/** Bytes of an answer that isn't what was asked for: a token, or an error. */
export const MAX_OTHER_BYTES = 1 << 16;

/** What a server answers. */
export interface Answer {
  /** What was asked, which addresses in the answer are relative to. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

/** What a server is asked: with GET, or with a body by POST. */
export interface WebRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams;
  /** Bytes of the answer, at the most. */
  readonly limit: number;
}

/**
 * Requests to servers that aren't trusted: no more than 16 at a time, three tries each, and no more bytes than are
 * wanted. A redirect never leaves TLS, and a credential never goes to where one leads.
 */
export class WebRequests {
  readonly #advice: string;
  readonly #milliseconds: number;
  readonly #turns = new Turns(MAX_REQUESTS);

  /**
   * @param advice what to do where a server isn't what it should be
   * @param milliseconds for one try. Default: 30 seconds
   */
  constructor(advice: string, milliseconds: number = TRY_MILLISECONDS) {
    [this.#advice, this.#milliseconds] = [advice, milliseconds];
  }

  /**
   * Returns the answer to a request, once trying again wouldn't change it: whichever status it has.
   * @throws ReleasesError of kind `outside` when there is none, or what it is isn't read
   */
  async send(host: string, request: WebRequest): Promise<Answer> {
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
  async #follow(host: string, request: WebRequest): Promise<Answer> {
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
        const answer = { url: request.url, ...(await this.#bodyOf(host, response, request.limit)) };
        // Who else asks for a login gets none.
        return isThere || answer.status !== 401 ? answer : { ...answer, headers: new Headers() };
      }
      await response.body?.cancel();
      url = redirected(host, url, target, this.#advice);
      if (request.body !== undefined) break;
    }
    throw outsideError(`${host} redirects without end; ${this.#advice}`);
  }

  /** Returns an answer with its body. A body above the limit is left unread: of a failure, it is of no interest. */
  async #bodyOf(host: string, response: Response, limit: number): Promise<Omit<Answer, "url">> {
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
          `${host} answers with more than the ${most} bytes that are read; ${this.#advice}`,
        );
    }
    return { status, headers, bytes: Buffer.concat(chunks) };
  }
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** Returns where a redirect leads. Throws `outside` for what would leave TLS, or HTTP. */
export function redirected(host: string, from: URL, target: string, advice: string): URL {
  const url = URL.canParse(target, from.href) ? new URL(target, from) : undefined;
  const allowed = from.protocol === "https:" ? ["https:"] : ["http:", "https:"];
  if (url !== undefined && allowed.includes(url.protocol)) return url;
  throw outsideError(`${host} redirects to what isn't https; ${advice}`);
}

/** Whether a server may answer otherwise if it is asked again. */
function isBusy(status: number): boolean {
  return status === 429 || status >= 500;
}

/** Reads a Retry-After header: seconds, or a date, which none of them sends. */
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
