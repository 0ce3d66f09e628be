import { isError } from "../core/error";

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
      const isKnown = isError(error) || !(error instanceof Error);
      tell("error", { ...fields, error: isKnown ? messageOf(error) : error.stack });
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
