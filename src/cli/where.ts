import type { Command } from "commander";
import { where, type Place, type WhereResult } from "../app/where";
import { formatIssue } from "../core/input/issue";
import { shortDigest, shortVersion, table } from "../format/table";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

interface WhereOptions extends RepositoryOptions {
  readonly service?: string;
  readonly json?: true;
}

/** `where`: exits with 1 where it neither runs nor ran, and when a stack config can't be read. */
export function addWhere(program: Command, context: Context): void {
  const command = program.command("where");
  command
    .description("show which stacks run a digest, a version or a commit, or ran it, and when")
    .argument("<what>", "sha256:... or its first 12 digits, [SERVICE@]v1.2.3, or a commit")
    .option("--service <service>", "only one service")
    .option("--json", "print the result as JSON");
  onRepository(command);
  withExample(command, "releases where sha256:0123456789ab", "releases where inventory@v1.1.2");
  command.action((what: string, options: WhereOptions) => {
    const request = { what, service: options.service };
    const result = where(context.world(options), request, context.report);
    const { places, unreadable } = result;
    if (options.json) context.printJson(places);
    else if (places.length > 0) context.io.out(placeTable(places));
    if (places.length === 0) context.io.err(nowhere(what, result));
    for (const issue of unreadable) context.io.err(formatIssue(issue));
    if (places.length === 0 || unreadable.length > 0) context.code = EXIT.findings;
  });
}

function placeTable(places: readonly Place[]): string {
  const head = ["SERVICE", "ENVIRONMENT", "STACK", "VERSION", "DIGEST", "FROM", "UNTIL"];
  const minute = (at: Date | null): string =>
    at === null ? "" : `${at.toISOString().slice(0, 16)}Z`;
  const rows = places.map(({ service, environment, stack, version, digest, ...place }) => [
    service ?? "(all)",
    environment,
    stack,
    shortVersion(version ?? ""),
    shortDigest(digest),
    minute(place.from),
    place.until === null ? "runs now" : minute(place.until),
    place.commit.slice(0, 12),
    place.file,
  ]);
  return table([...head, "COMMIT", "FILE"], rows);
}

function nowhere(what: string, { searched }: WhereResult): string {
  const { environments, runs } = searched;
  const isDigest = /[0-9a-f]{12}$/i.test(what);
  // What scanners find is one platform's image, and what is pinned is its index.
  const index = isDigest ? "; of an image for several platforms give its index's digest" : "";
  return `${what} neither runs nor ran in ${environments.join(", ")}; ${runs} pins and charts of their history were searched${index}`;
}
