import * as path from "node:path/posix";
import { isRead, LIST_FOLDERS } from "../../core/files";
import type { FileChange } from "./file-changes";

/** A version of a file of the list or a stack config, by the name that the file has today. */
export interface FileVersion {
  /** Relative to the folder that is read. */
  readonly path: string;
  /** Its content's id; undefined where the file isn't there. */
  readonly blob: string | undefined;
}

/**
 * The files that are read today, and the ones that were renamed to them: a list or a stack config may have
 * come from a folder that isn't read. Paths are relative to the top of the git repository.
 */
export class FollowedFiles {
  /** The path of the folder inside of its git repository: empty, or with a `/` at its end. */
  readonly #prefix: string;
  readonly #others = new Set<string>();
  /** The folders of other names; `.` is the top of the git repository. */
  readonly #folders = new Set<string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The folder and its files, as patterns that git matches in that folder. */
  static readonly PATTERNS: readonly string[] = [
    ...LIST_FOLDERS.map((folder) => `:(literal)${folder}`),
    ":(glob)Pulumi.*.yaml",
  ];

  /** Returns the path in the folder of a file of the list or a stack config; undefined for any other. */
  pathOf(file: string): string | undefined {
    if (!file.startsWith(this.#prefix)) return undefined;
    const inFolder = file.slice(this.#prefix.length);
    return isRead(inFolder) && inFolder !== "environments.yaml" ? inFolder : undefined;
  }

  /**
   * Returns changes as those of the files that are read today, by their names of today.
   * @param names the names of today, where they differ from those that the changes have
   */
  versionsOf(changes: readonly FileChange[], names: ReadonlyMap<string, string>): FileVersion[] {
    return changes.flatMap(({ path, from = path, blob }) => {
      const today = names.get(path) ?? path;
      const before = names.get(from) ?? from;
      // A rename that today's name doesn't follow took the file away from where it was.
      const gone = before === today ? [] : [{ file: before, blob: undefined }];
      return [...gone, { file: today, blob }].flatMap(({ file, blob }) => {
        const path = this.pathOf(file);
        return path === undefined ? [] : { path, blob };
      });
    });
  }

  /** Whether a file is read, or has a followed one in its folder: the next rename may be from there. */
  isNear(file: string): boolean {
    return this.pathOf(file) !== undefined || this.#folders.has(path.dirname(file));
  }

  /**
   * Follows the renames of a commit, and returns patterns for the folders that they lead to for the first
   * time.
   */
  follow(changes: readonly FileChange[]): string[] {
    const sources = changes.flatMap((change) => {
      const { from } = change;
      return from !== undefined && this.#isMeant(change.path) && !this.#isMeant(from) ? from : [];
    });
    return sources.flatMap((source) => {
      this.#others.add(source);
      const folder = path.dirname(source);
      if (this.#folders.has(folder)) return [];
      this.#folders.add(folder);
      return folder === "." ? ":(top,glob)*" : `:(top,glob)${escaped(folder)}/*`;
    });
  }

  #isMeant(file: string): boolean {
    return this.pathOf(file) !== undefined || this.#others.has(file);
  }
}

/** Returns a path as a pattern. Characters that git can't be told match any others, too. */
function escaped(file: string): string {
  return file.replaceAll(/[*?[\]\\]/g, "\\$&").replaceAll(/[\n\uFFFD]+/g, "*");
}
