import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type { Repository } from "../src/core/repository";
import {
  configKey,
  JUDGED_KEYS,
  NAMESPACE,
  STACK_KEYS,
  type StackFile,
} from "../src/core/stack/schema";
import { inConfig, type StackValues } from "../src/core/stack/config";

/**
 * Returns the running stack's config, unchecked. The only reader of Pulumi's configuration: the values are
 * the engine's, and the positions of findings the file's.
 */
export function readStackConfig(repository: Repository): {
  values: StackValues;
  /** Undefined when the stack has none. */
  webhookSecret: pulumi.Output<string> | undefined;
} {
  const stack = pulumi.getStack();
  const values: Record<string, unknown> = {};
  for (const key of STACK_KEYS) {
    // Config.get would warn of templates that hold an encrypted parameter; that is expected here.
    const raw = pulumi.runtime.getConfig(configKey(key));
    if (raw !== undefined) values[key] = parseValue(raw);
  }
  const webhookSecret = new pulumi.Config(NAMESPACE).getSecret("webhookSecret");
  const file = repository.stacks.get(stack);
  return {
    values: {
      stack,
      values,
      region: new pulumi.Config("aws").get("region"),
      hasWebhookSecret: webhookSecret !== undefined,
      refused: [],
      hasImports: false,
      secretParameters: file?.secretParameters ?? new Set(parameterNames(values["templates"])),
      from: file?.from ?? nowhere(stack),
    },
    webhookSecret,
  };
}

/**
 * Returns the judged keys of which the engine has another value than the stack's file: an ESC environment or
 * `--config` gave it, and no gate has seen it. None where the stack has no file.
 */
export function unjudgedKeys({ stacks }: Repository, { stack, values }: StackValues): string[] {
  const file = stacks.get(stack);
  if (file === undefined) return [];
  // An empty key is an empty text to the engine.
  const isSame = (key: keyof StackFile): boolean =>
    isDeepStrictEqual(values[key] ?? "", file.values[key] ?? "");
  // Another cluster may be named elsewhere; whether there is one decides whether there are Helm releases.
  const isThere = (from: StackValues["values"]): boolean => from["cluster"] !== undefined;
  return [
    ...JUDGED_KEYS.filter((key) => !isSame(key)),
    ...(isThere(values) === isThere(file.values) ? [] : (["cluster"] as const)),
  ].map(configKey);
}

/** Returns a value as its file has it. Mappings arrive as JSON and texts as they are; an account's digits are a text. */
export function parseValue(raw: string): unknown {
  if (!/^[[{]/.test(raw)) return raw;
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}

/** Without a file nobody knows which parameters were encrypted, so all of them count as secrets. */
function parameterNames(templates: unknown): string[] {
  const { parameters } = (templates ?? {}) as { parameters?: unknown };
  return typeof parameters === "object" && parameters !== null ? Object.keys(parameters) : [];
}

/** For a stack whose config isn't a file, as under the automation API. */
function nowhere(stack: string): StackValues["from"] {
  return inConfig({
    file: `Pulumi.${stack}.yaml`,
    locate: () => ({ line: 1, column: 1 }),
    written: () => undefined,
    otherReadings: () => [],
  });
}
