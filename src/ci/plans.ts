import * as fs from "node:fs";
import * as path from "node:path";
import { FindingsError, type Io } from "../cli/command";
import type { EnvironmentReader } from "../app/environments";
import { block } from "../format/markdown";
import { byEnvironment, changesSince, type Changes } from "../app/change-report";
import { sinceMarkdown } from "../format/change-report";
import { formatIssue } from "../core/input/issue";

/** The text about what can't be declared, which is no environment's. */
export const FINDINGS = "findings";

/**
 * Writes what a change does, as texts of comments, into a folder: `<environment>.md` for each environment,
 * and `findings.md`. One that has nothing to say is empty. Returns the stacks of which something changes.
 * @param since the commit that the change starts from
 */
export async function writePlans(
  folder: string,
  reader: EnvironmentReader,
  since: string,
  io: Io,
): Promise<string[]> {
  fs.mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => {
    fs.writeFileSync(path.join(folder, `${name}.md`), text === "" ? "" : `${text}\n`);
  };
  const { changes, findings } = await changesOf(reader, since, io);
  write(FINDINGS, findings);
  for (const name of reader.environments.keys()) write(name, "");
  for (const [name, stacks] of byEnvironment(changes)) {
    write(name, touched(stacks).length === 0 ? "" : sinceMarkdown(stacks));
  }
  return touched(changes);
}

async function changesOf(
  reader: EnvironmentReader,
  since: string,
  io: Io,
): Promise<{ changes: Changes; findings: string }> {
  try {
    return { changes: await changesSince(reader, since, [], io), findings: "" };
  } catch (cause) {
    if (!(cause instanceof FindingsError)) throw cause;
    const issues = cause.issues.map(formatIssue).join("\n");
    const findings = ["This can't be declared:", "", ...block("text", issues)].join("\n");
    return { changes: { since, fingerprint: "", breakGlass: null, stacks: {} }, findings };
  }
}

function touched({ stacks }: Changes): string[] {
  return Object.entries(stacks)
    .filter(([, { moves, changes }]) => moves.length > 0 || changes.length > 0)
    .map(([stack]) => stack);
}
