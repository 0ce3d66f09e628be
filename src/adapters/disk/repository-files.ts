import * as fs from "node:fs";
import * as path from "node:path";
import { outsideError } from "../../core/error";
import { readChart, readSources } from "../../core/read";
import type { Sources } from "../../core/repository";

/** The files of one repository on the disk. Paths are relative to its folder. */
export class RepositoryFiles {
  readonly #folder: string;
  readonly #program: string;

  /** @param program the folder of this program, whose chart is the default one */
  constructor(folder: string, program: string) {
    this.#folder = folder;
    this.#program = program;
  }

  read = (): Sources => {
    try {
      return readSources(this.#folder, this.#program);
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      throw outsideError(`${this.#folder} can't be read: ${cause.message}`);
    }
  };

  chart = (): Sources["chart"] => readChart(this.#program);

  exists = (file: string): boolean => fs.existsSync(this.#full(file));

  text = (file: string): string => fs.readFileSync(this.#full(file), "utf8");

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

/** Waits up to ten seconds for another edit of the file. The lock of a killed run ends by itself. */
async function lockFile(file: string): Promise<() => Promise<void>> {
  const { lock } = await import("proper-lockfile");
  try {
    return await lock(file, { retries: { retries: 50, factor: 1, minTimeout: 200 } });
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (cause.code !== "ELOCKED") throw outsideError(`${file} can't be locked: ${cause.message}`);
    throw outsideError(`${file} is being edited by another run; try again`);
  }
}

/** Replaces a whole file at once: a crash leaves the old text or the new one. */
async function replaceFile(file: string, text: string): Promise<void> {
  const { default: writeFileAtomic } = await import("write-file-atomic");
  try {
    await writeFileAtomic(file, text);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw outsideError(`${file} can't be written: ${cause.message}`);
  }
}

function isSystemError(cause: unknown): cause is Error & { readonly code: string } {
  return cause instanceof Error && "code" in cause;
}
