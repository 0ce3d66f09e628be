import * as fs from "node:fs";
import * as path from "node:path";
import { ServiceFolder } from "../adapters/disk/service-folder";
import { usageError } from "../core/error";
import type { Context } from "./context";

/**
 * Returns the folder of a service's repository.
 * @param list the folder of the list
 * @throws ReleasesError of kind `usage` where it is no folder, not the top of a git repository, or that of the list
 */
export function serviceFolder({ io }: Context, dir: string, list: string): ServiceFolder {
  const folder = path.resolve(io.cwd ?? process.cwd(), dir);
  const refuse = (what: string) => usageError(`--service names ${dir}, which ${what}`);
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw refuse("is no folder; clone the service's repository");
  }
  if (!fs.existsSync(path.join(folder, ".git"))) {
    throw refuse("isn't the top of a git repository; workflows are read there alone");
  }
  if (fs.realpathSync(folder) === fs.realpathSync(list)) {
    throw refuse("is the list itself; a service is published from a repository of its own");
  }
  return new ServiceFolder(folder);
}
