import * as fs from "node:fs";
import * as path from "node:path";
import type { ChartFiles } from "./list/chart-rules";
import { compareText } from "./compare-text";
import { error, warning, type Issue } from "./input/issue";
import { MAX_FILE_BYTES } from "./limits";
import {
  DEFAULT_CHARTS,
  ENVIRONMENTS_FILE,
  isDefaultChart,
  LIST_FOLDERS,
  PACKAGE_FOLDER,
  PROJECT_FILE,
  isRead,
  misnamed,
  misplaced,
  unreadableName,
  type EntryKind,
} from "./files";
import type { Sources } from "./repository";
import { stackOf } from "./stack/config";
import type { Source } from "./input/source";
import { Version } from "./version";

/**
 * Reads a repository's list, promotion path and stack configs. The only reader of the disk. It follows no
 * link: the reader of commits can't.
 * @param root the repository
 * @param program where this program is, which has the default chart
 * @param project the folder of the Pulumi project that runs the program, which paths of charts are relative to
 * @throws Error when `root` can't be read at all
 */
export function readSources(root: string, program: string, project = program): Sources {
  const reader = new Reader(root);
  const top = fs.readdirSync(root).sort(compareText);
  // As the folder is listed: a disk that ignores the case of names would open others as well.
  for (const folder of LIST_FOLDERS.filter((folder) => top.includes(folder))) reader.walk(folder);
  for (const name of top) reader.lookAt(name);
  const environments = top.includes(ENVIRONMENTS_FILE) ? reader.read(ENVIRONMENTS_FILE) : undefined;
  const settings = top.includes(PROJECT_FILE) ? reader.read(PROJECT_FILE) : undefined;
  return {
    list: reader.sources,
    ...(environments !== undefined && { environments }),
    ...(settings !== undefined && { project: settings }),
    stacks: top
      .filter((file) => stackOf(file) !== undefined)
      .flatMap((file) => reader.read(file) ?? []),
    defaultCharts: readDefaultCharts(program, project),
    readChart: (chart) => readChart(chart, chartFolder(chart, root, project)),
    issues: reader.issues,
  };
}

/**
 * Reads what Kayron takes for a part of the list and this program doesn't: `*.yaml` at the top, in folders whose
 * names begin as those of the list do (`services/`), and below dot folders there. Each has a warning.
 */
export function readKayronFiles(root: string): Pick<Sources, "list" | "issues"> {
  const reader = new Reader(root);
  for (const file of [...yamlFilesOf(root)].filter((file) => !isRead(file))) {
    const found = "Kayron reads this file, and here it has no effect; move it to service/";
    reader.issues.push(warning("ignored-file", file, found));
    reader.sources.push(...[reader.read(file)].flatMap((source) => source ?? []));
  }
  return { list: reader.sources, issues: reader.issues };
}

/** Returns the files that Kayron reads, in the order in which it walks. */
function* yamlFilesOf(root: string, folder = ""): Iterable<string> {
  const entries = fs.readdirSync(path.join(root, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => compareText(a.name, b.name))) {
    const file = path.posix.join(folder, entry.name);
    const isOfList = folder !== "" || LIST_FOLDERS.some((name) => file.startsWith(name));
    if (entry.isDirectory() && isOfList) yield* yamlFilesOf(root, file);
    else if (entry.isFile() && file.endsWith(".yaml")) yield file;
  }
}

/** Returns `Chart.yaml` of each version of the default chart, newest first. */
export function readDefaultCharts(program: string, project: string): Source[] {
  const charts = path.join(program, DEFAULT_CHARTS);
  const place = placeOf(program, project);
  return fs
    .readdirSync(charts)
    .filter((name) => /^\d/.test(name))
    .sort((a, b) => Version.of(`v${b}`).compare(Version.of(`v${a}`)))
    .map((version) => ({
      file: path.posix.join(place, DEFAULT_CHARTS, version, CHART_FILE),
      bytes: fs.readFileSync(path.join(charts, version, CHART_FILE)),
    }));
}

const CHART_FILE = "Chart.yaml";

/**
 * Returns where a program is in its project: all of it, or a package. A package manager may keep packages
 * elsewhere, with links to them; the link is what stays the same from version to version.
 */
function placeOf(program: string, project: string): string {
  const real = fs.realpathSync(program);
  let [at, up] = [fs.realpathSync(project), ""];
  while (at !== real && at !== path.dirname(at)) {
    const link = path.join(at, PACKAGE_FOLDER);
    if (fs.existsSync(link) && fs.realpathSync(link) === real) return up + PACKAGE_FOLDER;
    [at, up] = [path.dirname(at), `../${up}`];
  }
  return path.relative(project, program).split(path.sep).join("/");
}

