import { styleText } from "node:util";
import type { Emphasis } from "../format/style";
import type { Io } from "./io";

const COLORS: Readonly<Record<Emphasis, "red" | "yellow" | "green" | "gray">> = {
  bad: "red",
  warning: "yellow",
  good: "green",
  faint: "gray",
};

/** Returns the process's own output: with colors on a terminal that has them, unless NO_COLOR is set. */
export function terminal(): Io {
  const { stdout, stderr } = process;
  const hasColors = stdout.isTTY && stdout.hasColors() && (process.env["NO_COLOR"] ?? "") === "";
  return {
    out: (text) => stdout.write(`${text}\n`),
    err: (text) => stderr.write(`${text}\n`),
    ...(stderr.isTTY && { progress: (text: string) => stderr.write(`\r\u001b[K${text}`) }),
    ...(process.stdin.isTTY && stderr.isTTY && { ask }),
    ...(stdout.isTTY && { columns: stdout.columns }),
    ...(hasColors && {
      style: (emphasis: Emphasis, text: string) =>
        styleText(COLORS[emphasis], text, { validateStream: false }),
    }),
  };
}

async function ask(question: string, fallback: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const shown = fallback === "" ? "" : ` (${fallback})`;
    return (await lines.question(`${question}${shown}: `)).trim() || fallback;
  } finally {
    lines.close();
  }
}
