import * as fs from "node:fs";
import * as path from "node:path";
import { ServiceFolder } from "../adapters/disk/service-folder";
import { serviceUpgradeOf, writeService } from "../app/service-init";
import { usageError } from "../core/error";
import { printable } from "../core/printable";
import { RELEASES_FOLDER } from "../core/publish/service-files";
import { formatUpgrade } from "../format/upgrade";
import { accepted } from "./accepted";
import type { Context, RepositoryOptions } from "./context";
import { EXIT } from "./io";
import { toolFor } from "./tool";

export interface ServiceInitOptions extends RepositoryOptions {
  readonly service?: string;
  readonly yes?: true;
}

/** `init --service`: exits with 1 where nothing can be written, and when it shows changes that it doesn't write. */
export async function initService(
  context: Context,
  services: readonly string[],
  dir: string,
  options: ServiceInitOptions,
): Promise<void> {
  const { io } = context;
  const folder = serviceFolder(context, dir);
  const tool = toolFor(path.join(folder.path, RELEASES_FOLDER));
  const found = serviceUpgradeOf(context.world(options), { folder, services, ...tool });
  for (const line of [...found.problems, ...found.notes]) io.err(printable(line));
  context.code = EXIT.findings;
  if (found.problems.length > 0) return;
  const left = found.changes.filter(({ edited }) => edited !== undefined);
  if (found.isFirst) {
    for (const line of formatUpgrade({ ...found, changes: left })) io.out(line);
    for (const file of writeService(folder, found)) io.out(`wrote ${path.join(dir, file)}`);
    io.err(`Next: cd ${dir} && npm install --package-lock-only --prefix ${RELEASES_FOLDER}`);
    if (left.length === 0) context.code = EXIT.fine;
  } else if (await accepted(io, found, options)) {
    writeService(folder, found);
    context.code = EXIT.fine;
  }
}

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
