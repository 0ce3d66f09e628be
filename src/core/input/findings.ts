import type { IssueCode } from "./issue-codes";
import { error, warning, type Issue } from "./issue";
import type { Path, YamlFile } from "./source";

/** Where a checked value comes from: enough of a YAML file to point at its parts. */
export type Located = Pick<YamlFile, "file" | "locate" | "written">;

/** Findings of one file after which it is no use to look for more: the file is something else. */
export const MAX_FINDINGS = 1000;

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
  /** Places whose shape was refused, and those that hold one; a file may have ten thousand of them. */
  readonly #refused = new Set<string>();
  readonly #holdsRefused = new Set<string>();

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
    if (!this.#follows(path)) this.#add(error, code, message, path, part);
  }

  /** Whether there are so many findings that further ones say nothing new. */
  get full(): boolean {
    return this.issues.length >= MAX_FINDINGS;
  }

  /** Adds a rule's warning, at a key of the value. */
  warn(code: IssueCode, message: string, path: Path): void {
    if (!this.#follows(path)) this.#add(warning, code, message, path, "key");
  }

  /** Whether the shape of a part was refused that a path leads to, or through. */
  #follows(path: Path): boolean {
    return (
      this.#holdsRefused.has(keyOf(path)) ||
      prefixes(path).some((above) => this.#refused.has(above))
    );
  }

  /** Notes that something was refused elsewhere, and can't be relied on from here. */
  noteRefused(path: Path): void {
    this.#refused.add(keyOf(path));
    for (const above of prefixes(path)) this.#holdsRefused.add(above);
  }

  /** Adds an error about the shape of what stands at a path, which can't be relied on from here. */
  refuseShape(code: IssueCode, message: string, path: Path, part: "key" | "value"): void {
    if (code !== "unknown-key") this.noteRefused(path);
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
    if (this.full) return;
    const place = this.from.locate([...this.#base, ...path], part);
    const prefix = this.#subject === "" ? "" : `${this.#subject}: `;
    this.issues.push(make(code, this.from.file, prefix + message, place));
  }
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

/** Returns the keys of a path and of all that holds it. */
function prefixes(path: Path): string[] {
  return [...path, ""].map((_, length) => keyOf(path.slice(0, length)));
}
