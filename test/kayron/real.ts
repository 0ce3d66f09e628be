import { execFile } from "node:child_process";
import * as os from "node:os";
import * as path from "node:path";
import { findTool } from "../../src/adapters/find-tool";

/** The path of the real Kayron, from PATH or `~/go/bin`; undefined where it isn't installed. */
export const KAYRON = findTool("kayron", [path.join(os.homedir(), "go/bin")]);

/** Returns what the real Kayron says of the list in a folder; undefined where it takes it. */
export function kayronSays(folder: string): Promise<string | undefined> {
  // Of a folder that isn't the current one it finds nothing.
  return new Promise((resolve) => {
    execFile(KAYRON ?? "", ["lint"], { cwd: folder }, (failed, out, err) => {
      resolve(failed === null ? undefined : out + err);
    });
  });
}
