import * as fs from "node:fs";
import * as path from "node:path";
import type { World } from "../app/world";
import { usageError } from "../core/error";
import { parseYaml } from "../core/input/yaml-file";
import { asMapping } from "../core/mapping";
import type { Repository } from "../core/repository";

/** The folder that charts are in, the default one of this program included. */
const CHARTS = "charts";
const CHART_FILE = "Chart.yaml";

/**
 * Returns a refusal for each chart of the repository whose files another commit has otherwise, under the same version:
 * whoever deploys a version has to get the same chart each time. New charts are fine, and so are those that went.
 * @param since a commit
 * @throws ReleasesError of kind `usage` for a commit that git doesn't know
 */
export function changedCharts(
  { folder: root, git }: Pick<World, "folder" | "git">,
  { list }: Pick<Repository, "list">,
  since: string,
): string[] {
  const commit = git.commitOf(since);
  if (commit === undefined) throw usageError(`git knows no commit "${since}"; fetch it`);
  const named = list.flatMap(({ chart }) => {
    return chart?.name.startsWith("./") === true ? path.posix.normalize(chart.name) : [];
  });
  const folders = [...new Set([...chartsBelow(root, CHARTS), ...named])].sort();
  return folders.flatMap((folder) => {
    const [before, now] = [git.folderId(folder, commit), git.folderId(folder)];
    if (before === undefined || now === undefined || before === now) return [];
    const file = `${folder}/${CHART_FILE}`;
    const version = versionIn(path.join(root, file));
    const former = git.withFolders(commit, [file], (at) => versionIn(path.join(at, file)));
    if (version !== former) return [];
    return `${folder} is another chart than at ${since}, and ${file} has the same version ${String(version)}; raise it`;
  });
}

/** Returns the folders of charts below a folder, without those that are parts of another one. */
function chartsBelow(root: string, folder: string): string[] {
  const entries = fs.existsSync(path.join(root, folder))
    ? fs.readdirSync(path.join(root, folder), { withFileTypes: true })
    : [];
  if (entries.some(({ name }) => name === CHART_FILE)) return [folder];
  const below = entries.filter((entry) => entry.isDirectory());
  return below.flatMap(({ name }) => chartsBelow(root, `${folder}/${name}`));
}

/** Returns the version of a chart's file; undefined where it has none, or isn't there. */
function versionIn(file: string): unknown {
  if (!fs.existsSync(file)) return undefined;
  const { value } = parseYaml({ file, bytes: fs.readFileSync(file) });
  return asMapping(value)["version"];
}
