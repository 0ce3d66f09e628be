import { z } from "zod";
import type { Pipelines } from "./generated";
import type { Texts } from "./starter";

/** Where a repository keeps what was generated in it. */
export const RECORD_FILE = ".releases.json";

/** What was generated, and by which version. */
export interface GeneratedRecord {
  readonly version: string;
  readonly pipelines: Pipelines;
  /** By path: the hash of the content that was written. */
  readonly files: Readonly<Record<string, string>>;
}

const schema = z.strictObject({
  version: z.string(),
  pipelines: z.enum(["github", "none"]),
  files: z.record(z.string(), z.string()),
});

/** Returns a record; undefined for a text that isn't one. */
export function parseRecord(text: string): GeneratedRecord | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Returns the text of a record, which `parseRecord` parses to the same one. */
export function formatRecord(record: GeneratedRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** A generated file that another version has otherwise. Undefined: it isn't there. */
export interface FileChange {
  readonly file: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Why it is left alone; absent where nobody edited it, so that it changes. */
  readonly edited?: "changed" | "removed" | "own";
}

/**
 * Returns what a version generates otherwise than the one that wrote the files, by path. What somebody edited,
 * removed, or wrote themselves, is theirs.
 * @param read returns a file of the repository, undefined where it isn't there
 */
export function changesOf(
  record: GeneratedRecord,
  generated: Texts,
  read: (file: string) => string | undefined,
  hash: (text: string) => string,
): FileChange[] {
  const names = [...new Set([...Object.keys(record.files), ...generated.keys()])].sort();
  return names.flatMap((file): FileChange[] => {
    const [written, from, to] = [record.files[file], read(file), generated.get(file)];
    const isSame = from === to || (to !== undefined && written === hash(to));
    if (isSame || (to === undefined && from === undefined)) return [];
    if (written === undefined) {
      return [{ file, from, to, ...(from !== undefined && { edited: "own" as const }) }];
    }
    if (from === undefined) return [{ file, from, to, edited: "removed" }];
    return [{ file, from, to, ...(hash(from) !== written && { edited: "changed" as const }) }];
  });
}

/** Returns the record after changes: of each file what was written last, and none of one that is gone. */
export function recordAfter(
  { files }: Pick<GeneratedRecord, "files">,
  { version, pipelines }: Pick<GeneratedRecord, "version" | "pipelines">,
  generated: Texts,
  read: (file: string) => string | undefined,
  hash: (text: string) => string,
): GeneratedRecord {
  const hashes = [...generated].flatMap(([file, text]) => {
    const own = read(file) === text ? hash(text) : files[file];
    return own === undefined ? [] : [[file, own] as const];
  });
  return { version, pipelines, files: Object.fromEntries(hashes.sort()) };
}
