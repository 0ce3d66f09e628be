import { printable } from "../core/printable";
import type { ResolveFinding } from "../core/resolve/finding";

/** Returns a finding in one line: `testing: orders stays: ...`. */
export function formatFinding({ stack, service, isPending, message }: ResolveFinding): string {
  return printable(`${stack}: ${service} ${isPending ? "waits" : "stays as it is"}: ${message}`);
}
