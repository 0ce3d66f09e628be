import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { findTool } from "../../src/adapters/find-tool";
import { folderOf } from "./folder";

/** The browser; undefined where there is none. */
export const chromium = ["chromium", "chromium-browser", "google-chrome"].flatMap(
  (name) => findTool(name) ?? [],
)[0];

/** Returns a page's document after the browser has read it and its scripts have ended. */
export function rendered(page: string, ...more: readonly string[]): string {
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folderOf({})}`];
  const file = path.join(folderOf({ "page.html": page }), "page.html");
  return execFileSync(chromium ?? "", [...flags, ...more, "--dump-dom", `file://${file}`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 50_000,
    maxBuffer: 1 << 26,
  });
}
