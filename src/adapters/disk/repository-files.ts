import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";
import { diskError, outsideError } from "../../core/error";
import { readDefaultCharts, readKayronFiles, readSources } from "../../core/read";
import type { Sources } from "../../core/repository";

/** The files of one repository on the disk. Paths are relative to its folder. */
export class RepositoryFiles {
  readonly #folder: string;
  readonly #program: string;
  readonly #project: string;

  /**
   * @param program the folder of this program, which has the default chart
   * @param project the folder of the Pulumi project, which paths of charts are relative to
   */
  constructor(folder: string, program: string, project = program) {
    this.#folder = folder;
    this.#program = program;
    this.#project = project;
  }

  read = (): Sources =>
    this.#readable(() => readSources(this.#folder, this.#program, this.#project));

  readKayron = (): ReturnType<typeof readKayronFiles> =>
    this.#readable(() => readKayronFiles(this.#folder));

  #readable<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      throw outsideError(`${this.#folder} can't be read: ${cause.message}`);
    }
  }

  defaultCharts = (): Sources["defaultCharts"] => {
    return readDefaultCharts(this.#program, this.#project);
  };

  exists = (file: string): boolean => fs.existsSync(this.#full(file));

  text = (file: string): string => fs.readFileSync(this.#full(file), "utf8");

  write = async (file: string, text: string): Promise<void> => {
    const full = this.#full(file);
    try {
      fs.mkdirSync(path.dirname(full), { recursive: true });
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      throw outsideError(`${path.dirname(file)} can't be made: ${cause.message}`);
    }
    await replaceFile(full, text);
  };

  edit = async <Result>(
    file: string,
    act: (write: (text: string) => Promise<void>) => Promise<Result>,
  ): Promise<Result> => {
    const full = this.#full(file);
    const unlock = await lockFile(full);
    try {
      return await act((text) => replaceFile(full, text));
    } finally {
      await unlock();
    }
  };

  #full(file: string): string {
    return path.join(this.#folder, file);
  }
}

/** How long an edit waits for another edit of the file, which takes a few milliseconds. */
const LOCK_MILLISECONDS = 10_000;
const LOCK_PAUSE_MILLISECONDS = 200;

/**
 * Waits for another edit of the file, and returns what ends the lock. The lock of a killed run ends by itself.
 */
async function lockFile(file: string): Promise<() => Promise<void>> {
  const { lock } = await import("proper-lockfile");
  const end = Date.now() + LOCK_MILLISECONDS;
  for (;;) {
    try {
      const unlock = await lock(file);
      return async () => {
        try {
          await unlock();
        } catch (cause) {
          throw lockError(file, cause);
        }
      };
    } catch (cause) {
      const isHeld = isSystemError(cause) && cause.code === "ELOCKED";
      if (!isHeld || Date.now() > end) throw lockError(file, cause);
      await setTimeout(LOCK_PAUSE_MILLISECONDS);
    }
  }
}

function lockError(file: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause;
  if (cause.code === "ELOCKED") {
    return outsideError(`${file} is being edited by another run; try again`);
  }
  const what = `${file} can't be locked`;
  // A lock is an empty folder, so something else made this one, or put something in.
  const isOther = ["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(cause.code);
  const advice = isOther ? `; remove ${file}.lock` : "";
  return diskError(cause, what) ?? outsideError(`${what}: ${cause.message}${advice}`);
}

/** Replaces a whole file at once: a crash leaves the old text or the new one. */
async function replaceFile(file: string, text: string): Promise<void> {
  const { default: writeFileAtomic } = await import("write-file-atomic");
  try {
    await writeFileAtomic(file, text);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    const what = `${file} can't be written`;
    throw diskError(cause, what) ?? outsideError(`${what}: ${cause.message}`);
  }
}

function isSystemError(cause: unknown): cause is Error & { readonly code: string } {
  return cause instanceof Error && "code" in cause;
}
