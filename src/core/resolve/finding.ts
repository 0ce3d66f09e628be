/** Why a service stays as it is. */
export type ResolveCode =
  /** No version of the range was published. */
  | "no-version"
  /** The version, or the branch's head, has no image in the stack's registry. */
  | "no-image"
  /** The bucket of the stack doesn't have the template of the version, or of the branch's head. */
  | "no-template"
  /** The release lacks files that the definition names. */
  | "no-files"
  /** Nobody knows which of several versions is the higher one. */
  | "no-order"
  /** What runs is above the range, and nothing goes down by itself. */
  | "above-range"
  /** The version isn't old enough. */
  | "too-young"
  /** Nobody knows how old the version is. */
  | "unknown-age"
  /** There is no such branch, or it was deleted. */
  | "no-branch"
  /** There is no such repository, or the token may not see it. */
  | "no-repository"
  /** Other pull requests that were pushed later have all places. */
  | "too-many"
  /** The branch of a pull request has a name that no stack config takes. */
  | "unwritable-branch"
  /** A gate refuses the version. */
  | "refused";

/** What stops a service from moving. The others move all the same. */
export interface ResolveFinding {
  readonly stack: string;
  readonly service: string;
  readonly code: ResolveCode;
  /** Whether it passes by itself, as an image does that is being built. */
  readonly isPending: boolean;
  /** What is wrong, and what to do. */
  readonly message: string;
}

/** A finding before it is known of which service of which stack it is. */
export type Found = Omit<ResolveFinding, "stack" | "service">;

/** Returns a finding that somebody has to act on. */
export function found(code: ResolveCode, message: string): Found {
  return { code, isPending: false, message };
}

/** Returns a finding that passes by itself. */
export function pending(code: ResolveCode, message: string): Found {
  return { code, isPending: true, message };
}
