import { randomUUID } from "node:crypto";
import { printableLines, spelled } from "../core/printable";
import type { Emphasis, Style } from "../format/style";

/** What the run of a command means to the shell. */
export const EXIT = { fine: 0, findings: 1, usage: 2, outside: 3 } as const;
/** An exit code of the program. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where a command runs and writes: its result to stdout, everything else to stderr. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Shows a text on a terminal until the next one; an empty text takes it away. */
  readonly progress?: (text: string) => void;
  /** Asks on a terminal, with what an empty answer means. Absent: nobody is there to answer. */
  readonly ask?: (question: string, fallback: string) => Promise<string>;
  /** The current folder. Default: the process's. */
  readonly cwd?: string;
  /** Characters in a line of the terminal. Default: 100. */
  readonly columns?: number;
  /** How parts of the result stand out. Default: not at all. */
  readonly style?: Style;
}

/**
 * Returns an output that lets no text through which commands a terminal or a runner of GitHub Actions,
 * whoever wrote it. The style of the output itself is kept.
 */
export function guarded(io: Io): Io {
  const { style } = io;
  if (style === undefined) {
    return { ...io, out: (text) => io.out(harmless(text)), err: (text) => io.err(harmless(text)) };
  }
  // A text can't tell what stands around a part that is emphasized, so it can't be taken for one.
  const mark = randomUUID();
  const shown = (text: string): string =>
    text
      .split(mark)
      .map((part, index) => (index % 2 === 0 ? harmless(part) : styled(part, style)))
      .join("");
  return {
    ...io,
    out: (text) => io.out(shown(text)),
    err: (text) => io.err(shown(text)),
    style: (emphasis, text) => `${mark}${emphasis}:${text}${mark}`,
  };
}

function styled(part: string, style: Style): string {
  const end = part.indexOf(":");
  return style(part.slice(0, end) as Emphasis, harmless(part.slice(end + 1)));
}

/**
 * What a runner takes for a command: `::` after the blanks that a line begins with, and `##[` anywhere
 * (TryParseV2 and TryParse of the runner's ActionCommand.cs).
 */
const COMMAND = /(?<=^\s*):(?=:)|#(?=#\[)/gm;

function harmless(text: string): string {
  return printableLines(text).replaceAll(COMMAND, spelled);
}
