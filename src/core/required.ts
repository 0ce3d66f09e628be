/**
 * Returns a value that the checks before have made sure of, such as the account of a stack with a registry.
 * @param what the value's name, for the error
 * @throws Error when it is absent: a check is missing, which is a bug
 */
export function required<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`${what} is absent, though the checks passed`);
  return value;
}
