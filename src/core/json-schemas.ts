import { z } from "zod";
import { definitions } from "./list/definition";
import { environments } from "./environments-schema";
import { publicationFile } from "./publish/schema";
import { configKey, NAMESPACE, stackConfig } from "./stack/schema";

/**
 * Returns the JSON Schemas for editors, by file name. They come from the same source as the types;
 * `npm run schemas` writes them into `schemas/`.
 */
export function jsonSchemas(): Map<string, object> {
  return new Map<string, object>([
    ["definitions.schema.json", { title: "Release list", ...toJson(definitions) }],
    ["environments.schema.json", { title: "Promotion path", ...toJson(environments) }],
    ["stack.schema.json", stackFile()],
    ["publication.schema.json", { title: "Publication", ...toJson(publicationFile) }],
  ]);
}

function toJson(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { target: "draft-07", io: "input" });
}

/** The schema of `Pulumi.<stack>.yaml`: keys in our namespace; those of other namespaces aren't checked. */
function stackFile(): object {
  const { properties = {}, definitions } = toJson(stackConfig) as {
    properties?: object;
    definitions?: object;
  };
  const keys = Object.entries({
    ...properties,
    webhookSecret: secret(
      "Secret that signs webhook deliveries: pulumi config set --secret releases:webhookSecret.",
    ),
  });
  // The program gets an encrypted parameter as a text; the file has it as Pulumi wrote it.
  const parameter = {
    description: "Value of this parameter: a text, or a secret.",
    examples: ["testing"],
    anyOf: [{ type: "string" }, secret("A secret: pulumi config set --secret --path.")],
  };
  const templates = (properties as { templates?: { properties?: { parameters?: object } } })
    .templates?.properties;
  Object.assign(templates?.parameters ?? {}, { additionalProperties: parameter });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Stack config",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(keys.map(([key, value]) => [configKey(key), value])),
        patternProperties: { [`^(?!${NAMESPACE}:)[^:]+:`]: {} },
        additionalProperties: false,
      },
      encryptionsalt: { type: "string" },
      encryptedkey: { type: "string" },
      secretsprovider: { type: "string" },
      environment: {},
    },
    additionalProperties: false,
    ...(definitions !== undefined && { definitions }),
  };
}

/** The schema of a value that Pulumi encrypted. */
function secret(description: string): object {
  return {
    type: "object",
    description,
    properties: {
      secure: { type: "string", description: "The encrypted value, as Pulumi writes it." },
    },
    required: ["secure"],
    additionalProperties: false,
  };
}
