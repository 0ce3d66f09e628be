import type { Issue, Position } from "./issue";
import type { Readings } from "./readings";

/** A path into a parsed file: map keys and sequence indexes. */
export type Path = readonly (string | number)[];

/** A file as it was found: its path relative to the repository, and its bytes. */
export interface Source {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** A YAML file as plain data that still knows the position of each part. */
export interface YamlFile {
  readonly file: string;
  /** The document's value; undefined when there are errors. */
  readonly value: unknown;
  readonly issues: readonly Issue[];
  /** How many values the file has, with what its aliases repeat; 0 when there are errors. */
  readonly values: number;
  /**
   * Returns where the value at a path starts, or its key with `"key"`; for a path that isn't there,
   * where the nearest part above it starts.
   */
  readonly locate: (path: Path, part?: "key" | "value") => Position;
  /** Returns a scalar as it is written, quotes left out (`1.10`, where the value is the number 1.1). */
  readonly written: (path: Path) => string | undefined;
  /**
   * Returns the plain scalars below a path, aliases and merges followed, that Pulumi or Helm reads differently.
   */
  readonly otherReadings: (path: Path) => readonly OtherReading[];
}

/** A plain scalar that this program, Pulumi and Helm don't read alike. */
export interface OtherReading {
  /** Relative to the path that was asked about. */
  readonly path: Path;
  /** Whether it is the key of its path, or the value. */
  readonly part: "key" | "value";
  readonly readings: Readings;
}
