import type { Command } from "commander";
import { diff } from "../app/diff";
import type { EnvironmentState } from "../app/environment-state";
import { printable } from "../core/printable";
import { moveTable, valueTable } from "../format/table";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

/** `diff`: exits with 1 when a promotion would move something. */
export function addDiff(program: Command, context: Context): void {
  const command = program.command("diff");
  command
    .description("show what a promotion would move")
    .argument("<from>", "environment or stack")
    .argument("<to>", "environment or stack")
    .option("--json", "print the result as JSON");
  onRepository(command);
  withExample(command, "releases diff staging production");
  command.action((from: string, to: string, options: RepositoryOptions & { json?: true }) => {
    const found = diff(context.world(options), from, to, context.report);
    const { moves, values } = found;
    if (options.json) {
      context.printJson({ from: endOf(found.from), to: endOf(found.to), moves, values });
    } else {
      context.io.out(`${printable(`${formatEnd(found.from)} -> ${formatEnd(found.to)}`)}\n`);
      context.io.out(moves.length === 0 ? "Nothing would move." : moveTable(moves));
      if (values.length > 0) context.io.out(`\n${valueTable(values)}`);
    }
    context.code = moves.length === 0 ? EXIT.fine : EXIT.findings;
  });
}

function endOf({ environment: { name }, ref }: EnvironmentState) {
  return { environment: name, ref: ref?.ref.fullName ?? null, commit: ref?.commit ?? null };
}

function formatEnd({ environment: { name }, ref }: EnvironmentState): string {
  if (ref === undefined) return `${name} (working tree)`;
  return `${name} (${ref.ref.name} at ${ref.commit.slice(0, 12)})`;
}
