import type { Issue } from "../core/input/issue";

/** What a command's run means to the shell. */
export const EXIT = { fine: 0, findings: 1, usage: 2, outside: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where a command writes: its result to stdout, findings to stderr. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** On a terminal: replaces the last line by a text that the next one replaces; "" takes it away. */
  readonly progress?: (text: string) => void;
}

/** What every command gets. Those that are a command's own are undefined for the others. */
export interface Options {
  /** The repository to work on: its list, environments.yaml and stack configs. */
  readonly path: string;
  readonly json: boolean;
  /** The stack that an edit is about. */
  readonly stack?: string | undefined;
  readonly reason?: string | undefined;
  readonly until?: string | undefined;
  /** Where a promotion comes from. */
  readonly from?: string | undefined;
  /** Where a promotion goes to; the version that a rollback goes to. */
  readonly to?: string | undefined;
  readonly all?: boolean | undefined;
  readonly team?: string | undefined;
  /** Ask neither registries nor GitHub. */
  readonly offline?: boolean | undefined;
  /** Why neither a freeze nor soaking counts this time. */
  readonly breakGlass?: string | undefined;
  /** The commit that `plan` holds the working tree against. */
  readonly since?: string | undefined;
  /** How `status`, and `plan` since a commit, are written. */
  readonly format?: string | undefined;
  /** Print what would be written, and write nothing. */
  readonly dryRun?: boolean;
}

/** The user called the program in a way it doesn't have. Exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The outside world failed: a folder that isn't there, a network, a registry. Exits with 3. */
export class OutsideError extends Error {
  override readonly name = "OutsideError";
}

/** What a user wrote has errors; nothing was done. Exits with 1. */
export class FindingsError extends Error {
  override readonly name = "FindingsError";
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(`${issues.length} findings`);
    this.issues = issues;
  }
}

/** Returns a number with its noun, in the plural where it needs one. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
