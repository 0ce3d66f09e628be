import * as fs from "node:fs";
import * as path from "node:path";
import type { GithubRepositoryApi } from "../adapters/github/repository";
import { MAX_COMMENT } from "../format/change-report";
import { block, escaped } from "../format/markdown";
import { readLeftText } from "./left-text";

/** Characters of an issue on GitHub around the text. */
const AROUND = 512;

/** Writes what was found in a stack into a folder, for `keepIssueOf`: `<stack>.txt`, empty where that is nothing. */
export function leaveText(folder: string, stack: string, text: string): void {
  fs.mkdirSync(folder, { recursive: true });
  const whole = text === "" ? "" : `${text.slice(0, MAX_COMMENT)}\n`;
  fs.writeFileSync(path.join(folder, `${stack}.txt`), whole);
}

/** Returns a section about what was left of a stack; none where nothing was found in it. */
export function sectionOf(folder: string, stack: string): string[] {
  const text = readLeftText(path.join(folder, `${stack}.txt`));
  if (text === undefined) return section(stack, ["It couldn't be checked."]);
  return text === "" ? [] : section(stack, block("text", text));
}

/** Returns a section of an issue, as lines of Markdown. */
export function section(title: string, lines: readonly string[]): string[] {
  return [`### ${escaped(title)}`, "", ...lines, ""];
}

/** An issue that is open while something is wrong with stacks. */
export interface StackIssue {
  /** As `GithubRepositoryApi.issue` takes it. */
  readonly kind: string;
  readonly title: string;
  /** What is so while something is wrong, and else. */
  readonly says: readonly [wrong: string, fine: string];
}

/** Keeps one issue of sections: opens it, updates it, and closes it where there are none. Returns what is so, in a line. */
export async function keepIssueOf(
  { kind, title, says: [wrong, fine] }: StackIssue,
  sections: readonly string[],
  github: Pick<GithubRepositoryApi, "issue">,
): Promise<string> {
  const text =
    sections.length === 0 ? undefined : sections.join("\n").slice(0, MAX_COMMENT - AROUND);
  const number = await github.issue(kind, title, text);
  const what = text === undefined ? fine : wrong;
  return number === undefined ? what : `#${number}: ${what}`;
}
