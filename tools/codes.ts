/** `npm run codes`: writes an example of every issue code into docs/issue-codes.md. */
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../src/app/open";
import { ISSUE_CODES, type IssueCode } from "../src/core/input/issue-codes";
import { BAD_INPUT, type BadInput } from "../test/core/bad-input";
import { withSection } from "./section";

/** The document that holds the examples. */
export const CODES_DOCUMENT = path.join(PROGRAM, "docs/issue-codes.md");

/** A longer file is left out of its example, which then shows the finding alone. */
const MAX_LINES = 30;

/** Returns the document with an example of every code, in the order of `ISSUE_CODES`. */
export function withCodes(document: string): string {
  const examples = Object.entries(ISSUE_CODES).map(([code, meaning]) =>
    exampleOf(code as IssueCode, meaning),
  );
  return withSection(document, "codes", "codes", examples.join("\n"));
}

function exampleOf(code: IssueCode, meaning: string): string {
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

/** Returns the file that the finding points to, as a block of YAML; nothing where it isn't short text. */
function fileOf({ files, service, at }: BadInput): string[] {
  if (typeof files === "function") return [];
  const content = { ...files, ...service }[at.replace(/:\d+:\d+$/, "")];
  if (typeof content !== "string" || content.trim() === "") return [];
  if (content.split("\n").length > MAX_LINES || /[^\n\x20-\x7e]/.test(content)) return [];
  return ["```yaml", content.trimEnd(), "```", ""];
}

if (require.main === module) {
  fs.writeFileSync(CODES_DOCUMENT, withCodes(fs.readFileSync(CODES_DOCUMENT, "utf8")));
}
