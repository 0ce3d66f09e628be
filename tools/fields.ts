/** `npm run fields`: writes every key of the four kinds of file into docs/fields.md, from their JSON Schemas. */
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../src/app/open";
import { jsonSchemas } from "../src/core/json-schemas";
import { tableOf, withSection } from "./section";

/** The document that holds the tables. */
export const FIELDS_DOCUMENT = path.join(PROGRAM, "docs/fields.md");

/** The part of JSON Schema that our schemas use. */
export interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly $ref?: string;
}

/** A key that a file may have. */
export interface Field {
  /** Its path: `chart.version`; `[]` is each item of a list, `<name>` each key of a map. */
  readonly path: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/** The sections of the document, each with the schema of what its file holds. */
const SECTIONS = {
  definitions: () => schemaOf("definitions.schema.json").items,
  environments: () => schemaOf("environments.schema.json"),
  "stack-config": () => schemaOf("stack.schema.json").properties?.config,
  publication: () => schemaOf("publication.schema.json"),
};

/** Matches a text that isn't blank; the type names it in words. */
const NOT_BLANK = String.raw`\S`;

/** Returns the document with a table of every key of each file, in the order of the schemas. */
export function withFields(document: string): string {
  return Object.entries(SECTIONS).reduce((text, [name, schema]) => {
    const fields = fieldsOf(schema() ?? {});
    return withSection(
      text,
      name,
      "fields",
      [...tableOf(rowsOf(fields)), ...patternsOf(fields)].join("\n"),
    );
  }, document);
}

function schemaOf(file: string): JsonSchema {
  return jsonSchemas().get(file) ?? {};
}

/** Returns all keys of a mapping, each followed by the keys below it. */
export function fieldsOf(schema: JsonSchema, prefix = ""): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const at = `${prefix}${key}`;
    const required = schema.required?.includes(key) === true;
    return [{ path: at, schema: value, required }, ...below(value, at)];
  });
}

function below(schema: JsonSchema, at: string): Field[] {
  return [
    ...fieldsOf(schema, `${at}.`),
    ...(schema.items === undefined ? [] : below(schema.items, `${at}[]`)),
    ...valuesOf(schema, `${at}.<name>`),
    ...(schema.anyOf ?? []).flatMap((one) => below(one, at)),
  ];
}

/** Returns the key `<name>` of a map, and the keys below it. A mapping without a description needs no row. */
function valuesOf({ additionalProperties: values }: JsonSchema, at: string): Field[] {
  if (typeof values !== "object" || values.$ref !== undefined) return [];
  const isPlain = values.type === "object" && values.description === undefined;
  return [
    ...(isPlain ? [] : [{ path: at, schema: values, required: false }]),
    ...below(values, at),
  ];
}

function rowsOf(fields: readonly Field[]): string[][] {
  return [
    ["key", "type", "default", "meaning"],
    ...fields.map((field) => [
      code(field.path),
      typeOf(field.schema),
      defaultOf(field),
      meaningOf(field.schema),
    ]),
  ];
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map(literal).join(", ");
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(" or ");
  switch (schema.type) {
    case "string":
      return schema.pattern === NOT_BLANK ? "non-empty text" : "text";
    case "integer":
      return `whole number${boundsOf(schema)}`;
    case "number":
      return `number${boundsOf(schema)}`;
    case "boolean":
      return "`true` or `false`";
    case "array":
      return `${schema.minItems === undefined ? "" : "non-empty "}list of ${pluralOf(schema.items)}`;
    case "object":
      return typeof schema.additionalProperties === "object"
        ? `map of ${pluralOf(schema.additionalProperties)}`
        : "mapping";
    default:
      return "any value";
  }
}

function pluralOf(schema: JsonSchema = {}): string {
  return typeOf(schema).replaceAll(/(?<=text|mapping|value)(?= or |$)/g, "s");
}

function boundsOf({ minimum, maximum }: JsonSchema): string {
  const least = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? "" : `${minimum}`;
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? "" : `${maximum}`;
  if (least !== "" && most !== "") return `, ${least} to ${most}`;
  if (least !== "") return `, at least ${least}`;
  return most === "" ? "" : `, at most ${most}`;
}

function defaultOf({ schema, required }: Field): string {
  if (required) return "required";
  return schema.default === undefined ? "" : literal(schema.default);
}

function meaningOf(schema: JsonSchema): string {
  const examples = (schema.examples ?? schema.items?.examples ?? []).map(literal).join(", ");
  const description = prose(schema.description ?? schema.items?.description ?? "");
  return [description, examples === "" ? "" : `Example: ${examples}.`].join(" ").trim();
}

/** Returns a description in which Markdown sees no markup but code between backticks. */
function prose(description: string): string {
  return description
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/[<*]/g, String.raw`\$&`) : part))
    .join("");
}

/** Returns a list of the regular expressions that texts must match, with the keys that have each. */
function patternsOf(fields: readonly Field[]): string[] {
  const keysOf = new Map<string, string[]>();
  for (const { path: key, schema } of fields) {
    for (const [at, { pattern }] of [
      [key, schema],
      [`${key}[]`, schema.items ?? {}],
    ] as const) {
      if (pattern === undefined || pattern === NOT_BLANK) continue;
      keysOf.set(pattern, [...(keysOf.get(pattern) ?? []), code(at)]);
    }
  }
  if (keysOf.size === 0) return [];
  const lines = [...keysOf].map(([pattern, keys]) => `- ${keys.join(", ")}: ${code(pattern)}`);
  return ["Texts that must match a regular expression:", "", ...lines, ""];
}

function literal(value: unknown): string {
  return code(typeof value === "string" && value !== "" ? value : JSON.stringify(value));
}

function code(text: string): string {
  return `\`${text}\``;
}

if (require.main === module) {
  fs.writeFileSync(FIELDS_DOCUMENT, withFields(fs.readFileSync(FIELDS_DOCUMENT, "utf8")));
}
