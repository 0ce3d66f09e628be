import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import type { IssueCode } from "./issue-codes";
import type { Findings } from "./findings";
import type { Path } from "./source";
import { isMapping } from "../mapping";

/**
 * Returns a value as its schema types it; every part that the schema refuses becomes a finding. With
 * findings, it is the value without the refused parts, for the rules about the rest; undefined when even
 * that is refused.
 * @param fallback values of required keys that are missing or were refused
 */
export function checkShape<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  findings: Findings,
  fallback: object = {},
): z.infer<Schema> | undefined {
  let result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    if (findings.full) return undefined;
    describe(issue, schema, value, findings);
  }
  let rest = structuredClone(value);
  // A mapping that lacks a required part is removed as a whole.
  for (let levels = 0; levels < DEEPEST && !result.success; levels++) {
    removeRefused(rest, result.error.issues, levels);
    if (isMapping(rest)) rest = { ...fallback, ...rest };
    result = schema.safeParse(rest);
  }
  return result.data;
}

/** Levels of mappings in the files of users: `environments.production.verify.services.orders.identities.0`. */
const DEEPEST = 7;

function describe(
  issue: z.core.$ZodIssue,
  schema: z.core.$ZodType,
  root: unknown,
  findings: Findings,
): void {
  const path = pathOf(issue);
  const name = path.length === 0 ? "it" : `"${path.join(".")}"`;
  const refuse = (code: IssueCode, message: string): void => {
    findings.refuseShape(code, message, path, "value");
  };

  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(schema, path);
      const where = path.length === 0 ? "" : ` in ${name}`;
      for (const key of issue.keys) {
        if (findings.full) return;
        const message = `unknown key "${key}"${where}; ${suggestion(key, known)}`;
        findings.refuseShape("unknown-key", message, [...path, key], "key");
      }
      return;
    }
    case "invalid_key": {
      const key = String(path.at(-1));
      for (const inner of issue.issues) {
        const message = `"${key}" can't be a name here; expected ${inner.message}`;
        findings.refuseShape(codeOf(inner), message, path, "key");
      }
      return;
    }
    case "invalid_type": {
      const found = valueAt(root, path);
      if (found === undefined) {
        refuse("missing-key", `${name} is missing; expected ${article(issue.expected)}`);
        return;
      }
      const written = findings.written(path);
      const quote =
        issue.expected === "string" && (typeof found === "number" || typeof found === "boolean")
          ? `; quote it: "${written ?? String(found)}"`
          : "";
      const expected = isOwnText(issue.message) ? issue.message : article(issue.expected);
      refuse("invalid-type", `${name} is ${kindOf(found, written)}; expected ${expected}${quote}`);
      return;
    }
    case "invalid_union": {
      const value = valueAt(root, path);
      const meant = isOwnText(issue.message) ? meantOf(issue, value) : undefined;
      if (meant !== undefined) {
        for (const one of meant)
          describe({ ...one, path: [...issue.path, ...one.path] }, schema, root, findings);
        return;
      }
      if (value === undefined) {
        refuse("missing-key", `${name} is missing; expected ${issue.message}`);
        return;
      }
      const found = kindOf(value, findings.written(path));
      // The schema of free values is a union without a text of its own.
      const expected = isOwnText(issue.message) ? issue.message : "what JSON can hold";
      refuse("invalid-value", `${name} is ${found}; expected ${expected}`);
      return;
    }
    default: {
      const found = valueAt(root, path);
      if (found === undefined) {
        refuse("missing-key", `${name} is missing; expected ${issue.message}`);
        return;
      }
      const shown = isHidden(issue)
        ? "something else"
        : typeof found === "string"
          ? `"${shorten(found)}"`
          : kindOf(found, findings.written(path));
      refuse(codeOf(issue), `${name} is ${shown}; expected ${issue.message}`);
    }
  }
}

/**
 * Returns what is wrong with a value by the one schema of a union that is of its kind, and of a number or a boolean by
 * the one of a text; undefined where it isn't told which was meant.
 */
function meantOf(
  { errors }: z.core.$ZodIssueInvalidUnion,
  value: unknown,
): z.core.$ZodIssue[] | undefined {
  const isPlain = typeof value === "number" || typeof value === "boolean";
  const [meant, ...others] = errors.filter((issues) => {
    const other = issues.find(({ code, path }) => code === "invalid_type" && path.length === 0);
    return other === undefined || (isPlain && "expected" in other && other.expected === "string");
  });
  return others.length === 0 ? meant : undefined;
}

/** Whether a message is a schema's own, and not the one that zod has for any. */
function isOwnText(message: string): boolean {
  return !message.startsWith("Invalid input");
}

/** Returns the keys that a schema knows in the mapping at a path. */
function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), path);
  if (schema instanceof z.ZodPipe) return keysAt(schema.in, path);
  const [step, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Readonly<Record<string, z.core.$ZodType>>;
    if (step === undefined) return Object.keys(shape);
    const part = Object.hasOwn(shape, step) ? shape[step] : undefined;
    return part === undefined ? [] : keysAt(part, rest);
  }
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => keysAt(option, path));
  }
  if (schema instanceof z.ZodRecord) return keysAt(schema.valueType, rest);
  return schema instanceof z.ZodArray ? keysAt(schema.element, rest) : [];
}

function isHidden(issue: z.core.$ZodIssue): boolean {
  return issue.code === "custom" && issue.params?.["hidden"] === true;
}

function pathOf(issue: z.core.$ZodIssue): (string | number)[] {
  return issue.path.filter((step) => typeof step !== "symbol");
}

/** Removes the parts of a value that were refused, or what holds them some levels above. */
function removeRefused(value: unknown, issues: readonly z.core.$ZodIssue[], levels: number): void {
  // From the last, so that removing an item doesn't move one that is still to go.
  for (const issue of [...issues].reverse()) {
    const path = pathOf(issue);
    const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
    for (const key of keys) remove(value, [...path, key]);
    if (keys.length === 0) remove(value, path.slice(0, path.length - levels));
  }
}

function remove(root: unknown, path: Path): void {
  const parent = valueAt(root, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined) return;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isMapping(parent)) Reflect.deleteProperty(parent, last);
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
