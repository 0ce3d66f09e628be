import * as fs from "node:fs";
import * as path from "node:path";
import { compareText } from "./compare-text";
import { error, warning, type Issue } from "./input/issue";
import { MAX_FILE_BYTES } from "./limits";
import { ENVIRONMENTS_FILE, LIST_FOLDERS } from "./files";
import type { Sources } from "./repository";
import { stackOf } from "./stack/config";
import type { Source } from "./input/source";

/**
 * Reads a repository's list, promotion path and stack configs. The only reader of the disk.
 * @param root the repository
 * @param program where this program is, whose own chart is the default one
 * @throws Error when `root` can't be read at all
 */
export function readSources(root: string, program: string): Sources {
  const reader = new Reader(fs.realpathSync(root));
  for (const folder of LIST_FOLDERS) reader.walk(folder);
  const top = fs.readdirSync(root).sort(compareText);
  const environments = top.includes(ENVIRONMENTS_FILE) ? reader.read(ENVIRONMENTS_FILE) : undefined;
  return {
    list: reader.sources,
    ...(environments !== undefined && { environments }),
    stacks: top
      .filter((file) => stackOf(file) !== undefined)
      .flatMap((file) => reader.read(file) ?? []),
    chart: readChart(program),
    issues: reader.issues,
  };
}

/** Reads the chart of services that name none, which is a part of this program. */
export function readChart(program: string): Source {
  const file = "charts/service/Chart.yaml";
  return { file, bytes: fs.readFileSync(path.join(program, file)) };
}

class Reader {
  readonly sources: Source[] = [];
  readonly issues: Issue[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Reads every `*.yaml` below a folder, in the order of their paths. A missing folder holds none. */
  walk(folder: string): void {
    const here = path.join(this.#root, folder);
    if (!this.#isInside(folder) || !fs.existsSync(here)) return;
    if (!fs.statSync(here).isDirectory()) {
      this.issues.push(
        error("unreadable", folder, "this is a file; the list is in a folder of this name"),
      );
      return;
    }
    for (const name of fs.readdirSync(here).sort(compareText)) {
      const file = `${folder}/${name}`;
      if (name.startsWith(".") || !this.#isInside(file)) continue;
      if (!fs.existsSync(path.join(this.#root, file))) {
        const found = "the file's name isn't UTF-8, so it can't be read; rename it";
        this.issues.push(error("unreadable", file, found));
        continue;
      }
      const isFolder = fs.statSync(path.join(this.#root, file)).isDirectory();
      if (isFolder && name.endsWith(".yaml")) {
        const found = "a folder whose name ends in .yaml isn't read; rename it, or make it a file";
        this.issues.push(error("folder-named-yaml", file, found));
      } else if (isFolder) {
        // A link to a folder could lead back to itself.
        if (!fs.lstatSync(path.join(this.#root, file)).isSymbolicLink()) this.walk(file);
        else
          this.issues.push(
            warning("ignored-file", file, "a link to a folder isn't followed; move the files here"),
          );
      } else if (name.endsWith(".yaml")) {
        const source = this.read(file);
        if (source !== undefined) this.sources.push(source);
      } else if (/\.ya?ml$/i.test(name)) {
        const found = "only *.yaml is read, so this file has no effect; rename it";
        this.issues.push(warning("ignored-file", file, found));
      }
    }
  }

  /** Returns one file, or undefined with an issue. Files above the size limit are not read whole. */
  read(file: string): Source | undefined {
    if (!this.#isInside(file)) return undefined;
    const full = path.join(this.#root, file);
    try {
      const stat = fs.statSync(full);
      if (!stat.isFile()) {
        this.issues.push(error("unreadable", file, "this isn't a file; remove it"));
        return undefined;
      }
      // One byte more than allowed is enough for the parser to refuse it.
      if (stat.size > MAX_FILE_BYTES) return { file, bytes: new Uint8Array(MAX_FILE_BYTES + 1) };
      return { file, bytes: fs.readFileSync(full) };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.issues.push(error("unreadable", file, `the file can't be read: ${reason}`));
      return undefined;
    }
  }

  /** Whether a path stays in the repository when its links are followed; an issue when it doesn't. */
  #isInside(file: string): boolean {
    const full = path.join(this.#root, file);
    if (fs.lstatSync(full, { throwIfNoEntry: false }) === undefined) return true;
    let real: string;
    try {
      real = fs.realpathSync(full);
    } catch {
      this.issues.push(
        error("broken-link", file, "the link points to a file that doesn't exist; remove it"),
      );
      return false;
    }
    if (real === this.#root || real.startsWith(this.#root + path.sep)) return true;
    const found =
      "the link points out of the repository, so a review wouldn't show its content; copy the file";
    this.issues.push(error("link-leaves-repository", file, found));
    return false;
  }
}
