import * as fs from "node:fs";
import * as path from "node:path";
import { folderOf } from "./folder";

/**
 * A stand-in of the Pulumi CLI that knows one command, `pulumi stack history --json`, and answers as 3.265
 * does: the newest update first, and an error about a stack that was never made.
 */
export class PulumiHistory {
  /** For PATH. */
  readonly folder: string;
  readonly #updates = new Map<string, object[]>();

  /** @param stacks those that were made, and never deployed */
  constructor(stacks: readonly string[]) {
    const made = stacks.map((stack) => [`${stack}.json`, "[]"] as const);
    this.folder = folderOf({ pulumi: SCRIPT, ...Object.fromEntries<string>(made) });
    fs.chmodSync(path.join(this.folder, "pulumi"), 0o755);
  }

  /** Adds an update of a stack; by default one that succeeded, from a commit as it was. */
  add(
    stack: string,
    commit: string,
    { at = new Date().toISOString(), result = "succeeded", dirty = false, kind = "update" } = {},
  ): void {
    const environment = { "git.head": commit, "git.dirty": String(dirty), "exec.kind": "cli" };
    const config = { "releases:webhookSecret": { secret: true } };
    const update = { kind, startTime: at, message: "", environment, config, result, endTime: at };
    const updates = [update, ...(this.#updates.get(stack) ?? [])];
    this.#updates.set(stack, updates);
    fs.writeFileSync(path.join(this.folder, `${stack}.json`), JSON.stringify(updates));
  }
}

const SCRIPT = `#!/bin/sh
[ "$1 $2" = "stack history" ] || { echo "error: unknown command" >&2; exit 1; }
while [ "$1" != --stack ]; do shift; done
cat "$(dirname "$0")/$2.json" 2>/dev/null && exit 0
echo "error: no stack named '$2' found" >&2
exit 6
`;
