import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** Returns the folder of a chart whose name starts with `./`. */
export type FolderOf = (chart: string) => string;

/** As much of a hash as tells contents apart, and as people read. */
const SHOWN = 12;

const known = new Map<string, string | undefined>();

/**
 * Returns a short id of what is in a chart's folder, `sha256:` and 12 hex digits: the same for the same files;
 * undefined for a folder that isn't there. A provider doesn't look into the folder for changes, so this is
 * among a release's inputs. Line ends count as one, however git checks files out.
 */
export function chartContent(folder: string): string | undefined {
  if (!known.has(folder)) known.set(folder, contentOf(folder));
  return known.get(folder);
}

function contentOf(folder: string): string | undefined {
  if (!fs.existsSync(path.join(folder, "Chart.yaml"))) return undefined;
  const hash = createHash("sha256");
  for (const file of fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const whole = path.join(folder, file);
    if (!fs.statSync(whole).isFile()) continue;
    const text = fs.readFileSync(whole, "latin1").replaceAll("\r\n", "\n");
    hash.update(`${file.split(path.sep).join("/")}\0${text.length}\0`).update(text, "latin1");
  }
  return `sha256:${hash.digest("hex").slice(0, SHOWN)}`;
}
