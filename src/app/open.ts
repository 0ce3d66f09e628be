import * as path from "node:path";
import { readSources } from "../core/read";
import { parseRepository, type Repository } from "../core/repository";
import { OutsideError } from "../cli/command";

/** Where this program is, whatever repository it works on. */
export const PROGRAM = path.join(__dirname, "../..");

/**
 * Returns the repository at a path, parsed.
 * @throws OutsideError when there is no such folder
 */
export function openRepository(root: string): Repository {
  try {
    return parseRepository(readSources(root, PROGRAM));
  } catch (cause) {
    if (!(cause instanceof Error) || !("syscall" in cause)) throw cause;
    throw new OutsideError(`${root} can't be read: ${cause.message}`);
  }
}
