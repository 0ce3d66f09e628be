import * as path from "node:path";
import { parseRepository, type Repository } from "../core/repository";
import type { World } from "./world";

/** The folder of this program, whatever repository it works on. */
export const PROGRAM = path.join(__dirname, "../..");

/** Returns the repository of a world, parsed. Throws `outside` where there is no such folder. */
export function openRepository(world: Pick<World, "files">): Repository {
  return parseRepository(world.files.read());
}
