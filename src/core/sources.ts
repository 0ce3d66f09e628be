import { ENVIRONMENTS_FILE, PROJECT_FILE } from "./files";
import type { Source } from "./input/source";
import type { Sources } from "./repository";
import { stackOf } from "./stack/config";

/** Returns files that are read, by what each is to a repository, in their order. */
export function sourcesOf(
  files: readonly Source[],
): Pick<Sources, "list" | "environments" | "project" | "stacks"> {
  const environments = files.find(({ file }) => file === ENVIRONMENTS_FILE);
  const project = files.find(({ file }) => file === PROJECT_FILE);
  return {
    list: files.filter(({ file }) => file.includes("/")),
    stacks: files.filter(({ file }) => stackOf(file) !== undefined),
    ...(environments !== undefined && { environments }),
    ...(project !== undefined && { project }),
  };
}
