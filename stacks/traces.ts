/** Leaves stack traces on, for finding a bug in what declares resources. */
const SWITCH = "RELEASES_TRACES";

/**
 * Turns stack traces off and returns what turns them on again. Pulumi takes a dozen for every
 * resource, to explain promises that never settle, and they cost more than all the rest of a program.
 * They are off only while resources are declared: what users write is checked before.
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

/** Returns a bug's error, which says how to get the trace that it was made without. */
export function withTraceHint(cause: unknown): unknown {
  if (!(cause instanceof Error) || cause.stack?.includes("\n    at ") === true) return cause;
  return new Error(`${cause.message}\nThis is a bug. ${SWITCH}=1 shows where it is.`, { cause });
}
