import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { after } from "mocha";

/** What a file holds, by path; folders are made as needed. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

const made: string[] = [];

/** Returns a new temporary folder with these files. All of them go when the tests are over. */
export function folderOf(files: Files): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "releases-test-"));
  made.push(folder);
  for (const [file, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), content);
  }
  return folder;
}

after(() => {
  for (const folder of made) fs.rmSync(folder, { recursive: true, force: true });
});
