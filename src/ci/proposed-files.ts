import type { NewBranch } from "../adapters/github/branches";
import type { ChangeBranches } from "../adapters/github/kept-change";
import type { GithubRepositoryApi } from "../adapters/github/repository";
import type { World } from "../app/world";
import { outsideError } from "../core/error";
import { MAX_COMMENT } from "../format/change-report";
import { count } from "../format/text";

/** Where something is proposed. */
export interface ProposedInto {
  readonly github: GithubRepositoryApi;
  /** The branch of the working tree. */
  readonly into: string;
}

/** Files as a pull request changes them. */
export interface ProposedFiles extends Pick<NewBranch, "message" | "files"> {
  readonly branch: string;
  /** The branch of the working tree. */
  readonly into: string;
}

/**
 * Opens a pull request of one commit on the working tree's, or edits the open one of the same branches: its title is the
 * first line of the message, its text is the rest. Returns its address.
 * @throws ReleasesError of kind `outside` outside of git, and where GitHub refuses
 */
export async function proposeFiles(
  { git, folder }: Pick<World, "git" | "folder">,
  { branch, into, message, files }: ProposedFiles,
  github: GithubRepositoryApi,
): Promise<string> {
  const head = git.commitOf("HEAD");
  if (head === undefined) throw outsideError(`${folder} is not in a git repository`);
  await github.putBranch({ name: branch, on: head, message, files });
  return github.proposeChange({ branch, into, ...titleAndBody(message) });
}

/**
 * Closes the open pull request of two branches, as there is nothing to propose any more, with a comment that says why.
 * Returns what was done, a line; none where no such pull request is open.
 * @param why a sentence, Markdown
 */
export async function withdraw(
  branches: ChangeBranches,
  why: string,
  github: Pick<GithubRepositoryApi, "openChange" | "comment" | "closeChange">,
): Promise<string[]> {
  const open = await github.openChange(branches);
  if (open === undefined) return [];
  await github.comment(open.number, `withdrawn ${branches.branch}`, why);
  await github.closeChange(open, branches.branch);
  return [`closed ${open.address}`];
}

/** Characters of a pull request's text that are kept for the line about what was cut off. */
const AROUND = 80;

/**
 * Returns the title and the text of the pull request of a commit's message. A longer text than GitHub takes is cut off
 * after a line.
 * @param more what the text says besides, as lines of Markdown. Default: nothing
 */
export function titleAndBody(
  message: string,
  more: readonly string[] = [],
): { title: string; body: string } {
  const [title = "", ...rest] = message.split("\n");
  const lines = [...rest, ...(more.length === 0 ? [] : ["", ...more])]
    .join("\n")
    .trim()
    .split("\n");
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > MAX_COMMENT - AROUND) break;
    kept.push(line);
  }
  const left = lines.length - kept.length;
  const cut = left === 0 ? [] : ["", `And ${count(left, "more line")}.`];
  return { title, body: [...kept, ...cut].join("\n") };
}
