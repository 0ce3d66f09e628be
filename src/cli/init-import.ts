import * as fs from "node:fs";
import * as path from "node:path";
import { readKayronAddress, readKayronClone } from "../adapters/kayron-repository";
import type { Start } from "../app/init";
import { importKayron, type KayronImport } from "../app/kayron-import";
import { PROGRAM } from "../app/open";
import { usageError } from "../core/error";
import { cloneAddress } from "../core/init/clone-address";
import { stackConfigs, type Answers } from "../core/init/starter";
import type { InitOptions } from "./init-questions";
import type { Io } from "./io";

/**
 * Returns what a repository of Kayron's becomes, of a folder or an address; undefined where none was given. A folder
 * that is there is never taken for an address.
 */
export function importedFrom({ cwd }: Io, { fromKayron }: InitOptions): KayronImport | undefined {
  if (fromKayron === undefined) return undefined;
  const folder = path.resolve(cwd ?? process.cwd(), fromKayron);
  const address = fs.existsSync(folder) ? undefined : cloneAddress(fromKayron);
  return importKayron(
    address === undefined ? readKayronClone(folder, PROGRAM) : readKayronAddress(address),
  );
}

/** Returns options with what an import says: its environments, no starter services, and ECS instead of clusters. */
export function withImport(options: InitOptions, imported: KayronImport | undefined): InitOptions {
  if (imported === undefined) return options;
  const [given] = [
    ...(options.environments === undefined ? [] : ["--environments"]),
    ...(options.services === undefined ? [] : ["--services"]),
  ];
  if (given !== undefined) throw usageError(`${given} comes from the repository of --from-kayron`);
  const environments = imported.environments.join(",");
  return { registry: "ecr", clusters: false, ...options, environments, services: NO_SERVICES };
}

/** Takes the place of the starter's services, of which an import has none. */
const NO_SERVICES = "none";

/** Returns what a repository begins with that is imported. */
export function importedStart(
  { files, charted, templates }: KayronImport,
  answers: Answers,
  chart: string,
): Pick<Start, "data" | "open"> {
  const stacks = stackConfigs({ ...answers, services: [], charted, templates }, chart);
  // What follows a branch or is suspended needs a pin, which nobody but the company knows: the report says so.
  return { data: new Map([...files, ...stacks]), open: ["missing-pin"] };
}
