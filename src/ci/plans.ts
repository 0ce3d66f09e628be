import * as fs from "node:fs";
import * as path from "node:path";
import {
  byEnvironment,
  changedStacks,
  reportChanges,
  type ChangeReport,
} from "../app/change-report";
import type { EnvironmentReader } from "../app/environments";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import { isError } from "../core/error";
import { formatIssue } from "../core/input/issue";
import { changeMarkdown } from "../format/change-report";
import { block } from "../format/markdown";

/** The name of the text about a change that can't be declared, which belongs to no environment. */
export const FINDINGS = "findings";

/**
 * Writes the report of a change into a folder, as texts of comments: `<environment>.md` for each
 * environment, and `findings.md`. A text that isn't needed is empty. Returns the stacks that change.
 * @param since the commit that the change starts from
 */
export async function writePlans(
  world: World,
  folder: string,
  reader: EnvironmentReader,
  since: string,
  report: Reporter,
): Promise<string[]> {
  fs.mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => {
    fs.writeFileSync(path.join(folder, `${name}.md`), text === "" ? "" : `${text}\n`);
  };
  const changes = await changesOrFindings(world, reader, since, report);
  write(FINDINGS, typeof changes === "string" ? changes : "");
  for (const name of reader.environments.keys()) write(name, "");
  if (typeof changes === "string") return [];
  for (const [name, own] of byEnvironment(changes)) {
    write(name, changedStacks(own).length === 0 ? "" : changeMarkdown(own));
  }
  return changedStacks(changes);
}

/** Returns the report of a change; in Markdown the findings where it can't be declared. */
async function changesOrFindings(
  world: World,
  reader: EnvironmentReader,
  since: string,
  report: Reporter,
): Promise<ChangeReport | string> {
  try {
    return await reportChanges(world, reader, since, [], report);
  } catch (cause) {
    if (!isError(cause, "findings")) throw cause;
    const issues = cause.issues.map(formatIssue).join("\n");
    return ["This change can't be declared:", "", ...block("text", issues)].join("\n");
  }
}
