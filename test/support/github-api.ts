import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { GithubDescription, type Body, type Parameter } from "./github-description";

/** What every question in GraphQL is sent to. */
const GRAPHQL = "POST /graphql";

/** What a request asks for, once it has been found to be one that GitHub takes. */
export interface Asked {
  /** Such as `GET /repos/{owner}/{repo}/pulls`. */
  readonly route: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** What is uploaded. */
  readonly bytes?: Buffer;
}

export interface Answer {
  readonly status: number;
  /** What is downloaded, instead of a body. */
  readonly bytes?: Buffer;
  /** Laid over the example that the description has; a list is one example for each item. */
  readonly body?: object | readonly object[];
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A server of GitHub's API on the loopback, which refuses every request that GitHub's description doesn't
 * have, and answers with the description's own examples.
 */
export class GithubApi {
  /** Every request that was fine. */
  readonly asked: Asked[] = [];
  /** What was wrong with requests. */
  readonly problems: string[] = [];
  /** Answers instead of the next ones, in their order. */
  readonly instead: Answer[] = [];
  readonly #description: GithubDescription;
  readonly #server: http.Server;
  readonly #answer: (asked: Asked) => Answer;

  private constructor(file: string, server: http.Server, answer: (asked: Asked) => Answer) {
    this.#description = GithubDescription.of(file);
    this.#server = server;
    this.#answer = answer;
  }

  static async start(file: string, answer: (asked: Asked) => Answer): Promise<GithubApi> {
    const server = http.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const api = new GithubApi(file, server, answer);
    server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => api.#handle(request, Buffer.concat(chunks), response));
    });
    return api;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #handle(request: http.IncomingMessage, sent: Buffer, response: http.ServerResponse): void {
    const asked = this.#check(request, sent);
    const answer =
      asked === undefined ? { status: 400 } : (this.instead.shift() ?? this.#answer(asked));
    const { status, headers = {}, bytes } = answer;
    const type = bytes === undefined ? "application/json" : "application/octet-stream";
    response.writeHead(status, { "content-type": type, ...headers });
    if (status === 204) response.end();
    else if (bytes !== undefined) response.end(bytes);
    else response.end(JSON.stringify(this.#bodyOf(asked, answer)));
  }

  /** Returns what is asked; undefined, and a problem, for what GitHub doesn't know. */
  #check(
    { method = "", url = "", headers }: http.IncomingMessage,
    sent: Buffer,
  ): Asked | undefined {
    const { pathname, searchParams } = new URL(url, this.address);
    const fail = (problem: string): undefined => {
      this.problems.push(`${method} ${url}: ${problem}`);
    };
    if (`${method} ${pathname}` === GRAPHQL) {
      // Its schema isn't a part of the description.
      const body = JSON.parse(sent.toString()) as Record<string, unknown>;
      if (typeof body["query"] !== "string") return fail("no query");
      const asked = { route: GRAPHQL, parameters: {}, body };
      this.asked.push(asked);
      return asked;
    }
    const found = this.#description.operation(method, pathname);
    if (found === undefined) return fail("there is no such thing");
    // An App's own token is a bearer's.
    if (!/^(?:token|bearer) /.test(headers.authorization ?? "")) return fail("no token");
    const { template, operation, parameters } = found;
    const known = (operation.parameters ?? []).map((parameter) =>
      this.#description.resolve<Parameter>(parameter),
    );
    for (const [name, value] of searchParams) {
      if (!known.some((one) => one.name === name && one.in === "query"))
        return fail(`what is ${name}?`);
      parameters[name] = value;
    }
    const route = `${method} ${template}`;
    if (operation.requestBody?.content?.["application/octet-stream"] !== undefined) {
      if (headers["content-type"] !== "application/octet-stream")
        return fail("of what type is it?");
      const asked = { route, parameters, body: {}, bytes: sent };
      this.asked.push(asked);
      return asked;
    }
    const text = sent.toString();
    const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
    const where = `${this.#description.pointer(template, method)}/requestBody`;
    if (operation.requestBody?.content?.["application/json"] !== undefined) {
      const validate = this.#description.validator(`${where}/content/application~1json/schema`);
      if (!validate(body)) return fail(this.#description.errorsOf(validate));
      const properties = this.#description.propertiesOf(
        operation.requestBody.content["application/json"].schema,
      );
      const unknown = Object.keys(body).filter((key) => !properties.has(key));
      if (unknown.length > 0) return fail(`what is ${unknown.join(", ")}?`);
    } else if (text !== "") return fail("it takes no body");
    const asked = { route, parameters, body };
    this.asked.push(asked);
    return asked;
  }

  /** Returns the answer, laid over an example of the description. */
  #bodyOf(asked: Asked | undefined, { status, body = {} }: Answer): unknown {
    if (asked === undefined || status >= 400) return { message: `it is ${status}`, ...body };
    const [method = "", template = ""] = asked.route.split(" ");
    const operation = this.#description.value.paths[template]?.[method.toLowerCase()];
    const response: Body | undefined = operation?.responses[status];
    const json = response?.content?.["application/json"];
    const [first] = Object.values(json?.examples ?? {});
    const name = first?.$ref?.split("/").at(-1) ?? "";
    const example = first?.value ?? this.#description.value.components.examples[name]?.value;
    // Examples of GitHub's own lack what its schemas require, so answers aren't held against these.
    return laidOver(example, body);
  }
}

/** Of a list, each item is laid over the example's first one. */
function laidOver(example: unknown, over: unknown): unknown {
  if (Array.isArray(over)) {
    const [first] = Array.isArray(example) ? (example as readonly unknown[]) : [];
    return over.map((item: unknown) => laidOver(first, item));
  }
  if (!isMapping(example) || !isMapping(over)) return over;
  const merged = Object.entries(over).map(([key, value]) => [key, laidOver(example[key], value)]);
  return { ...example, ...Object.fromEntries(merged) };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
