import { isError, outsideError } from "../../core/error";
import { ecrRegion } from "../../core/aws";

// What regctl 0.11 prints; it gives every failure the same exit code.
const NOT_FOUND = / \[http 404\]/;
const UNSUPPORTED = / \[http 405\]|\bUNSUPPORTED\b|unsupported/;
const LOGIN_REFUSED = /\[http 40[13]\]|unauthorized|denied|credential/i;

/** Whether regctl failed because the registry doesn't have what it was asked for. */
export function isMissing(cause: unknown): boolean {
  return cause instanceof Error && NOT_FOUND.test(lastLine(cause));
}

/** Whether regctl failed because the registry, or the registry as it is set up, can't do that. */
export function isUnsupported(cause: unknown): boolean {
  return cause instanceof Error && UNSUPPORTED.test(lastLine(cause));
}

/** Returns what to throw where regctl failed: an error of kind `outside`, with what to do about it. */
export function registryError(cause: unknown, hosts: readonly string[]): Error {
  if (!(cause instanceof Error)) return new Error(String(cause));
  if (isError(cause)) return cause;
  const names = hosts.join(", ");
  if ("killed" in cause && cause.killed === true) {
    return outsideError(`${names} gave no answer in time; try again`);
  }
  const line = lastLine(cause);
  if (LOGIN_REFUSED.test(line)) {
    const host = hosts.find((name) => line.includes(name)) ?? names;
    return outsideError(`${line}; ${loginAdvice(host)}`);
  }
  if (NOT_FOUND.test(line)) return outsideError(line);
  return outsideError(`${line}; check the network, and that ${names} is right`);
}

/** Returns what regctl printed last, or the error's own message where it printed nothing. */
function lastLine(cause: Error): string {
  const { stderr = "" } = cause as { stderr?: string };
  const line = stderr.trim().split("\n").at(-1);
  return line === undefined || line === "" ? cause.message : line;
}

/** Returns what to do where a registry refuses its login. */
export function loginAdvice(host: string): string {
  return ecrRegion(host) === undefined
    ? `log in with docker login ${host}, or renew the login`
    : "renew the AWS login, and check that it may pull and push there";
}
