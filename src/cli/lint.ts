import type { Command } from "commander";
import { lint } from "../app/lint";
import { formatIssue, hasErrors } from "../core/input/issue";
import { count } from "../format/text";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

/** `lint`: exits with 1 when there is an error. */
export function addLint(program: Command, context: Context): void {
  const command = program.command("lint");
  command.description("check the list, environments.yaml and every stack config");
  onRepository(command)
    .option("--kayron", "warn of what Kayron takes, instead of refusing it")
    .option("--json", "print the result as JSON");
  withExample(command, "releases lint");
  command.action((options: RepositoryOptions & { json?: true; kayron?: true }) => {
    const { io } = context;
    const { definitions, stacks, issues } = lint(
      context.world(options),
      options.kayron && "kayron",
    );
    if (options.json) context.printJson({ definitions, issues });
    else {
      for (const issue of issues) io.err(formatIssue(issue));
      const errors = issues.filter(({ severity }) => severity === "error").length;
      const found = `${count(errors, "error")}, ${count(issues.length - errors, "warning")}`;
      io.out(`${count(definitions, "definition")}, ${count(stacks, "stack config")}: ${found}`);
    }
    context.code = hasErrors(issues) ? EXIT.findings : EXIT.fine;
  });
}
