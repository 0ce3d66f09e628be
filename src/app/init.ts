import { createHash } from "node:crypto";
import { compareText } from "../core/compare-text";
import { isRead } from "../core/files";
import { ReleasesError, usageError } from "../core/error";
import { hasErrors } from "../core/input/issue";
import type { IssueCode } from "../core/input/issue-codes";
import { generatedFiles, projectFiles, type Pipelines, type Tool } from "../core/init/generated";
import type { Texts } from "../core/init/starter";
import {
  changesOf,
  formatRecord,
  parseRecord,
  RECORD_FILE,
  recordAfter,
  type FileChange,
  type GeneratedRecord,
} from "../core/init/upgrade";
import { checkRepository, parseRepository, type Repository } from "../core/repository";
import type { Sources } from "../core/repository";
import { sourcesOf } from "../core/sources";

/** The folder of a company's repository. */
export interface CompanyFolder {
  /** The folder's own name. */
  readonly name: string;
  /** Returns what is at its top; nothing where it doesn't exist. */
  readonly entries: () => readonly string[];
  readonly read: (file: string) => string | undefined;
  readonly write: (file: string, text: string) => void;
  readonly remove: (file: string) => void;
}

/** What this program brings to a repository. */
export interface Brought {
  readonly tool: Tool;
  readonly templates: Texts;
  readonly defaultCharts: Sources["defaultCharts"];
}

/** What a company's repository begins with. */
export interface Start {
  /** The list, the promotion path and the stack configs. */
  readonly data: Texts;
  readonly pipelines: Pipelines;
  /** Findings that the company settles afterwards. Default: none. */
  readonly open?: readonly IssueCode[];
}

/** Whether a folder was written by `init` before. */
export function isOwn(folder: CompanyFolder): boolean {
  return folder.read(RECORD_FILE) !== undefined;
}

/**
 * Writes a repository for a company into an empty folder, which may be a git repository. Returns its files.
 * @throws ReleasesError of kind `usage` where the folder holds something else, of kind `findings`, with nothing
 *   written, where the data has errors
 */
export function init(
  folder: CompanyFolder,
  { data, pipelines, open = [] }: Start,
  brought: Brought,
): string[] {
  const others = folder.entries().filter((name) => name !== ".git");
  if (others.length > 0) {
    throw usageError(`${folder.name} holds ${others[0] ?? ""}; give an empty folder`);
  }
  const repository = parseRepository({ ...sourcesIn(data), defaultCharts: brought.defaultCharts });
  const issues = checkRepository(repository).filter(({ code }) => !open.includes(code));
  if (hasErrors(issues)) throw new ReleasesError("findings", "the data has errors", issues);
  const name = PROJECT_NAME.test(folder.name) ? folder.name : "releases";
  const generated = generatedFiles(brought.templates, repository, pipelines);
  const project = projectFiles(brought.templates, repository, brought.tool, { name, pipelines });
  const files = new Map([...data, ...project, ...generated]);
  for (const [file, text] of files) folder.write(file, text);
  const { version } = brought.tool;
  const hashes = [...generated].map(([file, text]) => [file, hashOf(text)] as const).sort();
  // Last, so that a folder that isn't whole isn't taken for one.
  folder.write(
    RECORD_FILE,
    formatRecord({ version, pipelines, files: Object.fromEntries(hashes) }),
  );
  return [...files.keys(), RECORD_FILE].sort();
}

/** The names of Pulumi's projects. */
const PROJECT_NAME = /^[A-Za-z0-9_.-]{1,100}$/;

/** What an upgrade of a repository does. */
export interface Upgrade {
  readonly from: string;
  readonly to: string;
  readonly changes: readonly FileChange[];
  /** Packages of package.json that another version is needed of: what to write. */
  readonly advice: readonly string[];
}

/**
 * Returns what this version generates otherwise than the one that wrote a repository.
 * @param repository what the data of the folder means
 * @throws ReleasesError of kind `usage` where the folder's record, or environments.yaml, can't be read
 */
export function upgradeOf(
  folder: CompanyFolder,
  repository: Repository,
  { tool, templates }: Brought,
): Upgrade {
  const record = recordOf(folder);
  // Without a path nobody knows which branches are deployed.
  if (repository.environments === undefined) {
    throw usageError("environments.yaml can't be read; releases lint says why");
  }
  const generated = generatedFiles(templates, repository, record.pipelines);
  return {
    from: record.version,
    to: tool.version,
    changes: changesOf(record, generated, folder.read, hashOf),
    advice: adviceOn(folder, tool),
  };
}

/** Writes the files of an upgrade that nobody edited. */
export function upgrade(
  folder: CompanyFolder,
  repository: Repository,
  { tool, templates }: Brought,
  { changes }: Upgrade,
): void {
  const record = recordOf(folder);
  const generated = generatedFiles(templates, repository, record.pipelines);
  writeChanges(folder, RECORD_FILE, { ...record, version: tool.version }, generated, changes);
}

/**
 * Writes the changes of files that nobody edited, and then the record of what was generated.
 * @param record of what was generated before, with the version that generates now
 */
export function writeChanges(
  folder: Pick<CompanyFolder, "read" | "write" | "remove">,
  recordFile: string,
  record: GeneratedRecord,
  generated: Texts,
  changes: readonly FileChange[],
): void {
  for (const { file, to, edited } of changes) {
    if (edited !== undefined) continue;
    if (to === undefined) folder.remove(file);
    else folder.write(file, to);
  }
  const after = recordAfter(record, record, generated, folder.read, hashOf);
  folder.write(recordFile, formatRecord(after));
}

function recordOf(folder: CompanyFolder) {
  const record = parseRecord(folder.read(RECORD_FILE) ?? "");
  if (record === undefined) {
    throw usageError(`${RECORD_FILE} is no record of releases init; restore it from git`);
  }
  return record;
}

function adviceOn(folder: CompanyFolder, { pulumi }: Tool): string[] {
  const [, own] = /"@pulumi\/pulumi": *"([^"]*)"/.exec(folder.read("package.json") ?? "") ?? [];
  if (own === undefined || own === pulumi) return [];
  return [`package.json: "@pulumi/pulumi" is ${own}, and this version needs ${pulumi}`];
}

/** Returns the hash of a generated text, as records have it. */
export function hashOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

function sourcesIn(data: Texts): Omit<Sources, "defaultCharts"> {
  const sources = [...data]
    .filter(([file]) => isRead(file))
    .map(([file, text]) => ({ file, bytes: new TextEncoder().encode(text) }))
    .sort((a, b) => compareText(a.file, b.file));
  return { ...sourcesOf(sources), issues: [] };
}
