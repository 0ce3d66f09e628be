import { isError } from "../core/error";
import { formatIssue } from "../core/input/issue";

/** The log of a receiver: a JSON object a line, without secrets. */
export interface ReceiverLog {
  readonly info: (fields: Readonly<Record<string, unknown>>) => void;
  readonly error: (fields: Readonly<Record<string, unknown>> & { readonly error: unknown }) => void;
}

/**
 * Returns a log. An error of the outside is told by its message, and a bug with its trace.
 * @param write takes a line
 */
export function receiverLog(write: (line: string) => void, now: () => Date): ReceiverLog {
  const tell = (level: string, fields: Readonly<Record<string, unknown>>): void => {
    write(JSON.stringify({ time: now().toISOString(), level, ...fields }));
  };
  return {
    info: (fields) => tell("info", fields),
    error: ({ error, ...fields }) => {
      tell("error", { ...fields, ...toldOf(error) });
    },
  };
}

function toldOf(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { error: String(error) };
  if (!isError(error)) return { error: error.stack };
  const { message, issues } = error;
  return { error: message, ...(issues.length > 0 && { issues: issues.map(formatIssue) }) };
}
