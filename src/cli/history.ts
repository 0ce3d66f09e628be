import type { HistoryEntry } from "../adapters/git/history";
import { EXIT, UsageError, type ExitCode, type Io, type Options } from "./command";
import { EnvironmentReader, newestFirst } from "../app/environments";
import { table } from "../format/table";

/** Shows what ran where, when and by whom, newest first: from git, unlimited. */
export function history(args: string[], { path, stack, json }: Options, io: Io): ExitCode {
  const [service, ...rest] = args;
  if (rest.length > 0) throw new UsageError("history takes one service, or none for all");
  const reader = new EnvironmentReader(path, io, (file) => file === "environments.yaml");
  const environments =
    stack === undefined ? reader.environments.values() : [reader.named(stack)].values();
  const entries = newestFirst(reader.history(environments)).filter(
    (entry) => service === undefined || entry.service === service,
  );
  if (service !== undefined && entries.length === 0) {
    const known = reader.current.list.some(({ name }) => name === service);
    if (!known) throw new UsageError(`no service "${service}", today or in the past`);
  }
  if (json) io.out(JSON.stringify(entries.map(toJson), null, 2));
  else io.out(entries.length === 0 ? "Nothing ran yet." : historyTable(entries));
  return EXIT.fine;
}

function toJson({ at, environment, service, from, to, commit, author, ...entry }: HistoryEntry) {
  return {
    at: at.toISOString(),
    environment,
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

function historyTable(entries: readonly HistoryEntry[]): string {
  const rows = entries.map(({ at, environment, service, from, to, commit, author, ...entry }) => [
    `${at.toISOString().slice(0, 16)}Z`,
    environment,
    service,
    from?.version.text ?? "",
    to?.version.text ?? "(removed)",
    author,
    entry.pullRequest === undefined ? "" : `#${entry.pullRequest}`,
    commit.slice(0, 12),
    entry.reason ?? "",
  ]);
  const head = ["AT", "ENVIRONMENT", "SERVICE", "FROM", "TO", "BY", "PR", "COMMIT", "REASON"];
  return table(head, rows);
}
