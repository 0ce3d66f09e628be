import * as fs from "node:fs";
import { MAX_COMMENT } from "../format/change-report";

/** A character has at most four bytes. */
const MAX_BYTES = 4 * MAX_COMMENT;

/**
 * Returns the text of a file that another run left, which may be anything; undefined for what is no file, such
 * as a link or a pipe, and for more than four comments take.
 */
export function readLeftText(file: string): string | undefined {
  const entry = fs.lstatSync(file, { throwIfNoEntry: false });
  if (entry?.isFile() !== true || entry.size > MAX_BYTES) return undefined;
  return fs.readFileSync(file, "utf8").trimEnd();
}
