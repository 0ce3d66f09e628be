import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/**
 * Returns the path of an installed tool, or undefined. Looking for it never downloads: what npm put
 * into node_modules is passed over.
 * @param folders where to look after PATH
 */
export function findTool(name: string, folders: readonly string[] = []): string | undefined {
  return [...(process.env["PATH"] ?? "").split(path.delimiter), ...folders]
    .filter((folder) => folder !== "" && !folder.includes("node_modules"))
    .map((folder) => path.join(folder, name))
    .find((file) => fs.existsSync(file) && fs.statSync(file).isFile());
}

/** Returns the path of a Pulumi CLI: from PATH, or where its installer and its npm launcher keep it. */
export function findPulumi(): string | undefined {
  const home = path.join(os.homedir(), ".pulumi");
  const versions = path.join(home, "versions");
  const kept = fs.existsSync(versions) ? fs.readdirSync(versions).sort().reverse() : [];
  return findTool("pulumi", [
    path.join(home, "bin"),
    ...kept.flatMap((version) => [
      path.join(versions, version, "bin"),
      path.join(versions, version),
    ]),
  ]);
}

/** Returns the path of Helm: from PATH, or where `go install` puts it. */
export function findHelm(): string | undefined {
  return findTool("helm", [path.join(os.homedir(), "go/bin")]);
}
