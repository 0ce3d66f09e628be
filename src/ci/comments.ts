import * as fs from "node:fs";
import * as path from "node:path";
import type { Head } from "../adapters/github/pull-requests";
import type { GithubRepositoryApi } from "../adapters/github/repository";
import { MAX_COMMENT } from "../format/change-report";

/** Characters for the mark and the note around a text. */
const AROUND = 256;

/**
 * Leaves the texts of a folder as comments on the pull request of a run: one for each name, which later
 * runs update. An empty text leaves no comment, and replaces one that is there. Returns what was done, a
 * line each.
 * @param known the names that count; the folder comes from a run that anybody may have started
 */
export async function leaveComments(
  folder: string,
  known: readonly string[],
  head: Head,
  github: GithubRepositoryApi,
): Promise<string[]> {
  const number = await github.pullRequestOf(head);
  if (number === undefined) {
    return [`${head.owner}:${head.branch} at ${head.commit} has no open pull request any more`];
  }
  const lines: string[] = [];
  for (const name of known) {
    const file = path.join(folder, `${name}.md`);
    if (!fs.existsSync(file)) continue;
    const text = fs.readFileSync(file, "utf8").slice(0, MAX_COMMENT - AROUND);
    const done = await github.comment(number, `plan ${name}`, text);
    lines.push(`#${number} ${name}: ${done}`);
  }
  return lines;
}
