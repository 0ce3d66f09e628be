import { outsideError } from "../../core/error";
import { printable } from "../../core/printable";

/** What verifies, of the packages of the Sigstore project. */
export interface Library {
  readonly bundle: typeof import("@sigstore/bundle");
  readonly specs: typeof import("@sigstore/protobuf-specs");
  readonly verify: typeof import("@sigstore/verify");
}

/**
 * Returns the packages that verify. They are loaded when they are asked for first, in about 60 ms, so that a
 * command that verifies nothing doesn't pay for them, and runs on versions of Node.js on which they don't.
 * @param load default: `require`
 * @throws ReleasesError of kind `outside` where they can't be loaded
 */
export function library(load: (name: string) => unknown = require): Library {
  try {
    return {
      bundle: load("@sigstore/bundle") as Library["bundle"],
      specs: load("@sigstore/protobuf-specs") as Library["specs"],
      verify: load("@sigstore/verify") as Library["verify"],
    };
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
    throw outsideError(
      `verify needs Node.js ${NODE} with the packages of Sigstore; this is ${process.version}: ${said}`,
    );
  }
}

/** The versions that `engines` of @sigstore/verify names. Some older ones run it, but nobody promises that. */
export const NODE = "^22.22.2 || ^24.15.0 || >=26.0.0";

/** Returns what an error of the library says, in one line, with its cause. */
export function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return printable(String(cause));
  const reason = cause.cause instanceof Error ? `: ${cause.cause.message}` : "";
  return printable(`${cause.message}${reason}`.slice(0, 300));
}
