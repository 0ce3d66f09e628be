import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/**
 * Returns the path of an installed tool; undefined where there is none. Launchers in node_modules are
 * passed over, because they download the tool when they are started.
 * @param folders looked through after PATH
 */
export function findTool(name: string, folders: readonly string[] = []): string | undefined {
  return [...(process.env["PATH"] ?? "").split(path.delimiter), ...folders]
    .filter((folder) => folder !== "" && !folder.includes("node_modules"))
    .map((folder) => path.join(folder, name))
    .find((file) => fs.existsSync(file) && fs.statSync(file).isFile());
}

/**
 * Returns the path of the Pulumi CLI: from PATH, or from the folders of its installer and its npm launcher.
 */
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

/** Returns the path of Helm: from PATH, or from `~/go/bin`. */
export function findHelm(): string | undefined {
  return findTool("helm", [goBin()]);
}

/** Returns the path of regctl: from PATH, or from `~/go/bin`. */
export function findRegctl(): string | undefined {
  return findTool("regctl", [goBin()]);
}

/** Returns the folder into which `go install` puts what it builds. */
function goBin(): string {
  return path.join(os.homedir(), "go/bin");
}
