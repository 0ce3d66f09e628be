import { formatIssue, hasErrors } from "../core/input/issue";
import { checkRepository } from "../core/repository";
import { count, EXIT, UsageError, type ExitCode, type Io, type Options } from "./command";
import { openRepository } from "../app/open";

/** Checks the list, environments.yaml and every stack config. Returns 1 when there is an error. */
export function lint(args: string[], { path, json }: Options, io: Io): ExitCode {
  if (args.length > 0) throw new UsageError(`lint takes no arguments, got "${args.join(" ")}"`);
  const repository = openRepository(path);
  const issues = checkRepository(repository);
  const { definitions, stacks } = repository;
  if (json) {
    io.out(JSON.stringify({ definitions, issues }, null, 2));
  } else {
    for (const issue of issues) io.err(formatIssue(issue));
    const errors = issues.filter(({ severity }) => severity === "error").length;
    const found = [count(errors, "error"), count(issues.length - errors, "warning")].join(", ");
    io.out(`${count(definitions, "definition")}, ${count(stacks.size, "stack config")}: ${found}`);
  }
  return hasErrors(issues) ? EXIT.findings : EXIT.fine;
}
