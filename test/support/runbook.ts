import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";

export interface Entry {
  /** What a person sees, as lines that stand in the output. */
  readonly says: readonly string[];
  /** What to do about it: the lines of each block of commands. */
  readonly commands: readonly (readonly string[])[];
}

/** Returns an entry of docs/operations.md. */
export function runbook(title: string): Entry {
  const text = fs.readFileSync(path.join(PROGRAM, "docs/operations.md"), "utf8");
  const entry = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  assert.ok(entry, `docs/operations.md has no entry "${title}"`);
  const blocks = (language: string): string[][] =>
    [...entry.matchAll(new RegExp("^```" + language + "\\n([^]*?)^```", "gm"))].map(
      ([, block = ""]) => block.trimEnd().split("\n"),
    );
  return { says: blocks("text").flat(), commands: blocks("sh") };
}
