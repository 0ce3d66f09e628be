import type { Issue } from "./input/issue";

/**
 * Who has to act when something can't be done. `usage`: it was called in a way that it doesn't have.
 * `findings`: what was written has errors. `outside`: git, a registry, AWS, GitHub, Helm or Pulumi failed.
 */
export type ErrorKind = "usage" | "findings" | "outside";

/** Everything that is wrong and no bug. A bug is any other error, and prints its trace. */
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

/** Returns the error of something outside of this program that failed, with what to do about it. */
export function outsideError(message: string): ReleasesError {
  return new ReleasesError("outside", message);
}

/** Returns the error of everything that is wrong with what a user wrote. Nothing was done. */
export function findingsError(issues: readonly Issue[]): ReleasesError {
  const lines = issues.length === 1 ? "1 finding" : `${issues.length} findings`;
  return new ReleasesError("findings", lines, issues);
}

/** Whether an error is of a kind. */
export function isError(cause: unknown, kind?: ErrorKind): cause is ReleasesError {
  return cause instanceof ReleasesError && (kind === undefined || cause.kind === kind);
}
