import * as fs from "node:fs";
import * as path from "node:path";

/** The files of one folder on the disk, which may not exist yet. Paths are relative to it. */
export class OwnFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get name(): string {
    return path.basename(path.resolve(this.#folder));
  }

  entries = (): string[] =>
    fs.existsSync(this.#folder) ? fs.readdirSync(this.#folder).sort() : [];

  /** Returns a text as git keeps it, with its own line ends. */
  read = (file: string): string | undefined => {
    const full = path.join(this.#folder, file);
    if (!fs.existsSync(full)) return undefined;
    return fs.readFileSync(full, "utf8").replaceAll("\r\n", "\n");
  };

  write = (file: string, text: string): void => {
    const full = path.join(this.#folder, file);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, text);
  };

  remove = (file: string): void => fs.rmSync(path.join(this.#folder, file));
}
