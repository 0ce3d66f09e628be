import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { folderOf } from "./folder";

/** The list of a company, its promotion path and its stack configs, whatever the sample at the root has. */
export const ACME = path.join(PROGRAM, "test/fixtures/acme");

/** The configs of that company's stacks of bootstrap/. */
export const ACME_BOOTSTRAP = path.join(PROGRAM, "test/fixtures/acme-bootstrap");

/** Returns a new temporary folder with a copy of that list. */
export function copyOfAcme(): string {
  const folder = folderOf({});
  fs.cpSync(ACME, folder, { recursive: true });
  return folder;
}
