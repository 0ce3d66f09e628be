import { Option, type Command } from "commander";
import { status, type StatusResult } from "../app/status";
import { formatIssue } from "../core/input/issue";
import { statusMarkdown, statusText } from "../format/status";
import { statusHtml } from "../format/status-html";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT, type Io } from "./io";

interface StatusOptions extends RepositoryOptions {
  readonly team?: string;
  readonly environment?: string;
  readonly behind?: true;
  readonly blocked?: true;
  readonly format?: "text" | "markdown" | "html";
  readonly json?: true;
}

/** `status`: exits with 1 when a stack config can't be read. */
export function addStatus(program: Command, context: Context): void {
  const command = program.command("status");
  command
    .description("show what runs where, what is behind, and what refuses the next promotion")
    .option("--team <team>", "only services of a team")
    .option("--environment <name>", "only one environment")
    .option("--behind", "only services that are behind somewhere")
    .option("--blocked", "only services whose promotion is refused somewhere")
    .addOption(
      new Option("--format <format>")
        .choices(["text", "markdown", "html"])
        .default("text")
        .conflicts("json"),
    )
    .option("--json", "print the result as JSON");
  onRepository(command);
  withExample(command, "releases status --behind", "releases status --format html > status.html");
  command.action((options: StatusOptions) => {
    const request = {
      team: options.team,
      environment: options.environment,
      behind: options.behind === true,
      blocked: options.blocked === true,
    };
    const result = status(context.world(options), request, context.report);
    if (options.json) context.printJson(result.status);
    else context.io.out(formatted(result, options, context.io));
    for (const issue of result.unreadable) context.io.err(formatIssue(issue));
    context.code = result.unreadable.length > 0 ? EXIT.findings : EXIT.fine;
  });
}

function formatted(
  { status, history, pages, now }: StatusResult,
  options: StatusOptions,
  io: Io,
): string {
  switch (options.format) {
    case "markdown":
      return statusMarkdown(status);
    case "html":
      return statusHtml({ status, history: history(), pages, now });
    default:
      return statusText(status, io.style, io.columns);
  }
}
