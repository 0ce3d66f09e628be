import * as fs from "node:fs";
import * as path from "node:path";
import type { Source } from "../../core/input/source";
import { githubPage, mainBranchOf } from "../git/origin";
import { OwnFolder } from "./own-folder";

/** Levels of folders in which charts and Dockerfiles are looked for. */
const MAX_DEPTH = 6;

/** The folder of a service's repository on the disk, a clone of git. */
export class ServiceFolder extends OwnFolder {
  readonly path: string;

  constructor(folder: string) {
    super(folder);
    this.path = folder;
  }

  github = (): string | undefined => {
    const page = githubPage(this.path);
    return page === undefined ? undefined : new URL(page).pathname.slice(1);
  };

  mainBranch = (): string => mainBranchOf(this.path) ?? "main";

  charts = (): Source[] =>
    [...this.#filesCalled("Chart.yaml")].map((file) => ({
      file,
      bytes: fs.readFileSync(path.join(this.path, file)),
    }));

  buildable = (): string[] =>
    [...this.#filesCalled("Dockerfile")].map((file) => path.posix.dirname(file));

  /** Returns files of a name, in the order of their paths, none below another one. */
  *#filesCalled(name: string, folder = ""): Iterable<string> {
    const entries = fs.readdirSync(path.join(this.path, folder), { withFileTypes: true });
    const isThere = entries.some((entry) => entry.name === name && entry.isFile());
    if (isThere) yield path.posix.join(folder, name);
    // A Dockerfile at the top says nothing of those below it; charts within a chart are its own.
    if ((isThere && folder !== "") || folder.split("/").length > MAX_DEPTH) return;
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!entry.isDirectory() || /^(?:\..*|node_modules)$/.test(entry.name)) continue;
      yield* this.#filesCalled(name, path.posix.join(folder, entry.name));
    }
  }
}
