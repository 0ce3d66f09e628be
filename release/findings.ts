import type { IssueCode } from "./issue-codes";
import { error, warning, type Issue } from "./issue";
import type { Path, YamlFile } from "./yaml-file";

/** Where a checked value comes from: enough of a YAML file to point at its parts. */
export type Located = Pick<YamlFile, "file" | "locate" | "written">;

/**
 * Collects what is found about one value of a file: about a definition, a stack config. Paths are
 * relative to the value. What rules find where a value's own shape was refused already follows from
 * that, and is left out.
 */
export class Findings {
  readonly issues: Issue[] = [];
  readonly from: Located;
  readonly #base: Path;
  readonly #subject: string;
  readonly #refused: Path[] = [];

  /**
   * @param base where the value stands in its file
   * @param subject what messages start with, such as a definition's name
   */
  constructor(from: Located, base: Path = [], subject = "") {
    this.from = from;
    this.#base = base;
    this.#subject = subject;
  }

  /** Adds a rule's error, at a key of the value or at the value of that key. */
  refuse(code: IssueCode, message: string, path: Path = [], part: "key" | "value" = "key"): void {
    if (this.#refused.some((refused) => isWithin(path, refused) || isWithin(refused, path))) return;
    this.#add(error, code, message, path, part);
  }

  warn(code: IssueCode, message: string, path: Path): void {
    this.#add(warning, code, message, path, "key");
  }

  /** Adds an error about the shape of what stands at a path, which can't be relied on from here. */
  refuseShape(code: IssueCode, message: string, path: Path, part: "key" | "value"): void {
    if (code !== "unknown-key") this.#refused.push(path);
    this.#add(error, code, message, path, part);
  }

  /** Returns a scalar at a path as it is written, quotes left out. */
  written(path: Path): string | undefined {
    return this.from.written([...this.#base, ...path]);
  }

  #add(
    make: typeof error,
    code: IssueCode,
    message: string,
    path: Path,
    part: "key" | "value",
  ): void {
    const place = this.from.locate([...this.#base, ...path], part);
    const prefix = this.#subject === "" ? "" : `${this.#subject}: `;
    this.issues.push(make(code, this.from.file, prefix + message, place));
  }
}

function isWithin(path: Path, whole: Path): boolean {
  return whole.every((step, index) => path[index] === step);
}
