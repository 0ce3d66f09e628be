import { z } from "zod";
import type { IssueCode } from "./issue-codes";
import {
  AWS_ACCOUNT,
  GITHUB_OWNER,
  isGithubName,
  isMutableTagPattern,
  isReservedName,
  SERVICE_NAME,
  MAX_GITHUB_NAME,
  MAX_GITHUB_OWNER,
} from "../limits";
import { AWS_REGIONS, isRegion } from "../aws";
import { expectedRange } from "../range-advice";
import { suggestion } from "../suggestion";
import { isDigest, isRange } from "../version";

/** The finding of a refused value: its stable code, and a description of the accepted values. */
export interface Refusal {
  readonly code: IssueCode;
  readonly expected: string;
  /** Whether the value may be a secret, so that no message repeats it. */
  readonly hidden?: boolean;
}

/** A pattern of mutable tags, `*-daily`. */
export function mutableTag(): z.ZodString {
  const expected = `1 to 128 letters, digits, ".", "_", "-" and at most two "*"`;
  return text({ code: "invalid-mutable-tag", expected }, isMutableTagPattern);
}

/** A mapping that knows all its keys; others are findings that name the nearest known one. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape);
}

/** The description of a key that editors show. */
interface Meta extends Record<string, unknown> {
  readonly description?: string;
  readonly pattern?: string;
  readonly examples?: string[];
}

/**
 * A text of one line that a function accepts. `pattern` describes it to editors where one regular expression can.
 * @param refusal the finding, or a function that returns it for a text
 */
export function text(
  refusal: Refusal | ((text: string) => Refusal),
  accepts: (text: string) => boolean,
  meta: Meta = {},
): z.ZodString {
  return z
    .string()
    .superRefine((value, context) => {
      const refused = typeof refusal === "function" ? refusal(value) : refusal;
      if (!accepts(value)) refuse(context, refused);
      else if (!isOneLine(value)) refuse(context, { ...refused, ...ONE_LINE });
    })
    .meta(meta);
}

const ONE_LINE = {
  code: "invalid-value",
  expected: "one line without control characters",
} as const;

/** Characters that end a line, command a terminal, or change the direction in which others are read. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

/** Whether a text is one that these files take: one line, in which nothing is unseen. */
export function isOneLine(text: string): boolean {
  return !UNSEEN.test(text);
}

/**
 * A text of one line that becomes the value that `parse` returns, or a finding when `parse` returns undefined.
 * @param refusal the finding, or a function that returns it for a text
 */
export function parsed<Value>(
  refusal: Refusal | ((text: string) => Refusal),
  parse: (text: string) => Value | undefined,
  meta: Meta = {},
) {
  return z
    .string()
    .meta(meta)
    .transform((text, context) => {
      const value = parse(text);
      if (value === undefined) {
        refuse(context, typeof refusal === "function" ? refusal(text) : refusal);
      } else if (UNSEEN.test(text)) refuse(context, ONE_LINE);
      else return value;
      return z.NEVER;
    });
}

/**
 * Adds a finding to the result of a schema.
 * @param path of the refused part in the value. Default: all of it
 */
export function refuse(
  context: z.RefinementCtx,
  { code, expected, hidden }: Refusal,
  path: string[] = [],
): void {
  context.addIssue({ code: "custom", message: expected, path, params: { code, hidden } });
}

/** A text that a regular expression matches as a whole. */
export function pattern(
  refusal: Refusal,
  expression: RegExp,
  meta: { readonly description: string; readonly examples: string[] },
): z.ZodString {
  return text(refusal, (value) => expression.test(value), { ...meta, pattern: expression.source });
}

/** A service's name. */
export const serviceName = z
  .string()
  .superRefine((value, context) => {
    if (isReservedName(value)) {
      const expected = "another name: JavaScript gives this one to every object";
      refuse(context, { code: "reserved-name", expected });
    } else if (!SERVICE_NAME.test(value)) {
      const expected = "letters, digits, dots, dashes, underscores and slashes";
      refuse(context, { code: "invalid-name", expected });
    }
  })
  .meta({ pattern: SERVICE_NAME.source, description: "A service of the list." });

