import { compareText } from "../compare-text";
import { printable } from "../printable";
import type { IssueCode } from "./issue-codes";

/** Errors fail a command; warnings don't. */
export type Severity = "error" | "warning";

/** A position in a text file. Both numbers count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One finding in a user's file: its position, a stable code, and a message that ends with the remedy. */
export interface Issue extends Position {
  readonly code: IssueCode;
  readonly severity: Severity;
  /** Path relative to the repository, with forward slashes. */
  readonly file: string;
  readonly message: string;
}

/** Returns an error at a position; by default at the start of the file. */
export function error(
  code: IssueCode,
  file: string,
  message: string,
  position: Position = { line: 1, column: 1 },
): Issue {
  return { code, severity: "error", file, line: position.line, column: position.column, message };
}

/** Returns a warning: worth a look, but not a reason to fail. */
export function warning(
  code: IssueCode,
  file: string,
  message: string,
  position?: Position,
): Issue {
  return { ...error(code, file, message, position), severity: "warning" };
}

/** Returns `file:line:column code message`, the form that editors and terminals make clickable. */
export function formatIssue(issue: Issue): string {
  const severity = issue.severity === "warning" ? "warning: " : "";
  // Messages quote the text of users, which must not end the line or command the terminal.
  return printable(
    `${issue.file}:${issue.line}:${issue.column} ${issue.code} ${severity}${issue.message}`,
  );
}

/** Returns the issues in reading order: by file, line, column, then code. */
export function sortIssues(issues: readonly Issue[]): Issue[] {
  return [...issues].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.code, b.code) ||
      compareText(a.message, b.message),
  );
}

/** Whether an issue is an error. */
export function isError({ severity }: Issue): boolean {
  return severity === "error";
}

/** Whether one of the issues is an error. */
export function hasErrors(issues: readonly Issue[]): boolean {
  return issues.some(isError);
}
