import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import type { IssueCode } from "./issue-codes";
import { error, type Issue } from "./issue";
import type { Path, YamlFile } from "./yaml-file";

/** Where a checked value comes from: enough of a YAML file to point at its parts. */
export type Located = Pick<YamlFile, "file" | "locate" | "written">;

export interface Shaped<Value> {
  /** The value, typed; undefined when there are issues. */
  readonly value: Value | undefined;
  readonly issues: readonly Issue[];
}

/**
 * Checks a value against a schema and returns it typed, or every problem of its shape as an issue.
 * @param base where the value stands in its file
 * @param subject what the messages start with, such as a definition's name
 */
export function checkShape<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  from: Located,
  base: Path,
  subject = "",
): Shaped<z.infer<Schema>> {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data, issues: [] };
  const issues = result.error.issues.flatMap((issue) =>
    describe(issue, value, from, base, subject),
  );
  return { value: undefined, issues };
}

function describe(
  issue: z.core.$ZodIssue,
  root: unknown,
  from: Located,
  base: Path,
  subject: string,
): Issue[] {
  const path = issue.path.filter((step) => typeof step !== "symbol");
  const prefix = subject === "" ? "" : `${subject}: `;
  const at = [...base, ...path];
  const name = path.length === 0 ? "it" : `"${path.join(".")}"`;
  const refuse = (code: IssueCode, message: string, part: "key" | "value" = "value"): Issue =>
    error(code, from.file, prefix + message, from.locate(at, part));

  switch (issue.code) {
    case "unrecognized_keys": {
      const known = issue.message.split(" ");
      return issue.keys.map((key) => {
        const place = from.locate([...at, key], "key");
        const where = path.length === 0 ? "" : ` in ${name}`;
        const message = `"${key}" is no known key${where}; ${suggestion(key, known)}`;
        return error("unknown-key", from.file, prefix + message, place);
      });
    }
    case "invalid_key": {
      const key = String(path.at(-1));
      const place = from.locate(at, "key");
      return issue.issues.map((inner) => {
        const message = `"${key}" can't be a name here; expected ${inner.message}`;
        return error(codeOf(inner), from.file, prefix + message, place);
      });
    }
    case "invalid_type": {
      const found = valueAt(root, path);
      if (found === undefined) {
        return [refuse("missing-key", `${name} is missing; expected ${article(issue.expected)}`)];
      }
      const written = from.written(at);
      const quote =
        issue.expected === "string" && (typeof found === "number" || typeof found === "boolean")
          ? `; quote it: "${written ?? String(found)}"`
          : "";
      const message = `${name} is ${kindOf(found, written)}; expected ${article(issue.expected)}${quote}`;
      return [refuse("invalid-type", message)];
    }
    default: {
      const found = valueAt(root, path);
      const shown =
        typeof found === "string" ? `"${shorten(found)}"` : kindOf(found, from.written(at));
      return [refuse(codeOf(issue), `${name} is ${shown}; expected ${issue.message}`)];
    }
  }
}

function codeOf(issue: z.core.$ZodIssue): IssueCode {
  const params = issue.code === "custom" ? issue.params : undefined;
  return (params?.["code"] as IssueCode | undefined) ?? "invalid-value";
}

function suggestion(key: string, known: readonly string[]): string {
  const nearest = closest(key, known);
  const likely = distance(key, nearest) <= Math.max(2, Math.floor(key.length / 3));
  return likely ? `did you mean "${nearest}"?` : `known are ${known.join(", ")}`;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

function kindOf(value: unknown, written: string | undefined): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a sequence";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "number" || typeof value === "boolean") {
    return `the ${typeof value} ${written ?? String(value)}`;
  }
  return typeof value === "string" ? `the text "${shorten(value)}"` : "missing";
}

function article(type: string): string {
  switch (type) {
    case "string":
      return "a text";
    case "array":
      return "a sequence";
    case "object":
    case "record":
      return "a mapping";
    case "boolean":
      return "true or false";
    case "number":
    case "int":
      return "a whole number";
    default:
      return type;
  }
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
