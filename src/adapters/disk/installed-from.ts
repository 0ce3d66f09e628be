import * as fs from "node:fs";
import * as path from "node:path";

/** What npm takes in place of a version: a file, or a repository. */
const ELSEWHERE = /^(?:file|git(?:\+\w+)?|https?|github):/;

/**
 * Returns what a package.json in a folder has to say so that this program comes from where it was installed from:
 * a packed file, or a repository; undefined where it is a version of a registry, or runs from its sources.
 * @param program the folder of this program
 */
export function installedFrom(program: string, folder: string): string | undefined {
  const at = program.lastIndexOf(`${path.sep}node_modules${path.sep}`);
  if (at === -1) return undefined;
  const project = program.slice(0, at);
  const [name = ""] = program.slice(at).split(path.sep).slice(2);
  const said = dependencyOf(path.join(project, "package.json"), name);
  if (said === undefined || !ELSEWHERE.test(said)) return undefined;
  if (!said.startsWith("file:")) return said;
  const file = path.resolve(project, said.slice("file:".length));
  return `file:${path.relative(folder, file).split(path.sep).join("/")}`;
}

function dependencyOf(file: string, name: string): string | undefined {
  if (!fs.existsSync(file)) return undefined;
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    fs.readFileSync(file, "utf8"),
  ) as Record<string, Record<string, string> | undefined>;
  return dependencies[name] ?? devDependencies[name];
}
