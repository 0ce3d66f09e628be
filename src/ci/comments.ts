import * as fs from "node:fs";
import * as path from "node:path";
import type { Head } from "../adapters/github/pull-requests";
import type { GithubRepositoryApi } from "../adapters/github/repository";
import { MAX_COMMENT } from "../format/change-report";
import { code } from "../format/markdown";
import { readLeftText } from "./left-text";
import { environmentOfFile, FINDINGS_FILE } from "./plan-files";

/** The run that planned a pull request. */
export interface PlanRun {
  readonly head: Head;
  /** Its page on GitHub. */
  readonly url: string;
}

/** Where the workflows are, of which a pull request runs its own. */
const WORKFLOWS = ".github";

/** Characters for the mark and the note around a text. */
const AROUND = 512;
/** More files than environments that anybody has. */
const MAX_FILES = 256;

/**
 * Leaves the texts of a folder as comments on the pull request of a run: one for each environment, which
 * later runs update. Where there is nothing to post, or it can't be trusted, that replaces every comment of
 * a run before. Returns what was done, a line each.
 * @param folder as `writePlans` wrote it, or whatever else the run left
 * @param known environments of the default branch; the others share a comment
 */
export async function leaveComments(
  folder: string,
  known: readonly string[],
  run: PlanRun,
  github: GithubRepositoryApi,
): Promise<string[]> {
  const { head } = run;
  const pull = await github.pullRequestOf(head);
  if (pull === undefined) {
    return [`${head.owner}:${head.branch} at ${head.commit} has no open pull request any more`];
  }
  const isForeign = await github.changesFolder(pull.base, head.commit, WORKFLOWS);
  const { texts, others } = isForeign ? FOREIGN : commentsOf(readTexts(folder), known);
  const former = (await github.commentKinds(pull.number)).filter((kind) => kind.startsWith(KIND));
  const needed = [...texts].filter(([, text]) => text !== "").map(([kind]) => kind);
  const lines: string[] = [];
  for (const kind of new Set([...needed, ...former])) {
    const text = texts.get(kind) ?? others;
    const shown = text === "" ? "Nothing changes any more." : text.slice(0, MAX_COMMENT - AROUND);
    const done = await github.comment(pull.number, kind, `${headOf(run)}\n\n${shown}`);
    lines.push(`#${pull.number} ${kind}: ${done}`);
  }
  return lines;
}

/** The comments of a pull request. */
interface Comments {
  /** By kind. An empty text needs no comment. */
  readonly texts: ReadonlyMap<string, string>;
  /** What replaces every other comment that is there. */
  readonly others: string;
}

/** What the kinds of all these comments begin with. */
const KIND = "plan";
const FINDINGS = `${KIND}: findings`;
const UNKNOWN = `${KIND}: unknown environments`;
/** No name of an environment makes it one of the two above. */
const kindOf = (environment: string): string => `${KIND} ${environment}`;

const FOREIGN = failure(
  "This pull request changes `.github`, so its run may have planned anything, and nothing of it is posted. " +
    "`releases plan --since` shows the plan.",
);
const UNPLANNED = failure("This commit couldn't be planned: the run tells why.");

function failure(text: string): Comments {
  return { texts: new Map([[FINDINGS, text]]), others: text };
}

/** Returns the texts of a folder by their files; undefined where it isn't what `writePlans` writes. */
function readTexts(folder: string): ReadonlyMap<string, string> | undefined {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  if (!files.includes(FINDINGS_FILE) || files.length > MAX_FILES) return undefined;
  const texts = new Map<string, string>();
  for (const file of files) {
    const isOurs = file === FINDINGS_FILE || environmentOfFile(file) !== undefined;
    const text = isOurs ? readLeftText(path.join(folder, file)) : undefined;
    if (text === undefined) return undefined;
    texts.set(file, text);
  }
  return texts;
}

function commentsOf(
  files: ReadonlyMap<string, string> | undefined,
  known: readonly string[],
): Comments {
  if (files === undefined) return UNPLANNED;
  const findings = files.get(FINDINGS_FILE) ?? "";
  const plans = new Map(
    [...files].flatMap(([file, text]) => {
      const environment = environmentOfFile(file);
      return environment === undefined ? [] : [[environment, text] as const];
    }),
  );
  if (findings !== "" && [...plans.values()].every((text) => text === "")) {
    const others = "This commit can't be declared: another comment has the findings.";
    return { texts: new Map([[FINDINGS, findings]]), others };
  }
  const own = known.map((name) => [kindOf(name), plans.get(name) ?? ""] as const);
  const unknown = [...plans].filter(([name, text]) => !known.includes(name) && text !== "");
  const texts = new Map([[FINDINGS, findings], ...own, [UNKNOWN, unknownText(unknown)]]);
  return { texts, others: "" };
}

/** Returns the plans of environments that the default branch doesn't have, as far as a comment takes them. */
function unknownText(plans: readonly (readonly [string, string])[]): string {
  let size = 0;
  const parts = plans.map(([name, text]) => {
    const part = `**Unknown environment** ${code(name)}\n\n${text}`;
    const short = `**Unknown environment** ${code(name)}: its plan is too long to be shown here.`;
    if (size + part.length > MAX_COMMENT / 2) return short;
    size += part.length;
    return part;
  });
  return parts.join("\n\n");
}

function headOf({ head, url }: PlanRun): string {
  return `${code(head.commit.slice(0, 12))} ([run](${url}))`;
}
