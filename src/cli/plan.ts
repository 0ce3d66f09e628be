import { count, EXIT, UsageError, type ExitCode, type Io, type Options } from "./command";
import { EnvironmentReader } from "../app/environments";
import { planStacks, type PlannedStack } from "../app/plan-stacks";
import { openRepository } from "../app/open";
import { changesSince } from "../app/change-report";
import { sinceMarkdown, sinceText } from "../format/change-report";
import { shortDigest, table } from "../format/table";

/**
 * Shows what stacks would be made of, or with `since` what a change does to them. Names are stacks' or
 * environments'; without any it is all stacks.
 */
export async function plan(names: readonly string[], options: Options, io: Io): Promise<ExitCode> {
  if (options.since !== undefined) return planSince(names, options, io);
  if (options.format !== undefined) {
    throw new UsageError("--format is for what a change does; say since when with --since REF");
  }
  const repository = openRepository(options.path);
  const stacks = await planStacks(repository, names, io);
  if (options.json) io.out(JSON.stringify({ stacks: Object.fromEntries(stacks) }, null, 2));
  else io.out([...stacks].map(([name, stack]) => formatStack(name, stack)).join("\n\n"));
  return EXIT.fine;
}

/**
 * Shows what the working tree does to stacks that a commit didn't: the services that move, the resources
 * that change, what gates refuse, and the manifests where there is Helm. Returns 1 when a gate refuses.
 */
async function planSince(
  names: readonly string[],
  { path, json, format = "text", since = "" }: Options,
  io: Io,
): Promise<ExitCode> {
  const changes = await changesSince(new EnvironmentReader(path, io), since, names, io);
  if (json) io.out(JSON.stringify(changes, null, 2));
  else if (format === "markdown") io.out(sinceMarkdown(changes));
  else if (format === "text") io.out(sinceText(changes));
  else throw new UsageError(`no format "${format}"; there are text and markdown`);
  const refused = Object.values(changes.stacks).some(({ refused }) => refused.length > 0);
  return refused ? EXIT.findings : EXIT.fine;
}

/** Returns a stack as people read it: its services, and its resources by kind. */
export function formatStack(name: string, { services, resources }: PlannedStack): string {
  const rows = services.map(({ name, version, digest, chart, chartVersion, held }) => [
    name,
    shortVersion(version),
    shortDigest(digest),
    chart === null ? "" : `${chart} ${chartVersion ?? ""}`,
    held ? "held" : "",
  ]);
  const kinds = new Map<string, number>();
  for (const { type } of resources) kinds.set(type, (kinds.get(type) ?? 0) + 1);
  const counts = [...kinds].sort().map(([type, number]) => [String(number), type]);
  return [
    `${name}: ${count(services.length, "service")}, ${count(resources.length, "resource")}`,
    "",
    table(["SERVICE", "VERSION", "DIGEST", "CHART", ""], rows),
    "",
    table(["", "RESOURCES BY KIND"], counts),
  ].join("\n");
}

/** A whole commit says no more to a reader than its first twelve digits. */
function shortVersion(version: string): string {
  return /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 12) : version;
}
