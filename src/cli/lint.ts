import type { Command } from "commander";
import { lint } from "../app/lint";
import { lintService } from "../app/publish/service-lint";
import { usageError } from "../core/error";
import { formatIssue, hasErrors, type Issue } from "../core/input/issue";
import { count } from "../format/text";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { serviceFolder } from "./service-folder";
import { EXIT } from "./io";

/** `lint`: exits with 1 when there is an error. */
export function addLint(program: Command, context: Context): void {
  const command = program.command("lint");
  command.description("check the list, environments.yaml and every stack config");
  onRepository(command)
    .option("--kayron", "warn of what Kayron takes, instead of refusing it")
    .option(
      "--service <dir>",
      "instead, compare what a service's repository publishes with the list",
    )
    .option("--json", "print the result as JSON");
  withExample(command, "releases lint", "releases lint --service ../orders");
  command.action((options: LintOptions) => {
    const { io } = context;
    if (options.service !== undefined) {
      return lintOfService(context, options.service, options);
    }
    const { definitions, stacks, issues } = lint(
      context.world(options),
      options.kayron && "kayron",
    );
    if (options.json) context.printJson({ definitions, issues });
    else {
      for (const issue of issues) io.err(formatIssue(issue));
      const checked = `${count(definitions, "definition")}, ${count(stacks, "stack config")}`;
      io.out(`${checked}: ${found(issues)}`);
    }
    context.code = hasErrors(issues) ? EXIT.findings : EXIT.fine;
  });
}

interface LintOptions extends RepositoryOptions {
  readonly json?: true;
  readonly kayron?: true;
  readonly service?: string;
}

function lintOfService(context: Context, dir: string, options: LintOptions): void {
  if (options.kayron)
    throw usageError("--kayron is for the list, and --service for another repository");
  const { io } = context;
  const world = context.world(options);
  const { services, issues } = lintService(world, serviceFolder(context, dir, world.folder));
  if (options.json) context.printJson({ services, issues });
  else {
    for (const issue of issues) io.err(formatIssue(issue));
    io.out(`${count(services, "service")}: ${found(issues)}`);
  }
  context.code = hasErrors(issues) ? EXIT.findings : EXIT.fine;
}

function found(issues: readonly Issue[]): string {
  const errors = issues.filter(({ severity }) => severity === "error").length;
  return `${count(errors, "error")}, ${count(issues.length - errors, "warning")}`;
}
