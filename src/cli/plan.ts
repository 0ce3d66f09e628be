import { Option, type Command } from "commander";
import { reportChanges } from "../app/report/change-report";
import { EnvironmentReader } from "../app/environments";
import { openRepository } from "../app/open";
import { planStacks } from "../app/plan-stacks";
import { usageError } from "../core/error";
import { changeMarkdown, changeText } from "../format/change-report";
import { formatStack } from "../format/plan";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

interface PlanOptions extends RepositoryOptions {
  readonly since?: string;
  readonly format?: "text" | "markdown";
  readonly json?: true;
}

/** `plan`: what stacks would be made of, or with `--since` what a change does to them. */
export function addPlan(program: Command, context: Context): void {
  const command = program.command("plan");
  command
    .description("evaluate stacks without account, cluster or token; all of them without a name")
    .argument("[stack...]", "stacks or environments")
    .option("--since <ref>", "only what the working tree changes since a commit")
    .addOption(
      new Option("--format <format>", "with --since")
        .choices(["text", "markdown"])
        .conflicts("json"),
    )
    .option("--json", "print the result as JSON");
  onRepository(command);
  withExample(command, "releases plan testing", "releases plan --since main");
  command.action(async (names: string[], options: PlanOptions) => {
    if (options.since !== undefined) return planSince(context, names, options.since, options);
    if (options.format !== undefined) throw usageError("--format needs --since");
    const world = context.world(options);
    const stacks = await planStacks(world, openRepository(world), names, context.report);
    if (options.json) context.printJson({ stacks: Object.fromEntries(stacks) });
    else {
      context.io.out([...stacks].map(([name, stack]) => formatStack(name, stack)).join("\n\n"));
    }
  });
}

/** Exits with 1 when a gate refuses, or Helm. */
async function planSince(
  context: Context,
  names: readonly string[],
  since: string,
  options: PlanOptions,
): Promise<void> {
  const world = context.world(options);
  const reader = new EnvironmentReader(world, context.report);
  const report = await reportChanges(world, reader, since, names, context.report);
  if (options.json) context.printJson(report);
  else context.io.out(options.format === "markdown" ? changeMarkdown(report) : changeText(report));
  const isRefused = Object.values(report.stacks).some(
    ({ refused, manifests }) => refused.length > 0 || manifests.some(({ isRefused }) => isRefused),
  );
  context.code = isRefused ? EXIT.findings : EXIT.fine;
}
