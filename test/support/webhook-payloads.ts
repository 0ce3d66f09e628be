import fc from "fast-check";
import { GithubDescription } from "./github-description";

/** A schema of GitHub's description, as far as payloads of webhooks have it. */
interface Schema {
  readonly $ref?: string;
  readonly type?: "array" | "boolean" | "integer" | "number" | "object" | "string" | "null";
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
  readonly properties?: Properties;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

type Properties = Readonly<Record<string, Schema>>;

interface Description {
  readonly components: { readonly schemas: Readonly<Record<string, Schema | undefined>> };
  readonly "x-webhooks": Readonly<
    Record<
      string,
      {
        readonly post: {
          readonly parameters: readonly { readonly name: string; readonly example?: unknown }[];
          readonly requestBody: {
            readonly content: { readonly "application/json": { readonly schema: Schema } };
          };
        };
      }
    >
  >;
}

/** A webhook that GitHub describes: an event with an action, or without actions. */
export interface Webhook {
  /** Such as `release-published`. */
  readonly name: string;
  /** As `X-GitHub-Event` has it. */
  readonly event: string;
  /** Returns payloads that say something, and are completed to what its schema takes. */
  readonly saying: (parts: Said) => fc.Arbitrary<object>;
}

/** More refused payloads in a row than this are no chance. */
const MOST_REFUSED = 500;
const SCHEMAS = "#/components/schemas/";

/** Texts of the formats that GitHub's schemas have. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  "date-time": ["2026-11-26T09:00:00Z"],
  email: ["ada@acme.example"],
  uri: ["https://api.github.com/a", "https://github.com/acme/orders"],
  "uri-template": ["https://api.github.com/repos/acme/orders/a{/b}"],
};

/** Returns the webhooks of some events, from GitHub's description of its API. */
export function webhooksOf(file: string, events: ReadonlySet<string>): Webhook[] {
  const known = GithubDescription.of(file);
  const description = known.value as unknown as Description;
  const arbitraries = new Arbitraries(description);
  return Object.entries(description["x-webhooks"]).flatMap(([name, { post }]): Webhook[] => {
    const { schema } = post.requestBody.content["application/json"];
    const event = post.parameters.find(({ name }) => name === "X-Github-Event")?.example;
    if (typeof event !== "string" || !events.has(event)) return [];
    const path = ["x-webhooks", name, "post/requestBody/content/application~1json/schema"];
    const validate = known.validator(`github#/${path.join("/")}`);
    return [
      {
        ...{ name, event },
        saying: (parts) => {
          let inARow = 0;
          // Some parts are of one of several kinds that have much in common, and must be of one alone.
          return arbitraries.saying(schema, parts).filter((payload) => {
            if (validate(payload)) inARow = 0;
            else if (++inARow > MOST_REFUSED) throw new Error(known.errorsOf(validate));
            return inARow === 0;
          });
        },
      },
    ];
  });
}

/** Parts of a payload that aren't left to chance. */
export interface Said {
  readonly [key: string]: string | number | boolean | null | Said;
}

/** Values by schemas. Objects have what is required, and by chance what isn't. */
class Arbitraries {
  readonly #description: Description;
  readonly #known = new Map<string, fc.Arbitrary<unknown>>();

  constructor(description: Description) {
    this.#description = description;
  }

  /** Returns objects that have parts as they are given, and are completed. */
  saying(schema: Schema, parts: Said): fc.Arbitrary<object> {
    const { properties = {}, required = [] } = this.#resolved(schema);
    const made = Object.entries(properties).map(([key, part]) => {
      const said = parts[key];
      if (said === undefined) return [key, this.of(part)] as const;
      const isPart = typeof said === "object" && said !== null;
      return [key, isPart ? this.saying(part, said) : fc.constant(said)] as const;
    });
    const requiredKeys = [...new Set([...required, ...Object.keys(parts)])];
    const unknown = Object.keys(parts).filter((key) => !(key in properties));
    if (unknown.length > 0) throw new Error(`GitHub's schema has no ${unknown.join(", ")}`);
    return fc.record(Object.fromEntries(made), { requiredKeys });
  }

  #resolved(schema: Schema): Schema {
    const { $ref, anyOf, oneOf, allOf } = schema;
    if ($ref !== undefined) return this.#resolved(this.#schema($ref.slice(SCHEMAS.length)));
    if (allOf !== undefined) {
      const parts = allOf.map((one) => this.#resolved(one));
      return {
        properties: Object.assign({}, ...parts.map(({ properties }) => properties)) as Properties,
        required: parts.flatMap(({ required = [] }) => required),
      };
    }
    const objects = (anyOf ?? oneOf ?? []).map((one) => this.#resolved(one));
    return objects.find(({ properties }) => properties !== undefined) ?? schema;
  }

  #schema(name: string): Schema {
    const schema = this.#description.components.schemas[name];
    if (schema === undefined) throw new Error(`GitHub's description has no schema ${name}`);
    return schema;
  }

  of(schema: Schema): fc.Arbitrary<unknown> {
    const { $ref, enum: known, nullable } = schema;
    if ($ref !== undefined) return this.#named($ref.slice(SCHEMAS.length));
    if (known !== undefined) return fc.constantFrom(...known);
    const value = this.#ofType(schema);
    return nullable === true ? fc.option(value, { nil: null, freq: 3 }) : value;
  }

  #named(name: string): fc.Arbitrary<unknown> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const made = this.of(this.#schema(name));
    this.#known.set(name, made);
    return made;
  }

  #ofType({ type, format = "", properties = {}, required = [], ...schema }: Schema) {
    const { anyOf, oneOf, allOf, items = {} } = schema;
    const some = anyOf ?? oneOf;
    if (some !== undefined) return fc.oneof(...some.map((one) => this.of(one)));
    if (allOf !== undefined) {
      const parts = fc.tuple(...allOf.map((one) => this.of(one)));
      return parts.map((values) => Object.assign({}, ...values) as object);
    }
    const texts = FORMATS[format];
    switch (type) {
      case "array":
        return fc.array(this.of(items), { maxLength: 2 });
      case "boolean":
        return fc.boolean();
      case "integer":
      case "number":
        return fc.nat();
      case "null":
        return fc.constant(null);
      case "string":
        return texts === undefined ? fc.string({ maxLength: 8 }) : fc.constantFrom(...texts);
      default: {
        const parts = Object.entries(properties).map(
          ([key, part]) => [key, this.of(part)] as const,
        );
        const requiredKeys = required.filter((key) => key in properties);
        return fc.record(Object.fromEntries(parts), { requiredKeys });
      }
    }
  }
}
