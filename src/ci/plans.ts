import * as fs from "node:fs";
import * as path from "node:path";
import {
  byEnvironment,
  changedStacks,
  reportChanges,
  type ChangeReport,
} from "../app/report/change-report";
import type { EnvironmentReader } from "../app/environments";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import { isError } from "../core/error";
import { formatIssue, type Issue } from "../core/input/issue";
import { changeMarkdown, MAX_COMMENT } from "../format/change-report";
import { block, code } from "../format/markdown";
import { count } from "../format/text";
import { FINDINGS_FILE, planFile } from "./plan-files";

/** Characters that are kept for what stands around the findings. */
const AROUND = 2048;
/** As much of a bad name as people need to find it. */
const MAX_NAME = 100;

/**
 * Writes the report of a change into a folder, as texts of comments: `plan-<environment>.md` for each
 * environment, and `findings.md` for what can't be declared. A text that isn't needed is empty. Returns the
 * stacks that change.
 * @param since the commit that the change starts from
 */
export async function writePlans(
  world: World,
  folder: string,
  reader: EnvironmentReader,
  since: string,
  report: Reporter,
): Promise<string[]> {
  const changes = await changesOrFindings(world, reader, since, report);
  const findings = typeof changes === "string" ? [changes] : [];
  fs.mkdirSync(folder, { recursive: true });
  const write = (file: string, text: string): void => {
    fs.writeFileSync(path.join(folder, file), text === "" ? "" : `${text}\n`);
  };
  for (const [name, text] of textsOf(reader, changes)) {
    const file = planFile(name);
    if (file !== undefined) write(file, text);
    else
      findings.push(`The environment ${code(name.slice(0, MAX_NAME))} isn't planned: rename it.`);
  }
  write(FINDINGS_FILE, findings.join("\n\n").slice(0, MAX_COMMENT));
  return typeof changes === "string" ? [] : changedStacks(changes);
}

/** Returns the text of each environment that there is, or was before the change. */
function textsOf(reader: EnvironmentReader, changes: ChangeReport | string): Map<string, string> {
  const texts = new Map([...reader.environments.keys()].map((name) => [name, ""]));
  if (typeof changes === "string") return texts;
  for (const name of reader.at(changes.since).environments?.keys() ?? []) {
    if (!texts.has(name)) texts.set(name, `This change removes the environment ${code(name)}.`);
  }
  for (const [name, own] of byEnvironment(changes)) {
    if (changedStacks(own).length > 0) texts.set(name, changeMarkdown(own));
  }
  return texts;
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
    return findingsText(cause.issues);
  }
}

/** Returns the findings in Markdown, as many of them as a comment takes. */
function findingsText(issues: readonly Issue[]): string {
  const lines = issues.map(formatIssue);
  let size = 0;
  const shown = lines.filter((line) => (size += line.length + 1) <= MAX_COMMENT - AROUND);
  const left = lines.length - shown.length;
  const more =
    left === 0 ? [] : ["", `${count(left, "finding")} more: \`releases lint\` shows them`];
  return ["This change can't be declared:", "", ...block("text", shown.join("\n")), ...more].join(
    "\n",
  );
}
