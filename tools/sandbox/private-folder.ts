import * as fs from "node:fs";

/**
 * Returns a folder that is the user's alone; makes it where it doesn't exist. Code that another user had put
 * there would run as the user.
 * @throws Error for a link, another user's folder, or one that others may write
 */
export function privateFolder(folder: string): string {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = fs.lstatSync(folder);
  const isOwn = process.getuid === undefined || found.uid === process.getuid();
  if (found.isDirectory() && isOwn && (found.mode & OTHERS_WRITE) === 0) return folder;
  throw new Error(
    `${folder} isn't yours alone; remove it, or set XDG_CACHE_HOME to a folder that is`,
  );
}

/** The bits of a mode by which the group and all others may write. */
const OTHERS_WRITE = 0o022;
