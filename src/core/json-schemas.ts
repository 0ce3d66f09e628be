import { z } from "zod";
import { definitions } from "./list/definition";
import { environments } from "./environments-schema";
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
  const secret = {
    type: "object",
    properties: { secure: { type: "string" } },
    required: ["secure"],
    additionalProperties: false,
    description: "The secret that signs webhook deliveries; pulumi config set --secret.",
  };
  const keys = Object.entries({ ...properties, webhookSecret: secret });
  // The program gets an encrypted parameter as a text; the file has it as Pulumi wrote it.
  const parameters = {
    type: "object",
    additionalProperties: { anyOf: [{ type: "string" }, secret] },
  };
  const templates = (properties as { templates?: { properties?: object } }).templates;
  Object.assign(templates?.properties ?? {}, { parameters });
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