/**
 * Returns the folder of a chart whose name starts with `./`: of the repository, or of the default chart, which is
 * relative to the project.
 */
export function chartFolder(chart: string, root: string, project: string): string {
  const own = path.join(root, chart);
  return isDefaultChart(chart) && !fs.existsSync(path.join(own, CHART_FILE))
    ? path.join(project, chart)
    : own;
}

/** Returns the files of a chart that is a folder. */
function readChart(chart: string, folder: string): ChartFiles {
  // Neither a packed chart nor a link: a commit has only the name of what a link leads to.
  if (kindOf(folder) !== "folder") return {};
  const [definition, values, schema] = [CHART_FILE, "values.yaml", "values.schema.json"].map(
    (name) => {
      const full = path.join(folder, name);
      const stat = statOf(full);
      if (stat?.isFile() !== true || stat.size > MAX_FILE_BYTES) return undefined;
      return { file: path.posix.join(chart, name), bytes: fs.readFileSync(full) };
    },
  );
  return {
    ...(definition && { chart: definition }),
    ...(values && { values }),
    ...(schema && { schema }),
  };
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
    const kind = this.#kindOf(folder);
    if (kind === undefined || this.#isMisplaced(folder, kind)) return;
    for (const name of fs.readdirSync(path.join(this.#root, folder)).sort(compareText)) {
      const file = `${folder}/${name}`;
      if (name.startsWith(".")) continue;
      const kind = this.#kindOf(file);
      if (kind === undefined) this.issues.push(unreadableName(file));
      else if (this.#isMisplaced(file, kind)) continue;
      else if (kind === "folder") this.walk(file);
      else if (name.endsWith(".yaml")) this.sources.push(...this.#read(file));
      else if (kind === "link" && this.#leadsToFolder(file)) {
        const found = "a link to a folder isn't followed; move the files here";
        this.issues.push(warning("ignored-file", file, found));
      } else this.#warnOfName(file, kind);
    }
  }

  /** Warns of what stands at the top under a name that is almost one that is read. */
  lookAt(name: string): void {
    const kind = this.#kindOf(name);
    if (kind !== undefined) this.#warnOfName(name, kind);
  }

  #warnOfName(file: string, kind: EntryKind): void {
    const issue = misnamed(file, kind, () => fs.readdirSync(path.join(this.#root, file)));
    if (issue !== undefined) this.issues.push(issue);
  }

  /** Returns one file of the top folder, or undefined with an issue. */
  read(file: string): Source | undefined {
    const kind = this.#kindOf(file);
    return kind === undefined || this.#isMisplaced(file, kind) ? undefined : this.#read(file)[0];
  }

  /** Returns one file, or none with an issue. Files above the size limit are not read whole. */
  #read(file: string): Source[] {
    const full = path.join(this.#root, file);
    try {
      const stat = fs.lstatSync(full);
      if (!stat.isFile()) {
        this.issues.push(error("unreadable", file, "this isn't a file; remove it"));
        return [];
      }
      // One byte more than allowed is enough for the parser to refuse it.
      if (stat.size > MAX_FILE_BYTES) return [{ file, bytes: new Uint8Array(MAX_FILE_BYTES + 1) }];
      return [{ file, bytes: fs.readFileSync(full) }];
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.issues.push(error("unreadable", file, `the file can't be read: ${reason}`));
      return [];
    }
  }

  #isMisplaced(file: string, kind: EntryKind): boolean {
    const issue = misplaced(file, kind);
    if (issue !== undefined) this.issues.push(issue);
    return issue !== undefined;
  }

  /** Returns what a path is, without following it; undefined where there is nothing. */
  #kindOf(file: string): EntryKind | undefined {
    return kindOf(path.join(this.#root, file));
  }

  #leadsToFolder(link: string): boolean {
    const stat = fs.statSync(path.join(this.#root, link), { throwIfNoEntry: false });
    return stat?.isDirectory() === true;
  }
}

/** Returns what is at a path, without following it; undefined where there is nothing, or a file is on the way. */
function kindOf(full: string): EntryKind | undefined {
  const stat = statOf(full);
  if (stat === undefined) return undefined;
  if (stat.isSymbolicLink()) return "link";
  if (!stat.isDirectory()) return "file";
  return fs.existsSync(path.join(full, ".git")) ? "submodule" : "folder";
}

function statOf(full: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(full);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw cause;
  }
}
