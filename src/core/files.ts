import * as path from "node:path";
import { error, warning, type Issue } from "./input/issue";
import { stackOf } from "./stack/config";

/** The folders of the release list. Nothing else of a repository is read but files at its top. */
export const LIST_FOLDERS: readonly string[] = ["infrastructure", "service"];

/** The file of the promotion path. */
export const ENVIRONMENTS_FILE = "environments.yaml";

/** The file of the Pulumi project, whose settings count for every stack that doesn't set them. */
export const PROJECT_FILE = "Pulumi.yaml";

/** Where a project has this program as a package. */
export const PACKAGE_FOLDER = "node_modules/pulumi-releases/dist";

/** The folder of the program with the versions of the default chart. */
export const DEFAULT_CHARTS = "charts/service";

/** Whether a chart, by its name, is a version of the default one. */
export function isDefaultChart(chart: string): boolean {
  return path.posix.dirname(chart).endsWith(`/${DEFAULT_CHARTS}`);
}

/** Whether a chart is one of the package: no commit has it, and its version has the same files for ever. */
export function isPackaged(chart: string): boolean {
  return chart.includes(`/${PACKAGE_FOLDER}/`);
}

const IN_LIST = `^(?:${LIST_FOLDERS.join("|")})/(?:(?![^/]*\\.yaml/)[^./][^/]*/)*[^./][^/]*`;
const LIST_FILE = new RegExp(`${IN_LIST}\\.yaml$`);
const LIST_ENTRY = new RegExp(`${IN_LIST}$`);

/** Whether `readSources` reads a file: of the list, the promotion path, the project, or a stack config. */
export function isRead(file: string): boolean {
  return (
    LIST_FILE.test(file) ||
    [ENVIRONMENTS_FILE, PROJECT_FILE].includes(file) ||
    stackOf(file) !== undefined
  );
}

const KAYRONS = new RegExp(`^(?:(?:${LIST_FOLDERS.join("|")})[^/]*/(?:[^/]+/)*)?[^/]*\\.yaml$`);

/** Whether Kayron reads a file: at the top, and in folders whose names begin as those of the list. */
export function isKayrons(file: string): boolean {
  return KAYRONS.test(file);
}

/** What a path is, in a working tree or in a commit. A submodule is a git repository of its own. */
export type EntryKind = "file" | "folder" | "link" | "submodule";

/**
 * Returns the finding about a path that can't be what it is, as it is read or holds what is read; undefined
 * for all others. The readers of the working tree and of commits both ask it: a commit has the name of a
 * link, and the id of a submodule, but nothing of what stands there.
 */
export function misplaced(file: string, kind: EntryKind): Issue | undefined {
  const isListFolder = LIST_FOLDERS.includes(file);
  if (kind === "link" && (isListFolder || isRead(file))) {
    const found = `this is a link, of which a commit has only the name; put the ${isListFolder ? "folder" : "file"} here`;
    return error("link", file, found);
  }
  if (kind === "submodule" && (isListFolder || isRead(file) || LIST_ENTRY.test(file))) {
    const found =
      "this is a git repository of its own, of which a commit has only the id; put its files here";
    return error("link", file, found);
  }
  if (kind === "file" && isListFolder) {
    return error("unreadable", file, "this is a file; the list is in a folder of this name");
  }
  if (kind === "folder" && LIST_FILE.test(file)) {
    const found = "a folder whose name ends in .yaml isn't read; rename it, or make it a file";
    return error("folder-named-yaml", file, found);
  }
  if (kind === "folder" && isRead(file)) {
    return error("unreadable", file, "this isn't a file; remove it");
  }
  return undefined;
}

/** Endings of files that people, and Pulumi, take for YAML. */
const YAML_ENDING = /\.(?:ya?ml|json)$/i;

/** Names of folders that people, and Kayron, take for those of the list, in lower case. */
const LIKE_LIST_FOLDERS: Readonly<Record<string, string | undefined>> = {
  service: "service",
  services: "service",
  infra: "infrastructure",
  infrastructure: "infrastructure",
  infrastructures: "infrastructure",
};

/**
 * Returns the warning about a path that isn't read, though its name says that it should be: the rules that it
 * holds would be missing in silence. Undefined for all others. The readers of the working tree and of commits both
 * ask it, of what is in a folder of the list and of what is at the top.
 * @param inside returns the names of what stands in it, a folder
 */
export function misnamed(
  file: string,
  kind: EntryKind,
  inside: () => readonly string[],
): Issue | undefined {
  const found = kind === "folder" ? misnamedFolder(file, inside) : misnamedFile(file);
  return found === undefined ? undefined : warning("ignored-file", file, found);
}

function misnamedFolder(folder: string, inside: () => readonly string[]): string | undefined {
  const wanted = folder.includes("/") ? undefined : LIKE_LIST_FOLDERS[folder.toLowerCase()];
  const isOther = wanted !== undefined && wanted !== folder;
  if (!isOther || !inside().some((name) => YAML_ENDING.test(name))) return undefined;
  return `only ${wanted}/ is read, so no file here has an effect; move the files there`;
}

function misnamedFile(file: string): string | undefined {
  if (isRead(file) || !YAML_ENDING.test(file)) return undefined;
  if (LIST_ENTRY.test(file)) {
    const isYaml = /\.ya?ml$/i.test(file);
    return isYaml ? "only *.yaml is read, so this file has no effect; rename it" : undefined;
  }
  if (/^environments?\.\w+$/i.test(file)) {
    return `only ${ENVIRONMENTS_FILE} is read, so this file has no effect; rename it, or remove it`;
  }
  // Settings of Pulumi Deployments, `Pulumi.<stack>.deploy.yaml`, are for Pulumi Cloud.
  const [, stack] = /^pulumi((?:\.[^/]+)?)\.\w+$/i.exec(file) ?? [];
  if (stack === undefined || /\.deploy$/i.test(stack)) return undefined;
  const wanted = `Pulumi${stack}.yaml`;
  if (isRead(wanted)) {
    return `only ${wanted} is read, so this file has no effect; rename it, or remove it`;
  }
  return "the name of a stack has letters, digits, dots, dashes and underscores alone, so this file has no effect; rename it";
}

/** Returns the finding about a file whose name isn't UTF-8. */
export function unreadableName(file: string): Issue {
  return error("unreadable", file, "the file's name isn't UTF-8, so it can't be read; rename it");
}
