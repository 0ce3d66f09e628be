import { installedFrom } from "../adapters/disk/installed-from";
import { readTemplates } from "../adapters/disk/templates";
import type { Brought } from "../app/init";
import { PROGRAM } from "../app/open";
import { engines, peerDependencies, version } from "../../package.json";

/** Returns this program as a folder's package.json names it, and the templates of what it writes. */
export function toolFor(folder: string): Pick<Brought, "tool" | "templates"> {
  const source = installedFrom(PROGRAM, folder) ?? version;
  return {
    tool: { version, source, pulumi: peerDependencies["@pulumi/pulumi"], node: engines.node },
    templates: readTemplates(PROGRAM),
  };
}
