import * as fs from "node:fs";
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

export interface Parameter {
  readonly name: string;
  readonly in: string;
}

export interface Body {
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

/** Returns where the description is, which npm's `@octokit/openapi` brings; undefined where it isn't. */
export function findDescription(): string | undefined {
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  return [process.cwd(), path.join(cache, "releases-ci/openapi")]
    .map((folder) =>
      path.join(folder, "node_modules/@octokit/openapi/generated/api.github.com.json"),
    )
    .find((file) => fs.existsSync(file));
}

/** GitHub's description of its API, and what checks requests by it. */
export class GithubDescription {
  readonly value: Description;
  readonly #ajv = new Ajv({ strict: false, validateFormats: false });
  readonly #validators = new Map<string, ValidateFunction>();

  private constructor(file: string) {
    this.value = JSON.parse(fs.readFileSync(file, "utf8"), asAjvReads) as Description;
    this.#ajv.addSchema(this.value, "github");
  }

  static readonly #known = new Map<string, GithubDescription>();

  /** Returns the description of a file. It is read once in a process, as that takes a second. */
  static of(file: string): GithubDescription {
    const known = this.#known.get(file) ?? new GithubDescription(file);
    this.#known.set(file, known);
    return known;
  }

  /** Returns the operation of a request, with the parameters of its path; undefined where GitHub has none. */
  operation(method: string, pathname: string) {
    const parts = pathname.split("/");
    for (const [template, operations] of Object.entries(this.value.paths)) {
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
  propertiesOf(schema: Schema): Set<string> {
    const { properties = {}, anyOf = [], oneOf = [] } = this.resolve<Schema>(schema);
    const others = [...anyOf, ...oneOf].flatMap((one) => [...this.propertiesOf(one)]);
    return new Set([...Object.keys(properties), ...others]);
  }

  /** Returns a part that may be named instead of written. */
  resolve<Part extends object>(part: { readonly $ref: string } | Part): Part {
    if (!("$ref" in part)) return part;
    const keys = part.$ref.replace("#/", "").split("/");
    return keys.reduce<unknown>(
      (value, key) => (value as Record<string, unknown>)[key],
      this.value,
    ) as Part;
  }

  /** Returns what a check found wrong. */
  errorsOf({ errors }: ValidateFunction): string {
    return this.#ajv.errorsText(errors);
  }

  /** Returns the place of an operation. */
  pointer(template: string, method: string): string {
    return `github#/paths/${encodeURIComponent(template.replaceAll("/", "~1"))}/${method.toLowerCase()}`;
  }

  /** Returns what checks a value against the schema at a place of the description. */
  validator($ref: string): ValidateFunction {
    const known = this.#validators.get($ref) ?? this.#ajv.compile({ $ref });
    this.#validators.set($ref, known);
    return known;
  }
}

/** Ajv knows `nullable` beside a type alone; beside others GitHub means that there may be null. */
function asAjvReads(_key: string, value: unknown): unknown {
  if (!isMapping(value) || !("nullable" in value) || "type" in value) return value;
  const { nullable: _nullable, ...schema } = value;
  return { anyOf: [schema, { type: "null" }] };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
