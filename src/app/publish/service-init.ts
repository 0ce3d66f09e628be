import { usageError } from "../../core/error";
import type { Texts } from "../../core/init/starter";
import { changesOf, parseRecord, type GeneratedRecord } from "../../core/init/upgrade";
import type { Problem } from "../../core/publish/from-list";
import type { Publications, PublishedService } from "../../core/publish/publication";
import { PUBLICATION_FILE } from "../../core/publish/publication-file";
import {
  generatedServiceFiles,
  ownServiceFiles,
  RELEASES_FOLDER,
  type ServiceTool,
} from "../../core/publish/service-files";
import { DEFAULT_ROOT } from "../../core/verify/policy";
import { hashOf, writeChanges, type Upgrade } from "../init";
import { openRepository } from "../open";
import { publishedFrom, servicesIn, trustRootOf, type ServiceFolder } from "./service-repository";
import type { World } from "../world";

/** Where a service's repository keeps what was generated in it. */
const RECORD_FILE = `${RELEASES_FOLDER}/generated.json`;

const NO_ROOT = `the list has no trust root, so releases ci validate can't judge signatures; write ${DEFAULT_ROOT} here or there with gh attestation trusted-root`;

/** What is to be done with a service's repository. */
export interface ServiceUpgrade extends Upgrade {
  /** Whether nothing was generated in it before. */
  readonly isFirst: boolean;
  /** Files that are missing, and belong to the repository once they are written. */
  readonly own: Texts;
  /** What isn't published, and why, a line each. */
  readonly notes: readonly string[];
  /** Why nothing can be written. */
  readonly problems: readonly Problem[];
  readonly record: GeneratedRecord;
  readonly generated: Texts;
}

export interface ServiceInitRequest extends Omit<ServiceTool, "trustRoot"> {
  readonly folder: ServiceFolder;
  /** Services of the list whose `github` isn't the folder's. */
  readonly services: readonly string[];
}

/**
 * Returns what the list's repository writes into a service's one, or proposes to change there.
 * @throws ReleasesError of kind `usage` where the folder's record can't be read, or its name on GitHub isn't known; of
 *   kind `findings` where the list has errors
 */
export function serviceUpgradeOf(
  world: Pick<World, "files">,
  { folder, services, tool, templates }: ServiceInitRequest,
): ServiceUpgrade {
  const repository = openRepository(world);
  const { publications, notes, problems } = publishedFrom(repository, folder, services);
  const trustRoot = trustRootOf(world, repository);
  const brought = { tool, templates, trustRoot };
  const rootless = trustRoot === undefined && folder.read(DEFAULT_ROOT) === undefined;
  const before = recordIn(folder);
  const record = before ?? { version: tool.version, pipelines: "github" as const, files: {} };
  const generated = generatedServiceFiles(publications, brought);
  const own = ownServiceFiles(publications, brought, contextsIn(folder, publications));
  return {
    from: record.version,
    to: tool.version,
    isFirst: before === undefined,
    changes:
      problems.length > 0
        ? []
        : changesOf(rewritable(record, folder), generated, folder.read, hashOf),
    own: new Map(
      [...own].filter(([file]) => problems.length === 0 && folder.read(file) === undefined),
    ),
    advice: adviceOn(folder, publications, tool.source),
    notes: rootless ? [...notes, NO_ROOT] : notes,
    ...{ problems, record, generated },
  };
}

/** Writes what nobody edited. Returns the files. */
export function writeService(folder: ServiceFolder, upgrade: ServiceUpgrade): string[] {
  const { changes, own, record, generated, to: version } = upgrade;
  for (const [file, text] of own) folder.write(file, text);
  writeChanges(folder, RECORD_FILE, { ...record, version }, generated, changes);
  const changed = changes.filter(({ edited }) => edited === undefined).map(({ file }) => file);
  return [...changed, ...own.keys(), RECORD_FILE].sort();
}

/**
 * Returns a record of what may be written anew: what is missing, and releases.yaml whoever edited it, because the list
 * decides on that.
 */
function rewritable(record: GeneratedRecord, folder: ServiceFolder): GeneratedRecord {
  const there = Object.entries(record.files).flatMap(([file, hash]): [string, string][] => {
    const text = folder.read(file);
    if (text === undefined) return [];
    return [[file, file === PUBLICATION_FILE ? hashOf(text) : hash]];
  });
  return { ...record, files: Object.fromEntries(there) };
}

function recordIn(folder: ServiceFolder): GeneratedRecord | undefined {
  const text = folder.read(RECORD_FILE);
  if (text === undefined) return undefined;
  const record = parseRecord(text);
  if (record !== undefined) return record;
  throw usageError(`${RECORD_FILE} is no record of releases init; restore it from git`);
}

/** Returns which folder an image is built in: the top where it is alone, else the one that is called like it. */
function contextsIn(folder: ServiceFolder, { services }: Publications) {
  const folders = folder.buildable();
  const built = services.filter(({ images }) => images.length > 0);
  return ({ name, images }: PublishedService): string => {
    if (built.length === 1 && folders.includes(".")) return ".";
    const names = [name, ...images].map(lastPart);
    return folders.find((one) => names.includes(lastPart(one))) ?? ".";
  };
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Returns what the repository's own files may need. */
function adviceOn(folder: ServiceFolder, { services }: Publications, source: string): string[] {
  const advice: string[] = [];
  const file = `${RELEASES_FOLDER}/package.json`;
  const [, own] = /"pulumi-releases": *"([^"]*)"/.exec(folder.read(file) ?? "") ?? [];
  if (own !== undefined && own !== source) {
    advice.push(`${file}: "pulumi-releases" is ${own}, and this version is ${source}`);
  }
  const before = servicesIn(folder);
  const added = services.filter(({ name }) => !before.includes(name)).map(({ name }) => name);
  if (before.length > 0 && added.length > 0) {
    advice.push(`${RELEASES_FOLDER}/build.sh: build ${added.join(", ")} as well`);
  }
  return advice;
}
