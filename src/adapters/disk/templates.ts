import * as fs from "node:fs";
import * as path from "node:path";

/** The folder of templates: all of them in the package, and those that aren't our own files in the sources. */
export const TEMPLATES = "templates";

/** Our own files that are templates as well, so that the two can't differ. */
const OWN: Readonly<Record<string, string>> = {
  "workflows/": ".github/workflows",
  "node-version": ".node-version",
};

/** Checks this program's own sources. */
const NO_TEMPLATE = "workflows/check.yml";

/** Returns the templates of a new repository, by name. */
export function readTemplates(program: string): Map<string, string> {
  const found = new Map(textsIn(path.join(program, TEMPLATES), ""));
  for (const [name, place] of Object.entries(OWN)) {
    const own = path.join(program, place);
    if (found.has(name) || !fs.existsSync(own)) continue;
    const texts = fs.statSync(own).isDirectory()
      ? textsIn(own, name)
      : [[name, fs.readFileSync(own, "utf8")] as const];
    for (const [file, text] of texts) found.set(file, text);
  }
  found.delete(NO_TEMPLATE);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function textsIn(folder: string, start: string): [string, string][] {
  const names = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.flatMap((name): [string, string][] => {
    const full = path.join(folder, name);
    if (!fs.statSync(full).isFile()) return [];
    return [[start + name.split(path.sep).join("/"), fs.readFileSync(full, "utf8")]];
  });
}
