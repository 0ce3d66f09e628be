import * as path from "node:path";
import { serviceUpgradeOf, writeService } from "../app/publish/service-init";
import { printable } from "../core/printable";
import { RELEASES_FOLDER } from "../core/publish/service-files";
import { formatUpgrade } from "../format/upgrade";
import { accepted } from "./accepted";
import type { Context, RepositoryOptions } from "./context";
import { EXIT } from "./io";
import { serviceFolder } from "./service-folder";
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
  const world = context.world(options);
  const folder = serviceFolder(context, dir, world.folder);
  const tool = toolFor(path.join(folder.path, RELEASES_FOLDER));
  const found = serviceUpgradeOf(world, { folder, services, ...tool });
  for (const { service, says } of found.problems) {
    io.err(printable(service === undefined ? says : `${service}: ${says}`));
  }
  context.code = EXIT.findings;
  if (found.problems.length > 0) return;
  for (const note of found.notes) io.err(printable(note));
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
