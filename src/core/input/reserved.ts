import type { Findings } from "./findings";
import type { Path } from "./source";

/**
 * Texts that mean more than themselves on their way to a provider: the mark of a special value and what it
 * may say, and the values that aren't known yet. In a user's data the first would hide a change, read a file
 * or fetch an address, and the others would be taken for something that is still to come.
 *
 * - The SDK: https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts
 * - The engine: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go and
 *   https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
 * - The bridge that the providers of AWS and GitHub are built on:
 *   https://github.com/pulumi/pulumi-terraform-bridge/blob/main/pkg/tfbridge/schema.go
 */
const MARKS: ReadonlySet<string> = new Set([
  // The key of the mark, then its values: asset, archive, secret, resource, output, text of bytes.
  "4dabf18193072939515e22adb298388d",
  "c44067f5952c0a294b673a41bacd8c17",
  "0def7320c3a5731c473e5ecbe6d01bc7",
  "1b47061264138c4ac30d75fd1eb44270",
  "5cf8f73096256a8f31e491e813e4eb8e",
  "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  "803fd3297a5875dc03ca845dda5d2a98",
  // What isn't known yet: a text, boolean, number, list, asset, archive, map; last, the bridge's own.
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
  "74D93920-ED26-11E3-AC10-0800200C9A66",
]);

/** Keys by which the SDK tells its own objects from data, and those that the bridge takes out of a map. */
const KEYS = /^__(?:pulumi|defaults$|meta$)/;

/** Whether Pulumi takes a text for something else than data. */
export function isMark(text: string): boolean {
  return MARKS.has(text);
}

/**
 * Adds a finding for every key and text of a value that Pulumi would take for something else than data,
 * wherever it is.
 */
export function refuseReserved(value: unknown, findings: Findings, path: Path = []): void {
  if (typeof value === "string" && isMark(value)) {
    const message = `${nameOf(path)} is a text that Pulumi reads as a value of its own; write another text`;
    findings.refuseShape("reserved-name", message, path, "value");
  }
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseReserved(item, findings, [...path, index]);
    return;
  }
  for (const [key, part] of Object.entries(value)) {
    const at = [...path, key];
    if (isMark(key) || KEYS.test(key)) {
      const message = `${nameOf(at)} has a key that Pulumi keeps for its own values; rename it`;
      findings.refuseShape("reserved-name", message, at, "key");
    }
    refuseReserved(part, findings, at);
  }
}

function nameOf(path: Path): string {
  return path.length === 0 ? "it" : `"${path.join(".")}"`;
}
