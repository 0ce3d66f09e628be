import type { IssueCode } from "./issue-codes";
import { error, warning, type Issue } from "./issue";
import { differenceOf } from "./readings";
import type { Path, YamlFile } from "./source";

/** The file of a checked value: enough of a YAML file to locate its parts. */
export type Located = Pick<YamlFile, "file" | "locate" | "written" | "otherReadings">;

/** The most findings of one file. A file with more of them isn't a file of this repository. */
export const MAX_FINDINGS = 1000;

/**
 * Collects the findings about one value of a file, such as a definition or a stack config. Paths are
 * relative to the value. A rule's finding about a part that the schema has refused is left out: it follows
 * from that refusal.
 */
export class Findings {
  readonly issues: Issue[] = [];
  readonly from: Located;
  readonly #base: Path;
  readonly #subject: string;
  /** Paths that the schema refused, and the paths above them. Sets: a file may have ten thousand. */
  readonly #refused = new Set<string>();
  readonly #holdsRefused = new Set<string>();

  /**
   * @param base the value's path in its file
   * @param subject the start of every message, such as a definition's name
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

  /** Whether there are so many findings that further ones are left out. */
  get full(): boolean {
    return this.issues.length >= MAX_FINDINGS;
  }

  /** Adds a rule's warning, at a key of the value. */
  warn(code: IssueCode, message: string, path: Path): void {
    if (!this.#follows(path)) this.#add(warning, code, message, path, "key");
  }

  /** Whether the schema refused the part at a path, a part of it, or one that holds it. */
  #follows(path: Path): boolean {
    return (
      this.#holdsRefused.has(keyOf(path)) ||
      prefixes(path).some((above) => this.#refused.has(above))
    );
  }

  /** Notes that a part was refused elsewhere, so that no rule relies on it. */
  noteRefused(path: Path): void {
    this.#refused.add(keyOf(path));
    for (const above of prefixes(path)) this.#holdsRefused.add(above);
  }

  /** Whether Pulumi may add the part at a path to the value, so that nobody can say that it is missing. */
  mayBeImported: (path: Path) => boolean = () => false;

  /** Adds an error about a key that is missing; a warning where Pulumi may add it. */
  miss(code: IssueCode, message: string, path: Path): void {
    if (this.mayBeImported(path)) this.warn(code, unlessImported(message), path);
    else this.refuse(code, message, path);
  }

  /** Adds a schema's error about the part at a path, so that no rule relies on it. */
  refuseShape(code: IssueCode, message: string, path: Path, part: "key" | "value"): void {
    if (code !== "unknown-key") this.noteRefused(path);
    if (code === "missing-key" && this.mayBeImported(path)) {
      this.#add(warning, code, unlessImported(message), path, part);
    } else {
      this.#add(error, code, message, path, part);
    }
  }

  /** Returns a scalar at a path as it is written, quotes left out. */
  written(path: Path): string | undefined {
    return this.from.written([...this.#base, ...path]);
  }

  /**
   * Adds an error for every plain scalar below a path that Pulumi reads differently than this program.
   * @param hasHelm whether Helm is a reader of it as well
   */
  refuseOtherReadings(path: Path, hasHelm: boolean): void {
    for (const { path: below, part, readings } of this.from.otherReadings([
      ...this.#base,
      ...path,
    ])) {
      const difference = differenceOf(readings, hasHelm);
      if (difference === undefined) continue;
      const at = [...path, ...below];
      const what = part === "key" ? `has the key ${readings.text}` : `is ${readings.text}`;
      this.refuse("ambiguous-value", `"${at.join(".")}" ${what}, which is ${difference}`, at, part);
    }
  }

  #add(
    make: typeof error,
    code: IssueCode,
    message: string,
    path: Path,
    part: "key" | "value",
  ): void {
    if (this.full) return;
    const position = this.from.locate([...this.#base, ...path], part);
    const prefix = this.#subject === "" ? "" : `${this.#subject}: `;
    this.issues.push(make(code, this.from.file, prefix + message, position));
  }
}

/** Returns a message about what is missing, where Pulumi may add it. */
export function unlessImported(message: string): string {
  return `${message}, unless an imported environment has it`;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

/** Returns the keys of a path and of all that holds it. */
function prefixes(path: Path): string[] {
  return [...path, ""].map((_, length) => keyOf(path.slice(0, length)));
}
