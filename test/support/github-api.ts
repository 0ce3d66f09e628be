import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import Ajv, { type ValidateFunction } from "ajv";

/** GitHub's own description of its API, in OpenAPI 3. */
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly examples: Readonly<Record<string, { readonly value: unknown }>> };
}

interface Operation {
  readonly parameters?: readonly ({ readonly $ref: string } | Parameter)[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body | undefined>>;
}

interface Schema {
  readonly properties?: object;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
}

interface Body {
  readonly content?: {
    readonly "application/octet-stream"?: object;
    readonly "application/json"?: {
      readonly schema: object;
      readonly examples?: Readonly<
        Record<string, { readonly $ref?: string; readonly value?: unknown }>
      >;
    };
  };
}

/** What every question in GraphQL is sent to. */
const GRAPHQL = "POST /graphql";

/** Returns where the description is, which npm's `@octokit/openapi` brings; undefined where it isn't. */
export function findDescription(): string | undefined {
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  return [process.cwd(), path.join(cache, "releases-ci/openapi")]
    .map((folder) =>
      path.join(folder, "node_modules/@octokit/openapi/generated/api.github.com.json"),
    )
    .find((file) => fs.existsSync(file));
}

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
  readonly #description: Description;
  readonly #ajv = new Ajv({ strict: false, validateFormats: false });
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #server: http.Server;
  readonly #answer: (asked: Asked) => Answer;

  private constructor(file: string, server: http.Server, answer: (asked: Asked) => Answer) {
    this.#description = JSON.parse(fs.readFileSync(file, "utf8"), asAjvReads) as Description;
    this.#ajv.addSchema(this.#description, "github");
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
    const found = this.#operation(method, pathname);
    if (found === undefined) return fail("there is no such thing");
    // An App's own token is a bearer's.
    if (!/^(?:token|bearer) /.test(headers.authorization ?? "")) return fail("no token");
    const { template, operation, parameters } = found;
    const known = (operation.parameters ?? []).map((parameter) =>
      this.#resolve<Parameter>(parameter),
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
    const where = `${this.#pointer(template, method)}/requestBody`;
    if (operation.requestBody?.content?.["application/json"] !== undefined) {
      const validate = this.#validator(`${where}/content/application~1json/schema`);
      if (!validate(body)) return fail(this.#ajv.errorsText(validate.errors));
      const properties = this.#propertiesOf(
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
    const operation = this.#description.paths[template]?.[method.toLowerCase()];
    const response: Body | undefined = operation?.responses[status];
    const json = response?.content?.["application/json"];
    const [first] = Object.values(json?.examples ?? {});
    const name = first?.$ref?.split("/").at(-1) ?? "";
    const example = first?.value ?? this.#description.components.examples[name]?.value;
    // Examples of GitHub's own lack what its schemas require, so answers aren't held against these.
    return Array.isArray(body)
      ? body.map((item: object) => laidOver((example as object[])[0], item))
      : laidOver(example, body);
  }

  #operation(method: string, pathname: string) {
    const parts = pathname.split("/");
    for (const [template, operations] of Object.entries(this.#description.paths)) {
      const operation = operations[method.toLowerCase()];
      const names = template.split("/");
      if (operation === undefined || names.length !== parts.length) continue;
      const parameters: Record<string, string> = {};
      const fits = names.every((name, index) => {
        const part = decodeURIComponent(parts[index] ?? "");
        if (!name.startsWith("{")) return name === part;
        parameters[name.slice(1, -1)] = part;
        return part !== "";
      });
      if (fits) return { template, operation, parameters };
    }
    return undefined;
  }

  /** Returns the names of a schema's properties, and of those that it is one of. */
  #propertiesOf(schema: Schema): Set<string> {
    const { properties = {}, anyOf = [], oneOf = [] } = this.#resolve<Schema>(schema);
    const others = [...anyOf, ...oneOf].flatMap((one) => [...this.#propertiesOf(one)]);
    return new Set([...Object.keys(properties), ...others]);
  }

  #resolve<Part extends object>(part: { readonly $ref: string } | Part): Part {
    if (!("$ref" in part)) return part;
    const keys = part.$ref.replace("#/", "").split("/");
    return keys.reduce<unknown>(
      (value, key) => (value as Record<string, unknown>)[key],
      this.#description,
    ) as Part;
  }

  #pointer(template: string, method: string): string {
    return `github#/paths/${encodeURIComponent(template.replaceAll("/", "~1"))}/${method.toLowerCase()}`;
  }

  #validator($ref: string): ValidateFunction {
    const known = this.#validators.get($ref) ?? this.#ajv.compile({ $ref });
    this.#validators.set($ref, known);
    return known;
  }
}

/** Ajv knows `nullable` beside a type alone; beside others GitHub means that there may be null. */
export function asAjvReads(_key: string, value: unknown): unknown {
  if (!isMapping(value) || !("nullable" in value) || "type" in value) return value;
  const { nullable: _nullable, ...schema } = value;
  return { anyOf: [schema, { type: "null" }] };
}

function laidOver(example: unknown, over: unknown): unknown {
  if (!isMapping(example) || !isMapping(over)) return over;
  const merged = Object.entries(over).map(([key, value]) => [key, laidOver(example[key], value)]);
  return { ...example, ...Object.fromEntries(merged) };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
