/** Leaves stack traces on, for finding a bug in what declares resources. */
const SWITCH = "RELEASES_TRACES";

/**
 * Turns stack traces off and returns what turns them on again. Pulumi takes a dozen for every
 * resource, to explain promises that never settle, and gRPC one for every call; together they cost
 * more than all the rest of a program.
 */
export function tracesOff(): () => void {
  if (process.env[SWITCH] !== undefined) return () => undefined;
  const before = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit");
  // V8 takes no trace while this is an accessor; a plain 0 would be overridden for each resource.
  Object.defineProperty(Error, "stackTraceLimit", {
    configurable: true,
    get: () => 0,
    set: () => undefined,
  });
  return () => {
    if (before !== undefined) Object.defineProperty(Error, "stackTraceLimit", before);
  };
}

/** Keeps traces on from here, as if the user had asked for them. */
export function keepTraces(): void {
  process.env[SWITCH] = "1";
}

/**
 * Runs what declares resources with traces off, and leaves them off while the registrations settle:
 * for a process that does nothing else. Returns what it returned. An error that ends the process
 * without a trace tells how to get one.
 */
export function withoutTraces<T>(declare: () => T): T {
  tracesOff();
  // Before Pulumi's own, which prints the error.
  process.prependListener("unhandledRejection", hintAtTrace);
  return declare();
}

/** Adds to an error without a trace how to get one. */
export function hintAtTrace(cause: unknown): void {
  if (!(cause instanceof Error) || cause.stack?.includes("\n    at ") === true) return;
  cause.stack = `${cause.stack ?? String(cause)}\n${SWITCH}=1 shows where this comes from.`;
}
