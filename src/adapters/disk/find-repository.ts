import * as fs from "node:fs";
import * as path from "node:path";
import { ENVIRONMENTS_FILE, LIST_FOLDERS } from "../../core/files";

/**
 * Returns the folder of the repository that a folder is in: the nearest one upwards with a release list or
 * a promotion path, but not above the git repository. Returns the folder itself where there is none.
 */
export function findRepository(folder: string): string {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if (isRepository(at)) return at;
    if (fs.existsSync(path.join(at, ".git")) || at === path.dirname(at)) return folder;
  }
}

function isRepository(folder: string): boolean {
  const hasList = LIST_FOLDERS.some(
    (name) =>
      fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true,
  );
  return hasList || fs.existsSync(path.join(folder, ENVIRONMENTS_FILE));
}
