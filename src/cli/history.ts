import type { Command } from "commander";
import type { HistoryEntry } from "../adapters/git/history";
import { history } from "../app/history";
import { formatIssue } from "../core/input/issue";
import { table } from "../format/table";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

interface HistoryOptions extends RepositoryOptions {
  readonly stack?: string;
  readonly json?: true;
}

/** `history`: from git, unlimited. Exits with 1 when a stack config can't be read. */
export function addHistory(program: Command, context: Context): void {
  const command = program.command("history");
  command
    .description("show what ran where, when and by whom, newest first")
    .argument("[service]", "only one service")
    .option("--stack <stack>", "only one environment or stack")
    .option("--json", "print the result as JSON");
  onRepository(command);
  withExample(command, "releases history inventory --stack production");
  command.action((service: string | undefined, options: HistoryOptions) => {
    const request = { service, stack: options.stack };
    const { entries, unreadable } = history(context.world(options), request, context.report);
    if (options.json) context.printJson(entries.map(toJson));
    else context.io.out(entries.length === 0 ? "No service ran yet." : historyTable(entries));
    for (const issue of unreadable) context.io.err(formatIssue(issue));
    if (unreadable.length > 0) context.code = EXIT.findings;
  });
}

function toJson({ at, environment, stack, service, from, to, ...entry }: HistoryEntry) {
  const { commit, author } = entry;
  return {
    at: at.toISOString(),
    environment,
    stack,
    service,
    from: from?.version.text ?? null,
    to: to?.version.text ?? null,
    fromDigest: from?.digest ?? null,
    toDigest: to?.digest ?? null,
    commit,
    author,
    pullRequest: entry.pullRequest ?? null,
    reason: entry.reason ?? null,
  };
}

/** A stack has a column where one has another name than its environment. */
function historyTable(entries: readonly HistoryEntry[]): string {
  const hasStacks = entries.some(({ environment, stack }) => stack !== environment);
  const rows = entries.map(({ at, environment, stack, service, from, to, ...entry }) => [
    `${at.toISOString().slice(0, 16)}Z`,
    environment,
    ...(hasStacks ? [stack] : []),
    service,
    from?.version.text ?? "",
    to?.version.text ?? "(removed)",
    entry.author,
    entry.pullRequest === undefined ? "" : `#${entry.pullRequest}`,
    entry.commit.slice(0, 12),
    entry.reason ?? "",
  ]);
  const place = ["ENVIRONMENT", ...(hasStacks ? ["STACK"] : [])];
  const head = ["AT", ...place, "SERVICE", "FROM", "TO", "BY", "PR", "COMMIT", "REASON"];
  return table(head, rows);
}
