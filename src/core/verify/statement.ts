import { utf8 } from "./der";

/** What an attestation says, as in-toto has it: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export interface Statement {
  readonly predicateType: string;
  /** As it is: its type says what it means. */
  readonly predicate: unknown;
  /** At least one. */
  readonly subjects: readonly Subject[];
}

/** One thing that a statement is about. */
export interface Subject {
  /** As the signer called it. It proves nothing: a subject is found by its digest alone. */
  readonly name?: string;
  /** By algorithm, in hexadecimal digits. */
  readonly digest: Readonly<Record<string, string>>;
}

/** The type of a payload that is a statement. */
export const IN_TOTO_PAYLOAD = "application/vnd.in-toto+json";

const STATEMENTS = ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"];

/**
 * Returns the statement that a signed payload is. Entries of its subject that are null are left out; a payload
 * of another type or without a subject is a problem.
 */
export function parseStatement(
  payloadType: string,
  payload: Uint8Array,
): Statement | { readonly problem: string } {
  if (payloadType !== IN_TOTO_PAYLOAD) {
    return { problem: `its payload is "${payloadType}", not a statement (${IN_TOTO_PAYLOAD})` };
  }
  const statement = objectOf(parseJson(payload));
  if (statement === undefined) return { problem: "its statement isn't a JSON object" };
  const { _type: type, predicateType, predicate, subject } = statement;
  if (typeof type !== "string" || !STATEMENTS.includes(type)) {
    return { problem: `its statement isn't of a known type (${STATEMENTS.join(", ")})` };
  }
  if (typeof predicateType !== "string" || predicateType === "") {
    return { problem: "its statement has no predicate type" };
  }
  const subjects = subjectsOf(subject);
  if (subjects === undefined) return { problem: "its statement has a subject that can't be read" };
  if (subjects.length === 0) return { problem: "its statement is about nothing" };
  return { predicateType, predicate, subjects };
}

/**
 * Returns the problem of a statement that isn't about the bytes with a digest; undefined where it is.
 * @param digest whole, with its algorithm: `sha256:0123...`
 * @param others of the same bytes, by other algorithms
 */
export function checkSubject(
  { subjects }: Statement,
  digest: string,
  ...others: readonly string[]
): string | undefined {
  const known = [digest, ...others];
  const isNamed = subjects.some((subject) =>
    Object.entries(subject.digest).some(([algorithm, hex]) =>
      known.includes(`${algorithm}:${hex}`),
    ),
  );
  if (isNamed) return undefined;
  const [first] = subjects;
  const other = first?.digest["sha256"];
  const about = other === undefined ? "things without a sha256 digest" : `sha256:${other}`;
  const more = subjects.length > 1 ? ` and ${subjects.length - 1} more` : "";
  return `it is about ${about}${more}, not about ${digest}`;
}

/** Returns the problem of a statement without the demanded predicate type; undefined where it has it. */
export function checkPredicate(
  statement: Pick<Statement, "predicateType"> | undefined,
  demanded: string,
): string | undefined {
  if (statement === undefined) return `it is a signature without a statement, not ${demanded}`;
  const { predicateType } = statement;
  return predicateType === demanded ? undefined : `it is ${predicateType}, not ${demanded}`;
}

function subjectsOf(subject: unknown): Subject[] | undefined {
  if (!Array.isArray(subject)) return undefined;
  const given: unknown[] = subject.filter((entry) => entry !== null);
  const subjects = given.map(subjectOf);
  return subjects.every((entry) => entry !== undefined) ? subjects : undefined;
}

function subjectOf(entry: unknown): Subject | undefined {
  const { name, digest } = objectOf(entry) ?? {};
  const digests = Object.entries(objectOf(digest) ?? {});
  const texts = digests.flatMap(([algorithm, value]) =>
    typeof value === "string" ? [[algorithm, value] as const] : [],
  );
  if (objectOf(entry) === undefined || texts.length < digests.length) return undefined;
  return { ...(typeof name === "string" && { name }), digest: Object.fromEntries(texts) };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8(bytes) ?? "");
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}
