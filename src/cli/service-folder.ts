import * as fs from "node:fs";
import * as path from "node:path";
import { ServiceFolder } from "../adapters/disk/service-folder";
import { usageError } from "../core/error";
import type { Context } from "./context";

/**
 * Returns the folder of a service's repository.
 * @throws ReleasesError of kind `usage` where there is none
 */
export function serviceFolder({ io }: Context, dir: string): ServiceFolder {
  const folder = path.resolve(io.cwd ?? process.cwd(), dir);
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) {
    return new ServiceFolder(folder);
  }
  throw usageError(`--service names ${dir}, which is no folder; clone the service's repository`);
}
