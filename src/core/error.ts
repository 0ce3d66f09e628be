import type { Issue } from "./input/issue";

/**
 * Who has to act after an error. `usage`: the caller, whose options are wrong. `findings`: the author of
 * files with errors. `outside`: git, a registry, AWS, GitHub, Helm or Pulumi failed.
 */
export type ErrorKind = "usage" | "findings" | "outside";

/** An error that isn't a bug. Every other error is a bug, and prints its trace. */
export class ReleasesError extends Error {
  override readonly name = "ReleasesError";
  readonly kind: ErrorKind;
  /** With kind `findings`: all of them. */
  readonly issues: readonly Issue[];

  constructor(kind: ErrorKind, message: string, issues: readonly Issue[] = []) {
    super(message);
    this.kind = kind;
    this.issues = issues;
  }
}

/** Returns the error of a wrong call. */
export function usageError(message: string): ReleasesError {
  return new ReleasesError("usage", message);
}

/**
 * Returns the error of a system outside of this program. The message ends with the remedy. What it repeats of
 * other programs may have addresses: their credentials are left out.
 */
export function outsideError(message: string): ReleasesError {
  return new ReleasesError("outside", withoutCredentials(message));
}

/**
 * Returns the error of a disk that is full, read-only or somebody else's; undefined for every other cause.
 * @param what what can't be done, `x.yaml can't be written`. Default: the operation that failed
 */
export function diskError(cause: unknown, what?: string): ReleasesError | undefined {
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  const advice = DISK_ADVICE.get(cause.code);
  if (advice === undefined) return undefined;
  const said = what === undefined ? cause.message : `${what}: ${cause.message}`;
  return outsideError(`${said}; ${advice}`);
}

const MAY_WRITE = "check who may write there";

/** What to do, by the codes of failures that are never this program's fault. */
const DISK_ADVICE: ReadonlyMap<unknown, string> = new Map([
  ["ENOSPC", "make room on the disk"],
  ["EDQUOT", "make room in the quota"],
  ["EROFS", "the file system is read-only, so use a copy elsewhere"],
  ["EACCES", MAY_WRITE],
  ["EPERM", MAY_WRITE],
  ["EIO", "check the disk"],
  ["EMFILE", "raise the limit on open files"],
  ["ENFILE", "raise the limit on open files"],
]);

/** An address with what may be secret in it: user and password, and the values of its query. */
const ADDRESS =
  /\b([a-z][a-z0-9+.-]{0,20}:\/\/)(?:[^\s/?#"'<>]*@)?([^\s?#"'<>]*)(\?[^\s#"'<>]*)?/gi;

/** What Node.js says of a header that it doesn't send, with its value: a token, as a rule. */
const HEADER = /"[^]*" is an invalid header value/;

/**
 * Returns a text in which no address has credentials, and no header is repeated:
 * `https://u:p@h/x?token=1` -> `https://h/x?token=...`.
 */
export function withoutCredentials(text: string): string {
  const plain = text.replace(HEADER, "the value of a header is invalid");
  return plain.replaceAll(
    ADDRESS,
    (_whole, scheme: string, rest: string, query = "") =>
      scheme + rest + String(query).replaceAll(/=[^&]*/g, "=..."),
  );
}

/** Returns the error of findings in the user's files. The command has changed nothing. */
export function findingsError(issues: readonly Issue[]): ReleasesError {
  const lines = issues.length === 1 ? "1 finding" : `${issues.length} findings`;
  return new ReleasesError("findings", lines, issues);
}

/** Whether an error is of a kind. */
export function isError(cause: unknown, kind?: ErrorKind): cause is ReleasesError {
  return cause instanceof ReleasesError && (kind === undefined || cause.kind === kind);
}
