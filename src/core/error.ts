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

/** Returns the error of a system outside of this program. The message ends with the remedy. */
export function outsideError(message: string): ReleasesError {
  return new ReleasesError("outside", message);
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
