import { createHash } from "node:crypto";

/** Returns the digest of bytes, or of a text in UTF-8: `sha256:0123...`. */
export function sha256Of(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
