import * as fs from "node:fs";
import * as path from "node:path";
import type { Io } from "../cli/command";
import { MAX_COMMENT } from "../format/change-report";
import type { GithubRepository } from "../adapters/github/repository";

/** Where a workflow's run came from, as GitHub itself says it. */
export interface Head {
  /** Of the branch, which may be a fork's. */
  readonly owner: string;
  readonly branch: string;
  readonly commit: string;
}

/** Room for the mark and the note around a text. */
const AROUND = 256;

/**
 * Leaves texts of a folder as comments on the pull request that a run was about: one of each name, brought
 * up to date. An empty text leaves none, and says so where there is one already.
 * @param known the names that count; the folder comes from a run that may have been a stranger's
 */
export async function leaveComments(
  folder: string,
  known: readonly string[],
  head: Head,
  github: GithubRepository,
  io: Io,
): Promise<void> {
  const number = await github.pullRequestOf(head);
  if (number === undefined) {
    io.out(`${head.owner}:${head.branch} at ${head.commit} is no open pull request any more`);
    return;
  }
  for (const name of known) {
    const file = path.join(folder, `${name}.md`);
    if (!fs.existsSync(file)) continue;
    const text = fs.readFileSync(file, "utf8").slice(0, MAX_COMMENT - AROUND);
    const done = await github.comment(number, `plan ${name}`, text);
    io.out(`#${number} ${name}: ${done}`);
  }
}
