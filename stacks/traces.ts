/** Leaves stack traces on, for finding a bug in what declares resources. */
const SWITCH = "RELEASES_TRACES";

/**
 * Runs what declares resources with stack traces off, until it is done. Pulumi takes a dozen for
 * every resource, to explain promises that never settle, and they cost more than all the rest of a
 * program. What the user wrote is checked before; an error in here is a bug, and says how to get its
 * trace.
 */
export function withoutTraces<T>(declare: () => T): T {
  if (process.env[SWITCH] !== undefined) return declare();
  const limit = Error.stackTraceLimit;
  const restore = (): void => {
    Error.stackTraceLimit = limit;
  };
  Error.stackTraceLimit = 0;
  try {
    const result = declare();
    if (!(result instanceof Promise)) return result;
    return result.finally(restore) as T;
  } catch (cause) {
    if (cause instanceof Error) {
      cause.message += `\nThis is a bug. Run again with ${SWITCH}=1 to see where.`;
    }
    throw cause;
  } finally {
    restore();
  }
}
