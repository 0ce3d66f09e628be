import { PLAIN, type Style } from "../format/style";
import { printableLines } from "../format/text";

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
  /** The current folder. Default: the process's. */
  readonly cwd?: string;
  /** Characters in a line of the terminal. Default: 100. */
  readonly columns?: number;
  /** How parts of the result stand out. Default: not at all. */
  readonly style?: Style;
}

/** Returns an output that lets no control character of a foreign text through to a terminal. */
export function guarded(io: Io): Io {
  const { style = PLAIN } = io;
  return {
    ...io,
    out: (text) => io.out(withStyles(text)),
    err: (text) => io.err(withStyles(text)),
    style: (emphasis, text) => style(emphasis, text),
  };
}

/** Sequences that set the color of a text, which are the only ones that we write. */
const COLORS = /(\u001b\[[0-9;]*m)/;

function withStyles(text: string): string {
  return text
    .split(COLORS)
    .map((part, index) => (index % 2 === 1 ? part : printableLines(part)))
    .join("");
}
