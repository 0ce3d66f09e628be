import { stackOf } from "./stack/config";

/** The folders of the release list. Nothing else of a repository is read but files at its top. */
export const LIST_FOLDERS: readonly string[] = ["infrastructure", "service"];

/** The file of the promotion path. */
export const ENVIRONMENTS_FILE = "environments.yaml";

const LIST_FILE = new RegExp(`^(?:${LIST_FOLDERS.join("|")})/(?:[^./][^/]*/)*[^./][^/]*\\.yaml$`);

/** Whether `readSources` reads a file: of the list, the promotion path, or a stack config. */
export function isRead(file: string): boolean {
  return LIST_FILE.test(file) || file === ENVIRONMENTS_FILE || stackOf(file) !== undefined;
}