/** The name of a GitHub repository without its owner, or an empty text. */
export const githubName = text(
  {
    code: "invalid-github",
    expected: `a repository's name without its owner: at most ${MAX_GITHUB_NAME} letters, digits, ".", "_" and "-", no leading dot, no ".git" at its end`,
  },
  // Kayron takes an empty text for an absent one; a rule finds those that must be there.
  (value) => value === "" || isGithubName(value),
  {
    description: "GitHub repository. Its owner comes from the stack config.",
    examples: ["inventory"],
  },
);

/** The name of an organization or a user of GitHub. */
export const githubOwner = pattern(
  {
    code: "invalid-github",
    expected: `an organization's or user's name, without an address: at most ${MAX_GITHUB_OWNER} letters, digits and single dashes`,
  },
  GITHUB_OWNER,
  { description: "Organization or user.", examples: ["acme"] },
);

/** An AWS account's number, as a text. */
export const account = pattern(
  {
    code: "invalid-account",
    expected: `an AWS account's 12 digits in quotes, such as "012345678901"`,
  },
  AWS_ACCOUNT,
  { description: "AWS account, 12 digits in quotes.", examples: ["111111111111"] },
);

/** An AWS region. */
export const region = z
  .string()
  .superRefine((value, context) => {
    if (isRegion(value)) return;
    refuse(context, { code: "invalid-region", expected: expectedRegion(value) });
  })
  .meta({
    pattern: "^[a-z]+(?:-[a-z]+)+-\\d$",
    description: "AWS region.",
    examples: ["eu-west-1"],
  });

/** Returns what a message says of a text that isn't a region. */
export function expectedRegion(found: string): string {
  const near = suggestion(found, AWS_REGIONS);
  return `an AWS region, ${near.startsWith("did") ? near : "such as eu-west-1"}`;
}

/** A digest, `sha256:` and 64 hex digits. */
export const digest = text(
  { code: "invalid-digest", expected: `"sha256:" and 64 hex digits in lower case` },
  isDigest,
  {
    pattern: "^sha256:[0-9a-f]{64}$",
    description: "Digest of the exact bytes: sha256: and 64 hex digits.",
  },
);

/** A semver range, kept as a text: semver itself keeps the ranges that it has parsed. */
export const range = text(
  (value) => ({ code: "invalid-range", expected: expectedRange(value) }),
  isRange,
  { description: "Semver range.", examples: ["^1.2"] },
);

const EMPTY = { code: "empty-value", expected: "a text that isn't empty" } as const;

/** A text with at least one visible character. */
export const nonEmpty = (description: string): z.ZodString =>
  text(EMPTY, (value) => value.trim() !== "", { description, pattern: "\\S" });

const ASSET_NAME = /^[^\s/\\.](?:[^\s/\\]*[^\s/\\.])?$/;

/** A file of a GitHub release, by a name that GitHub leaves as it is. */
export const assetName = text(
  (value) =>
    value.trim() === ""
      ? EMPTY
      : {
          code: "invalid-value",
          expected:
            "a file's name as GitHub keeps it: no folder, no space, no period in front or at its end",
        },
  (value) => ASSET_NAME.test(value),
  { description: "A file's name.", pattern: ASSET_NAME.source },
);

/** A length of time: a whole number and a unit, `s`, `m`, `h` or `d`. */
export const duration = pattern(
  { code: "invalid-duration", expected: `a whole number and s, m, h or d, such as "24h"` },
  /^\d+[smhd]$/,
  { description: "A whole number and s, m, h or d.", examples: ["24h"] },
);

/** A date, or a time with its zone. */
export const day = text(
  {
    code: "invalid-date",
    expected: "a date, such as 2026-12-19, or a time with its zone, such as 2026-12-19T17:00:00Z",
  },
  (value) =>
    /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/.test(value) &&
    !Number.isNaN(Date.parse(value)) &&
    new Date(`${value.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(value.slice(0, 10)),
  {
    description: "A date, which starts at midnight UTC, or a time with its zone.",
    examples: ["2026-12-19", "2026-12-19T17:00:00Z"],
  },
);

/** A map by service name; names that JavaScript gives to every object are findings. */
export function byName<Value extends z.ZodType>(value: Value) {
  return z
    .record(serviceName, value)
    .transform((record): ReadonlyMap<string, z.output<Value>> => new Map(Object.entries(record)));
}
