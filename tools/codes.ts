/** `npm run codes`: writes an example of every issue code into docs/release-list.md. */
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../src/app/open";
import { ISSUE_CODES, type IssueCode } from "../src/core/input/issue-codes";
import { BAD_INPUT, type BadInput } from "../test/core/bad-input";

/** The document that holds the examples. */
export const DOCUMENT = path.join(PROGRAM, "docs/release-list.md");

const START = "<!-- codes: written by npm run codes -->\n";
const END = "<!-- /codes -->\n";

/** A longer file is left out of its example. */
const LONGEST_LINES = 30;

/** Returns the document with an example of every code, in the order of `ISSUE_CODES`. */
export function withExamples(document: string): string {
  const [before, rest] = split(document, START);
  const [, after] = split(rest, END);
  const sections = Object.entries(ISSUE_CODES).map(([code, meaning]) =>
    section(code as IssueCode, meaning),
  );
  return `${before}${START}\n${sections.join("\n")}\n${END}${after}`;
}

function split(document: string, mark: string): [string, string] {
  const at = document.indexOf(mark);
  if (at === -1) throw new Error(`${DOCUMENT} has no ${mark.trim()}`);
  return [document.slice(0, at), document.slice(at + mark.length)];
}

function section(code: IssueCode, meaning: string): string {
  const example = BAD_INPUT.find((input) => input.code === code);
  if (example === undefined) throw new Error(`no example of ${code}`);
  const warning = example.severity === "warning" ? " A warning." : "";
  return [
    `### \`${code}\``,
    "",
    `${meaning}${warning}`,
    "",
    ...fileOf(example),
    "```text",
    `${example.at} ${code} ${warning === "" ? "" : "warning: "}${example.says}`,
    "```",
    "",
  ].join("\n");
}

/** Returns the file of the finding, unless it is too long or not plain text. */
function fileOf({ files, at }: BadInput): string[] {
  if (typeof files === "function") return [];
  const content = files[at.replace(/:\d+:\d+$/, "")];
  if (typeof content !== "string" || content.trim() === "") return [];
  if (content.split("\n").length > LONGEST_LINES || /[^\n\x20-\x7e]/.test(content)) return [];
  return ["```yaml", content.trimEnd(), "```", ""];
}

if (require.main === module) {
  fs.writeFileSync(DOCUMENT, withExamples(fs.readFileSync(DOCUMENT, "utf8")));
}
